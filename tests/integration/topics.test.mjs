// @ts-check
import assert from 'node:assert/strict';

import { assertProblem, publish, publishMany, request, topicPath } from '../support/client.mjs';
import { test } from '../support/test.mjs';

test('TopicsAreListedInByteOrderWithWhatTheyHold', async (scope) => {
  const server = await scope.server();
  const cursors = [];
  for (const topic of ['b', 'a/2', 'a', 'я', 'B', 'a']) cursors.push((await publish(server, topic, 'four')).cursor);
  const stream = await scope.subscribe(server, '/v1/topics/a');
  const answer = await request(server, 'GET', '/v1/topics');
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json.topics.map((/** @type {any} */ each) => each.topic), ['B', 'a', 'a/2', 'b', 'я']);
  assert.equal(answer.json.next, undefined);
  const a = answer.json.topics[1];
  assert.deepEqual(Object.keys(a), ['topic', 'events', 'bytes', 'first', 'last', 'closed', 'subscribers']);
  assert.deepEqual([a.events, a.first, a.last, a.closed, a.subscribers], [2, cursors[2], cursors[5], false, 1]);
  assert(a.bytes >= 8);
  stream.close();
});

test('TheListIsCutIntoPages', async (scope) => {
  const server = await scope.server();
  const names = Array.from({ length: 25 }, (_, i) => `t/${String(i).padStart(2, '0')}`);
  await publishMany(server, names.map((topic) => ({ topic, data: 'x' })));
  await publish(server, 'other', 'x');
  /** @type {string[]} */
  const seen = [];
  let path = '/v1/topics?match=t/*&limit=10';
  for (;;) {
    const { json } = await request(server, 'GET', path);
    seen.push(...json.topics.map((/** @type {any} */ each) => each.topic));
    if (json.next === undefined) break;
    assert.equal(json.topics.length, 10);
    path = `/v1/topics?match=t/*&limit=10&after=${encodeURIComponent(json.next)}`;
  }
  assert.deepEqual(seen, names);
  for (const query of ['limit=0', 'limit=x', 'match=a/**/b']) {
    assert.equal((await request(server, 'GET', `/v1/topics?${query}`)).status, 400, query);
  }
});

test('InfoTellsOneTopicAndNothingIs404', async (scope) => {
  const server = await scope.server();
  const { cursor: first } = await publish(server, 'a/b', 'x');
  const { cursor: head } = await publish(server, 'c', 'x');
  const info = await request(server, 'GET', '/v1/topics/a/b/info');
  assert.deepEqual([info.json.topic, info.json.events, info.json.first, info.json.cursor], ['a/b', 1, first, head]);
  assert.equal(typeof info.json.retention, 'object');
  assertProblem(await request(server, 'GET', '/v1/topics/nothing/info'), 404, 'not-found');
  const stream = await scope.subscribe(server, '/v1/topics/nothing');
  const listened = await request(server, 'GET', '/v1/topics/nothing/info');
  assert.deepEqual([listened.status, listened.json.events, listened.json.subscribers], [200, 0, 1]);
  stream.close();
});

test('ATopicThatEndsInInfoEscapesItsSlash', async (scope) => {
  const server = await scope.server();
  await publish(server, 'a', 'x');
  const answer = await request(server, 'POST', '/v1/topics/a%2Finfo', { body: 'y' });
  assert.equal(answer.status, 200);
  const stream = await scope.subscribe(server, '/v1/topics/a%2Finfo?after=earliest');
  assert.equal((await stream.event()).data, 'y');
  const info = await request(server, 'GET', '/v1/topics/a%2Finfo/info');
  assert.equal(info.json.topic, 'a/info');
});

test('ADeletedTopicIsGoneWithItsEventsAndCanBeginAgain', async (scope) => {
  const server = await scope.server();
  await publishMany(server, Array.from({ length: 10 }, (_, i) => ({ topic: i % 2 ? 'a' : 'b', data: `${i}` })));
  const answer = await request(server, 'DELETE', '/v1/topics/a');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.deleted, 5);
  assertProblem(await request(server, 'GET', '/v1/topics/a/info'), 404);
  assertProblem(await request(server, 'DELETE', '/v1/topics/a'), 404);
  const listed = (await request(server, 'GET', '/v1/topics')).json.topics;
  assert.deepEqual(listed.map((/** @type {any} */ each) => each.topic), ['b']);
  const { cursor } = await publish(server, 'a', 'new');
  const stream = await scope.subscribe(server, '/v1/subscribe?match=*&after=earliest');
  await stream.until(() => stream.events.at(-1)?.id === cursor, 'the new event');
  assert.deepEqual(stream.events.map((each) => each.data), ['0', '2', '4', '6', '8', 'new']);
  await server.killAndRestart();
  const again = await scope.subscribe(server, '/v1/topics/a?after=earliest');
  assert.deepEqual((await again.take(1)).map((each) => each.data), ['new']);
});

