// @ts-check
// The hub for pages that just want a live channel: /events, /broadcast, /send, /stats.
import assert from 'node:assert/strict';

import { assertProblem, postJson, request, sequenceOf } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { field } from '../support/raw.mjs';
import { SseStream } from '../support/sse.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/server.mjs').Server} server */
const active = async (server) => (await request(server, 'GET', '/stats')).json.active_connections;

test('TheWelcomeSaysWhoTheClientIs', async (scope) => {
  const server = await scope.server();
  const one = await scope.subscribe(server, '/events');
  const two = await scope.subscribe(server, '/events');
  const [a, b] = [await one.welcome(), await two.welcome()];
  assert.equal(a.type, 'connected');
  assert.match(a.client_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(a.client_id, b.client_id);
  assert(one.blocks.some((each) => each.retry !== undefined));
  assert.equal(field(one.head, 'x-accel-buffering'), 'no');
});

test('ABroadcastReachesEverybody', async (scope) => {
  const server = await scope.server();
  const streams = await Promise.all(Array.from({ length: 5 }, () => scope.subscribe(server, '/events')));
  const answer = await postJson(server, '/broadcast', { event: 'notification', title: 'Привет', n: 1 });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, { status: 'ok', recipients: 5 });
  await postJson(server, '/broadcast', { text: 'no type' });
  for (const stream of streams) {
    const [first, second] = await stream.take(2);
    assert.equal(first.type, 'notification');
    assert.deepEqual(JSON.parse(first.data ?? ''), { event: 'notification', title: 'Привет', n: 1 });
    assert.deepEqual([second.type, second.data], ['message', '{"text":"no type"}']);
    sequenceOf(first.id ?? '');
  }
});

test('SendTakesItsTypeOutOfTheData', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/events');
  const answer = await postJson(server, '/send', { _event: 'alert', message: 'x', event: 'kept' });
  assert.equal(answer.json.status, 'ok');
  await postJson(server, '/send', { message: 'y' });
  const [first, second] = await stream.take(2);
  assert.equal(first.type, 'alert');
  assert.deepEqual(JSON.parse(first.data ?? ''), { message: 'x', event: 'kept' });
  assert.deepEqual([second.type, second.data], ['message', '{"message":"y"}']);
});

test('SendToOneClientReachesThatClientAlone', async (scope) => {
  const server = await scope.server();
  const mine = await scope.subscribe(server, '/events?client_id=tab-1');
  const other = await scope.subscribe(server, '/events');
  assert.equal((await mine.welcome()).client_id, 'tab-1');
  const answer = await postJson(server, '/send', { client_id: 'tab-1', _event: 'direct', n: 1 });
  assert.deepEqual(answer.json, { status: 'ok', recipients: 1 });
  const { client_id: made } = await other.welcome();
  assert.equal((await postJson(server, '/send', { client_id: made, _event: 'direct', n: 2 })).json.recipients, 1);
  assert.equal((await postJson(server, '/send', { client_id: 'nobody', n: 3 })).json.recipients, 0);
  await postJson(server, '/broadcast', { n: 4 });
  const numbers = async (/** @type {SseStream} */ stream) => (await stream.take(2)).map((each) => JSON.parse(each.data ?? '').n);
  assert.deepEqual(await numbers(mine), [1, 4]);
  assert.deepEqual(await numbers(other), [2, 4]);
});

test('AClientThatComesBackUnderItsNameGetsWhatItMissed', async (scope) => {
  const server = await scope.server();
  const before = await scope.subscribe(server, '/events?client_id=me');
  await postJson(server, '/broadcast', { n: 1 });
  const [first] = await before.take(1);
  before.close();
  await eventually(async () => (await active(server)) === 0, 'the client is gone');
  await postJson(server, '/broadcast', { n: 2 });
  await postJson(server, '/send', { client_id: 'me', n: 3 });
  await postJson(server, '/send', { client_id: 'you', n: 4 });
  const after = await scope.subscribe(server, '/events?client_id=me', { headers: { 'Last-Event-ID': first.id ?? '' } });
  assert.deepEqual((await after.control('recovery')).json, { recovered_from: first.id, events: 2 });
  assert.deepEqual((await after.take(2)).map((each) => JSON.parse(each.data ?? '').n), [2, 3]);
});

test('StatsCountConnectionsDownToNothing', async (scope) => {
  const server = await scope.server();
  assert.deepEqual((await request(server, 'GET', '/stats')).json, { active_connections: 0 });
  const streams = await Promise.all(Array.from({ length: 10 }, () => scope.subscribe(server, '/events')));
  assert.equal(await active(server), 10);
  for (const stream of streams.splice(0, 6)) stream.close();
  await eventually(async () => (await active(server)) === 4, 'four are left');
  for (const stream of streams) stream.connection.socket.resetAndDestroy();
  await eventually(async () => (await active(server)) === 0, 'none is left');
});

test('WhatIsNotAJsonObjectIsRefused', async (scope) => {
  const server = await scope.server();
  for (const path of ['/broadcast', '/send']) {
    for (const body of ['', 'x', '[]', '"a"', '17', '{', '{"a":1}{', '{"a":1}x', '{"event":1,"_event":2}', `{"a":${'['.repeat(100_000)}`]) {
      const answer = await request(server, 'POST', path, { headers: { 'Content-Type': 'application/json' }, body });
      assert.equal(answer.status, 400, `${path} ${body.slice(0, 40)}: ${answer.text}`);
      assertProblem(answer, 400);
    }
  }
  const injected = await postJson(server, '/send', { _event: 'a\ndata: injected', n: 1 });
  assertProblem(injected, 400, 'bad-event');
});

test('OverTheCapASubscriberIsRefusedWith503', async (scope) => {
  const server = await scope.server({ args: ['--subscribers-max', '3'] });
  const streams = await Promise.all(Array.from({ length: 3 }, () => scope.subscribe(server, '/events')));
  for (const path of ['/events', '/v1/topics/t']) {
    assertProblem(await request(server, 'GET', path, { headers: { Accept: 'text/event-stream' } }), 503, 'too-many-subscribers');
  }
  // Those that are there stay, publishing goes on, and a place that is free can be had.
  await postJson(server, '/broadcast', { n: 1 });
  for (const stream of streams) await stream.take(1);
  streams[0].close();
  await eventually(async () => (await active(server)) === 2, 'a place is free');
  await scope.subscribe(server, '/events');
});

test('OverTheCapADeferredSubscriberIsToldToComeBackLater', async (scope) => {
  const server = await scope.server({ args: ['--subscribers-max', '1', '--overload', 'defer'] });
  await scope.subscribe(server, '/events');
  const times = new Set();
  for (let i = 0; i < 8; ++i) {
    const stream = scope.closing(await SseStream.open(server, '/events'));
    assert.equal(await stream.end(seconds(5)), true);
    const retry = stream.blocks.find((each) => each.retry !== undefined)?.retry ?? 0;
    assert(retry >= 10_000, `a long retry: ${retry}`);
    times.add(retry);
    assert.equal(stream.frames.length, 0);
  }
  assert(times.size > 1, 'and not the same for everybody');
});
