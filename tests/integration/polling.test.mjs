// @ts-check
// Polling and long polling: the same resources and cursors as the event streams, one answer at a time.
import assert from 'node:assert/strict';

import { assertOrdered, assertProblem, publish, publishJson, publishMany, request, sequenceOf } from '../support/client.mjs';
import { eventually, seconds, within } from '../support/deadline.mjs';
import { ask, datas, poll } from '../support/poll.mjs';
import { test } from '../support/test.mjs';

/** @param {number} count @param {string} [topic] */
const numbered = (count, topic = 't') => Array.from({ length: count }, (_, i) => ({ topic, data: `${i + 1}` }));

/** @param {import('../support/server.mjs').Server} server */
const stats = async (server) => (await request(server, 'GET', '/v1/stats')).json;

/** Long polls that wait. @param {import('../support/server.mjs').Server} server @param {number} count */
const waiting = (server, count) => eventually(async () => (await stats(server)).polls_waiting === count, `${count} wait`);

test('APollIsWhatCameAfterTheCursorAndWhereToGoOn', async (scope) => {
  const server = await scope.server();
  const cursors = (await publishMany(server, numbered(5))).map((each) => each.cursor);
  const answer = await poll(server, `/v1/topics/t?after=${cursors[1]}`);
  assert.deepEqual(datas(answer), ['3', '4', '5']);
  assert.deepEqual(answer.events.map((each) => each.cursor), cursors.slice(2));
  assert.deepEqual([answer.cursor, answer.more], [cursors[4], false]);
  const next = await poll(server, `/v1/topics/t?after=${answer.cursor}`);
  assert.deepEqual([next.events, next.cursor, next.more], [[], cursors[4], false]);
});

test('AnEventIsShownWithAllThatItWasPublishedWith', async (scope) => {
  const server = await scope.server();
  await publishJson(server, {
    topics: ['a', 'b'], event: 'paid', data: { total: '9.90' }, id: 'mine', key: 'k', time: '2026-01-01T12:00:00Z',
  });
  const [event] = (await poll(server, '/v1/topics/b?after=earliest')).events;
  assert.equal(typeof event.cursor, 'string');
  delete event.cursor;
  assert.deepEqual(event, {
    topic: 'a', topics: ['a', 'b'], event: 'paid', data: '{"total":"9.90"}', id: 'mine', key: 'k', time: '2026-01-01T12:00:00.000Z',
  });
  await publish(server, 'bytes', Buffer.from([0x61, 0xff, 0x0a, 0x22]));
  assert.deepEqual(datas(await poll(server, '/v1/topics/bytes?after=earliest')), ['a\ufffd\n"']);
});

test('WithoutACursorAPollIsTheHeadAndNoEvents', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'before');
  for (const query of ['', '?after=latest', '?wait=0']) {
    const answer = await poll(server, `/v1/topics/t${query}`);
    assert.deepEqual([answer.events, answer.cursor, answer.more], [[], cursor, false], query);
  }
});

test('APollBeginsWhereAStreamWouldBegin', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(9))).map((each) => each.cursor);
  assert.equal(datas(await poll(server, '/v1/topics/t?after=earliest')).length, 9);
  assert.deepEqual(datas(await poll(server, '/v1/topics/t?last=2')), ['8', '9']);
  assert.deepEqual(datas(await poll(server, `/v1/topics/t?after=${c[0]}`, { headers: { 'Last-Event-ID': c[6] } })), ['8', '9']);
  assert.deepEqual(datas(await poll(server, `/v1/topics/t?after=${c[0]}&lastEventId=${c[7]}`)), ['9']);
});

