// @ts-check
import assert from 'node:assert/strict';

import { assertOrdered, assertProblem, publish, publishJson, request } from '../support/client.mjs';
import { seconds } from '../support/deadline.mjs';
import { field } from '../support/raw.mjs';
import { parseBlock } from '../support/sse.mjs';
import { test } from '../support/test.mjs';
import { isHttp2 } from '../support/wire.mjs';

test('TheHeadAndTheFirstFrameLeaveInOneSegment', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send('GET /v1/topics/t HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n');
  await connection.until((bytes) => bytes.includes('\n\n'), 'the first frame');
  const first = connection.pieces[0].toString();
  assert.match(first, /^HTTP\/1\.1 200 /);
  assert.match(first, /\nevent: system\n(.*\n)*data: \{.*\}\n\n/, 'the first frame is in the first segment');
});

test('TheHeadSaysThatNothingMayHoldTheStreamBack', async (scope) => {
  const server = await scope.server();
  const { head } = await scope.subscribe(server, '/v1/topics/t');
  assert.equal(head.version, isHttp2(server) ? 'HTTP/2' : 'HTTP/1.1');
  assert.equal(field(head, 'content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(field(head, 'cache-control'), 'no-cache, no-store, no-transform');
  assert.equal(field(head, 'x-accel-buffering'), 'no');
  assert(field(head, 'date'), 'a date, as on every answer');
});

test('TheFirstFrameSaysWhoAndWhere', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const welcome = await stream.welcome();
  assert.deepEqual(Object.keys(welcome), ['type', 'client_id', 'timestamp', 'cursor']);
  assert.equal(welcome.type, 'connected');
  assert.equal(typeof welcome.client_id, 'string');
  assert.equal(welcome.cursor, cursor);
  assert.equal(new Date(welcome.timestamp).toISOString(), welcome.timestamp);
  assert(Math.abs(Date.now() - Date.parse(welcome.timestamp)) < 60_000);
  assert.equal(stream.frames[0].id, undefined);
});

test('TheReconnectTimeIsSpreadOverConnections', async (scope) => {
  const server = await scope.server();
  const times = new Set();
  for (let i = 0; i < 20; ++i) {
    const stream = await scope.subscribe(server, '/v1/topics/t');
    const retry = stream.blocks.find((each) => each.retry !== undefined)?.retry ?? 0;
    assert(retry >= 4000 && retry <= 6000, `${retry} is within 20 % of 5000`);
    times.add(retry);
    stream.close();
  }
  assert(times.size > 5, `${[...times]}`);
});

test('WithoutACursorOnlyWhatComesIsDelivered', async (scope) => {
  const server = await scope.server();
  await publish(server, 't', 'before');
  for (const query of ['', '?after=latest', '?last=0']) {
    const stream = await scope.subscribe(server, `/v1/topics/t${query}`);
    const { cursor } = await publish(server, 't', 'after');
    assert.deepEqual((await stream.take(1)).map((each) => [each.data, each.id]), [['after', cursor]]);
    assert(!stream.frames.some((each) => each.type === 'recovery' || each.type === 'gap'));
  }
});

test('SeveralTopicsComeInTheLogsOrderAndEachEventOnce', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/subscribe?topic=a&topic=b&topic=a&match=c/*&match=c/**');
  for (let i = 0; i < 30; ++i) await publishJson(server, { topics: [['a'], ['b', 'a'], ['c/1', 'a'], ['d']][i % 4], data: `${i}` });
  await publish(server, 'b', 'end');
  await stream.until(() => stream.events.at(-1)?.data === 'end', 'the last event');
  const wanted = Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 4 !== 3).map(String);
  assert.deepEqual(stream.events.map((each) => each.data), [...wanted, 'end']);
  assertOrdered(stream.events);
});

test('PatternsMatchSegmentsRestsAndVariables', async (scope) => {
  const server = await scope.server();
  const topics = ['a', 'a/b', 'a/b/c', 'a/b/c/d', 'x/b', 'orders/1.json', 'orders/1.xml', 'orders/', 'a*'];
  /** @type {Record<string, string[]>} */
  const expected = {
    '*': ['a', 'a*'],
    'a/*': ['a/b'],
    '*/b': ['a/b', 'x/b'],
    'a/**': ['a/b', 'a/b/c', 'a/b/c/d'],
    '**': topics,
    'a/{x}/c': ['a/b/c'],
    'orders/{id}.json': ['orders/1.json'],
    'a/b': ['a/b'],
  };
  const streams = await Promise.all(Object.keys(expected).map((match) => scope.subscribe(server, `/v1/subscribe?topic=end&match=${encodeURIComponent(match)}`)));
  for (const topic of topics) await publishJson(server, { topic, data: topic });
  await publish(server, 'end', 'END');
  for (const [i, match] of Object.keys(expected).entries()) {
    await streams[i].until(() => streams[i].events.at(-1)?.data === 'END', `the end of ${match}`);
    assert.deepEqual(streams[i].events.map((each) => each.data).filter((each) => each !== 'END'), expected[match], match);
    const replay = await scope.subscribe(server, `/v1/subscribe?topic=end&after=earliest&match=${encodeURIComponent(match)}`);
    await replay.until(() => replay.events.at(-1)?.data === 'END', `the replay of ${match}`);
    assert.deepEqual(replay.events.map((each) => each.data).filter((each) => each !== 'END'), expected[match], `replay of ${match}`);
  }
});

