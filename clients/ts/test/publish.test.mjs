// @ts-check
// Publishing: what arrives, that repeating is harmless, and what errors say.
import assert from 'node:assert/strict';
import nodeTest from 'node:test';

import { publish as rawPublish } from '../../../tests/support/client.mjs';
import { poll } from '../../../tests/support/poll.mjs';
import { test } from '../../../tests/support/test.mjs';
import { WeirError, publish } from '../dist/index.js';
import { serverOf } from '../dist/request.js';
import { Follower } from './support/client.mjs';
import { ScriptedServer, problem } from './support/scripted_server.mjs';

test('WhatIsPublishedArrives', async (scope) => {
  const server = await scope.server();
  const follower = await new Follower(scope, `${server.url}/v1/subscribe?match=**`, { transports: ['poll'], pollInterval: 20 }).connect().open();
  const time = new Date('2026-01-01T12:00:00.000Z');
  const published = await publish('orders/ä b/17', { total: 9.5 }, { server: server.url, event: 'bezahlt ✓', id: 'mine', key: 'ключ', time, ttl: 60 });
  assert.equal(published.sequence, 1);
  const [event] = await follower.took(1);
  assert.equal(event?.id, published.cursor);
  assert.deepEqual([event?.type, event?.data], ['bezahlt ✓', '{"total":9.5}']);
  assert.deepEqual(event?.meta, { topic: 'orders/ä b/17', time: '2026-01-01T12:00:00.000Z', id: 'mine', key: 'ключ' });
  await publish('t', 'text\n', { server: server.url });
  await publish('t', Buffer.from('bytes'), { server: server.url });
  await publish('t', null, { server: server.url });
  assert.deepEqual((await follower.took(4)).slice(1).map(({ data }) => data), ['text\n', 'bytes', 'null']);
});

test('AnEphemeralEventHasNoPlace', async (scope) => {
  const server = await scope.server();
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`).connect().open();
  const published = await publish('t', 'now', { server: server.url, ephemeral: true });
  assert.equal(published.sequence, null);
  const [event] = await follower.took(1);
  assert.equal(event?.id, undefined);
});

test('TheLastEventOfATopicClosesIt', async (scope) => {
  const server = await scope.server();
  await publish('t', 'last', { server: server.url, close: true });
  await assert.rejects(publish('t', 'too late', { server: server.url }), (error) => {
    assert(error instanceof WeirError);
    assert.deepEqual([error.code, error.status, error.retryable], ['topic-closed', 409, false]);
    assert.match(error.message, /ended/);
    return true;
  });
});

test('AnAnswerThatIsLostIsAskedForAgainAndTheEventIsPublishedOnce', async (scope) => {
  const server = await scope.server();
  let calls = 0;
  /** The server takes the first two, and the answer is lost. @type {typeof fetch} */
  const lossy = async (...request) => {
    const answer = await fetch(...request);
    if (++calls > 2) return answer;
    await answer.text();
    throw new TypeError('the network');
  };
  const published = await publish('t', 'once', { server: server.url, fetch: lossy });
  assert.equal(calls, 3);
  assert.equal(published.sequence, 1);
  const { events } = await poll(server, '/v1/topics/t?after=earliest');
  assert.deepEqual(events.map((/** @type {any} */ each) => each.data), ['once']);
});

test('AServerThatComesBackGetsWhatWasToBePublished', async (scope) => {
  const server = await scope.server();
  await rawPublish(server, 't', '1');
  await server.kill();
  const waiting = publish('t', '2', { server: server.url, attempts: 100 });
  await server.start();
  assert.equal(typeof (await waiting).cursor, 'string');
});

test('OneKeyIsOneEventHoweverOftenItIsAsked', async (scope) => {
  const server = await scope.server();
  const options = { server: server.url, idempotencyKey: 'order 17 é' };
  assert.deepEqual(await publish('t', 'x', options), await publish('t', 'x', options));
  await assert.rejects(publish('t', 'y', options), { code: 'idempotency-conflict', status: 422 });
});

test('ARefusalIsNotRepeatedAndWhatMayPassIs', async (scope) => {
  const refused = await ScriptedServer.start(scope, problem(403, 'forbidden'));
  await assert.rejects(publish('t', 'x', { server: refused.url }), { code: 'forbidden', retryable: false });
  assert.equal(refused.requests.length, 1);
  const busy = await ScriptedServer.start(scope, problem(503, 'publish-overload', true, { 'Retry-After': '0' }), { headers: { 'Content-Type': 'application/json' }, body: '{"cursor":"c","sequence":1}' });
  await publish('t', 'x', { server: busy.url });
  const keys = busy.requests.map(({ headers }) => headers['idempotency-key']);
  assert.equal(keys.length, 2);
  assert.match(keys[0]?.toString() ?? '', /^[0-9a-f]{32}$/);
  assert.equal(keys[0], keys[1]);
});

test('AttemptsAreCountedAndAnEphemeralEventIsTriedOnce', async (scope) => {
  const busy = await ScriptedServer.start(scope, problem(503, 'publish-overload', true, { 'Retry-After': '0' }));
  await assert.rejects(publish('t', 'x', { server: busy.url, attempts: 2 }), { code: 'publish-overload' });
  assert.equal(busy.requests.length, 2);
  await assert.rejects(publish('t', 'x', { server: busy.url, ephemeral: true }), { code: 'publish-overload' });
  assert.equal(busy.requests.length, 3);
  assert.equal(busy.requests[2]?.headers['idempotency-key'], undefined);
});

test('PublishingCanBeGivenUp', async (scope) => {
  const busy = await ScriptedServer.start(scope, problem(503, 'publish-overload', true, { 'Retry-After': '3600' }));
  const controller = new AbortController();
  const waiting = publish('t', 'x', { server: busy.url, signal: controller.signal });
  await busy.asked(1);
  controller.abort();
  await assert.rejects(waiting);
});

nodeTest('WhereTheServerIsIsSeenFromAnAddressOfIt', () => {
  for (const [address, server] of [
    ['https://events.example/v1/topics/a/v1/b', 'https://events.example'],
    ['https://example.org/weir/v1/subscribe?topic=x', 'https://example.org/weir'],
    ['https://example.org/rt/events', 'https://example.org/rt'],
    ['https://example.org/x/api/notifications/stream', 'https://example.org/x'],
    ['https://example.org/else', 'https://example.org'],
  ]) {
    assert.equal(serverOf(address), server);
  }
});
