// @ts-check
// `task` nodes of workflows: the cards that they make and move, once, whatever happens in between; and the demo that runs one.
import assert from 'node:assert/strict';

import { assertProblem, postJson, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { get as getInbox } from '../support/inbox.mjs';
import { follow, get, say } from '../support/task_feed.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';
import { chain, define, execute, reaches } from '../support/workflows.mjs';

/** @param {string} id @param {object} more */
const taskNode = (id, more) => ({ id, type: 'task', with: more });
const card = '${{ nodes.card.output.id }}';

test('TaskNodesMoveACardThatItsOwnerSees', async (scope) => {
  const server = await scope.server({ args: ['--task-feed-stalled-after', '100ms'] });
  await define(server, {
    id: 'cards',
    nodes: [
      taskNode('card', { action: 'create', owner: '${{ input.user }}', productName: 'Chair', productId: 'p1', product: { id: 'p1' }, data: { line: 7 } }),
      taskNode('parse', { action: 'progress', id: card, progress: 30, currentStage: 'parse' }),
      { id: 'pause', type: 'delay', with: { duration: '400ms' } },
      taskNode('price', { action: 'progress', id: card, progress: 60, currentStage: 'price', product: { price: 12, generatedName: 'Omega' } }),
      taskNode('done', { action: 'complete', id: card, characteristics: [{ name: 'colour', value: 'red' }], result: { url: '/p1' } }),
    ],
    edges: chain(['card', 'parse', 'pause', 'price', 'done']),
    output: card,
  });
  const page = await follow(scope, server, { query: '?user=alice' });
  const { executionId } = await execute(server, 'cards', { user: 'alice' });
  const { output: id, nodeDetails } = await reaches(server, executionId, 'completed');
  assert.deepEqual([nodeDetails.done.output.id, nodeDetails.done.output.ownerId, nodeDetails.done.output.status], [id, 'alice', 'completed']);
  await page.until((now) => now.tasks.get(id)?.status === 'completed', 'the card is done');
  await page.reducer.check(server, {}, '?user=alice');
  const stages = page.stream.events.map((each) => JSON.parse(each.data ?? '').task).filter(Boolean);
  assert.deepEqual(stages.map((task) => [task.status, task.currentStage]), [['processing', null], ['processing', 'parse'], ['processing', 'price'], ['completed', 'price']], 'and it never stalled');
  const { task } = await get(server, `/${id}`);
  assert.deepEqual(task.data, { line: 7, executionId, nodeId: 'card' });
  assert.deepEqual(task.details, { id: 'p1', price: 12, generatedName: 'Omega' });
  assert.deepEqual(task.result, { url: '/p1' });
});

test('NoWorkerTakesACardThatAWorkflowMoves', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'cards', nodes: [taskNode('card', { action: 'create', owner: 'alice', productName: 'Chair', id: 'card-${{ execution.id }}' }), { id: 'wait', type: 'approval', with: { title: 'Go on?' } }, taskNode('done', { action: 'fail', id: card, errorMessage: 'no' })], edges: chain(['card', 'wait', 'done']) });
  const { executionId } = await execute(server, 'cards');
  await reaches(server, executionId, 'waiting');
  const id = `card-${executionId}`;
  assert.equal((await postJson(server, '/api/task-feed/claim', {})).status, 204);
  assertProblem(await postJson(server, `/api/task-feed/${id}/claim`, {}), 409, 'task-conflict');
  assert.equal((await get(server, `/${id}`)).task.attempts[0].worker, executionId);
  assert.equal((await postJson(server, `/api/workflow/executions/${executionId}/nodes/wait/approve`, { decision: 'approve' })).status, 200);
  await reaches(server, executionId, 'completed');
  assertProblem(await postJson(server, `/api/task-feed/${id}/retry`, {}), 409, 'task-conflict');
});

test('WhatAnExecutionHasLeftOpenEndsWithIt', async (scope) => {
  const server = await scope.server();
  const make = taskNode('card', { action: 'create', owner: 'alice', productName: 'Chair', id: 'card-${{ execution.id }}' });
  const wait = { id: 'wait', type: 'approval', with: { title: 'Go on?' } };
  await define(server, { id: 'asks', nodes: [make, wait], edges: chain(['card', 'wait']) });
  const decide = (/** @type {string} */ id, /** @type {string} */ decision) => postJson(server, `/api/workflow/executions/${id}/nodes/wait/approve`, { decision });
  const begin = async () => {
    const { executionId } = await execute(server, 'asks');
    await reaches(server, executionId, 'waiting');
    return executionId;
  };
  const card = async (/** @type {string} */ id, /** @type {string} */ status) => {
    await eventually(async () => (await get(server, `/card-${id}`)).task.status === status, `its card is ${status}`);
    return (await get(server, `/card-${id}`)).task;
  };

  const failed = await begin();
  await decide(failed, 'reject');
  assert.match((await card(failed, 'failed')).errorMessage, /^the workflow failed: /);
  const cancelled = await begin();
  await postJson(server, `/api/workflow/executions/${cancelled}/cancel`, {});
  await card(cancelled, 'cancelled');
  // Somebody else may go on with it.
  const completed = await begin();
  await decide(completed, 'approve');
  await reaches(server, completed, 'completed');
  await card(completed, 'processing');

  // One that goes on after a kill is heard of; so are those that end just before one.
  const over = await begin();
  await server.killAndRestart();
  await postJson(server, `/api/workflow/executions/${over}/cancel`, {});
  await card(over, 'cancelled');
  const crowd = await Promise.all(Array.from({ length: 10 }, begin));
  await Promise.all(crowd.slice(0, 9).map((id) => postJson(server, `/api/workflow/executions/${id}/cancel`, {})));
  await server.killAndRestart();
  for (const id of crowd.slice(0, 9)) await card(id, 'cancelled');
  await card(crowd[9] ?? '', 'processing');
});

