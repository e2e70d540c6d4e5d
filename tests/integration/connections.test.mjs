// @ts-check
// Who is connected, as an operator sees it, and the end of a connection that loses nothing.
import assert from 'node:assert/strict';
import http2 from 'node:http2';

import { assertProblem, publish, publishMany, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { ask } from '../support/poll.mjs';
import { bearer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @typedef {import('../support/server.mjs').Server} Server */

/** @param {Server} server @param {Record<string, string>} [query] @param {Record<string, string>} [headers] */
async function connections(server, query = {}, headers = {}) {
  const answer = await request(server, 'GET', `/v1/connections?${new URLSearchParams(query)}`, { headers });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** @param {import('../support/sse.mjs').SseStream} stream */
const clientId = (stream) => JSON.parse(stream.frames[0].data ?? '').client_id;

/** @param {{connections: any[]}} page */
const ids = (page) => page.connections.map((each) => each.client_id);

test('EveryTransportIsListedWithWhatItFollowsAndWhereItIs', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const before = Date.now();
  const { cursor } = await publish(server, 'orders/1', 'first');
  const stream = await scope.subscribe(server, `/v1/subscribe?topic=orders/1&match=users/*&filter=${encodeURIComponent('data.n > 1')}&fields=n&max_rate=5&conflate=key`);
  const waiting = ask(server, '/v1/topics/orders/2?wait=30');
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/topics/orders/3'));
  await socket.command({ type: 'subscribe', topics: ['orders/4'], match: ['x/**'] });
  const welcome = await socket.control('system');
  const page = await eventually(async () => {
    const found = await connections(server);
    return found.connections.length === 4 && found;
  }, 'all four are listed');
  assert.equal(page.total, 4);
  assert.equal(page.next, null);

  const sse = page.connections.find((/** @type {any} */ each) => each.transport === 'sse');
  assert(sse.since >= before - 200 && sse.since <= Date.now() + 200, `${sse.since}`);
  assert.deepEqual({ ...sse, since: 0, shard: 0 }, {
    client_id: clientId(stream), given_id: null, transport: 'sse', http: '1.1', address: '127.0.0.1', user: null, since: 0, subscription: null,
    topics: ['orders/1'], match: ['users/*'], filter: 'data.n > 1', fields: 'n', max_rate: 5, conflate: true,
    state: 'live', blocked: false, cursor, began: cursor, lag_events: 0, lag_bytes: 0, lag_exact: true, policy: 'catch-up', shard: 0,
  });
  const poll = page.connections.find((/** @type {any} */ each) => each.transport === 'long_poll');
  assert.deepEqual([poll.topics, poll.http, poll.address, poll.state], [['orders/2'], '1.1', '127.0.0.1', 'live']);
  const sockets = page.connections.filter((/** @type {any} */ each) => each.transport === 'websocket');
  assert.deepEqual(sockets.map((/** @type {any} */ each) => each.client_id), [welcome.data.client_id, welcome.data.client_id]);
  assert.deepEqual(sockets.map((/** @type {any} */ each) => [each.subscription, each.topics, each.match]).sort(), [[0, ['orders/3'], []], [1, ['orders/4'], ['x/**']]]);

  const one = await request(server, 'GET', `/v1/connections/${welcome.data.client_id}`);
  assert.equal(one.status, 200, one.text);
  assert.equal(one.json.client_id, welcome.data.client_id);
  assert.equal(one.json.subscriptions.length, 2);

  for (const [query, count] of /** @type {[Record<string, string>, number][]} */ ([[{ topic: 'orders/1' }, 1], [{ topic: 'users/7' }, 1], [{ topic: 'x/y/z' }, 1], [{ topic: 'nothing' }, 0],
    [{ transport: 'websocket' }, 2], [{ transport: 'sse' }, 1], [{ transport: 'long_poll', topic: 'orders/2' }, 1], [{ user: 'bob' }, 0]])) {
    const found = await connections(server, query);
    assert.deepEqual([found.connections.length, found.total], [count, count], JSON.stringify(query));
  }
  await publish(server, 'orders/2', 'x');
  assert.equal((await waiting).json.events.length, 1);
});

test('AWebSocketThatFollowsNothingYetIsListedOnce', async (scope) => {
  const server = await scope.server();
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/ws'));
  const idle = await connections(server);
  assert.deepEqual([idle.total, idle.connections[0].topics, idle.connections[0].subscription], [1, [], null]);
  await socket.command({ type: 'subscribe', topics: ['t'] });
  const busy = await connections(server);
  assert.deepEqual([busy.total, busy.connections[0].topics, busy.connections[0].subscription], [1, ['t'], 1]);
});

test('ManyConnectionsOnTwoShardsAreListedInPagesThatHoldStillWhileOthersComeAndGo', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const open = () => scope.subscribe(server, '/v1/topics/t');
  const streams = await Promise.all(Array.from({ length: 40 }, open));
  const all = await connections(server, { limit: '1000' });
  assert.deepEqual(ids(all).sort(), streams.map(clientId).sort());
  assert.equal(new Set(all.connections.map((/** @type {any} */ each) => each.shard)).size, 2, 'both shards have some');
  const leaving = streams.filter((_, i) => i % 4 === 0);
  const staying = streams.filter((_, i) => i % 4 !== 0).map(clientId);
  /** @type {string[]} */
  const found = [];
  let after = '';
  for (let pages = 0; ; ++pages) {
    const page = await connections(server, { limit: '7', ...(after ? { after } : {}) });
    assert(page.connections.length <= 7);
    found.push(...ids(page));
    if (page.next === null) break;
    assert.equal(page.connections.length, 7);
    after = page.next;
    leaving.pop()?.close();
    await open();
  }
  for (const id of staying) assert.equal(found.filter((each) => each === id).length, 1, 'one that stays is listed once');
  assert.equal(new Set(found).size, found.length);
});

test('AnHttp2StreamIsListedWithItsConnectionsAddress', async (scope) => {
  const server = await scope.server();
  const session = http2.connect(server.url);
  scope.closing({ close: () => session.destroy() });
  const stream = session.request({ ':path': '/v1/topics/t', accept: 'text/event-stream' });
  await new Promise((resolve) => stream.once('data', resolve));
  const { connections: [one] } = await connections(server);
  assert.deepEqual([one.transport, one.http, one.address], ['sse', '2', '127.0.0.1']);
});

test('BehindATrustedProxyTheClientsAddressIsShown', async (scope) => {
  const server = await scope.server({ args: ['--trusted-proxies', '127.0.0.1'] });
  const passedOn = await scope.subscribe(server, '/v1/topics/t', { headers: { 'X-Forwarded-For': '198.51.100.7' } });
  const address = async () => (await connections(server, { topic: 't' })).connections[0].address;
  assert.equal(await address(), '198.51.100.7');
  passedOn.close();
  await eventually(async () => (await connections(server)).total === 0, 'it has gone');
  await scope.subscribe(server, '/v1/topics/t');
  assert.equal(await address(), '127.0.0.1', 'the place is another one\'s now');
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/topics/u', { headers: { 'X-Forwarded-For': '198.51.100.8' } }));
  assert.equal(socket.closed, undefined);
  assert.equal((await connections(server, { topic: 'u' })).connections[0].address, '198.51.100.8');
});

test('ANameThatAClientGivesItselfIsShownBesideTheServersAndFindsIt', async (scope) => {
  const server = await scope.server();
  const first = await scope.subscribe(server, '/events?client_id=somebody');
  const second = await scope.subscribe(server, '/events?client_id=somebody');
  await scope.subscribe(server, '/events');
  const page = await connections(server);
  assert.deepEqual(page.connections.map((/** @type {any} */ each) => each.given_id).sort(), [null, 'somebody', 'somebody'].sort());
  assert.equal(new Set(ids(page)).size, 3);
  const one = await request(server, 'GET', '/v1/connections/somebody');
  assert.equal(one.json.subscriptions.length, 2);
  const deleted = await request(server, 'DELETE', `/v1/connections/${one.json.client_id}`);
  assert.equal(deleted.status, 204);
  const ended = await Promise.race([first.end().then(() => first), second.end().then(() => second)]);
  assert.equal((ended === first ? second : first).ended, false, 'the other goes on');
  assert.equal((await request(server, 'DELETE', '/v1/connections/somebody')).status, 204);
  await Promise.all([first.end(), second.end()]);
  assert.equal((await connections(server)).total, 1);
});

test('ADisconnectedClientComesBackWithItsCursorAndMissesNothing', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', '1');
  assert.equal((await stream.event()).data, '1');
  const answer = await request(server, 'DELETE', `/v1/connections/${clientId(stream)}`);
  assert.deepEqual([answer.status, answer.text], [204, '']);
  await stream.end();
  assert(stream.endedCleanly);
  await publish(server, 't', '2');
  const again = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': stream.lastId ?? '' } });
  assert.equal((await again.event()).data, '2');
  await publish(server, 't', '3');
  assert.equal((await again.event()).data, '3');
  assertProblem(await request(server, 'DELETE', `/v1/connections/${clientId(stream)}`), 404, 'no-connection');
  assert.equal((await request(server, 'GET', '/v1/stats')).json.operator_disconnects_total, 1);
});

