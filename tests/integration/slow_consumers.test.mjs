// @ts-check
// A subscriber that does not read costs its socket's buffer, and gets what its topics' policy says.
import assert from 'node:assert/strict';

import { assertOrdered, publish, publishMany, sequenceOf } from '../support/client.mjs';
import { seconds, slow } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

const megabyte = 1024 * 1024;
const filler = 'x'.repeat(10_000);

/**
 * Publishes numbered events of 10 KB until so many megabytes are out.
 * @param {import('../support/server.mjs').Server} server
 * @param {number} megabytes
 * @param {(i: number) => object} event
 */
async function flood(server, megabytes, event) {
  const cursors = [];
  const count = Math.ceil((megabytes * megabyte) / filler.length);
  for (let i = 0; i < count; i += 100) {
    const answers = await publishMany(server, Array.from({ length: Math.min(100, count - i) }, (_, k) => event(i + k)));
    cursors.push(...answers.map((each) => each.cursor));
  }
  return cursors;
}

/** @param {string} name @param {string} policy */
const namespaceOf = (name, policy) => `
ring_bytes = "4MiB"
[[namespace]]
name = "${name}"
topics = ["${name}/**"]
slow_consumer = "${policy}"
`;

test('AStalledReaderCostsNoMemoryAndLosesNothing', async (scope) => {
  const server = await scope.server({ args: ['--ring-bytes', '4MiB'] });
  const readers = await Promise.all(Array.from({ length: 5 }, () => scope.subscribe(server, '/v1/topics/t')));
  for (const reader of readers) reader.pause();
  const event = (/** @type {number} */ i) => ({ topic: 't', data: `${i} ${filler}` });
  // What is kept in any case, the ring and the store's pages, is full by then.
  const cursors = await flood(server, 30, event);
  const before = server.residentBytes();
  cursors.push(...(await flood(server, 40, event)));
  const grown = server.residentBytes() - before;
  // Copies for five readers would be 200 MB. A sanitizer keeps freed memory back.
  if (!slow) assert(grown < 40 * megabyte, `grown by ${(grown / megabyte).toFixed(1)} MB`);
  // Whoever reads is not held up by those who do not.
  const live = await scope.subscribe(server, '/v1/topics/t');
  const { cursor } = await publish(server, 't', 'live');
  assert.equal((await live.event()).id, cursor);
  await Promise.all(
    readers.map(async (reader) => {
      reader.resume();
      const events = await reader.take(cursors.length + 1, seconds(40));
      assert.deepEqual(events.map((each) => each.id), [...cursors, cursor]);
      assert(!reader.frames.some((each) => each.type === 'gap'));
    }),
  );
});

test('AStreamBehindUnreadAnswersGetsItsFirstFramesInOrder', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  connection.socket.pause();
  // The answers fill the socket; the stream's head, padding, welcome, gap and recovery have to wait behind them.
  const pages = 300;
  await connection.send(
    'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(pages) +
      'GET /v1/topics/t?padding=65536&after=nonsense HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n',
  );
  connection.socket.resume();
  await connection.until((bytes) => bytes.includes('event: recovery'), 'the recovery', seconds(20));
  const text = connection.received.toString();
  assert.equal(text.split('HTTP/1.1 200 OK').length, pages + 2);
  const [welcome, gap, recovery] = ['event: system', 'event: gap', 'event: recovery'].map((each) => text.indexOf(each));
  assert(0 < welcome && welcome < gap && gap < recovery);
  assert.equal((await publish(server, 't', 'x')).sequence, 1);
  await connection.until((bytes) => bytes.includes('data: x'), 'an event');
});

test('ASlowReplayFromDiskIsWholeWhileOthersPublish', async (scope) => {
  const server = await scope.server({ args: ['--ring-bytes', '1MiB'] });
  const cursors = await flood(server, 8, (i) => ({ topic: 't', data: `${i} ${filler}` }));
  const reader = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  const more = [];
  while (reader.events.length < cursors.length) {
    reader.pause();
    more.push((await publish(server, 't', 'between')).cursor);
    const seen = reader.events.length;
    reader.resume();
    await reader.until(() => reader.events.length > seen, 'progress');
  }
  const all = [...cursors, ...more];
  await reader.until(() => reader.events.length >= all.length, 'everything');
  assert.deepEqual(reader.events.map((each) => each.id), all);
});

