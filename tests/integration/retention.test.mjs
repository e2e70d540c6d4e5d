// @ts-check
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

import { publish, publishMany, request, sequenceOf } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/server.mjs').Server} server @param {string} topic */
async function info(server, topic) {
  const answer = await request(server, 'GET', `/v1/topics/${topic}/info`);
  return answer.status === 404 ? { events: 0, first: null } : answer.json;
}

/**
 * Enough commits that whole batches can go.
 * @param {import('../support/server.mjs').Server} server
 * @param {string} topic
 * @param {number} commits
 * @param {string} data
 */
async function fill(server, topic, commits, data) {
  const cursors = [];
  for (let i = 0; i < commits; ++i) {
    const answers = await publishMany(server, Array.from({ length: 10 }, () => ({ topic, data })));
    cursors.push(...answers.map((each) => each.cursor));
  }
  return cursors;
}

/** @param {import('../support/test.mjs').Scope} scope @param {import('../support/server.mjs').Server} server @param {string[]} cursors */
async function assertTheRestIsWhole(scope, server, cursors) {
  const stream = await scope.subscribe(server, '/v1/topics/kept/a', { headers: { 'Last-Event-ID': cursors[0] } });
  await stream.until(() => stream.events.at(-1)?.id === cursors.at(-1), 'the newest event');
  const ids = stream.events.map((each) => each.id);
  assert.deepEqual(ids, cursors.slice(cursors.length - ids.length), 'the newest, without a hole');
  const gap = stream.frames.find((each) => each.type === 'gap');
  assert(gap, 'what is missing is told');
  const told = JSON.parse(gap.data ?? '');
  assert.deepEqual([told.requested, told.reason], [cursors[0], 'trimmed']);
  assert(sequenceOf(told.available_from) < sequenceOf(ids[0] ?? ''));
  return ids.length;
}

test('ByCountTheNewestStay', async (scope) => {
  const server = await scope.server({ args: ['--retention-events', '100'] });
  const cursors = await fill(server, 'kept/a', 60, 'x');
  await eventually(async () => (await info(server, 'kept/a')).events <= 120, 'old events go', seconds(30));
  const left = await assertTheRestIsWhole(scope, server, cursors);
  assert(left >= 90 && left <= 120, `${left}`);
  await server.killAndRestart();
  assert((await assertTheRestIsWhole(scope, server, cursors)) <= 120);
});

test('ByBytesTheNewestStay', async (scope) => {
  const server = await scope.server({ args: ['--retention-bytes', '1MiB'] });
  const cursors = await fill(server, 'kept/a', 60, 'y'.repeat(10_000));
  await eventually(async () => (await info(server, 'kept/a')).events <= 150, 'old events go', seconds(30));
  const left = await assertTheRestIsWhole(scope, server, cursors);
  assert(left >= 50 && left <= 150, `${left}`);
});

test('ByAgeTheOldGo', async (scope) => {
  const server = await scope.server({ args: ['--retention-age', '2s'] });
  const start = Date.now();
  const cursors = await fill(server, 'kept/a', 3, 'x');
  assert((await info(server, 'kept/a')).events > 0 || Date.now() - start > 2000);
  await eventually(async () => (await info(server, 'kept/a')).events === 0, 'all are too old', seconds(30));
  assert(Date.now() - start >= 1900, 'and not early');
  const { cursor } = await publish(server, 'kept/a', 'new');
  const stream = await scope.subscribe(server, '/v1/topics/kept/a', { headers: { 'Last-Event-ID': cursors[5] } });
  assert.equal((await stream.control('gap')).json.reason, 'trimmed');
  assert.equal((await stream.event()).id, cursor);
});

test('ANamespaceHasItsOwnRetention', async (scope) => {
  const server = await scope.server({
    config: `
[[namespace]]
name = "short"
topics = ["kept/**"]
retention_events = 50
`,
  });
  /** @type {string[]} */
  const cursors = [];
  for (let i = 0; i < 30; ++i) {
    cursors.push(...(await fill(server, 'kept/a', 1, 'x')));
    await publishMany(server, Array.from({ length: 10 }, () => ({ topic: 'other', data: 'x' })));
  }
  await eventually(async () => (await info(server, 'kept/a')).events <= 70, 'old events go', seconds(30));
  assert.equal((await info(server, 'other')).events, 300, 'and those of no namespace stay');
  assert.equal((await info(server, 'kept/a')).retention.events, 50);
  assert.equal((await info(server, 'other')).retention.events, 0);
  const stream = await scope.subscribe(server, '/v1/topics/kept/a?after=earliest');
  await stream.until(() => stream.events.at(-1)?.id === cursors.at(-1), 'the newest event');
  assert(stream.events.length >= 40 && stream.events.length <= 70, `${stream.events.length}`);
});

test('ReadingWhileOldEventsGoTellsEveryHole', async (scope) => {
  const server = await scope.server({ args: ['--retention-bytes', '2MiB', '--ring-bytes', '1MiB'] });
  await fill(server, 'kept/a', 20, 'z'.repeat(10_000));
  const reader = await scope.subscribe(server, '/v1/topics/kept/a?after=earliest');
  let last = '';
  for (let i = 0; i < 60; ++i) {
    // Reads a little, then stands still while events go.
    reader.pause();
    last = (await fill(server, 'kept/a', 1, 'z'.repeat(10_000))).at(-1) ?? '';
    if (i % 10 === 9) reader.resume();
  }
  reader.resume();
  await reader.until(() => reader.events.at(-1)?.id === last, 'the newest event', seconds(30));
  let position = 0;
  let from = 0;
  for (const frame of reader.frames) {
    if (frame.control && frame.type === 'gap') from = sequenceOf(JSON.parse(frame.data ?? '').available_from);
    if (frame.id === undefined) continue;
    const sequence = sequenceOf(frame.id);
    // The first event may be any: "earliest" has promised nothing before it.
    assert(position === 0 || sequence === position + 1 || (from >= position && sequence === from + 1), `${sequence} after ${position}, gap to ${from}`);
    position = sequence;
  }
});

test('TheFileGivesSpaceBack', async (scope) => {
  const server = await scope.server({ args: ['--wal-bytes', '1MiB'] });
  const directory = server.options.dataDir ?? '';
  const size = () => readdirSync(directory).reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
  await fill(server, 't', 400, 'y'.repeat(10_000));
  assert(size() > 40_000_000, `${size()}`);
  await server.stop();
  server.options.args = ['--wal-bytes', '1MiB', '--retention-bytes', '1MiB'];
  await server.start();
  await eventually(
    async () => {
      // Checkpoints come with commits.
      await publish(server, 't', 'y'.repeat(10_000));
      return size() < 20_000_000;
    },
    'the directory shrinks below half of what was written',
    seconds(40),
  );
});
