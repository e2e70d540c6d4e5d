// @ts-check
// How the client behaves over HTTP: what it sends, which answers it takes, which it comes back after, and when. The cases are those
// of EventSource's standard tests (tests/data/event_stream_vectors.json, "client"), where this client is meant to do the same.
import assert from 'node:assert/strict';
import nodeTest from 'node:test';

import { test } from '../../../tests/support/test.mjs';
import { Backoff } from '../dist/backoff.js';
import { SSEClient } from '../dist/index.js';
import { Follower } from './support/client.mjs';
import { ScriptedServer, problem } from './support/scripted_server.mjs';

/** Only what is said here; no fallback. */
const sse = /** @type {const} */ ({ transports: ['sse'] });

test('ARequestSaysWhatItWants', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'data: x\n\n', open: true });
  const follower = new Follower(scope, `${server.url}/events?a=1%202`, { ...sse, headers: { 'X-Mine': 'yes' } }).connect();
  await follower.took(1);
  const { method, url, headers } = /** @type {import('./support/scripted_server.mjs').ScriptedServer['requests'][0]} */ (server.requests[0]);
  assert.equal(method, 'GET');
  assert.equal(url, '/events?a=1%202&heartbeat=15', 'the query is left as it was written');
  assert.equal(headers.accept, 'text/event-stream');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(headers['x-mine'], 'yes');
  assert.equal(headers['last-event-id'], undefined);
});

test('TheLastIdGoesBackAsTheBytesThatItCameAs', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'retry: 1\nid: …é\ndata: x\n\n' }, { body: 'data: y\n\n' }, { body: 'data: z\n\n', open: true });
  const follower = new Follower(scope, server.url, sse).connect();
  await follower.took(3);
  const sent = server.requests.map(({ headers }) => Buffer.from(String(headers['last-event-id'] ?? ''), 'latin1').toString());
  assert.deepEqual(sent, ['', '…é', '…é'], 'and stays over a stream without ids');
  assert.deepEqual(follower.events.map((each) => each.lastEventId), ['…é', '…é', '…é']);
  assert.deepEqual(follower.events.map((each) => each.id), ['…é', undefined, undefined]);
});

test('AnEmptyIdIsNotSentAndANulOneIsNone', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'retry: 1\nid: 1\ndata: a\n\nid\ndata: b\n\n' }, { body: 'id: x\0y\ndata: c\n\n' }, { body: 'data: d\n\n', open: true });
  await new Follower(scope, server.url, sse).connect().took(4);
  assert.deepEqual(server.requests.map(({ headers }) => headers['last-event-id']), [undefined, undefined, undefined]);
});

test('AnUnfinishedEventIsDroppedWithItsId', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'retry: 1\ndata: a\n\nid: 7\ndata: half\n' }, { body: 'data: b\n\n', open: true });
  const follower = new Follower(scope, server.url, sse).connect();
  await follower.took(2);
  assert.deepEqual(follower.data, ['a', 'b']);
  assert.equal(server.requests[1]?.headers['last-event-id'], undefined);
});

test('ABlockWithOnlyAnIdMovesThePlace', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'retry: 1\nid: 7\n\n' }, { body: 'data: b\n\n', open: true });
  await new Follower(scope, server.url, sse).connect().took(1);
  assert.equal(server.requests[1]?.headers['last-event-id'], '7');
});

test('AnOrderlyEndIsFollowedByANewConnection', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'retry: 2\n\n' }, { body: 'data: opened\n\n' }, { body: 'data: reconnected\n\n' }, { status: 204 });
  const follower = new Follower(scope, server.url, sse).connect();
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  assert.deepEqual(follower.data, ['opened', 'reconnected']);
  assert.deepEqual(follower.errors.map(({ error, retryIn }) => [error.code, retryIn]), [['closed', 2], ['closed', 2], ['closed', 2], ['ended', undefined]]);
  assert.equal(server.requests.length, 4, 'and after 204 none');
});

