// @ts-check
import assert from 'node:assert/strict';

import { assertOrdered, epochOf, publish, publishJson, publishMany, request, sequenceOf } from '../support/client.mjs';
import { test } from '../support/test.mjs';

/** @param {number} count @param {string} [topic] */
const numbered = (count, topic = 't') => Array.from({ length: count }, (_, i) => ({ topic, data: `${i + 1}` }));

/** @param {{data?: string}[]} events */
const datas = (events) => events.map((each) => each.data);

test('AClientThatComesBackGetsWhatItMissedAndThenWhatComes', async (scope) => {
  const server = await scope.server();
  const cursors = (await publishMany(server, numbered(10))).map((each) => each.cursor);
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': cursors[3] } });
  await publish(server, 't', '11');
  assert.deepEqual(datas(await stream.take(7)), ['5', '6', '7', '8', '9', '10', '11']);
  assert.deepEqual(stream.frames.slice(0, 2).map((each) => each.type), ['system', 'recovery']);
  const recovery = await stream.control('recovery');
  assert.deepEqual(recovery.json, { recovered_from: cursors[3], events: 6 });
  assertOrdered(stream.events);
});

test('RecoveryCountsTheEventsOfItsOwnTopicsOnly', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 'a', 'x');
  for (let i = 0; i < 9; ++i) await publish(server, i % 3 === 0 ? 'a' : 'b', `${i}`);
  const stream = await scope.subscribe(server, '/v1/topics/a', { headers: { 'Last-Event-ID': cursor } });
  assert.equal((await stream.control('recovery')).json.events, 3);
  assert.deepEqual(datas(await stream.take(3)), ['0', '3', '6']);
});

test('AtTheHeadNothingWasMissed', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': cursor } });
  assert.deepEqual((await stream.control('recovery')).json, { recovered_from: cursor, events: 0 });
  await publish(server, 't', 'y');
  assert.deepEqual(datas(await stream.take(1)), ['y']);
});

test('EarliestIsEverythingThatIsRetained', async (scope) => {
  const server = await scope.server();
  await publishMany(server, numbered(20));
  const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual(datas(await stream.take(20)), datas(numbered(20)));
  const header = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': 'earliest' } });
  assert.equal(datas(await header.take(20)).length, 20);
});

test('LastIsTheNewestEventsAndThenWhatComes', async (scope) => {
  const server = await scope.server();
  for (let i = 1; i <= 12; ++i) await publish(server, i % 2 ? 'odd' : 'even', `${i}`);
  const stream = await scope.subscribe(server, '/v1/topics/odd?last=3');
  await publish(server, 'even', 'no');
  await publish(server, 'odd', '13');
  assert.deepEqual(datas(await stream.take(4)), ['7', '9', '11', '13']);
  const both = await scope.subscribe(server, '/v1/subscribe?match=*&last=4');
  assert.deepEqual(datas(await both.take(4)), ['11', '12', 'no', '13']);
  const all = await scope.subscribe(server, '/v1/topics/odd?last=1000');
  assert.deepEqual(datas(await all.take(7)), ['1', '3', '5', '7', '9', '11', '13']);
  const none = await scope.subscribe(server, '/v1/topics/nothing?last=5');
  await publish(server, 'nothing', 'x');
  assert.deepEqual(datas(await none.take(1)), ['x']);
});

test('TheHeaderBeatsTheQueryAndTheLongerNamesBeatAfter', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(10))).map((each) => each.cursor);
  /** @type {[string, Record<string, string>, string][]} */
  const cases = [
    [`?after=${c[8]}`, {}, '10'],
    [`?last_event_id=${c[7]}&after=${c[8]}`, {}, '9'],
    [`?lastEventId=${c[6]}&last_event_id=${c[7]}&after=${c[8]}`, {}, '8'],
    [`?lastEventId=${c[6]}&last_event_id=${c[7]}&after=${c[8]}`, { 'Last-Event-ID': c[2] }, '4'],
    [`?after=${c[8]}&last=5`, {}, '10'],
    ['?after=latest', { 'Last-Event-ID': c[8] }, '10'],
    [`?after=${c[8]}`, { 'Last-Event-ID': '' }, '10'],
  ];
  for (const [query, headers, first] of cases) {
    const stream = await scope.subscribe(server, `/v1/topics/t${query}`, { headers });
    assert.equal((await stream.event()).data, first, query);
    stream.close();
  }
});

test('ACursorThatCannotBeHonouredIsAGapWithItsReason', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', '1');
  const epoch = epochOf(cursor);
  /** @type {[string, string][]} */
  const cases = [
    ['0123456789abcdef-1', 'epoch'],
    [`${epoch}-99`, 'unknown'],
    [`${epoch}-18446744073709551616`, 'unknown'],
    ['nonsense', 'unknown'],
    [`${epoch}-01`, 'unknown'],
    [`${epoch}--1`, 'unknown'],
    [`${epoch.toUpperCase()}-1 `, ''],
    ['"quoted\\id"', 'unknown'],
    ['x'.repeat(2000), 'unknown'],
    ['идентификатор', 'unknown'],
  ];
  for (const [requested, reason] of cases) {
    const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': requested } });
    const gap = await stream.control('gap');
    assert.equal(gap.id, undefined);
    assert.deepEqual(Object.keys(gap.json).sort(), ['available_from', 'reason', 'requested']);
    if (reason !== '') assert.equal(gap.json.reason, reason, requested.slice(0, 80));
    sequenceOf(gap.json.available_from);
    const { cursor: next } = await publish(server, 't', 'x');
    await stream.until(() => stream.events.some((each) => each.id === next), 'delivery goes on');
    stream.close();
  }
});

