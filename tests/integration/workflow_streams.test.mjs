// @ts-check
// The two views of workflows, an execution and the list, by every transport.
import assert from 'node:assert/strict';

import { assertProblem } from '../support/client.mjs';
import { ask, poll } from '../support/poll.mjs';
import { test } from '../support/test.mjs';
import { api, chain, define, execute, reaches } from '../support/workflows.mjs';
import { WebSocketClient } from '../support/ws.mjs';

const base = '/api/workflow';
const asking = {
  id: 'asking',
  nodes: [{ id: 'ask', type: 'approval', with: { title: 'Go on?' } }, { id: 'a', type: 'delay', with: { duration: '0s' } }, { id: 'b', type: 'script', with: { source: 'return 1' } }],
  edges: chain(['ask', 'a', 'b']),
};

/** What was told, without what is of a transport. @param {{data: string}[]} events */
const told = (events) => events.map((each) => JSON.parse(each.data)).filter((each) => !['node.log', 'node.progress'].includes(each.type)).map(({ type, nodeId, rev, listRev }) => `${listRev ?? ''} ${rev} ${type} ${nodeId ?? ''}`);
const isEnd = (/** @type {{data: string}} */ event) => JSON.parse(event.data).type === 'workflow.completed';

/**
 * Reads on by polls until the end of the execution has been told.
 * @param {any} server @param {string} path @param {string} from which member of the query has the cursor @param {string} cursor
 */
async function byPolls(server, path, from, cursor) {
  /** @type {import('../support/poll.mjs').Polled[]} */
  const events = [];
  while (!events.some(isEnd)) {
    const answer = await poll(server, `${path}?${from}=${cursor}&wait=20`);
    assert.equal(answer.gap, undefined);
    events.push(...answer.events);
    cursor = answer.cursor;
  }
  return events;
}

test('EveryTransportTellsTheSame', async (scope) => {
  const server = await scope.server();
  await define(server, asking);
  const { executionId } = await execute(server, 'asking');
  await reaches(server, executionId, 'waiting');
  for (const path of [`${base}/executions/${executionId}`, `${base}/executions`]) {
    const { executionId: id } = path.endsWith('executions') ? await execute(server, 'asking') : { executionId };
    await reaches(server, id, 'waiting');
    const sse = await scope.subscribe(server, `${path}/stream`);
    const [snapshot] = await sse.take(1);
    assert.equal(snapshot.type, 'snapshot');
    const { cursor, rev, listRev } = JSON.parse(snapshot.data ?? '');
    assert.equal(snapshot.id, cursor);
    const socket = scope.closing(await WebSocketClient.open(server, `${path}/stream`));
    const [first] = await socket.take(1);
    assert.deepEqual([first.event, first.cursor], ['snapshot', cursor]);
    assert.deepEqual(JSON.parse(first.data), JSON.parse(snapshot.data ?? ''));
    const polled = await poll(server, `${path}/stream`);
    assert.deepEqual(polled.events.map((each) => [each.event, each.cursor]), [['snapshot', cursor]]);
    assert.equal((await poll(server, `${path}/changes`)).events[0].event, 'snapshot');

    const waiting = [byPolls(server, `${path}/stream`, 'after', cursor), byPolls(server, `${path}/changes`, 'since', cursor)];
    assert.equal((await api(server, 'POST', `/executions/${id}/nodes/ask/approve`, { decision: 'approve' })).status, 200);
    await sse.until(() => sse.events.some((each) => isEnd(/** @type {any} */ (each))), 'its end');
    await socket.until(() => socket.events.some((each) => isEnd(/** @type {any} */ (each))), 'its end');
    const expected = told(/** @type {any} */ (sse.events.slice(1)));
    assert(expected.length >= 8, `${expected}`);
    assert.deepEqual(told(/** @type {any} */ (socket.events.slice(1))), expected);
    assert(sse.frames.every((each) => each.type !== 'recovery'), 'who has a snapshot has missed nothing');
    for (const each of waiting) assert.deepEqual(told(await each), expected);
    const revs = expected.map((each) => Number(each.split(' ')[listRev === undefined ? 1 : 0]));
    assert.deepEqual(revs, revs.map((_, i) => (listRev ?? rev) + 1 + i), 'without holes');
  }
});