test('OverCrashesEveryExecutionMakesOneCard', async (scope) => {
  // An execution may be interrupted by every kill.
  const server = await scope.server({ args: ['--workflow-interruptions-max', '10'] });
  await define(server, {
    id: 'cards',
    onCrash: 'retry',
    nodes: [
      taskNode('card', { action: 'create', owner: 'alice', productName: 'Card of ${{ execution.id }}' }),
      taskNode('work', { action: 'progress', id: card, progress: 50, currentStage: 'work' }),
      { id: 'pause', type: 'delay', with: { duration: '50ms' } },
      taskNode('done', { action: 'complete', id: card }),
    ],
    edges: chain(['card', 'work', 'pause', 'done']),
  });
  /** @type {string[]} */
  const ids = [];
  for (let kill = 0; kill < 3; ++kill) {
    const started = Array.from({ length: 10 }, (_, i) => execute(server, 'cards', {}, { 'Idempotency-Key': `k${kill}-${i}` }));
    ids.push(...(await Promise.all(started)).map((each) => each.executionId));
    await eventually(async () => (await get(server, '?user=alice')).rev > kill * 20 + 5, 'some have begun');
    await server.killAndRestart();
  }
  for (const id of ids) await reaches(server, id, 'completed');
  const { tasks } = await get(server, '/history?user=alice&limit=100');
  assert.deepEqual(tasks.map((/** @type {any} */ task) => task.productName).sort(), ids.map((id) => `Card of ${id}`).sort());
  assert(tasks.every((/** @type {any} */ task) => task.status === 'completed' && task.attempt === 1));
  assert.deepEqual((await get(server, '?user=alice')).totals, { active: 0, pending: 0, processing: 0, stalled: 0, completed: 30, failed: 0, cancelled: 0 });
});

test('ACardThatItsOwnerHasCancelledFailsTheNodeThatSaysSomethingOfIt', async (scope) => {
  const server = await scope.server();
  await define(server, {
    id: 'cards',
    nodes: [taskNode('card', { action: 'create', owner: 'alice', productName: 'Chair', id: 'card-${{ execution.id }}' }), { id: 'wait', type: 'approval', with: { title: 'Go on?' } }, taskNode('done', { action: 'complete', id: card })],
    edges: chain(['card', 'wait', 'done']),
  });
  const { executionId } = await execute(server, 'cards');
  await reaches(server, executionId, 'waiting');
  await say(server, `card-${executionId}/cancel`);
  assert.equal((await postJson(server, `/api/workflow/executions/${executionId}/nodes/wait/approve`, { decision: 'approve' })).status, 200);
  const { nodeDetails } = await reaches(server, executionId, 'failed');
  assert.match(nodeDetails.done.error, /is cancelled/);

  const off = await scope.server({ args: ['--no-task-feed'] });
  await define(off, { id: 'cards', nodes: [taskNode('card', { action: 'create', owner: 'alice', productName: 'x' })] });
  const failed = await reaches(off, (await execute(off, 'cards')).executionId, 'failed');
  assert.match(failed.nodeDetails.card.error, /task feed is off/);
});

test('TheShippedExampleMakesACardAndTellsItsOwner', async (scope) => {
  const server = await scope.server();
  const { stdout } = await run(['workflow', 'example', 'product-card']);
  const put = await request(server, 'PUT', '/api/workflow/definitions/product-card', { headers: { 'Content-Type': 'application/yaml' }, body: stdout });
  assert.equal(put.status, 201, put.text);
  const { executionId } = await execute(server, 'product-card', { owner: 'alice', stage: '10ms' });
  const { output } = await reaches(server, executionId, 'completed');
  const { task } = await get(server, `/${output.task}?user=alice`);
  assert.deepEqual([task.status, task.productName, task.product.generatedName, task.details.price, task.characteristics.length], ['completed', 'Chair Omega', 'Chair Omega: oak, black', 72.99, 4]);
  const inbox = await getInbox(server, '?user=alice');
  assert.deepEqual(inbox.notifications.map((/** @type {any} */ each) => each.title), ['The card of Chair Omega is ready']);
});

test('TheDemoHasCardsMade', async (scope) => {
  const server = await scope.server({ args: ['--demo'] });
  const page = await follow(scope, server);
  await page.until((now) => now.list(false).length > 0, 'a card is under way');
  const [{ id }] = page.reducer.list(false);
  assert((await get(server, `/${id}`)).task.data.executionId.startsWith('wf_exec_'));
});