for (const [what, answer, code] of /** @type {[string, import('./support/scripted_server.mjs').Scripted, string][]} */ ([
  ['205', { status: 205, body: 'data: x\n\n' }, 'http'],
  ['210', { status: 210, body: 'data: x\n\n' }, 'http'],
  ['299', { status: 299, body: 'data: x\n\n' }, 'http'],
  ['404', { status: 404, body: 'data: x\n\n' }, 'http'],
  ['410', { status: 410, body: 'data: x\n\n' }, 'http'],
  ['a redirect to nowhere', { status: 302, body: 'data: x\n\n' }, 'http'],
  ['a bogus type', { headers: { 'Content-Type': 'x bogus' }, body: 'data: x\n\n' }, 'not-a-stream'],
  ['another type', { headers: { 'Content-Type': 'text/x-bogus' }, body: 'data: x\n\n' }, 'not-a-stream'],
  ['no type', { headers: {}, body: 'data: x\n\n' }, 'not-a-stream'],
  ['the server\'s own refusal', problem(403, 'forbidden'), 'forbidden'],
])) {
  test(`AnAnswerThatIsNoStreamIsTheEnd: ${what}`, async (scope) => {
    const server = await ScriptedServer.start(scope, answer);
    const follower = new Follower(scope, server.url, sse).connect();
    await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
    assert.equal(follower.errors[0]?.error.code, code);
    assert.equal(follower.errors[0]?.retryIn, undefined);
    assert.equal(follower.client.status.error?.code, code);
    assert.deepEqual(follower.events, []);
    assert.equal(server.requests.length, 1);
  });
}

for (const [what, answer] of /** @type {[string, import('./support/scripted_server.mjs').Scripted][]} */ ([
  ['500', { status: 500 }],
  ['502', { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<h1>Bad gateway</h1>' }],
  ['503', problem(503, 'too-many-subscribers', true, { 'Retry-After': '0' })],
  ['429', { status: 429 }],
  ['a connection that breaks', { breaks: true }],
  ['a stream that breaks', { body: 'data: not yet\n', breaks: true }],
])) {
  test(`WhatMayPassIsTriedAgain: ${what}`, async (scope) => {
    const server = await ScriptedServer.start(scope, answer, answer, answer, { body: 'data: x\n\n', open: true });
    const follower = new Follower(scope, server.url, sse).connect();
    await follower.took(1);
    assert.deepEqual(follower.data, ['x']);
    assert.equal(follower.client.state, 'OPEN');
    assert(follower.errors.every(({ retryIn }) => retryIn !== undefined && retryIn <= 100));
  });
}

for (const type of ['text/event-stream;', 'text/event-stream;charset=windows-1252', 'Text/Event-Stream']) {
  test(`AnEventStreamIsTakenWhateverItsParameters: ${type}`, async (scope) => {
    const server = await ScriptedServer.start(scope, { headers: { 'Content-Type': type }, body: 'data: é\n\n', open: true });
    const follower = new Follower(scope, server.url, sse).connect();
    await follower.took(1);
    assert.deepEqual(follower.data, ['é']);
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`ARedirectIsFollowedWithoutTheTokenToAnotherOrigin: ${status}`, async (scope) => {
    const other = await ScriptedServer.start(scope, { body: 'data: there\n\n', open: true });
    const server = await ScriptedServer.start(scope, { status, headers: { Location: `${other.url}/moved` } });
    const follower = new Follower(scope, `${server.url}/stream`, { ...sse, token: 'secret' }).connect();
    await follower.took(1);
    assert.equal(server.requests[0]?.headers.authorization, 'Bearer secret');
    assert.equal(other.requests[0]?.url, '/moved');
    assert.equal(other.requests[0]?.headers.authorization, undefined);
    assert.equal(follower.client.url, `${server.url}/stream`);
  });
}

test('ARedirectWithinTheOriginKeepsTheToken', async (scope) => {
  const server = await ScriptedServer.start(scope, { status: 307, headers: { Location: '/moved' } }, { body: 'data: x\n\n', open: true });
  await new Follower(scope, server.url, { ...sse, token: 'secret' }).connect().took(1);
  assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), ['Bearer secret', 'Bearer secret']);
});

test('RetryIsTheTimeBetweenOrderlyConnections', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'retry:030\nretry:1000x\ndata: x\n\n' }, { body: 'data: y\n\n', open: true });
  const follower = new Follower(scope, server.url, { ...sse, retry: 60_000 }).connect();
  await follower.took(2);
  assert.equal(follower.errors[0]?.retryIn, 30);
});