test('SeveralTopicsAndPatternsComeInTheLogsOrderEachEventOnce', async (scope) => {
  const server = await scope.server();
  await publishJson(server, [
    { topic: 'orders/1', data: '1' }, { topic: 'other', data: 'no' }, { topics: ['orders/2', 'news'], data: '2' }, { topic: 'news', data: '3' },
  ]);
  const answer = await poll(server, '/v1/subscribe?topic=news&match=orders/*&after=earliest');
  assert.deepEqual(datas(answer), ['1', '2', '3']);
  assertOrdered(answer.events.map(({ cursor }) => ({ id: cursor })));
});

test('TheSmallHubsEventsCanBePolledToo', async (scope) => {
  const server = await scope.server();
  const { cursor } = await poll(server, '/events?client_id=me');
  await request(server, 'POST', '/broadcast', { body: '{"event":"hello","n":1}' });
  await request(server, 'POST', '/send', { body: '{"client_id":"me","n":2}' });
  await request(server, 'POST', '/send', { body: '{"client_id":"you","n":3}' });
  const answer = await poll(server, `/events?client_id=me&after=${cursor}`);
  assert.deepEqual(answer.events.map((each) => JSON.parse(each.data).n), [1, 2]);
});

test('AnAnswerHasNoMoreThanItsLimitAndSaysThatThereIsMore', async (scope) => {
  const server = await scope.server({ args: ['--poll-events', '4', '--poll-events-max', '6'] });
  const expected = numbered(13).map((each) => each.data);
  await publishMany(server, numbered(13));
  /** @type {string[]} */
  const seen = [];
  const sizes = [];
  for (let cursor = 'earliest', more = true; more;) {
    const answer = await poll(server, `/v1/topics/t?after=${cursor}`);
    seen.push(...datas(answer));
    sizes.push(answer.events.length);
    if (answer.more) assert.equal(answer.retry_ms, 0, 'there is no reason to wait');
    ({ cursor, more } = answer);
  }
  assert.deepEqual(seen, expected);
  assert.deepEqual(sizes, [4, 4, 4, 1]);
  const exact = await poll(server, '/v1/topics/t?last=6&limit=6');
  assert.deepEqual([exact.events.length, exact.more], [6, false], 'a full answer that is the last one says so');
  for (const limit of ['7', '0', '-1', 'x', '']) {
    assertProblem(await ask(server, `/v1/topics/t?limit=${limit}`), 400, 'bad-request');
  }
});

test('AnAnswerHasNoMoreThanItsBytesButForOneEvent', async (scope) => {
  const server = await scope.server({ args: ['--poll-bytes-max', '10KiB'] });
  await publishMany(server, ['a', 'b', 'c'].map((name) => ({ topic: 't', data: name.repeat(6000) })));
  await publish(server, 't', 'd'.repeat(100_000));
  /** @type {string[]} */
  const seen = [];
  for (let cursor = 'earliest', more = true; more;) {
    const answer = await poll(server, `/v1/topics/t?after=${cursor}`);
    assert.equal(answer.events.length, 1);
    seen.push(answer.events[0].data[0]);
    ({ cursor, more } = answer);
  }
  assert.deepEqual(seen, ['a', 'b', 'c', 'd']);
});

test('APollBehindTheRingReadsTheLog', async (scope) => {
  const server = await scope.server({ args: ['--ring-bytes', '1MiB'] });
  const events = Array.from({ length: 400 }, (_, i) => ({ topic: i % 2 ? 'odd' : 'even', data: `${i} ${'x'.repeat(10_000)}` }));
  await publishMany(server, events);
  const seen = [];
  for (let cursor = 'earliest', more = true; more;) {
    const answer = await poll(server, `/v1/topics/odd?after=${cursor}`);
    seen.push(...answer.events.map((each) => Number(each.data.split(' ')[0])));
    ({ cursor, more } = answer);
  }
  assert.deepEqual(seen, Array.from({ length: 200 }, (_, i) => 2 * i + 1));
});

