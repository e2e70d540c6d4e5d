// @ts-check
// A task feed of the real server, kept by the client over kills, by streams and by polls.
import assert from 'node:assert/strict';

import { eventually, seconds } from '../../../tests/support/deadline.mjs';
import { request } from '../../../tests/support/client.mjs';
import { get, make, say } from '../../../tests/support/task_feed.mjs';
import { test } from '../../../tests/support/test.mjs';
import { createTaskFeed } from '../dist/tasks/index.js';
import { quick } from './support/client.mjs';
import { dice, seedOf } from './support/dice.mjs';

/** @typedef {import('../dist/tasks/index.js').TaskFeedOptions} TaskFeedOptions */

/** @param {import('../../../tests/support/test.mjs').Scope} scope @param {any} server @param {TaskFeedOptions} [options] */
function follow(scope, server, options = {}) {
  const feed = createTaskFeed({ server: server.url, user: 'ada', ...quick, pollInterval: 50, ...options });
  scope.closing({ close: () => feed.disconnect() });
  return feed.connect();
}

/** Waits until the feed is what the server says. @param {any} server @param {ReturnType<typeof follow>} feed @param {string} [query] */
async function same(server, feed, query = '') {
  let difference = '';
  const reached = eventually(
    async () => {
      try {
        const { cursor: _, ...wanted } = await get(server, `?user=ada${query}`);
        const { cursor: __, ...shown } = /** @type {any} */ (feed.snapshot.state ?? {});
        assert.deepEqual(shown, wanted);
        return true;
      } catch (error) {
        difference = String(error);
        return false;
      }
    },
    'the feed is what the server says',
    seconds(20),
  );
  await reached.catch((error) => {
    throw new Error(`${error.message}: ${difference}`);
  });
}

for (const transports of /** @type {const} */ ([['sse', 'poll'], ['poll']])) {
  test(`WhateverHappensToTheTasksAndToTheServerTheFeedIsTheServers: ${transports}`, async (scope) => {
    const seed = seedOf(`task feed by ${transports}`);
    const { below, pick } = dice(seed);
    const server = await scope.server({ args: ['--retry', '50ms', '--poll-interval', '50ms'] });
    const feed = follow(scope, server, { transports });
    /** The furthest that was shown of an attempt. @type {Map<string, number>} */
    let furthest = new Map();
    feed.subscribe(() => {
      const now = (feed.snapshot.state?.activeTasks ?? []).map(({ id, attempt, progress }) => /** @type {const} */ ([`${id} ${attempt}`, progress]));
      for (const [key, progress] of now) assert(progress >= (furthest.get(key) ?? 0), `${key} went back to ${progress}, seed ${seed}`);
      furthest = new Map(now);
    });
    let made = 0;
    for (let round = 0; round < 6; ++round) {
      for (let step = 0; step < 12; ++step) {
        if (made === 0 || below(3) === 0) {
          await make(server, { id: `t${made++}`, productName: `Task ${made}`, owner: 'ada' });
          continue;
        }
        // Some of these are refused, as they are to a worker that is late.
        const [verb, body] = pick(/** @type {const} */ ([['claim', {}], ['progress', { progress: below(99), currentStage: `stage ${below(3)}` }], ['progress', { progress: below(99) }], ['complete', {}], ['fail', { errorMessage: 'no' }], ['cancel', {}], ['retry', {}]]));
        const path = `/api/task-feed/t${below(made)}/${verb}`;
        const { status, text } = await request(server, verb === 'progress' ? 'PATCH' : 'POST', path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
        assert(status === 200 || status === 409, `${path}: ${status} ${text}`);
      }
      if (below(2) === 0) await server.killAndRestart();
      await same(server, feed);
    }
  });
}

test('AFeedOfSomeFieldsHasTheseAndWhatItsOrderNeeds', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  await make(server, { id: 'a', productName: 'A', owner: 'ada' });
  const feed = createTaskFeed({ server: server.url, user: 'ada', fields: ['productName'], ...quick });
  scope.closing({ close: () => feed.disconnect() });
  feed.connect();
  const names = ['attempt', 'createdAt', 'currentStage', 'id', 'productName', 'progress', 'rev', 'status', 'updatedAt'];
  const keys = () => Object.keys(feed.snapshot.state?.activeTasks[0] ?? {}).sort();
  await eventually(() => feed.snapshot.status === 'live' && keys().length > 0, 'it is live');
  assert.deepEqual(keys(), names);
  await make(server, { id: 'b', productName: 'B', owner: 'ada' });
  await say(server, 'b/progress', { progress: 5, currentStage: 'parse' });
  await say(server, 'b/progress', { progress: 25 });
  await eventually(() => feed.snapshot.state?.activeTasks[0]?.progress === 25, 'the progress of the newest');
  assert.deepEqual(keys(), names);
  assert.deepEqual(feed.snapshot.state?.activeTasks.map((task) => [task.id, task.productName]), [['b', 'B'], ['a', 'A']]);
});