test('ADisconnectedWebSocketIsClosedWithAllItsSubscriptions', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/ws'));
  await socket.command({ type: 'subscribe', topics: ['a'] });
  await socket.command({ type: 'subscribe', topics: ['b'], credit: 1 });
  await publish(server, 'b', 'x');
  await socket.take(1);
  const { client_id: id } = (await socket.control('system')).data;
  assert.equal((await request(server, 'DELETE', `/v1/connections/${id}`)).status, 204);
  const { code, reason } = await socket.end();
  assert.equal(code, 4000);
  assert.match(reason, /come back with your cursor/);
  assertProblem(await request(server, 'GET', `/v1/connections/${id}`), 404, 'no-connection');
});

test('ADisconnectedLongPollIsAnsweredWithWhereItIs', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  const waiting = ask(server, `/v1/topics/t?wait=60&after=${cursor}`);
  const page = await eventually(async () => {
    const found = await connections(server);
    return found.total === 1 && found;
  }, 'it waits');
  assert.equal((await request(server, 'DELETE', `/v1/connections/${page.connections[0].client_id}`)).status, 204);
  const answer = await waiting;
  assert.deepEqual([answer.status, answer.json.cursor, answer.json.events], [200, cursor, []]);
});

test('AReaderThatDoesNotReadIsShownBehindByWhatItIsOwed', async (scope) => {
  const server = await scope.server({ args: ['--send-buffer-bytes', '4096'] });
  const slow = await scope.subscribe(server, '/v1/topics/t');
  slow.pause();
  const data = 'x'.repeat(100_000);
  const behind = await eventually(async () => {
    await publishMany(server, Array.from({ length: 20 }, () => ({ topic: 't', data })));
    const { connections: [one] } = await connections(server);
    return one.state === 'behind' && one;
  }, 'it falls behind');
  assert.equal(behind.blocked, true);
  assert(behind.lag_events > 0, JSON.stringify(behind));
  assert(behind.lag_exact && behind.lag_bytes > behind.lag_events * 100_000, JSON.stringify(behind));
  await publish(server, 'other', 'x');
  const { connections: [still] } = await connections(server, { topic: 't' });
  assert(still.lag_events <= behind.lag_events, 'an event of another topic is not owed');
  assert.equal((await request(server, 'DELETE', `/v1/connections/${behind.client_id}`)).status, 204);
  slow.resume();
  await slow.end();
  assert(slow.endedCleanly, 'after the whole frame in flight');
});