test('ALongPollIsAnsweredByTheEventThatComes', async (scope) => {
  const server = await scope.server();
  const { cursor } = await poll(server, '/v1/topics/t');
  const pending = poll(server, `/v1/topics/t?after=${cursor}&wait=30`);
  await waiting(server, 1);
  await publish(server, 'elsewhere', 'no');
  const published = await publish(server, 't', 'yes');
  const answer = await pending;
  assert.deepEqual([datas(answer), answer.cursor, answer.more, answer.retry_ms], [['yes'], published.cursor, false, 0]);
  await waiting(server, 0);
});

test('ALongPollThatHasMissedSomethingIsAnsweredAtOnce', async (scope) => {
  const server = await scope.server();
  const [first] = await publishMany(server, numbered(3));
  assert.deepEqual(datas(await poll(server, `/v1/topics/t?after=${first.cursor}&wait=30`, { milliseconds: seconds(5) })), ['2', '3']);
});

test('AWaitThatPassesWithNothingIsAnAnswerWithTheNewestCursor', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  const start = Date.now();
  const pending = ask(server, `/v1/topics/t?after=${cursor}&wait=1`);
  await waiting(server, 1);
  const elsewhere = await publish(server, 'elsewhere', 'y');
  const answer = await pending;
  assert(Date.now() - start >= 900, 'it waited');
  assert.equal(answer.status, 200);
  assert.deepEqual([answer.json.events, answer.json.cursor, answer.json.retry_ms], [[], elsewhere.cursor, 0]);
  assert.equal((await stats(server)).poll_timeouts_total, 1);
  const unchanged = await ask(server, `/v1/topics/t?after=${cursor}&wait=1`, { headers: { 'If-None-Match': `"${cursor}"` } });
  assert.equal(unchanged.status, 304);
  assert.equal(unchanged.headers.etag, `"${elsewhere.cursor}"`, 'where to go on');
  assert.equal(unchanged.text, '');
});

test('AWaitHasALongestTime', async (scope) => {
  const server = await scope.server({ args: ['--poll-wait-max', '20s'] });
  for (const wait of ['21', '-1', 'x', '1.5', '']) assertProblem(await ask(server, `/v1/topics/t?wait=${wait}`), 400, 'bad-request');
});

test('WhatTheClientHasAlreadyIsNotSentAgain', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(3))).map((each) => each.cursor);
  const none = `/v1/topics/t?after=${c[2]}`;
  const all = '/v1/topics/t?last=10';
  for (const target of [none, all]) {
    for (const tag of [`"${c[2]}"`, `W/"${c[2]}"`, `"other", "${c[2]}"`]) {
      const answer = await ask(server, target, { headers: { 'If-None-Match': tag } });
      assert.equal(answer.status, 304, `${target} ${tag}`);
      assert.equal(answer.text, '');
      assert.equal(answer.headers.etag, `"${c[2]}"`);
      assert.match(answer.headers['retry-after'] ?? '', /^[456]$/);
    }
    assert.equal((await ask(server, target, { headers: { 'If-None-Match': `"${c[1]}"` } })).status, 200);
  }
  // Other topics move the log's head, and nothing for this client.
  await publish(server, 'elsewhere', 'x');
  for (const target of [none, all]) {
    assert.equal((await ask(server, target, { headers: { 'If-None-Match': `"${c[2]}"` } })).status, 304, target);
  }
  await publish(server, 't', '4');
  const news = await ask(server, all, { headers: { 'If-None-Match': `"${c[2]}"` } });
  assert.deepEqual(datas(news.json), ['1', '2', '3', '4']);
  assert.equal((await stats(server)).polls_not_modified_total, 8);
});

test('ALongPollOfWhatTheClientHasWaitsForMore', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', '1');
  const pending = ask(server, '/v1/topics/t?last=5&wait=30', { headers: { 'If-None-Match': `"${cursor}"` } });
  await waiting(server, 1);
  await publish(server, 't', '2');
  assert.deepEqual(datas((await pending).json), ['1', '2']);
});