test('ADeletedClosedTopicIsOpenAgain', async (scope) => {
  const server = await scope.server();
  await publish(server, 't', 'end', { headers: { 'Weir-Close': 'true' } });
  assert.equal((await request(server, 'POST', '/v1/topics/t', { body: 'x' })).status, 409);
  assert.equal((await request(server, 'DELETE', '/v1/topics/t')).status, 200);
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'again');
  assert.equal((await stream.event()).data, 'again');
});

test('TrimmingRemovesUpToAndIncludingTheCursor', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, Array.from({ length: 10 }, (_, i) => ({ topic: 't', data: `${i + 1}` })))).map((each) => each.cursor);
  const answer = await request(server, 'DELETE', `/v1/topics/t?before=${c[3]}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.deleted, 4);
  const info = (await request(server, 'GET', '/v1/topics/t/info')).json;
  assert.deepEqual([info.events, info.first, info.last], [6, c[4], c[9]]);
  const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.equal((await stream.event()).data, '5');
  for (const before of ['nonsense', '0123456789abcdef-1', '']) {
    assertProblem(await request(server, 'DELETE', `/v1/topics/t?before=${before}`), 400, 'bad-cursor');
  }
});

test('AMistypedParameterDeletesNothing', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  assertProblem(await request(server, 'DELETE', `/v1/topics/t?befor=${cursor}`), 400, 'bad-request');
  assert.equal((await request(server, 'GET', '/v1/topics/t/info')).json.events, 1);
});

test('OperationsAnswer', async (scope) => {
  const server = await scope.server();
  await publish(server, 't', 'x');
  const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  await stream.take(1);
  assert.equal((await request(server, 'GET', '/healthz')).status, 200);
  assert.equal((await request(server, 'GET', '/readyz')).status, 200);
  const stats = await request(server, 'GET', '/v1/stats');
  assert.match(stats.headers['content-type'] ?? '', /^application\/json/);
  assert.equal(stats.json.subscribers, 1);
  const metrics = await request(server, 'GET', '/metrics');
  assert.match(metrics.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  /** @type {Map<string, string>} */
  const types = new Map();
  /** @type {Map<string, number>} */
  const values = new Map();
  for (const line of metrics.text.trimEnd().split('\n')) {
    if (line.startsWith('# TYPE ')) types.set(line.split(' ')[2], line.split(' ')[3]);
    if (line.startsWith('#')) continue;
    const match = line.match(/^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? ([-+0-9.eE]+|NaN|\+Inf)$/);
    assert(match, `a sample: ${line}`);
    values.set(match[1] + (match[2] ?? ''), Number(match[3]));
    const family = match[1].replace(/_(bucket|sum|count)$/, '');
    assert(types.has(match[1]) || types.has(family), `${match[1]} has a type`);
  }
  assert.equal(values.get('weir_subscribers'), 1);
  assert.equal(values.get('weir_events_total'), 1);
  for (const name of ['weir_http_received_bytes_total', 'weir_http_sent_bytes_total', 'weir_resident_bytes', 'weir_open_descriptors']) {
    assert((values.get(name) ?? 0) > 0, name);
  }
  const problem = await request(server, 'GET', '/problems/topic-closed');
  assert.equal(problem.status, 200);
  assert.match(problem.text, /topic-closed/);
  assertProblem(await request(server, 'GET', '/problems/no-such'), 404);
  assertProblem(await request(server, 'GET', '/no/such/path'), 404, 'not-found');
});

test('ATopicWithEveryKindOfCharacterGoesThroughAllCalls', async (scope) => {
  const server = await scope.server();
  for (const topic of ['a b', 'ü/ö', '日本語', '🦦', 'a+b', 'a%b', 'a?b', 'a#b', 'a&b=c', '"<>{}', '..', 'a/../b', './a', 'a//b', '/a', 'a/', 'x'.repeat(1024)]) {
    const stream = await scope.subscribe(server, `/v1/subscribe?topic=${encodeURIComponent(topic)}`);
    const { cursor } = await publish(server, topic, topic);
    const event = await stream.event();
    assert.deepEqual([event.id, event.data], [cursor, topic]);
    const direct = await scope.subscribe(server, `/v1/topics/${encodeURIComponent(topic)}?after=earliest`);
    assert.equal((await direct.event()).data, topic);
    const info = await request(server, 'GET', `${topicPath(topic)}/info`);
    assert.equal(info.json?.topic, topic, info.text);
    stream.close();
    direct.close();
  }
});

test('ATopicThatCannotBeIsRefused', async (scope) => {
  const server = await scope.server();
  for (const path of ['/v1/topics/', '/v1/topics/%00', '/v1/topics/a%0a', '/v1/topics/%7f', '/v1/topics/%c2%85', '/v1/topics/%ff', '/v1/topics/%c0%af', '/v1/topics/%ed%a0%80', '/v1/topics/%', '/v1/topics/%zz', `/v1/topics/${'t'.repeat(1025)}`]) {
    const answer = await request(server, 'POST', path, { body: 'x' });
    assert.equal(answer.status, 400, `${path.slice(0, 60)}: ${answer.text}`);
    assertProblem(answer, 400);
  }
});
