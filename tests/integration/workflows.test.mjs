// @ts-check
// Workflows in the real server: execute, follow, crash, cancel, repeat, approve, list.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { assertProblem, publishJson, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';
import { api, chain, define, execute, execution, reaches, shell } from '../support/workflows.mjs';

const greet = {
  id: 'greet',
  name: 'Greet',
  nodes: [shell('hello', 'echo hello'), { id: 'count', type: 'script', with: { source: 'return #nodes.hello.output.stdout' } }],
  edges: chain(['hello', 'count']),
  output: '${{ nodes.count.output }}',
};

/** The events of a stream up to its end, as objects. @param {any} stream */
async function rest(stream) {
  await stream.end();
  return stream.events.map((/** @type {any} */ each) => JSON.parse(each.data));
}

test('AnExecutionIsFollowedFromItsStartToItsEnd', async (scope) => {
  const server = await scope.server();
  await define(server, greet);
  const { executionId, cursor } = await execute(server, 'greet');
  const stream = await scope.subscribe(server, `/api/workflow/executions/${executionId}/stream?after=${cursor}`);
  const events = (await rest(stream)).filter((/** @type {any} */ each) => each.type !== 'node.log');
  assert.deepEqual(events.map((/** @type {any} */ each) => [each.type, each.nodeId]), [
    ['workflow.started', undefined],
    ['node.started', 'hello'],
    ['node.completed', 'hello'],
    ['node.started', 'count'],
    ['node.completed', 'count'],
    ['workflow.completed', undefined],
  ]);
  events.forEach((/** @type {any} */ each, /** @type {number} */ i) => {
    assert.equal(each.rev, i + 1);
    assert.equal(each.executionId, executionId);
    assert(Number.isInteger(each.timestamp));
  });
  assert.equal(events[2].nextNodeId, 'count');
  assert.deepEqual(events[2].nextNodeIds, ['count']);
  const found = await execution(server, executionId);
  assert.equal(found.status, 'completed');
  assert.equal(found.output, 6);
  assert.equal(found.nodeDetails.hello.output.stdout, 'hello\n');
  assert.equal(found.nodeDetails.hello.nodeId, 'hello');
  assert.deepEqual(found.nodesExecuted, ['hello', 'count']);
  assert.equal(found.spans.length, 2);
  assert.equal(found.rev, 6);
  assert.match(found.startTime, /^\d{4}-\d\d-\d\dT.*Z$/);
  // At its end there is nothing more: a browser stops asking.
  const again = await request(server, 'GET', `/api/workflow/executions/${executionId}/stream?after=${stream.lastId}`, { headers: { Accept: 'text/event-stream' } });
  assert.equal(again.status, 204);
});

test('AStreamWithoutACursorBeginsWithTheStateAndEndsWithTheExecution', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'w', nodes: [{ id: 'ask', type: 'approval', with: { title: 'Go on?' } }, shell('go', 'true')], edges: chain(['ask', 'go']) });
  const { executionId } = await execute(server, 'w');
  await reaches(server, executionId, 'waiting');
  const stream = await scope.subscribe(server, `/api/workflow/executions/${executionId}/stream`);
  const [first] = await stream.take(1);
  assert.equal(first.type, 'snapshot');
  const snapshot = JSON.parse(first.data);
  assert.equal(snapshot.status, 'waiting');
  assert.equal(snapshot.nodeDetails.ask.status, 'waiting');
  assert.equal(snapshot.nodeDetails.go.status, 'pending');
  assert.equal(snapshot.nodeDetails.go.output, undefined, 'values are fetched, not streamed');
  const approvals = await api(server, 'GET', '/approvals');
  assert.equal(approvals.json.approvals[0].executionId, executionId);
  assertProblem(await api(server, 'POST', `/executions/${executionId}/nodes/go/approve`, { decision: 'approve' }), 409, 'not-waiting');
  const approved = await api(server, 'POST', `/executions/${executionId}/nodes/ask/approve`, { decision: 'approve', comment: 'fine' });
  assert.equal(approved.status, 200, approved.text);
  const events = await rest(stream);
  const revs = events.slice(1).filter((/** @type {any} */ each) => !['node.log', 'node.progress'].includes(each.type)).map((/** @type {any} */ each) => each.rev);
  assert.deepEqual(revs, revs.map((/** @type {any} */ _, /** @type {number} */ i) => snapshot.rev + 1 + i));
  assert.equal(events.at(-1).type, 'workflow.completed');
  assert.equal((await execution(server, executionId)).nodeDetails.ask.output.comment, 'fine');
});

