// @ts-check
// kill -9 in the middle of everything: every execution reaches the end that is true, and what was told is what is stored.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { eventually, seconds } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';
import { gate, waitingNode } from '../support/workflow_pages.mjs';
import { api, chain, define, execute, execution, figure, reaches, shell } from '../support/workflows.mjs';

/** The next server on the same data. A command that was just being started lets go of the directory a moment later. @param {any} server */
const revive = (server) => eventually(async () => server.start().catch((/** @type {unknown} */ error) => assert.match(String(error), /Another server/)), 'the next server starts');

/** What a page makes of the events: each is a value, not a difference. @param {any[]} events */
function reduced(events) {
  let rev = 0;
  /** @type {any} */
  const state = { nodes: {} };
  for (const event of events) {
    assert.equal(event.rev, ++rev, 'without holes');
    if (event.nodeId === undefined) state.status = event.status;
    else state.nodes[event.nodeId] = { status: event.status, attempt: event.attempt };
  }
  return { ...state, rev };
}

test('TwoHundredExecutionsSurviveKillsAndReachTheirTrueEnds', async (scope) => {
  const server = await scope.server();
  const folder = scope.tempDir();
  const counting = (/** @type {string} */ id, /** @type {object} */ rest) => shell(id, `echo x >> ${folder}/$WEIR_EXECUTION.${id}`, rest);
  await define(server, {
    id: 'work',
    nodes: [
      counting('again', { onCrash: 'retry' }),
      counting('once', { onCrash: 'fail', continueOnError: true }),
      { id: 'pause', type: 'delay', with: { duration: '20ms' } },
      { id: 'each', type: 'foreach', with: { items: [1, 2], do: { id: 'do', type: 'script', with: { source: 'return item * 2' } } } },
      { id: 'never', type: 'script', with: { source: 'error("no")' }, if: '${{ nodes.again.status == "failed" }}' },
      counting('last', { onCrash: 'retry' }),
    ],
    edges: [...chain(['again', 'pause', 'each', 'last']), { from: 'once', to: 'pause', on: 'always' }, { from: 'again', to: 'never' }],
    output: '${{ nodes.each.output }}',
  });
  const ids = await Promise.all(Array.from({ length: 200 }, async (_, i) => (await execute(server, 'work', {}, { 'Idempotency-Key': `k${i}` })).executionId));
  assert.equal(new Set(ids).size, 200);
  const count = (/** @type {string} */ id, /** @type {string} */ node) => {
    const file = path.join(folder, `${id}.${node}`);
    return existsSync(file) ? readFileSync(file, 'utf8').length / 2 : 0;
  };
  for (const node of ['again', 'once', 'last']) {
    await eventually(() => ids.some((id) => count(id, node) > 0), `some have come to ${node}`, seconds(60));
    await server.kill();
    await revive(server);
  }
  await eventually(async () => (await api(server, 'GET', '/executions?limit=1')).json.stats.completed === 200, 'all of them end', seconds(120));
  let interrupted = 0;
  for (const [i, id] of ids.entries()) {
    const found = await execution(server, id);
    assert.equal(found.status, 'completed');
    interrupted += found.spans.filter((/** @type {any} */ each) => each.status === 'interrupted').length;
    assert.deepEqual(found.output, [2, 4]);
    const told = reduced((await api(server, 'GET', `/executions/${id}/events?limit=1000`)).json.events.map((/** @type {any} */ each) => JSON.parse(each.data)));
    assert.equal(told.rev, found.rev);
    assert.equal(told.status, found.status);
    for (const [node, { status, attempt }] of Object.entries(/** @type {Record<string, any>} */ (found.nodeDetails))) {
      assert.deepEqual(told.nodes[node], { status, attempt }, `${id} ${node}`);
    }
    // Interrupted before it did anything it has not run at all; told as completed it has, and never twice.
    const once = count(id, 'once');
    assert(once <= 1, `onCrash: fail ran ${once} times`);
    if (found.nodeDetails.once.status === 'completed') assert.equal(once, 1);
    for (const node of ['again', 'last']) {
      const runs = count(id, node);
      assert(runs >= 1 && runs <= found.nodeDetails[node].attempt, `${node} ran ${runs} times in ${found.nodeDetails[node].attempt} attempts`);
    }
    if (i % 20 === 0) assert.equal((await execute(server, 'work', {}, { 'Idempotency-Key': `k${i}` })).executionId, id, 'asked again it is the same');
  }
  assert(interrupted > 0, 'the kills came in the middle');
  const { stats } = (await api(server, 'GET', '/executions?limit=1')).json;
  assert.deepEqual(stats, { total: 200, completed: 200, failed: 0, running: 0, queued: 0, waiting: 0, cancelling: 0, cancelled: 0 });
}, { timeout: 300 });

