// @ts-check
// The server's own topics: for admins alone, never in the log, and only while somebody listens.
import assert from 'node:assert/strict';

import { assertProblem, ndjson, postJson, publish, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { ask } from '../support/poll.mjs';
import { bearer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @typedef {import('../support/test.mjs').Scope} Scope */

const sse = { Accept: 'text/event-stream' };

/** @param {Scope} scope @param {string[]} [args] */
async function locked(scope, args = []) {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), ...args] });
  return {
    server,
    admin: bearer(sign(key, { sub: 'root', weir: { admin: true } })),
    everything: bearer(sign(key, { sub: 'bob', weir: { publish: ['**', '$weir/**', '$weir'], subscribe: ['**', '$weir/**', '$weir'] } })),
  };
}

/** @param {import('../support/sse.mjs').SseStream} stream @param {string} type @param {(data: any) => boolean} [where] @returns {Promise<any>} */
async function told(stream, type, where = () => true) {
  const holds = (/** @type {import('../support/sse.mjs').Frame} */ each) => each.type === type && where(JSON.parse(each.data ?? ''));
  const event = await stream.until(() => stream.events.find(holds), `an event ${type}`);
  assert.equal(event.id, undefined, 'it moves no position');
  return JSON.parse(event.data ?? '');
}

test('NobodyPublishesToThemOnAnyPath', async (scope) => {
  const open = await scope.server();
  const { server, admin, everything } = await locked(scope);
  for (const [where, headers] of /** @type {[any, Record<string, string>][]} */ ([[open, {}], [server, everything]])) {
    for (const topic of ['$weir', '$weir/metrics', '$weir/anything/else']) {
      assertProblem(await request(where, 'POST', `/v1/topics/${topic}`, { headers, body: 'x' }), 403, 'forbidden');
      assertProblem(await request(where, 'POST', `/v1/topics/${encodeURIComponent(topic)}`, { headers: { ...headers, 'Weir-Ephemeral': 'true' }, body: 'x' }), 403, 'forbidden');
      assertProblem(await postJson(where, '/v1/publish', { topic, data: 'x', ephemeral: true }, { headers }), 403, 'forbidden');
      assertProblem(await postJson(where, '/v1/publish', [{ topics: ['t', topic], data: 'x' }], { headers }), 403, 'forbidden');
      const lines = `${JSON.stringify({ topic, data: 'x' })}\n`;
      const each = await request(where, 'POST', '/v1/publish', { headers: { ...headers, 'Content-Type': 'application/x-ndjson' }, body: lines });
      assert.equal(ndjson(each.text)[0].error.code, 'forbidden', each.text);
      assertProblem(await request(where, 'POST', '/v1/publish?atomic=true', { headers: { ...headers, 'Content-Type': 'application/x-ndjson' }, body: lines }), 403, 'forbidden');
      const socket = scope.closing(await WebSocketClient.open(where, '/v1/ws', { headers }));
      const answer = await socket.ask({ type: 'publish', event: { topic, data: 'x' } });
      assert.deepEqual([answer.type, answer.error.code], ['error', 'forbidden']);
      socket.close();
    }
  }
  assert.equal((await request(server, 'GET', '/v1/stats', { headers: admin })).json.log_events, 0);
  await publish(open, '$weird', 'a topic like any other');
});