test('ConflatingKeepsTheNewestOfEachKey', async (scope) => {
  const server = await scope.server({ config: namespaceOf('prices', 'conflate') });
  const reader = await scope.subscribe(server, '/v1/subscribe?match=prices/*');
  reader.pause();
  const keys = 8;
  const cursors = await flood(server, 40, (i) => ({ topic: 'prices/a', key: `k${i % keys}`, data: `${i % keys} ${i} ${filler}` }));
  reader.resume();
  await reader.until(() => reader.events.at(-1)?.id === cursors.at(-1), 'the newest event', seconds(30));
  assert(reader.events.length < cursors.length, `${reader.events.length} of ${cursors.length}: some were left out`);
  assertOrdered(reader.events);
  /** @type {Map<string, number>} */
  const newest = new Map();
  for (const { data = '' } of reader.events) {
    const [key, number] = data.split(' ');
    newest.set(key, Number(number));
  }
  for (let key = 0; key < keys; ++key) assert.equal(newest.get(`${key}`), cursors.length - keys + ((key - cursors.length) % keys + keys) % keys, `the newest of ${key}`);
  const { cursor } = await publish(server, 'prices/a', 'live', { headers: { 'Weir-Key': 'k0' } });
  await reader.until(() => reader.events.at(-1)?.id === cursor, 'and live again');
});

test('EventsWithoutAKeyAreNeverConflated', async (scope) => {
  const server = await scope.server({ config: namespaceOf('prices', 'conflate') });
  const reader = await scope.subscribe(server, '/v1/subscribe?match=prices/*');
  reader.pause();
  const cursors = await flood(server, 20, (i) => ({ topic: 'prices/a', data: `${i} ${filler}` }));
  reader.resume();
  const events = await reader.take(cursors.length, seconds(30));
  assert.deepEqual(events.map((each) => each.id), cursors);
});

test('DroppingToTheLatestSaysSoWithAGap', async (scope) => {
  const server = await scope.server({ config: namespaceOf('ticks', 'drop-to-latest') });
  const reader = await scope.subscribe(server, '/v1/topics/ticks/a');
  reader.pause();
  const cursors = await flood(server, 40, (i) => ({ topic: 'ticks/a', data: `${i} ${filler}` }));
  reader.resume();
  const gap = await reader.control('gap', seconds(30));
  assert.equal(gap.json.reason, 'slow');
  // It may fall behind and be skipped more than once; what it is told last ends where the flood does.
  const settled = () => {
    const last = reader.frames.filter((each) => each.id || each.type === 'gap').at(-1);
    return (last?.id ?? JSON.parse(last?.data ?? '').available_from) === cursors.at(-1);
  };
  await reader.until(settled, 'the end of the flood, or a gap up to it', seconds(30));
  const { cursor } = await publish(server, 'ticks/a', 'live');
  await reader.until(() => reader.events.at(-1)?.id === cursor, 'live again', seconds(30));
  assert(reader.events.length < cursors.length);
  assertOrdered(reader.events);
  assertHolesAreTold(reader.frames);
});

test('DisconnectingEndsTheStreamAndAResumeHasEverything', async (scope) => {
  const server = await scope.server({ config: namespaceOf('strict', 'disconnect') });
  const reader = await scope.subscribe(server, '/v1/topics/strict/a');
  const { cursor: first } = await publish(server, 'strict/a', 'first');
  await reader.take(1);
  reader.pause();
  const cursors = await flood(server, 40, (i) => ({ topic: 'strict/a', data: `${i} ${filler}` }));
  reader.resume();
  await reader.end(seconds(30));
  const seen = reader.events.map((each) => each.id);
  assert(seen.length < cursors.length);
  assert.deepEqual(seen, [first, ...cursors].slice(0, seen.length), 'what came is without a hole');
  const resumed = await scope.subscribe(server, '/v1/topics/strict/a', { headers: { 'Last-Event-ID': reader.lastId ?? '' } });
  await resumed.until(() => resumed.ended || resumed.events.length + seen.length > cursors.length, 'the rest', seconds(30));
  assert.deepEqual(resumed.events.map((each) => each.id), [first, ...cursors].slice(seen.length));
});

/**
 * Where sequences are missing a gap has told it. Only for a subscriber of every event.
 * @param {import('../support/sse.mjs').Frame[]} frames
 */
function assertHolesAreTold(frames) {
  let last = 0;
  let from = 0;
  for (const frame of frames) {
    if (frame.control && frame.type === 'gap') from = sequenceOf(JSON.parse(frame.data ?? '').available_from);
    if (frame.id === undefined) continue;
    const sequence = sequenceOf(frame.id);
    assert(sequence === last + 1 || (sequence === from + 1 && from >= last), `${sequence} after ${last}, gap to ${from}`);
    last = sequence;
  }
}