test('AfterAGapDeliveryStartsWhereTheGapSays', async (scope) => {
  const server = await scope.server();
  const first = await publishMany(server, numbered(10));
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': '0123456789abcdef-5' } });
  const gap = await stream.control('gap');
  await publish(server, 't', '11');
  await stream.until(() => stream.events.at(-1)?.data === '11', 'the newest event');
  const from = sequenceOf(gap.json.available_from);
  const expected = [...first.map((each) => each.cursor)].filter((each) => sequenceOf(each) > from);
  assert.deepEqual(stream.events.slice(0, -1).map((each) => each.id), expected, `everything after ${from}`);
});

test('ATrimmedCursorIsAGapAndTheRestFollows', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(10))).map((each) => each.cursor);
  const trimmed = await request(server, 'DELETE', `/v1/topics/t?before=${c[5]}`);
  assert.equal(trimmed.status, 200, trimmed.text);
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': c[2] } });
  assert.deepEqual(datas(await stream.take(4)), ['7', '8', '9', '10']);
  const gap = stream.frames.find((each) => each.type === 'gap');
  assert(gap, 'a gap is told');
  const { requested, available_from: from, reason } = JSON.parse(gap.data ?? '');
  assert.deepEqual([requested, reason], [c[2], 'trimmed']);
  assert.equal(sequenceOf(from), 6);
  // Who had seen all that was trimmed has no gap.
  const up = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': c[5] } });
  assert.deepEqual(datas(await up.take(4)), ['7', '8', '9', '10']);
  assert(!up.frames.some((each) => each.type === 'gap'));
});

test('ControlFramesNeverCarryAnId', async (scope) => {
  const server = await scope.server({ args: ['--keepalive', '100ms'] });
  const { cursor } = await publish(server, 't', 'x');
  const streams = [
    await scope.subscribe(server, '/v1/topics/t?heartbeat=1', { headers: { 'Last-Event-ID': cursor } }),
    await scope.subscribe(server, '/v1/topics/t?heartbeat=1&after=nonsense'),
  ];
  for (const stream of streams) {
    await stream.control('heartbeat');
    await stream.until(() => stream.comments.length > 0, 'a keepalive');
    for (const block of stream.blocks) {
      if (['system', 'recovery', 'gap', 'heartbeat'].includes(block.type) || block.comment) assert.equal(block.id, undefined, block.raw);
    }
  }
});

test('AClientThatResumesAtEveryEventGetsTheWholeSequence', async (scope) => {
  const server = await scope.server();
  await publishMany(server, numbered(60));
  /** @type {(string | undefined)[]} */
  const seen = [];
  let last = 'earliest';
  while (seen.length < 60) {
    const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': last } });
    const taken = await stream.take(Math.min(1 + (seen.length % 3), 60 - seen.length));
    seen.push(...datas(taken));
    last = taken.at(-1)?.id ?? '';
    stream.close();
  }
  assert.deepEqual(seen, datas(numbered(60)));
});

test('ReplayAndLiveHaveNoSeam', async (scope) => {
  const server = await scope.server();
  let published = 0;
  let stop = false;
  const publisher = (async () => {
    while (!stop) await publishMany(server, Array.from({ length: 50 }, () => ({ topic: 't', data: `${++published}` })));
  })();
  publisher.catch(() => {}); // Told below, where it is awaited; after a failure nobody asks.
  for (let round = 0; round < 15; ++round) {
    const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
    const target = published + 200;
    await stream.until(() => stream.events.length >= target, `${target} events`);
    assert.deepEqual(datas(stream.events), Array.from({ length: stream.events.length }, (_, i) => `${i + 1}`));
    stream.close();
  }
  stop = true;
  await publisher;
});

test('ACursorMeansTheSameInEverySubscription', async (scope) => {
  const server = await scope.server();
  for (let i = 0; i < 10; ++i) await publishJson(server, { topic: i % 2 ? 'a' : 'b', data: `${i}` });
  const only = await scope.subscribe(server, '/v1/topics/b?after=earliest');
  const [, , third] = await only.take(3);
  const other = await scope.subscribe(server, '/v1/topics/a', { headers: { 'Last-Event-ID': third.id ?? '' } });
  assert.deepEqual(datas(await other.take(3)), ['5', '7', '9']);
});

test('AfterKillAndRestartEveryCursorStillHolds', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(20))).map((each) => each.cursor);
  await server.killAndRestart();
  const next = await publish(server, 't', '21');
  assert.equal(epochOf(next.cursor), epochOf(c[0]));
  assert.equal(next.sequence, 21);
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': c[9] } });
  assert.deepEqual(datas(await stream.take(11)), [...datas(numbered(20)).slice(10), '21']);
  assert.equal((await stream.control('recovery')).json.events, 11);
});

test('AMemoryLogThatWasRestartedHasANewEpoch', async (scope) => {
  const server = await scope.server({ memory: true });
  const { cursor } = await publish(server, 't', 'x');
  await server.killAndRestart();
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': cursor } });
  assert.equal((await stream.control('gap')).json.reason, 'epoch');
  assert.notEqual(epochOf((await publish(server, 't', 'y')).cursor), epochOf(cursor));
});