test('OnlyAdminsFollowThemByAnyTransport', async (scope) => {
  const { server, admin, everything } = await locked(scope, ['--anonymous-subscribe', '**']);
  for (const target of ['/v1/topics/$weir/metrics', '/v1/topics/$weir', '/v1/subscribe?topic=news&topic=$weir/metrics', '/v1/subscribe?match=$weir/*', '/v1/subscribe?match=$weir/**']) {
    assertProblem(await request(server, 'GET', target, { headers: { ...everything, ...sse } }), 403, 'forbidden');
    assertProblem(await request(server, 'GET', target, { headers: { ...everything, Accept: 'application/json' } }), 403, 'forbidden');
    assertProblem(await request(server, 'GET', target, { headers: sse }), 401, 'unauthorized');
    await assert.rejects(WebSocketClient.open(server, target, { headers: everything }), /status 403/);
    (await scope.subscribe(server, target.replace('topic=news&', ''), { headers: admin })).close();
  }
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/ws', { headers: everything }));
  for (const message of [{ topics: ['$weir/metrics'] }, { match: ['$weir/*'] }]) {
    const answer = await socket.ask({ type: 'subscribe', ...message });
    assert.deepEqual([answer.type, answer.error.code], ['error', 'forbidden']);
  }
  for (const target of ['/v1/presence?topic=$weir/metrics', '/v1/topics?match=$weir/*', '/v1/topics/$weir/metrics/info']) {
    assertProblem(await request(server, 'GET', target, { headers: everything }), 403, 'forbidden');
  }
  assertProblem(await request(server, 'GET', '/v1/metrics/history', { headers: everything }), 403, 'forbidden');
});

test('APatternThatDoesNotNameThemGetsNothingOfThem', async (scope) => {
  const { server, admin, everything } = await locked(scope, ['--shards', '2']);
  const headers = { ...admin };
  const all = await Promise.all([
    scope.subscribe(server, '/v1/subscribe?match=**', { headers: everything }),
    scope.subscribe(server, '/v1/subscribe?match=*/metrics', { headers: everything }),
    scope.subscribe(server, '/v1/subscribe?match={a}/{b}', { headers: everything }),
  ]);
  const own = await scope.subscribe(server, '/v1/subscribe?match=$weir/*', { headers });
  await told(own, 'metrics');
  await told(own, 'connections');
  await publish(server, 'a/metrics', 'x', { headers: everything });
  for (const stream of all) {
    assert.equal((await stream.event()).data, 'x');
    assert.equal(stream.events.length, 1, 'what came before it would be here');
  }
  assert.deepEqual((await request(server, 'GET', '/v1/topics', { headers })).json.topics.map((/** @type {any} */ each) => each.topic), ['a/metrics']);
});

test('MetricsComeEverySecondByEveryTransport', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const stream = await scope.subscribe(server, '/v1/topics/$weir/metrics');
  const first = await told(stream, 'metrics');
  const { cursor } = await publish(server, 't', 'hello');
  const later = await told(stream, 'metrics', (data) => data.published === 1);
  assert.deepEqual(Object.keys(later), ['time', 'uptime_seconds', 'published', 'published_bytes', 'delivered', 'subscribers', 'subscribers_behind', 'by_transport', 'connections', 'commits',
    'commit_seconds', 'fsync_seconds', 'memory_bytes', 'cpu_seconds', 'log_bytes', 'head', 'http_requests', 'errors', 'gaps']);
  assert.equal(later.head, cursor);
  assert.equal(later.subscribers, 1);
  assert.deepEqual(later.by_transport, { sse: 1, websocket: 0, long_poll: 0 });
  assert(later.published_bytes > 0 && later.memory_bytes > 1e6 && later.cpu_seconds > 0 && later.time > first.time && later.http_requests >= 2);
  const committed = stream.events.map((each) => JSON.parse(each.data ?? '')).find((data) => data.commit_seconds.p50 > 0);
  assert(committed, 'the second with the commit shows how long it took');
  assert(committed.commit_seconds.p99 >= committed.commit_seconds.p50 && committed.fsync_seconds.p50 > 0 && committed.fsync_seconds.p50 <= committed.commit_seconds.p99 * 1.5);

  const socket = scope.closing(await WebSocketClient.open(server, '/v1/topics/$weir/metrics'));
  const [event] = await socket.take(1);
  assert.deepEqual([event.topic, event.event], ['$weir/metrics', 'metrics']);
  const polled = await ask(server, '/v1/topics/$weir/metrics?wait=30');
  assert.equal(JSON.parse(polled.json.events[0].data).by_transport.websocket, 1);
});