test('AnEphemeralEventAnswersALongPollAndHasNoCursor', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  for (const headers of [{}, { 'If-None-Match': `"${cursor}"` }]) {
    const pending = poll(server, `/v1/topics/t?after=${cursor}&wait=30`, { headers });
    await waiting(server, 1);
    await publish(server, 't', 'passing', { headers: { 'Weir-Ephemeral': 'true' } });
    const answer = await pending;
    assert.deepEqual(datas(answer), ['passing']);
    assert.equal(answer.events[0].cursor, undefined);
    assert.equal(answer.cursor, cursor, 'it moves nothing');
  }
  assert.deepEqual((await poll(server, `/v1/topics/t?after=${cursor}`)).events, []);
});

test('AFilterAndFieldsDecideWhatIsAnswered', async (scope) => {
  const server = await scope.server();
  const { cursor } = await poll(server, '/v1/topics/t');
  const query = `filter=${encodeURIComponent('data.n > 1')}&fields=n`;
  const pending = poll(server, `/v1/topics/t?after=${cursor}&wait=30&${query}`);
  await waiting(server, 1);
  await publishJson(server, [1, 2].map((n) => ({ topic: 't', data: { n, more: 'x' } })));
  assert.deepEqual(datas(await pending), ['{"n":2}']);
  await publishJson(server, [0, 3].map((n) => ({ topic: 't', data: { n, more: 'x' }, key: 'k' })));
  assert.deepEqual(datas(await poll(server, `/v1/topics/t?after=${cursor}&${query}`)), ['{"n":2}', '{"n":3}']);
  assert.equal((await poll(server, `/v1/topics/t?after=${cursor}&conflate=key`)).events.length, 3);
  assertProblem(await ask(server, '/v1/topics/t?filter=data.n+%3E'), 400, 'bad-filter');
  assertProblem(await ask(server, '/v1/topics/t?max_rate=1'), 400, 'bad-request');
});

test('AGapIsToldInTheAnswer', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(10))).map((each) => each.cursor);
  await request(server, 'DELETE', `/v1/topics/t?before=${c[5]}`);
  const trimmed = await poll(server, `/v1/topics/t?after=${c[2]}`);
  assert.deepEqual([trimmed.gap?.requested, trimmed.gap?.reason], [c[2], 'trimmed']);
  assert.equal(sequenceOf(trimmed.gap?.available_from ?? ''), 6);
  assert.deepEqual(datas(trimmed), ['7', '8', '9', '10']);
  assert.equal((await poll(server, `/v1/topics/t?after=${c[5]}`)).gap, undefined);
  const epoch = await poll(server, '/v1/topics/t?after=0123456789abcdef-3&wait=30', { milliseconds: seconds(5) });
  assert.deepEqual([epoch.gap?.reason, epoch.events.length], ['epoch', 4]);
  assert.equal((await poll(server, '/v1/topics/t?after=nonsense')).gap?.reason, 'unknown');
  const tagged = await ask(server, '/v1/topics/none?after=nonsense&wait=30', { headers: { 'If-None-Match': '"nonsense"' } });
  assert.equal(tagged.status, 200, 'a gap is news, at once');
  assert.equal(tagged.json.gap.reason, 'unknown');
});

test('ATopicThatEndsSaysSoOnceAndStaysEnded', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', '1');
  const pending = poll(server, `/v1/topics/t?after=${cursor}&wait=30`);
  await waiting(server, 1);
  const last = await publish(server, 't', 'end', { headers: { 'Weir-Close': 'true' } });
  const answer = await pending;
  assert.deepEqual([datas(answer), answer.closed, answer.cursor], [['end'], true, last.cursor]);
  assert.equal((await poll(server, '/v1/topics/t?after=earliest&limit=1')).closed, undefined, 'there is more');
  assert.equal((await poll(server, '/v1/topics/t?after=earliest')).closed, true);
  for (const query of [`?after=${last.cursor}`, `?after=${last.cursor}&wait=30`, '']) {
    const over = await ask(server, `/v1/topics/t${query}`);
    assert.deepEqual([over.status, over.text], [204, ''], query);
  }
  assert.equal((await poll(server, `/v1/subscribe?topic=t&topic=u&after=${cursor}`)).closed, undefined, 'the other topic goes on');
});