test('ARerunFromANodeKeepsWhatCameBefore', async (scope) => {
  const server = await scope.server();
  const file = path.join(scope.tempDir(), 'go');
  const counter = path.join(scope.tempDir(), 'count');
  await define(server, { id: 'again', nodes: [shell('first', `echo x >> ${counter}; echo made`), shell('second', `test -e ${file}`)], edges: chain(['first', 'second']) });
  const { executionId } = await execute(server, 'again');
  await reaches(server, executionId, 'failed');
  writeFileSync(file, '');
  const rerun = await api(server, 'POST', `/executions/${executionId}/rerun`, { fromNode: 'second' });
  assert.equal(rerun.status, 202, rerun.text);
  const found = await reaches(server, rerun.json.executionId, 'completed');
  assert.equal(found.rerunOf, executionId);
  assert.equal(found.nodeDetails.first.kept, true);
  assert.equal(found.nodeDetails.first.output.stdout, 'made\n');
  assert.equal(readFileSync(counter, 'utf8'), 'x\n');
  assertProblem(await api(server, 'POST', `/executions/${executionId}/rerun`, { fromNode: 'third' }), 404, 'not-found');
});

test('TheListIsPagedFilteredAndLive', async (scope) => {
  const server = await scope.server();
  assert.deepEqual((await api(server, 'GET', '/executions')).json.executions, []);
  await define(server, { id: 'good', nodes: [{ id: 'a', type: 'delay', with: { duration: '0s' } }] });
  await define(server, { id: 'bad', nodes: [{ id: 'a', type: 'script', with: { source: 'error("no")' } }] });
  const stream = await scope.subscribe(server, '/api/workflow/executions/stream');
  const [snapshot] = await stream.take(1);
  assert.equal(snapshot.type, 'snapshot');
  const ids = [];
  for (let i = 0; i < 7; ++i) ids.unshift((await execute(server, i % 2 === 0 ? 'good' : 'bad')).executionId);
  for (const [i, id] of ids.entries()) await reaches(server, id, i % 2 === 0 ? 'completed' : 'failed');
  const seen = [];
  for (let before = ''; ; ) {
    const { json } = await api(server, 'GET', `/executions?limit=3${before}`);
    seen.push(...json.executions.map((/** @type {any} */ each) => each.executionId));
    assert.deepEqual(json.stats, { total: 7, completed: 4, failed: 3, running: 0, queued: 0, waiting: 0, cancelling: 0, cancelled: 0 });
    if (json.nextBefore === null) break;
    before = `&before=${json.nextBefore}`;
  }
  assert.deepEqual(seen, ids);
  const failed = await api(server, 'GET', '/executions?status=failed&workflowId=bad&fields=executions.executionId,executions.status');
  assert.deepEqual(failed.json.executions.map((/** @type {any} */ each) => each.status), ['failed', 'failed', 'failed']);
  assert.deepEqual(Object.keys(failed.json.executions[0]).sort(), ['executionId', 'status']);
  assertProblem(await api(server, 'GET', '/executions?status=odd'), 400, 'bad-request');
  const all = await eventually(() => stream.events.filter((/** @type {any} */ each) => /^workflow\.(completed|failed)$/.test(each.type)).length === 7 && stream.events.slice(1), 'the list tells of all seven');
  const revs = all.map((/** @type {any} */ each) => JSON.parse(each.data).listRev);
  assert.deepEqual(revs, revs.map((/** @type {any} */ _, /** @type {number} */ i) => i + 1));
  const last = JSON.parse(all.at(-1).data);
  assert.equal(last.stats.total, 7);
  const changes = await api(server, 'GET', `/executions/changes?since=${JSON.parse(snapshot.data).cursor}`);
  assert.equal(changes.json.events.length, all.length);
});

test('LogsAreKeptInOrderAndReadInParts', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'talk', nodes: [shell('say', 'for i in 1 2 3 4 5; do echo "line $i"; done')] });
  const { executionId } = await execute(server, 'talk');
  await reaches(server, executionId, 'completed');
  const all = 'line 1\nline 2\nline 3\nline 4\nline 5\n';
  let text = '';
  for (let offset = 0; ; ) {
    const { json } = await api(server, 'GET', `/executions/${executionId}/nodes/say/logs?offset=${offset}&limit=10`);
    text += json.text;
    offset = json.nextOffset;
    if (json.complete) break;
  }
  assert.equal(text, all);
  const node = (await api(server, 'GET', `/executions/${executionId}/nodes/say`)).json;
  assert.equal(node.attempts.length, 1);
  assert.equal(node.logBytes, all.length);
});

