// @ts-check
// Which transport is used where something on the way is against some of them, and that changing loses and repeats nothing.
import assert from 'node:assert/strict';

import { publish, request } from '../../../tests/support/client.mjs';
import { test } from '../../../tests/support/test.mjs';
import { WebSocket } from '../../../tests/support/ws.mjs';
import { Follower } from './support/client.mjs';
import { dice, seedOf } from './support/dice.mjs';
import { Middlebox } from './support/middlebox.mjs';
import { ScriptedServer } from './support/scripted_server.mjs';

/** @typedef {import('../dist/index.js').TransportName} TransportName */
/** @typedef {import('./support/middlebox.mjs').Treatment} Treatment */

const options = { openTimeout: 300, probeInterval: 100, WebSocket };

/**
 * A client behind a box, and that it takes what is published.
 * @param {import('../../../tests/support/test.mjs').Scope} scope
 * @param {Partial<Record<TransportName, Treatment>>} treats
 * @param {import('../dist/index.js').SSEClientOptions} [more]
 */
async function behind(scope, treats, more = {}) {
  const server = await scope.server({ args: ['--poll-interval', '50ms', '--retry', '50ms'] });
  const box = await Middlebox.start(scope, server, treats);
  const follower = new Follower(scope, `${box.url}/v1/topics/t`, { ...options, ...more }).connect();
  return { server, box, follower };
}

for (const [treats, expected] of /** @type {[Partial<Record<TransportName, Treatment>>, TransportName][]} */ ([
  [{}, 'sse'],
  [{ sse: 'refuse' }, 'websocket'],
  [{ sse: 'reset' }, 'websocket'],
  [{ sse: 'hold' }, 'websocket'],
  [{ sse: 'swallow' }, 'websocket'],
  [{ sse: 'refuse', websocket: 'refuse' }, 'longpoll'],
  [{ sse: 'hold', websocket: 'reset' }, 'longpoll'],
  [{ sse: 'refuse', websocket: 'hold' }, 'longpoll'],
  [{ sse: 'refuse', websocket: 'refuse', longpoll: 'refuse' }, 'poll'],
  [{ sse: 'reset', websocket: 'reset', longpoll: 'reset' }, 'poll'],
  [{ sse: 'hold', websocket: 'hold', longpoll: 'swallow' }, 'poll'],
])) {
  const what = Object.entries(treats).map(([transport, treatment]) => `${treatment} ${transport}`).join(', ') || 'nothing';
  test(`WhatWorksIsUsed: against ${what} it is ${expected}`, async (scope) => {
    const { server, follower } = await behind(scope, treats);
    await follower.open(expected);
    const { cursor } = await publish(server, 't', '{"n":1}', { headers: { 'Weir-Event': 'paid', 'Weir-Key': 'k' } });
    const [event] = await follower.took(1);
    assert.deepEqual([event?.type, event?.data, event?.id, event?.lastEventId], ['paid', '{"n":1}', cursor, cursor]);
    if (expected !== 'sse') assert.deepEqual([event?.meta?.topic, event?.meta?.key], ['t', 'k']);
  });
}

test('TheApplicationSaysHowOftenToPollWhateverTheServerNames', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '1h'] });
  const follower = new Follower(scope, `${server.url}/v1/topics/t`, { transports: ['poll'], pollInterval: 20 }).connect();
  await follower.open('poll');
  for (const n of [1, 2]) {
    await publish(server, 't', String(n));
    await follower.took(n);
  }
});

test('WithoutAWebSocketThatStepIsLeftOut', async (scope) => {
  if (globalThis.WebSocket) return scope.context.skip('this Node has a WebSocket of its own');
  const { box, follower } = await behind(scope, { sse: 'refuse' }, { WebSocket: undefined });
  await follower.open('longpoll');
  assert.equal(box.seen.websocket, 0);
});

test('OnlyTransportsThatAreWantedAreUsed', async (scope) => {
  const { box, follower } = await behind(scope, { sse: 'refuse' }, { transports: ['sse', 'poll'] });
  await follower.open('poll');
  assert.deepEqual([box.seen.websocket, box.seen.longpoll], [0, 0]);
});

test('WhenTheWayIsFreeAgainTheStreamIsBack', async (scope) => {
  const { server, box, follower } = await behind(scope, { sse: 'refuse', websocket: 'refuse', longpoll: 'refuse' }, { openTimeout: 2_000 });
  await follower.open('poll');
  const published = [await publish(server, 't', '1')];
  await follower.took(1);
  box.treat({ longpoll: 'pass' });
  await follower.open('longpoll');
  published.push(await publish(server, 't', '2'));
  box.treat({ websocket: 'pass' });
  await follower.open('websocket');
  published.push(await publish(server, 't', '3'));
  box.treat({ sse: 'pass' });
  await follower.open('sse');
  published.push(await publish(server, 't', '4'));
  await follower.took(4);
  assert.deepEqual(follower.events.map((each) => each.id), published.map((each) => each.cursor));
});

test('AServerThatIsAwayIsNoReasonToStepDown', async (scope) => {
  const { server, box, follower } = await behind(scope, {});
  await follower.open('sse');
  await server.kill();
  await follower.until(() => follower.errors.length >= 8, 'several attempts');
  await server.start();
  await follower.open('sse');
  assert(follower.opened.every((each) => each === 'sse'), `${follower.opened}`);
  assert.equal(box.seen.websocket, 0);
});