test('TheTimeToTheNextPollIsSpread', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '10s'] });
  const times = new Set();
  for (let i = 0; i < 20; ++i) {
    const answer = await ask(server, '/v1/topics/t');
    const { retry_ms: retry } = answer.json;
    assert(retry >= 8000 && retry <= 12000, `${retry} is within 20 % of 10000`);
    assert.equal(Number(answer.headers['retry-after']), Math.ceil(retry / 1000));
    times.add(retry);
  }
  assert(times.size > 5, `${[...times]}`);
});

test('ADrainAnswersWhoWaitsWithItsCursor', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  const polls = Array.from({ length: 20 }, () => poll(server, `/v1/topics/t?after=${cursor}&wait=50`));
  await waiting(server, 20);
  server.signal('SIGTERM');
  const times = new Set();
  for (const answer of await within(Promise.all(polls), 'all are answered')) {
    assert.deepEqual([answer.events, answer.cursor, answer.closed], [[], cursor, undefined]);
    assert(answer.retry_ms >= 500);
    times.add(answer.retry_ms);
  }
  assert(times.size > 5, 'spread over the window');
  assert.equal((await server.exited()).code, 0);
  await server.start();
  await publish(server, 't', 'y');
  assert.deepEqual(datas(await poll(server, `/v1/topics/t?after=${cursor}&wait=5`)), ['y']);
});

test('AClientThatGoesAwayLeavesNothingBehind', async (scope) => {
  const server = await scope.server();
  for (let i = 0; i < 5; ++i) {
    const connection = await scope.raw(server);
    await connection.send('GET /v1/topics/t?wait=50 HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n');
    await waiting(server, 1);
    connection.close();
    await waiting(server, 0);
  }
  assert.equal((await stats(server)).subscribers, 0);
  await publish(server, 't', 'x');
});

test('AConnectionGoesOnAfterALongPoll', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  const get = (/** @type {string} */ target) => connection.send(`GET ${target} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n`);
  for (let i = 0; i < 3; ++i) {
    await get('/v1/topics/t?wait=50');
    await waiting(server, 1);
    await publish(server, 't', `${i}`);
    const answer = await connection.readResponse();
    assert.deepEqual(JSON.parse(answer.text).events[0].data, `${i}`);
  }
  // Pipelined: the second waits for the first.
  await get('/v1/topics/t?wait=50');
  await get('/v1/topics/t?last=1');
  await waiting(server, 1);
  await publish(server, 't', 'last');
  assert.equal(JSON.parse((await connection.readResponse()).text).events[0].data, 'last');
  assert.equal(JSON.parse((await connection.readResponse()).text).events[0].data, 'last');
});

test('OneSubscriberTooManyIsRefused', async (scope) => {
  const server = await scope.server({ args: ['--subscribers-max', '1', '--overload', 'defer'] });
  const pending = poll(server, '/v1/topics/t?wait=50');
  await waiting(server, 1);
  assertProblem(await ask(server, '/v1/topics/t?wait=50'), 503, 'too-many-subscribers');
  await publish(server, 't', 'x');
  assert.equal(datas(await pending).length, 1);
});