test('WhoeverIsNoAdminLearnsAndEndsNothing', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const reader = bearer(sign(key, { sub: 'bob', weir: { publish: ['**'], subscribe: ['**'] } }));
  const admin = bearer(sign(key, { sub: 'root', weir: { admin: true } }));
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: reader });
  const path = `/v1/connections/${clientId(stream)}`;
  for (const [method, target] of [['GET', '/v1/connections'], ['GET', path], ['DELETE', path]]) {
    assertProblem(await request(server, method, target), 401, 'unauthorized');
    assertProblem(await request(server, method, target, { headers: reader }), 403, 'forbidden');
  }
  const { connections: [one] } = await connections(server, { user: 'bob' }, admin);
  assert.deepEqual([one.client_id, one.user], [clientId(stream), 'bob']);
  assert.equal((await connections(server, { user: 'root' }, admin)).total, 0);
  assert.equal((await request(server, 'DELETE', path, { headers: admin })).status, 204);
  await stream.end();
});

test('WhatCannotBeAskedForIsRefused', async (scope) => {
  const server = await scope.server({ args: ['--connections-page-max', '50'] });
  for (const query of ['limit=0', 'limit=51', 'limit=x', 'after=x', 'after=1-', 'transport=tcp']) {
    assertProblem(await request(server, 'GET', `/v1/connections?${query}`), 400, 'bad-request');
  }
  assertProblem(await request(server, 'GET', '/v1/connections?topic=%01'), 400, 'bad-topic');
  assertProblem(await request(server, 'GET', '/v1/connections/nobody'), 404, 'no-connection');
  assertProblem(await request(server, 'PUT', '/v1/connections'), 405, 'method-not-allowed');
});