test('WhatWasInterruptedDoesWhatItsOnCrashSays', async (scope) => {
  const server = await scope.server({ args: ['--workflow-interruptions-max', '1'] });
  const folder = scope.tempDir();
  // The first time it stays until the server dies.
  const stays = (/** @type {string} */ id) => `echo x >> ${folder}/${id}; test $(wc -l < ${folder}/${id}) -gt 1 || exec sleep 600`;
  const of = (/** @type {string} */ onCrash) => ({ id: onCrash, nodes: [shell('a', stays(onCrash), { onCrash })] });
  const ids = /** @type {Record<string, string>} */ ({});
  for (const onCrash of ['retry', 'fail', 'ask']) {
    await define(server, of(onCrash));
    ids[onCrash] = (await execute(server, onCrash)).executionId;
  }
  await define(server, { id: 'deadly', nodes: [shell('a', `echo x >> ${folder}/deadly; exec sleep 600`, { onCrash: 'retry' })] });
  const deadly = (await execute(server, 'deadly')).executionId;
  const runs = (/** @type {string} */ name) => (existsSync(`${folder}/${name}`) ? readFileSync(`${folder}/${name}`, 'utf8').length / 2 : 0);
  await eventually(() => ['retry', 'fail', 'ask', 'deadly'].every((name) => runs(name) === 1), 'all are under way');
  await server.kill();
  await revive(server);

  const retried = await reaches(server, ids.retry, 'completed');
  assert.equal(retried.nodeDetails.a.attempt, 2);
  const failed = await reaches(server, ids.fail, 'failed');
  assert.equal(failed.nodeDetails.a.attempt, 1);
  await reaches(server, ids.ask, 'waiting');
  assert.equal((await api(server, 'POST', `/executions/${ids.ask}/nodes/a/approve`, { decision: 'approve' })).status, 200);
  await reaches(server, ids.ask, 'completed');
  assert.deepEqual(['retry', 'fail', 'ask'].map(runs), [2, 1, 2]);
  const { attempts } = (await api(server, 'GET', `/executions/${ids.retry}/nodes/a`)).json;
  assert.deepEqual(attempts.map((/** @type {any} */ each) => each.status), ['interrupted', 'completed']);
  assert.equal(await figure(server, 'weir_workflow_interrupted_total'), 4);

  // What may be the reason of the crashes is not begun without end.
  await eventually(() => runs('deadly') === 2, 'it is tried again');
  await server.kill();
  await revive(server);
  const given = await reaches(server, deadly, 'failed');
  assert.equal(given.nodeDetails.a.attempt, 2);
  assert.equal(runs('deadly'), 2);
});

test('MomentsStayWhatTheyAreOverAKill', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'waits', nodes: [{ id: 'pause', type: 'delay', with: { duration: '1s' } }, { id: 'ask', type: 'approval', with: { title: 'In time?', expires: '1s', onExpire: 'approve' } }] });
  const { executionId } = await execute(server, 'waits');
  const before = (await reaches(server, executionId, 'waiting')).nodeDetails;
  await server.killAndRestart();
  const after = await reaches(server, executionId, 'completed');
  for (const node of ['pause', 'ask']) {
    assert.equal(after.nodeDetails[node].attempt, 1);
    assert(Date.parse(after.nodeDetails[node].endTime) >= Date.parse(before[node].until), `${node} ended in its time`);
  }
  assert.equal(after.nodeDetails.ask.output.decision, 'approved');
});

test('AStopWaitsForWhatIsUnderWayAndBeginsNothing', async (scope) => {
  const server = await scope.server();
  const begun = path.join(scope.tempDir(), 'begun');
  const door = gate(scope);
  await define(server, { id: 'two', nodes: [waitingNode('first', door), shell('second', `echo x >> ${begun}`)], edges: chain(['first', 'second']) });
  const { executionId } = await execute(server, 'two');
  await eventually(async () => (await execution(server, executionId)).nodeDetails.first.status === 'running', 'it is under way');
  server.signal('SIGTERM');
  await server.logged(/drain/);
  door.open();
  assert.equal((await server.exited()).code, 0);
  assert(!existsSync(begun), 'nothing is begun any more');
  await server.start();
  const found = await reaches(server, executionId, 'completed');
  assert.equal(found.nodeDetails.first.attempt, 1, 'it was waited for');
  assert.equal(found.nodeDetails.first.output.stdout, 'this is first\nfirst ends\n');
  assert.equal(readFileSync(begun, 'utf8'), 'x\n');
});