test('RetryAfterIsTheLeastThatIsWaited', async (scope) => {
  const date = new Date(Date.now() - 86_400_000);
  const inTwoSeconds = new Date(date.getTime() + 2_000);
  const server = await ScriptedServer.start(
    scope,
    problem(503, 'draining', true, { 'Retry-After': '1' }),
    // By the clock of the server that says so, which may be another than ours.
    { status: 503, headers: { 'Retry-After': inTwoSeconds.toUTCString(), Date: date.toUTCString() } },
  );
  const follower = new Follower(scope, server.url, sse).connect();
  await follower.until(() => follower.errors.length === 2, 'two refusals');
  const [first = 0, second = 0] = follower.errors.map(({ retryIn }) => retryIn);
  assert(first >= 1_000 && first <= 1_100, `${first}`);
  assert(second >= 2_000 && second <= 2_100, `${second}`);
});

test('AnEventWithoutEndEndsTheClientAndNotTheMemory', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: `data: ${'x'.repeat(200_000)}`, open: true });
  const follower = new Follower(scope, server.url, { eventLengthMax: 100_000 }).connect();
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  assert.equal(follower.errors[0]?.error.code, 'event-too-large');
  await server.left();
});

test('SilenceIsNoticed', async (scope) => {
  // A server that says it gives signs of life, and gives none.
  const silent = { body: 'event: system\ndata: {"type":"connected","client_id":"c"}\n\nid: 1\ndata: x\n\n', open: true };
  const server = await ScriptedServer.start(scope, silent, { body: 'data: y\n\n', open: true });
  const follower = new Follower(scope, server.url, { ...sse, heartbeat: 0.1 }).connect();
  await follower.took(2);
  assert.equal(follower.errors[0]?.error.code, 'timeout');
  assert.equal(server.requests[1]?.headers['last-event-id'], '1');
});

test('AServerThatPromisesNoSignsOfLifeMayBeSilent', async (scope) => {
  const server = await ScriptedServer.start(scope, { open: true });
  const follower = new Follower(scope, server.url, { heartbeat: 0.02, openTimeout: 300 }).connect();
  await server.asked(1);
  // Several times as long as either limit, before and after the first event.
  for (const data of ['x', 'y']) setTimeout(() => server.write(`data: ${data}\n\n`), data === 'x' ? 900 : 1_100);
  await follower.took(2);
  assert.deepEqual(follower.opened, ['sse'], 'on the first connection');
  assert.deepEqual(follower.errors, []);
});

test('AnAnswerThatDoesNotComeIsNotWaitedForForever', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'data: x\n\n', open: true });
  /** @type {typeof fetch} */
  const slow = (_, init) => new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))));
  let calls = 0;
  const follower = new Follower(scope, server.url, { ...sse, openTimeout: 50, fetch: (...request) => (++calls === 1 ? slow : fetch)(...request) }).connect();
  await follower.took(1);
  assert.equal(follower.errors[0]?.error.code, 'timeout');
});

test('DisconnectingClosesTheConnection', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'data: x\n\n', open: true });
  const follower = new Follower(scope, server.url, sse).connect();
  await follower.took(1);
  follower.client.disconnect();
  await server.left();
});

test('DisconnectingInOpenIsFinal', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'data: x\n\n', open: true });
  const follower = new Follower(scope, server.url, sse);
  follower.client.on('open', () => follower.client.disconnect());
  follower.connect();
  await server.asked(1);
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  await server.left();
  assert.deepEqual(follower.events, []);
  assert.deepEqual(follower.states, ['CONNECTING', 'OPEN', 'CLOSED']);
});