test('ConnectionsAreToldWhenTheyChange', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const watcher = await scope.subscribe(server, '/v1/topics/$weir/connections');
  const first = await told(watcher, 'connections');
  assert.deepEqual([first.total, first.by_transport], [1, { sse: 1, websocket: 0, long_poll: 0 }]);
  const stream = await scope.subscribe(server, '/v1/topics/t');
  scope.closing(await WebSocketClient.open(server, '/v1/ws'));
  const more = await told(watcher, 'connections', (data) => data.total === 3);
  assert.deepEqual(more.by_transport, { sse: 2, websocket: 1, long_poll: 0 });
  stream.close();
  await told(watcher, 'connections', (data) => data.total === 2);
  const sums = watcher.events.map((each) => JSON.parse(each.data ?? '')).reduce((sum, data) => [sum[0] + data.opened, sum[1] + data.closed], [0, 0]);
  assert.deepEqual(sums, [2, 1]);
});

test('TopicsAreToldAsTheyChange', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2', '--topic-changes-max', '2'] });
  const watcher = await scope.subscribe(server, '/v1/topics/$weir/topics');
  await scope.subscribe(server, '/v1/topics/a');
  // What is published before the server knows of its first listener is not told.
  let count = 0;
  await eventually(async () => {
    await publish(server, 'a', `${++count}`);
    return watcher.events.length > 0;
  }, 'it is told');
  const sum = () => watcher.events.reduce((all, each) => all + (JSON.parse(each.data ?? '').topics.find((/** @type {any} */ topic) => topic.topic === 'a')?.published ?? 0), 0);
  const { cursor } = await publish(server, 'a', 'last');
  const data = await told(watcher, 'topics', (each) => each.topics.some((/** @type {any} */ topic) => topic.last === cursor));
  const topic = data.topics.find((/** @type {any} */ each) => each.topic === 'a');
  const listed = (await request(server, 'GET', '/v1/topics')).json.topics.find((/** @type {any} */ each) => each.topic === 'a');
  assert.deepEqual({ ...topic, published: undefined }, { ...listed, published: undefined }, 'as the list has it');
  assert.equal(topic.events, count + 1);
  assert(sum() > 0 && sum() <= topic.events);
  assert(data.interval_ms > 0);
  assert.equal(data.omitted, 0);
  await postJson(server, '/v1/publish', ['b', 'b', 'c', 'c', 'd'].map((name) => ({ topic: name, data: 'x' })));
  const many = await told(watcher, 'topics', (each) => each.omitted > 0);
  assert.deepEqual(many.topics.map((/** @type {any} */ each) => [each.topic, each.published]), [['b', 2], ['c', 2]], 'the busiest');
  assert.equal(many.omitted, 1);
});

test('TheLastSamplesAreRemembered', async (scope) => {
  const server = await scope.server({ config: 'metrics_history = "2s"\n' });
  const history = async () => {
    const answer = await request(server, 'GET', '/v1/metrics/history');
    assert.equal(answer.status, 200);
    assert.equal(answer.json.interval_ms, 1000);
    return answer.json.samples;
  };
  const one = await eventually(async () => {
    const samples = await history();
    return samples.length > 0 && samples;
  }, 'a first sample, though nobody listens');
  const later = await eventually(async () => {
    const samples = await history();
    return samples.length === 2 && samples[0].time !== one[0].time && samples;
  }, 'no more than two are kept');
  assert(later[0].time < later[1].time);
  assert.equal(later[1].subscribers, 0);
  server.writeConfig('metrics_history = "0s"\n');
  server.signal('SIGHUP');
  await eventually(async () => (await history()).length === 0, 'none is kept');
});

test('AStreamThatNobodyListensToAnyMoreIsNotTold', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/$weir/metrics');
  await told(stream, 'metrics');
  const stat = async (/** @type {string} */ name) => (await request(server, 'GET', '/v1/stats')).json[name];
  assert.equal(await stat('system_subscribers'), 1);
  stream.close();
  await eventually(async () => await stat('system_subscribers') === 0, 'the listener has gone');
  assert.equal(await stat('log_events'), 0, 'nothing of it was stored');
});

test('OnAListenerForAdminsTheyNeedNoToken', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ listen: ['127.0.0.1:0?role=admin'], args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const stream = await scope.subscribe(server, '/v1/topics/$weir/metrics');
  await told(stream, 'metrics');
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: sse }), 401, 'unauthorized');
});