test('AnExecutionsStreamEndsWithItOnEveryTransport', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'quick', nodes: [{ id: 'a', type: 'delay', with: { duration: '0s' } }] });
  const { executionId, cursor } = await execute(server, 'quick');
  await reaches(server, executionId, 'completed');
  const path = `${base}/executions/${executionId}`;
  const socket = scope.closing(await WebSocketClient.open(server, `${path}/stream?after=${cursor}`));
  await socket.end();
  assert(isEnd(/** @type {any} */ (socket.events.at(-1))));
  const answer = await poll(server, `${path}/changes?since=${cursor}`);
  assert.equal(answer.closed, true);
  assert(isEnd(/** @type {any} */ (answer.events.at(-1))));
  const replay = await poll(server, `${path}/events`);
  assert.deepEqual(told(replay.events), told(answer.events), 'the run from its first event');
  const page = await poll(server, `${path}/events?limit=2`);
  assert.equal(page.events.length, 2);
  assert.equal(page.more, true);
  assert.deepEqual(told(page.events.concat((await poll(server, `${path}/events?after=${page.cursor}`)).events)), told(replay.events));
  // Whoever comes for the state is told it, and that there is nothing more.
  const late = await scope.subscribe(server, `${path}/stream`);
  await late.end();
  assert.deepEqual(late.events.map((each) => each.type), ['snapshot']);
});

test('ACursorThatIsNoneOfThisLogIsToldAndTheStateFollows', async (scope) => {
  const server = await scope.server();
  await define(server, asking);
  const { executionId } = await execute(server, 'asking');
  await reaches(server, executionId, 'waiting');
  for (const path of [`${base}/executions/${executionId}`, `${base}/executions`]) {
    const foreign = '00000000000000aa-3';
    const stream = await scope.subscribe(server, `${path}/stream?after=${foreign}`);
    assert.equal((await stream.control('gap')).json.reason, 'epoch');
    assert.equal((await stream.take(1))[0].type, 'snapshot');
    const answer = await poll(server, `${path}/changes?since=${foreign}`);
    assert.deepEqual([answer.gap?.reason, answer.gap?.requested], ['epoch', foreign]);
    assert.equal(answer.events[0].event, 'snapshot');
  }
});

test('WhatThereIsNotIsNotFoundWhateverIsAsked', async (scope) => {
  const server = await scope.server();
  const nobody = `/executions/wf_exec_${'0'.repeat(26)}`;
  const look = async () => {
    for (const rest of ['', '/stream', '/changes', '/events', '/nodes/a', '/nodes/a/logs', '/else']) {
      assertProblem(await ask(server, `${base}${nobody}${rest}`), 404, 'not-found');
    }
    for (const rest of ['/cancel', '/rerun', '/nodes/a/approve']) {
      assertProblem(await api(server, 'POST', `${nobody}${rest}`, rest.endsWith('approve') ? { decision: 'approve' } : {}), 404, 'not-found');
    }
    for (const path of ['/definitions/nobody', '/definitions/nobody/versions', '/definitions/nobody/export', '/schedules/nobody/0']) {
      assertProblem(await api(server, 'GET', path), 404, 'not-found');
    }
    assertProblem(await api(server, 'DELETE', '/definitions/nobody'), 404, 'not-found');
    assert.deepEqual((await api(server, 'GET', '/executions')).json.executions, []);
    assert.deepEqual((await api(server, 'GET', '/approvals')).json.approvals, []);
  };
  // Before anything of workflows was ever stored, and after.
  await look();
  await define(server, asking);
  await look();
});