test('AServerThatComesBackBetweenAFailureAndItsCheckIsNoReasonToStepDown', async (scope) => {
  const server = await scope.server();
  let away = true;
  const follower = new Follower(scope, `${server.url}/v1/topics/t`, {
    ...options,
    fetch: (url, init) => {
      // Streams fail until the poll that looks whether it is the server's fault: at that moment it is back.
      const isStream = new Headers(init?.headers).get('Accept') === 'text/event-stream';
      if (!isStream) away = false;
      return away ? Promise.reject(new TypeError('connection refused')) : fetch(url, init);
    },
  }).connect();
  await follower.open('sse');
  assert(!away && follower.errors.length >= 2, 'it was away, and looked for');
  assert.deepEqual(follower.opened, ['sse']);
});

test('AStreamThatIsCutAgainAndAgainWithoutEverWorkingIsGivenUp', async (scope) => {
  const { follower, box } = await behind(scope, {});
  await follower.open('sse');
  box.treat({ sse: 'reset' });
  await follower.open('websocket');
  assert(follower.errors.length >= 2, 'not at the first failure');
});

test('AServerOfPlainEventStreamsKeepsItsStream', async (scope) => {
  // No polls, no signs of life, and failures in a row.
  const server = await ScriptedServer.start(scope, { breaks: true }, { breaks: true }, { breaks: true }, { breaks: true }, { breaks: true }, { body: 'data: x\n\n', open: true });
  const follower = new Follower(scope, server.url, options).connect();
  await follower.took(1);
  assert.equal(follower.client.transport, 'sse');
});

test('TheServersRefusalHoldsForEveryTransport', async (scope) => {
  const server = await scope.server();
  const box = await Middlebox.start(scope, server);
  const follower = new Follower(scope, `${box.url}/v1/subscribe`, options).connect();
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  assert.equal(follower.errors.at(-1)?.error.status, 400);
  assert.deepEqual(box.seen, { sse: 1, websocket: 0, longpoll: 0, poll: 0 });
});

test('AWebSocketThatEndsForGoodIsNotOpenedAgain', async (scope) => {
  const { server, box, follower } = await behind(scope, {}, { transports: ['websocket'] });
  await follower.open('websocket');
  await publish(server, 't', 'last', { headers: { 'Weir-Close': 'true' } });
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  assert.deepEqual(follower.data, ['last']);
  assert.equal(follower.errors[0]?.error.code, 'ended');
  assert.equal(box.seen.websocket, 1);
});

for (const transport of /** @type {const} */ (['websocket', 'longpoll', 'poll'])) {
  test(`AGapIsToldByEveryTransport: ${transport}`, async (scope) => {
    const server = await scope.server();
    await publish(server, 't', 'kept');
    const follower = new Follower(scope, `${server.url}/v1/topics/t`, { ...options, transports: [transport], lastEventId: '0123456789abcdef-5' }).connect();
    await follower.took(1);
    assert.deepEqual(follower.control.filter(({ type }) => type === 'gap').map(({ data }) => JSON.parse(data).reason), ['epoch']);
    assert.deepEqual(follower.data, ['kept']);
  });

  test(`AtTheEndOfATopicEveryTransportStops: ${transport}`, async (scope) => {
    const server = await scope.server();
    const follower = await new Follower(scope, `${server.url}/v1/topics/t`, { ...options, transports: [transport] }).connect().open();
    await publish(server, 't', 'last', { headers: { 'Weir-Close': 'true' } });
    await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
    assert.deepEqual(follower.data, ['last']);
  });

  test(`ADrainedServerIsComeBackTo: ${transport}`, async (scope) => {
    const server = await scope.server({ args: ['--drain-timeout', '300ms', '--retry', '50ms', '--poll-interval', '50ms'] });
    const follower = await new Follower(scope, `${server.url}/v1/topics/t`, { ...options, transports: [transport] }).connect().open();
    const one = await publish(server, 't', '1');
    await follower.took(1);
    await server.stop();
    await server.start();
    const two = await publish(server, 't', '2');
    await follower.took(2);
    assert.deepEqual(follower.events.map((each) => each.id), [one.cursor, two.cursor]);
  });
}

test('ADrainedStreamIsTakenUpAgain', async (scope) => {
  const server = await scope.server({ args: ['--drain-timeout', '300ms', '--retry', '50ms'] });
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`, options).connect().open();
  await server.stop();
  assert(follower.control.some(({ type }) => type === 'drain'));
  await server.start();
  await publish(server, 't', '1');
  await follower.took(1);
});

test('WhateverIsInTheWayAndHoweverItChangesEveryEventComesOnce', async (scope) => {
  const seed = seedOf('fallback');
  const { pick, below } = dice(seed);
  const { server, box, follower } = await behind(scope, {}, { openTimeout: 200, probeInterval: 50 });
  await follower.open();
  /** @type {string[]} */
  const published = [];
  const treatments = /** @type {const} */ (['pass', 'pass', 'refuse', 'reset', 'hold', 'swallow']);
  for (let round = 0; round < 25; ++round) {
    // (Polls that are held take seconds to be given up; one of the cases above does that.)
    box.treat({ sse: pick(treatments), websocket: pick(treatments), longpoll: pick(treatments.slice(0, 4)) });
    if (below(4) === 0) box.cut();
    for (let i = below(6); i >= 0; --i) published.push((await publish(server, 't', `${round}.${i}`)).cursor);
    // Sometimes what was published is waited for, sometimes the next change comes first.
    if (below(2) === 0) await follower.took(published.length, 15_000);
  }
  await follower.took(published.length, 15_000);
  assert.deepEqual(follower.events.map((each) => each.id), published, `seed ${seed}`);
  assert.equal((await request(server, 'GET', '/healthz')).status, 200);
}, { timeout: 120 });
