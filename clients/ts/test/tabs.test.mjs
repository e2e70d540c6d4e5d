// @ts-check
// What a tab makes of what a leader tells it, in whatever order: a leader by hand, and the real server behind it.
import assert from 'node:assert/strict';

import { publish, publishMany } from '../../../tests/support/client.mjs';
import { eventually } from '../../../tests/support/deadline.mjs';
import { test } from '../../../tests/support/test.mjs';
import { Follower } from './support/client.mjs';
import { dice, seedOf } from './support/dice.mjs';
import { FakeLocks } from './support/fake_locks.mjs';

/** @typedef {import('../../../tests/support/test.mjs').Scope} Scope */

/**
 * A tab that follows, a leader that says what it is told to, and so many events in the server's log.
 * @param {Scope} scope
 * @param {number} count
 * @param {import('../dist/index.js').SSEClientOptions} [options]
 */
async function tabs(scope, count, options = {}) {
  const server = await scope.server();
  const cursors = (await publishMany(server, Array.from({ length: count }, (_, i) => ({ topic: 't', data: `${i}` })))).map(({ cursor }) => cursor);
  const url = `${server.url}/v1/topics/t`;
  const name = `weir true ${url}`;
  const locks = new FakeLocks().install(scope);
  /** @type {() => void} */
  let giveUp = () => {};
  void locks.request(name, {}, () => new Promise((resolve) => (giveUp = resolve)));
  const channel = new BroadcastChannel(name);
  scope.defer(() => channel.close());
  const hello = new Promise((resolve) => (channel.onmessage = resolve));
  const follower = new Follower(scope, url, { share: true, ...options }).connect();
  await hello;
  /** The cursor before event i. @param {number} i */
  const before = (i) => (i === 0 ? '' : cursors[i - 1] ?? '');
  /** Tells of event i as one that follows event i - 1. @param {number} i */
  const tell = (i) => channel.postMessage({ kind: 'event', event: { type: 'message', data: `${i}`, id: cursors[i], lastEventId: cursors[i] }, from: before(i), to: cursors[i] });
  /** How things are, with everything before event i told. @param {number} i */
  const status = (i) => channel.postMessage({ kind: 'status', status: { state: 'OPEN', transport: 'sse' }, hidden: false, clientId: 'c', from: before(i), to: before(i) });
  /** An event that has no place. @param {string} data */
  const pass = (data) => channel.postMessage({ kind: 'event', event: { type: 'message', data, lastEventId: '' }, from: '', to: '' });
  /** The data of what has been handed out, once all that was told before this has been heard. */
  const taken = async () => {
    pass('heard');
    await follower.until(() => follower.data.includes('heard'), 'all has been heard');
    return follower.data.filter((data) => data !== 'heard');
  };
  return { server, cursors, follower, tell, status, pass, taken, giveUp: () => giveUp() };
}

/** @param {number} from @param {number} to */
const numbers = (from, to) => Array.from({ length: to - from }, (_, i) => `${from + i}`);

test('ATabTakesWhatFollowsAndDropsWhatItHas', async (scope) => {
  const { follower, tell, status, taken } = await tabs(scope, 10);
  status(3);
  // A new leader begins further back, and an old one is heard late.
  for (const i of [3, 4, 5, 2, 3, 4, 5, 6, 4, 7]) tell(i);
  assert.deepEqual(await taken(), numbers(3, 8));
  assert.equal(follower.client.state, 'OPEN');
  assert.equal(follower.client.clientId, 'c');
});

test('WhatWasNotToldIsFetched', async (scope) => {
  const { cursors, follower, tell, status, taken } = await tabs(scope, 30);
  status(3);
  tell(3);
  // Nobody told of 4 to 19.
  tell(20);
  tell(21);
  await follower.until(() => follower.client.lastEventId === cursors.at(-1), 'all that the server has');
  // Told again by a leader that is behind.
  for (let i = 10; i < 30; ++i) tell(i);
  assert.deepEqual(await taken(), numbers(3, 30));
});

test('WhatIsToldWhileATabFetchesIsNotForgotten', async (scope) => {
  /** @type {(value?: unknown) => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = resolve));
  let answers = 0;
  /** The first answer is of that moment, and comes late. @type {typeof fetch} */
  const slow = async (...request) => {
    const answer = await fetch(...request);
    ++answers;
    await held;
    return answer;
  };
  const { server, cursors, follower, tell, status, taken } = await tabs(scope, 10, { fetch: slow });
  status(3);
  tell(8);
  await eventually(() => answers === 1, 'the tab fetches');
  cursors.push((await publish(server, 't', '10')).cursor);
  tell(10);
  await taken();
  release();
  await follower.until(() => follower.data.includes('10'), 'what was told meanwhile');
  assert.deepEqual(await taken(), numbers(3, 11));
});

test('WhatCannotBeFetchedIsToldAsAGap', async (scope) => {
  /** @type {typeof fetch} */
  const nothing = async () => new Response(JSON.stringify({ code: 'not-found', title: 'No polls here', status: 404, retryable: false }), { status: 404, headers: { 'Content-Type': 'application/problem+json' } });
  const { cursors, follower, tell, status } = await tabs(scope, 12, { fetch: nothing });
  status(3);
  tell(3);
  tell(8);
  await follower.until(() => follower.control.some(({ type }) => type === 'gap'), 'a gap');
  const gap = JSON.parse(follower.control.find(({ type }) => type === 'gap')?.data ?? '{}');
  assert.deepEqual(gap, { requested: cursors[3], available_from: cursors[8], reason: 'unknown' });
  tell(9);
  await follower.took(2);
  assert.deepEqual(follower.data, ['3', '9']);
});

test('EphemeralEventsAreHandedOutAsTheyCome', async (scope) => {
  const { cursors, follower, status, pass } = await tabs(scope, 3);
  status(3);
  for (const data of ['a', 'b']) pass(data);
  await follower.took(2);
  assert.deepEqual(follower.data, ['a', 'b']);
  assert.equal(follower.client.lastEventId, cursors[2], 'the place is as it was');
});

test('WhenItIsItsTurnTheTabGoesOnByItself', async (scope) => {
  const { follower, tell, status, giveUp } = await tabs(scope, 10);
  status(3);
  tell(3);
  tell(4);
  await follower.took(2);
  giveUp();
  await follower.took(7);
  assert.deepEqual(follower.data, numbers(3, 10));
});

test('WhateverLeadersTellInWhateverOrderEachEventComesOnce', async (scope) => {
  const seed = seedOf('leaders');
  const { below } = dice(seed);
  const total = 200;
  const { cursors, follower, tell, status, giveUp, taken } = await tabs(scope, total);
  // Leaders come and go: each begins somewhere, tells some, may leave some out and may be heard late.
  for (let term = 0; term < 20; ++term) {
    const begin = below(total);
    status(begin);
    for (let i = begin; i < Math.min(total, begin + below(30)); ++i) if (below(10) > 0) tell(i);
  }
  await taken();
  giveUp();
  await follower.until(() => follower.client.lastEventId === cursors.at(-1), `all, seed ${seed}`);
  const data = await taken();
  assert.deepEqual(data, numbers(Number(data[0]), total), `seed ${seed}`);
});
