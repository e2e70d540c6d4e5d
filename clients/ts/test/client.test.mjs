// @ts-check
// The client over the real server: what an application sees.
import assert from 'node:assert/strict';

import { publish, publishMany } from '../../../tests/support/client.mjs';
import { test } from '../../../tests/support/test.mjs';
import { SSEClient } from '../dist/index.js';
import { Follower } from './support/client.mjs';

/** @param {number} count @param {string} [prefix] */
const numbered = (count, prefix = '') => Array.from({ length: count }, (_, i) => ({ topic: 't', data: `${prefix}${i + 1}` }));

test('AClientTakesWhatIsPublishedAsJsonOrText', async (scope) => {
  const server = await scope.server();
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`).connect().open();
  /** @type {unknown[]} */
  const seen = [];
  follower.client.on('message', (data, event) => seen.push([data, event.type, event.data]));
  follower.client.on('paid', (data, event) => seen.push([data, event.type, event.data]));
  const { cursor } = await publish(server, 't', '{"n":1}');
  await publish(server, 't', 'a\nb ünï 🦦');
  await publish(server, 't', '', { headers: { 'Weir-Event': 'paid' } });
  const events = await follower.took(3);
  assert.deepEqual(seen, [
    [{ n: 1 }, 'message', '{"n":1}'],
    ['a\nb ünï 🦦', 'message', 'a\nb ünï 🦦'],
    ['', 'paid', ''],
  ]);
  assert.equal(events[0]?.id, cursor);
  assert.equal(events[0]?.lastEventId, cursor);
});

test('TheStateGoesFromDisconnectedToClosed', async (scope) => {
  const server = await scope.server();
  const follower = new Follower(scope, `${server.url}/v1/topics/t`);
  assert.equal(follower.client.state, 'DISCONNECTED');
  assert.equal(follower.client.connect().on('message', () => {}), follower.client, 'calls can be chained');
  assert.equal(follower.client.state, 'CONNECTING');
  await follower.open();
  follower.client.disconnect();
  assert.equal(follower.client.state, 'CLOSED');
  assert.deepEqual(follower.states, ['CONNECTING', 'OPEN', 'CLOSED']);
});

test('OverKillsAndRestartsNothingIsLostOrRepeated', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`).connect().open();
  /** @type {string[]} */
  const acknowledged = [];
  for (let round = 0; round < 4; ++round) {
    acknowledged.push((await publish(server, 't', 'live')).cursor);
    await follower.took(acknowledged.length);
    await server.killAndRestart();
    acknowledged.push(...(await publishMany(server, numbered(25, `${round}.`))).map((each) => each.cursor));
    await follower.took(acknowledged.length);
  }
  assert.deepEqual(follower.events.map((each) => each.id), acknowledged);
  assert(!follower.control.some((each) => each.type === 'gap'));
  assert(follower.errors.length >= 4);
  assert(follower.errors.every((each) => each.retryIn !== undefined));
});

test('AClientThatHasSeenNothingYetMissesNothingEither', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  await publish(server, 't', 'before');
  const follower = await new Follower(scope, `${server.url}/v1/topics/t`).connect().open();
  await server.killAndRestart();
  await publish(server, 't', 'while it was away');
  await follower.took(1);
  assert.deepEqual(follower.data, ['while it was away']);
});

test('DisconnectedAndConnectedAgainItGoesOnWhereItWas', async (scope) => {
  const server = await scope.server();
  const follower = await new Follower(scope, `${server.url}/v1/topics/t?after=earliest`);
  await publishMany(server, numbered(3));
  follower.connect();
  await follower.took(3);
  follower.client.disconnect();
  await publish(server, 't', '4');
  follower.connect();
  await follower.took(4);
  assert.deepEqual(follower.data, ['1', '2', '3', '4']);
});

test('AHandlerThatDisconnectsIsTheLastToBeCalled', async (scope) => {
  const server = await scope.server();
  await publishMany(server, numbered(5));
  const client = new SSEClient(`${server.url}/v1/topics/t?after=earliest`);
  /** @type {unknown[]} */
  const seen = [];
  await new Promise((resolve) => {
    client.connect().on('message', (data) => {
      seen.push(data);
      if (data === 2) {
        client.disconnect();
        setImmediate(resolve);
      }
    });
  });
  assert.deepEqual(seen, [1, 2]);
  const rest = new Promise((resolve) => client.on('message', (data) => data === 5 && resolve(undefined)));
  client.connect();
  await rest;
  client.disconnect();
  assert.deepEqual(seen, [1, 2, 3, 4, 5], 'and connected again it goes on after that event');
});

test('AGapIsTold', async (scope) => {
  const server = await scope.server();
  await publish(server, 't', 'kept');
  const follower = new Follower(scope, `${server.url}/v1/topics/t`, { lastEventId: '0123456789abcdef-5' });
  /** @type {import('../dist/index.js').Gap[]} */
  const gaps = [];
  follower.client.on('gap', (gap) => gaps.push(gap));
  follower.connect();
  await follower.took(1);
  assert.equal(gaps[0]?.requested, '0123456789abcdef-5');
  assert.equal(gaps[0]?.reason, 'epoch');
  assert.deepEqual(follower.data, ['kept']);
});

test('AtTheEndOfAClosedTopicTheClientStops', async (scope) => {
  const server = await scope.server({ args: ['--retry', '20ms'] });
  const follower = await new Follower(scope, `${server.url}/v1/topics/run`).connect().open();
  await publish(server, 'run', 'done', { headers: { 'Weir-Close': 'true' } });
  await follower.until(() => follower.client.state === 'CLOSED', 'it is closed');
  assert.deepEqual(follower.data, ['done']);
  assert.equal(follower.errors.at(-1)?.error.code, 'ended');
  assert.equal(follower.errors.at(-1)?.retryIn, undefined);
});