test('ATopicParameterIsAnExactNameEvenWithAnAsterisk', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/subscribe?topic=a*');
  await publishJson(server, { topic: 'ab', data: 'no' });
  await publishJson(server, { topic: 'a*', data: 'yes' });
  assert.equal((await stream.event()).data, 'yes');
});

test('SelectorsThatMakeNoSenseAreRefused', async (scope) => {
  const server = await scope.server();
  for (const query of ['', '?topic=', '?match=', '?match=a/**/b', '?match={a', '?match={a}{b}', `?topic=${'t'.repeat(1025)}`, '?topic=a%0ab', '?topic=%ff']) {
    const answer = await request(server, 'GET', `/v1/subscribe${query.replace(/[{}]/g, encodeURIComponent)}`, { headers: { Accept: 'text/event-stream' } });
    assert.equal(answer.status, 400, `${query}: ${answer.text}`);
    assertProblem(answer, 400);
  }
  for (const query of ['heartbeat=0', 'heartbeat=3601', 'heartbeat=x', 'padding=65537', 'padding=-1', 'last=x', 'last=-1']) {
    const answer = await request(server, 'GET', `/v1/topics/t?${query}`, { headers: { Accept: 'text/event-stream' } });
    assert.equal(answer.status, 400, `${query}: ${answer.text}`);
    assertProblem(answer, 400, 'bad-request');
  }
});

test('WithoutEventStreamInAcceptTheAnswerIs406', async (scope) => {
  const server = await scope.server();
  for (const accept of ['text/html', 'application/xml, image/*']) {
    assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: { Accept: accept } }), 406, 'not-acceptable');
  }
  for (const accept of ['*/*', 'text/event-stream', 'text/html, text/event-stream;q=0.5']) {
    const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { Accept: accept } });
    stream.close();
  }
});

test('AKeepaliveCommentComesAfterSilence', async (scope) => {
  const server = await scope.server({ args: ['--keepalive', '200ms'] });
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await stream.until(() => stream.comments.length >= 3, 'three comments');
  assert.deepEqual(new Set(stream.comments), new Set(['keepalive']));
});

test('AHeartbeatShowsTheCursorAndTheTime', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  const stream = await scope.subscribe(server, '/v1/topics/t?heartbeat=1');
  const beat = await stream.control('heartbeat');
  assert.equal(beat.id, undefined);
  assert.deepEqual(Object.keys(beat.json), ['cursor', 'server_time']);
  assert.equal(beat.json.cursor, cursor);
  const next = await publish(server, 't', 'y');
  await stream.until(
    () => stream.frames.some((each) => each.type === 'heartbeat' && JSON.parse(each.data ?? '').cursor === next.cursor),
    'a heartbeat with the new cursor',
    seconds(5),
  );
});

test('PaddingComesFirstAndIsAComment', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send('GET /v1/topics/t?padding=2048 HTTP/1.0\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n');
  await connection.readHead();
  await connection.until((bytes) => bytes.includes('event: system'), 'the first frame');
  const text = connection.received.toString();
  const comment = text.slice(0, text.indexOf('\n'));
  assert(comment.startsWith(':'));
  assert(comment.length >= 2048, `${comment.length}`);
  assert.equal(parseBlock(text.slice(0, text.indexOf('\n\n'))).type, 'system');
});

test('AStreamEndsAfterItsLifetimeAndAWholeEvent', async (scope) => {
  const server = await scope.server({ args: ['--connection-lifetime', '1s'] });
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'x');
  assert.equal(await stream.end(seconds(5)), true);
  assert.equal(stream.events.length, 1);
});

test('WhoeverLeavesIsNotCountedAnyMore', async (scope) => {
  const server = await scope.server();
  const streams = await Promise.all(Array.from({ length: 20 }, () => scope.subscribe(server, '/v1/topics/t')));
  const count = async () => (await request(server, 'GET', '/stats')).json.active_connections;
  assert.equal(await count(), 20);
  for (const stream of streams) stream.close();
  const end = Date.now() + seconds(5);
  while ((await count()) !== 0) assert(Date.now() < end, 'the count goes back to 0');
});