test('ADefinitionIsCheckedVersionedAndExported', async (scope) => {
  const server = await scope.server();
  assert.equal((await define(server, greet)).version, 1);
  assert.equal((await define(server, greet)).version, 1, 'nothing has changed');
  assert.equal((await define(server, { ...greet, name: 'Greet again' })).version, 2);
  const wrong = await api(server, 'PUT', '/definitions/greet', { ...greet, edges: [{ from: 'hello', to: 'nobody' }] });
  assertProblem(wrong, 422, 'bad-definition');
  assert.equal(wrong.json.problems[0].path, '/edges/0/to');
  const checked = await api(server, 'POST', '/definitions/validate', { ...greet, nodes: [] });
  assert.equal(checked.json.valid, false);
  const versions = await api(server, 'GET', '/definitions/greet/versions');
  assert.deepEqual(versions.json.versions.map((/** @type {any} */ each) => each.version), [2, 1]);
  const first = await api(server, 'GET', '/definitions/greet/versions/1');
  assert.equal(first.json.definition.name, 'Greet');
  const yaml = await api(server, 'GET', '/definitions/greet/export');
  const again = await request(server, 'PUT', '/api/workflow/definitions/greet', { headers: { 'Content-Type': 'application/yaml' }, body: yaml.text });
  assert.equal(again.json.version, 2, 'what was exported is what there is');
  assert.equal((await api(server, 'GET', '/definitions')).json.definitions[0].id, 'greet');
  assertProblem(await api(server, 'POST', '/execute', { workflowId: 'nobody' }), 404, 'not-found');
});

test('ASecretReachesTheNodeAndNobodyElse', async (scope) => {
  const server = await scope.server();
  const put = await api(server, 'PUT', '/secrets/TOKEN', { value: 'tops3cret-value' });
  assert.equal(put.status, 204, put.text);
  await define(server, { id: 'w', secrets: ['TOKEN'], nodes: [{ id: 'use', type: 'shell', with: { script: 'test ${#T} = 15 && echo "it is $T"', env: { T: '${{ secrets.TOKEN }}' } } }] });
  await server.killAndRestart();
  const { executionId } = await execute(server, 'w');
  await reaches(server, executionId, 'completed');
  for (const path of [`/executions/${executionId}`, `/executions/${executionId}/nodes/use`, `/executions/${executionId}/nodes/use/logs`, '/secrets']) {
    const { text } = await api(server, 'GET', path);
    assert(!text.includes('tops3cret'), `${path} tells it: ${text}`);
  }
  assert(!server.log.includes('tops3cret'));
});

test('AnEventBeginsAnExecutionOnceAlsoOverAKill', async (scope) => {
  const server = await scope.server();
  await define(server, {
    id: 'on-order',
    triggers: [{ type: 'event', topic: 'orders/{id}', filter: 'data.total > 100', input: { total: '${{ trigger.data.total }}' } }],
    nodes: [{ id: 'a', type: 'delay', with: { duration: '0s' } }],
    output: '${{ input.total }}',
  });
  for (let i = 0; i < 10; ++i) await publishJson(server, { topic: `orders/${i}`, data: { total: 95 + i } });
  await server.killAndRestart();
  await publishJson(server, { topic: 'orders/10', data: { total: 200 } });
  const found = await eventually(async () => {
    const { json } = await api(server, 'GET', '/executions?status=completed');
    return json.executions.length >= 5 && json.executions;
  }, 'an execution for each');
  const totals = await Promise.all(found.map(async (/** @type {any} */ each) => (await execution(server, each.executionId)).output));
  assert.deepEqual(totals.sort((a, b) => a - b), [101, 102, 103, 104, 200]);
});

test('SchedulesAreShownAndSwitched', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'nightly', triggers: [{ type: 'cron', schedule: '0 3 * * *', timezone: 'Europe/Berlin' }], nodes: [{ id: 'a', type: 'delay', with: { duration: '0s' } }] });
  const [schedule] = (await api(server, 'GET', '/schedules')).json.schedules;
  assert.equal(schedule.enabled, true);
  assert(Date.parse(schedule.nextTime) > Date.now());
  const off = await api(server, 'PUT', '/schedules/nightly/0', { enabled: false });
  assert.equal(off.json.enabled, false);
  await server.killAndRestart();
  const [after] = (await api(server, 'GET', '/schedules')).json.schedules;
  assert.equal(after.enabled, false);
  assert.equal(after.nextTime, null);
});