test('AHandlerThatThrowsStopsNoOther', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'data: 1\n\ndata: 2\n\n', open: true });
  /** @type {unknown[]} */
  const reported = [];
  // As a browser has it. Node, which has not, makes it an uncaught exception.
  Object.assign(globalThis, { reportError: (/** @type {unknown} */ error) => reported.push(error) });
  scope.defer(() => Reflect.deleteProperty(globalThis, 'reportError'));
  const follower = new Follower(scope, server.url, sse);
  const failure = new Error('mine');
  follower.client.on('message', () => {
    throw failure;
  });
  /** @type {unknown[]} */
  const after = [];
  follower.client.on('message', (data) => after.push(data));
  follower.connect();
  await follower.took(2);
  assert.deepEqual(after, [1, 2]);
  assert.deepEqual(reported, [failure, failure]);
});

test('EveryTypeGoesToItsHandlersAndControlFramesNotToTheStar', async (scope) => {
  const body = 'event: system\ndata: {"type":"connected","client_id":"c"}\n\nevent: heartbeat\ndata: {}\n\nid: 1\nevent: heartbeat\ndata: published\n\nevent: open\ndata: [1]\n\n';
  const server = await ScriptedServer.start(scope, { body, open: true });
  const follower = new Follower(scope, server.url, sse);
  /** @type {unknown[]} */
  const opens = [];
  follower.client.on('open', (data) => opens.push(Array.isArray(data) ? data : 'the connection'));
  follower.connect();
  await follower.took(2);
  assert.deepEqual(follower.events.map(({ type, data }) => [type, data]), [['heartbeat', 'published'], ['open', '[1]']]);
  assert.deepEqual(follower.control.map(({ type }) => type), ['system', 'heartbeat']);
  assert.deepEqual(opens, ['the connection', [1]]);
  assert.equal(follower.client.clientId, 'c');
});

test('OffTakesAHandlerBack', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'data: 1\n\ndata: 2\n\n', open: true });
  const follower = new Follower(scope, server.url, sse);
  /** @type {unknown[]} */
  const seen = [];
  const once = (/** @type {unknown} */ data) => {
    seen.push(data);
    follower.client.off('message', once);
  };
  follower.client.on('message', once);
  follower.connect();
  await follower.took(2);
  assert.deepEqual(seen, [1]);
});

test('TheServersClockIsToldApartFromThisOne', async (scope) => {
  const server = await ScriptedServer.start(scope, { body: 'event: system\ndata: {"type":"connected","client_id":"c","timestamp":"2001-02-03T04:05:06.000Z"}\n\ndata: x\n\n', open: true });
  const follower = new Follower(scope, server.url, sse);
  assert(Math.abs(follower.client.serverTime() - Date.now()) < 1_000, 'this machine\'s while nothing is known');
  await follower.connect().took(1);
  const since = (/** @type {number} */ then) => follower.client.serverTime() - then;
  assert(since(Date.UTC(2001, 1, 3, 4, 5, 6)) >= 0 && since(Date.UTC(2001, 1, 3, 4, 5, 6)) < 20_000);
  server.write(`event: heartbeat\ndata: {"cursor":"c","server_time":${Date.UTC(2031, 1, 1)}}\n\ndata: y\n\n`);
  await follower.took(2);
  assert(since(Date.UTC(2031, 1, 1)) >= 0 && since(Date.UTC(2031, 1, 1)) < 20_000);
});

nodeTest('AnAddressThatIsNoneIsSaidAtOnce', () => {
  assert.throws(() => new SSEClient('http://this is invalid/').connect(), TypeError);
  assert.throws(() => new SSEClient('http://127.0.0.1/', { transports: [] }), /None of the transports/);
  assert.throws(() => new SSEClient('http://127.0.0.1/', { share: true, token: 'x' }), /names whose/);
});

nodeTest('TheBackoffIsFullJitterUnderADoublingBound', () => {
  const most = new Backoff(1_000, 8_000, () => 1);
  assert.deepEqual(Array.from({ length: 6 }, () => most.afterFailure()), [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  most.succeeded();
  assert.equal(most.afterFailure(500), 1_500, 'Retry-After is the least');
  const least = new Backoff(1_000, 8_000, () => 0);
  assert.equal(least.afterFailure(), 0);
  const none = new Backoff(0, 8_000, () => 1);
  assert.equal(none.afterFailure(), 100, 'a failing server is not hammered');
  const many = new Backoff(1_000, 8_000, () => 1);
  for (let i = 0; i < 5_000; ++i) assert(many.afterFailure() <= 8_000);
});