test('WhatTheClientWouldRatherHaveDecides', async (scope) => {
  const server = await scope.server();
  /** @type {[string | undefined, string][]} */
  const cases = [
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/event-stream;q=0.5, application/json', 'application/json'],
    ['application/json;q=0.5, text/event-stream', 'text/event-stream'],
    ['text/event-stream, application/json', 'text/event-stream'],
    ['application/json;q=0, */*', 'text/event-stream'],
    ['*/*', 'text/event-stream'],
    [undefined, 'text/event-stream'],
  ];
  for (const [accept, expected] of cases) {
    const connection = await scope.raw(server);
    await connection.send(`GET /v1/topics/t HTTP/1.1\r\nHost: x\r\n${accept ? `Accept: ${accept}\r\n` : ''}\r\n`);
    await connection.until((bytes) => bytes.includes('\r\n\r\n'), 'a head');
    assert(connection.pieces[0].toString().includes(`Content-Type: ${expected}`), `${accept} gets ${expected}`);
    connection.close();
  }
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: { Accept: 'text/html' } }), 406, 'not-acceptable');
  const head = await request(server, 'HEAD', '/v1/topics/t', { headers: { Accept: 'application/json' } });
  assert.deepEqual([head.status, head.headers['content-type'], head.text], [200, 'application/json', '']);
});

test('OneCursorServesStreamsAndPolls', async (scope) => {
  const server = await scope.server();
  const expected = [];
  const seen = [];
  let cursor = (await poll(server, '/v1/topics/t')).cursor;
  for (let round = 0; round < 6; ++round) {
    const events = Array.from({ length: 7 }, (_, i) => ({ topic: 't', data: `${round}.${i}` }));
    expected.push(...events.map((each) => each.data));
    await publishMany(server, events);
    if (round % 2 === 0) {
      const answer = await poll(server, `/v1/topics/t?after=${cursor}&limit=5`);
      seen.push(...datas(answer));
      ({ cursor } = answer);
    } else {
      const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': cursor } });
      const some = await stream.take(6);
      seen.push(...some.map((each) => each.data));
      cursor = some.at(-1)?.id ?? '';
      stream.close();
    }
  }
  seen.push(...datas(await poll(server, `/v1/topics/t?after=${cursor}`)));
  assert.deepEqual(seen, expected);
});

test('AFollowerByLongPollsLosesAndRepeatsNothingOverAKill', async (scope) => {
  const server = await scope.server();
  const total = 300;
  /** @type {string[]} */
  const seen = [];
  let { cursor } = await poll(server, '/v1/topics/t');
  const follower = (async () => {
    while (seen.length < total) {
      try {
        const answer = await poll(server, `/v1/topics/t?after=${cursor}&wait=20&limit=7`);
        seen.push(...datas(answer));
        ({ cursor } = answer);
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ERR_ASSERTION') throw error;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })();
  for (let i = 0; i < total; ++i) {
    await publish(server, 't', `${i}`);
    if (i % 100 === 99) await server.killAndRestart();
  }
  await within(follower, 'the follower has everything', seconds(30));
  assert.deepEqual(seen, Array.from({ length: total }, (_, i) => `${i}`));
});

test('AThousandLongPollsAreAnsweredByOneEvent', async (scope) => {
  const server = await scope.server();
  const polls = Array.from({ length: 1000 }, () => poll(server, '/v1/topics/t?wait=50', { milliseconds: seconds(30) }));
  await waiting(server, 1000);
  await publish(server, 't', 'x');
  for (const answer of await Promise.all(polls)) assert.deepEqual(datas(answer), ['x']);
  assert.equal((await stats(server)).subscribers, 0);
});

test('APageOfAnotherOriginMayPollWithATag', async (scope) => {
  const origin = 'https://app.example';
  const server = await scope.server({ args: ['--cors-origin', origin] });
  const preflight = await request(server, 'OPTIONS', '/v1/topics/t', {
    headers: { Origin: origin, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'if-none-match' },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers['access-control-allow-headers'] ?? '', /\bif-none-match\b/);
  const { headers } = await ask(server, '/v1/topics/t', { headers: { Origin: origin } });
  assert.equal(headers['access-control-allow-origin'], origin);
  assert.match(headers['access-control-expose-headers'] ?? '', /\bETag\b/);
});
