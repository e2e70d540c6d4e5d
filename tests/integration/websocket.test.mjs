// @ts-check
// WebSocket by a real client, npm's `ws`: the same resources and cursors as the event streams.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

import { assertOrdered, assertProblem, publish, publishJson, publishMany, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { datas as polled, poll } from '../support/poll.mjs';
import { test } from '../support/test.mjs';
import { isHttp2 } from '../support/wire.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @typedef {import('../support/test.mjs').Scope} Scope */
/** @typedef {import('../support/server.mjs').Server} Server */

/** @param {Scope} scope @param {Server} server @param {string} target @param {Parameters<typeof WebSocketClient.open>[2]} [options] */
async function connect(scope, server, target, options) {
  const client = scope.closing(await WebSocketClient.open(server, target, options));
  await client.control('system');
  return client;
}

/** @param {{data?: string}[]} events */
const datas = (events) => events.map((each) => each.data);
/** @param {number} count @param {string} [topic] */
const numbered = (count, topic = 't') => Array.from({ length: count }, (_, i) => ({ topic, data: `${i + 1}` }));
/** @param {Server} server */
const stats = async (server) => (await request(server, 'GET', '/v1/stats')).json;

test('AnEventComesAsJsonWithItsCursor', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/topics/t');
  assert.deepEqual(Object.keys(client.messages[0]), ['type', 'data']);
  assert.deepEqual(Object.keys(client.messages[0].data), ['type', 'client_id', 'timestamp', 'cursor']);
  const { cursor } = await publishJson(server, { topics: ['t', 'u'], event: 'paid', data: { n: 1 }, id: 'mine', key: 'k', time: '2026-01-01T12:00:00Z' });
  const [event] = await client.take(1);
  assert.deepEqual(event, { cursor, topic: 't', topics: ['t', 'u'], event: 'paid', data: '{"n":1}', id: 'mine', key: 'k', time: '2026-01-01T12:00:00.000Z' });
});

test('ResumingByCursorBringsWhatWasMissed', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(10))).map((each) => each.cursor);
  const client = await connect(scope, server, `/v1/topics/t?after=${c[3]}`);
  await publish(server, 't', '11');
  assert.deepEqual(datas(await client.take(7)), ['5', '6', '7', '8', '9', '10', '11']);
  assert.deepEqual((await client.control('recovery')).data, { recovered_from: c[3], events: 6 });
  const gap = await connect(scope, server, '/v1/topics/t?after=0123456789abcdef-1');
  assert.equal((await gap.control('gap')).data.reason, 'epoch');
  assert.equal((await gap.take(11)).length, 11);
  const last = await connect(scope, server, '/v1/subscribe?match=*&last=2');
  assert.deepEqual(datas(await last.take(2)), ['10', '11']);
});

test('NoMessageAboutTheConnectionCarriesACursorAtTheTop', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/topics/t?after=nonsense&heartbeat=1');
  await client.control('heartbeat');
  await client.command({ type: 'subscribe', topics: ['u'], after: 'nonsense' });
  await client.command({ type: 'publish', event: { topic: 'v', data: 'x' } });
  for (const each of client.messages) {
    assert(each.type !== undefined, 'no event has come');
    assert.equal(each.cursor, undefined, JSON.stringify(each));
  }
});

test('AClientSubscribesAndUnsubscribesAsItGoes', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/ws');
  await publishMany(server, [...numbered(3, 'a'), ...numbered(3, 'b/1')]);
  const a = await client.command({ type: 'subscribe', topics: ['a'], after: 'earliest' });
  const b = await client.command({ type: 'subscribe', match: ['b/*'], last: 1 });
  assert.notEqual(a.sub, b.sub);
  const events = await client.take(4);
  assert.deepEqual(datas(events.filter((each) => each.sub === a.sub)), ['1', '2', '3']);
  assert.deepEqual(datas(events.filter((each) => each.sub === b.sub)), ['3']);
  await client.command({ type: 'unsubscribe', sub: a.sub });
  await publish(server, 'a', 'no');
  await publish(server, 'b/2', 'yes');
  const [event] = await client.take(1);
  assert.deepEqual([event.sub, event.data], [b.sub, 'yes']);
  assert.equal((await client.ask({ type: 'unsubscribe', sub: a.sub })).error.code, 'bad-request');
  assert.equal((await stats(server)).subscribers, 2, 'the connection and one subscription');
});

test('ASubscriptionMayBeFilteredWhoeverMadeIt', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, `/v1/topics/t?filter=${encodeURIComponent('data.n > 2')}&fields=n`);
  const { sub } = await client.command({ type: 'subscribe', topics: ['t'], filter: 'data.n < 2', fields: 'm' });
  await publishJson(server, [1, 2, 3].map((n) => ({ topic: 't', data: { n, m: -n } })));
  const events = await client.take(2);
  assert.deepEqual(datas(events.filter((each) => each.sub === undefined)), ['{"n":3}']);
  assert.deepEqual(datas(events.filter((each) => each.sub === sub)), ['{"m":-1}']);
  assert.equal((await client.ask({ type: 'subscribe', topics: ['t'], filter: 'data.n >' })).error.code, 'bad-filter');
  assert.equal((await client.ask({ type: 'subscribe', topics: ['t'], max_rate: 'x' })).error.code, 'bad-request');
  const paced = await client.command({ type: 'subscribe', topics: ['t'], max_rate: 1, conflate: 'key' });
  await publish(server, 't', '{"n":9}');
  await client.until(() => client.events.some((each) => each.sub === paced.sub), 'an event at its rate');
});

test('TheAddressesSubscriptionIsNotMarkedAndMayBeGivenUp', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/topics/t');
  const { sub } = await client.command({ type: 'subscribe', topics: ['t'] });
  await publish(server, 't', 'x');
  const both = await client.take(2);
  assert.deepEqual(both.map((each) => each.sub).sort(), [sub, undefined]);
  assert.deepEqual(datas(both), ['x', 'x']);
  await client.command({ type: 'unsubscribe', sub: 0 });
  await publish(server, 't', 'y');
  assert.deepEqual((await client.take(1)).map((each) => [each.sub, each.data]), [[sub, 'y']]);
  await client.command({ type: 'ping' });
});

test('EverySubscriptionHasItsOwnPlace', async (scope) => {
  const server = await scope.server();
  const c = (await publishMany(server, numbered(50))).map((each) => each.cursor);
  const client = await connect(scope, server, '/v1/ws');
  const subs = [];
  for (const from of [10, 20, 30, 40]) {
    const { sub } = await client.command({ type: 'subscribe', topics: ['t'], after: c[from - 1] });
    subs.push({ sub, from });
  }
  await publish(server, 't', '51');
  await client.take(41 + 31 + 21 + 11);
  for (const { sub, from } of subs) {
    const own = client.events.filter((each) => each.sub === sub);
    assert.deepEqual(datas(own), Array.from({ length: 51 - from }, (_, i) => `${from + 1 + i}`));
    assertOrdered(own.map(({ cursor }) => ({ id: cursor })));
  }
});

test('APublishIsAnsweredWithItsCursorWhenItIsDurable', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/topics/t');
  const { published } = await client.command({ type: 'publish', event: { topic: 't', data: 'hello', event: 'greeting' } });
  const [event] = await client.take(1);
  assert.deepEqual([event.cursor, event.data, event.event], [published.cursor, 'hello', 'greeting']);
  const passing = await client.command({ type: 'publish', event: { topic: 't', data: 'passing', ephemeral: true } });
  assert.equal(passing.published.sequence, null);
  assert.equal((await client.take(1))[0].cursor, undefined);
  const refused = await client.ask({ type: 'publish', event: { topic: '', data: 'x' } });
  assert.deepEqual([refused.type, refused.error.code, refused.error.status], ['error', 'bad-topic', 400]);
  await publish(server, 'over', 'x', { headers: { 'Weir-Close': 'true' } });
  assert.equal((await client.ask({ type: 'publish', event: { topic: 'over', data: 'x' } })).error.code, 'topic-closed');
});

test('CreditBoundsWhatIsSentUntilItIsAcked', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/ws');
  const { sub } = await client.command({ type: 'subscribe', topics: ['t'], after: 'earliest', credit: 3 });
  await publishMany(server, numbered(10));
  assert.deepEqual(datas(await client.take(3)), ['1', '2', '3']);
  await client.command({ type: 'ping' });
  assert.equal(client.events.length, 3, 'no more before an ack');
  await client.command({ type: 'ack', sub, count: 2 });
  assert.deepEqual(datas(await client.take(2)), ['4', '5']);
  await client.command({ type: 'ack', sub, count: 100 });
  assert.deepEqual(datas(await client.take(5)), ['6', '7', '8', '9', '10']);
  await publish(server, 't', 'live');
  assert.deepEqual(datas(await client.take(1)), ['live']);
  const free = await client.command({ type: 'subscribe', topics: ['u'] });
  assert.equal((await client.ask({ type: 'ack', sub: free.sub, count: 1 })).error.code, 'bad-request');
});

test('AClientWithoutCreditIsSlowAndItsTopicsPolicyApplies', async (scope) => {
  const server = await scope.server({ args: ['--slow-consumer', 'conflate'] });
  const client = await connect(scope, server, '/v1/ws');
  const { sub } = await client.command({ type: 'subscribe', topics: ['t'], credit: 1 });
  await publish(server, 't', '0', { headers: { 'Weir-Key': 'k' } });
  await client.take(1);
  for (let i = 1; i <= 20; ++i) await publish(server, 't', `${i}`, { headers: { 'Weir-Key': 'k' } });
  await client.command({ type: 'ack', sub, count: 5 });
  assert.deepEqual(datas(await client.take(1)), ['20']);
});

test('AMessageThatIsNotARequestIsAnsweredWithWhatIsWrong', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/ws');
  /** @type {[any, string][]} */
  const cases = [
    [{ type: 'shout' }, 'bad-request'],
    [{ type: 'subscribe' }, 'bad-selector'],
    [{ type: 'subscribe', topics: ['a\u0001'] }, 'bad-topic'],
    [{ type: 'subscribe', match: ['a/**/b'] }, 'bad-selector'],
    [{ type: 'subscribe', topics: ['t'], nonsense: 1 }, 'bad-request'],
    [{ type: 'ack', sub: 0, count: 1 }, 'bad-request'],
    [{ type: 'unsubscribe', sub: 4294967295 }, 'bad-request'],
  ];
  for (const [message, code] of cases) {
    const { type, error } = await client.ask(message);
    assert.equal(type, 'error');
    assert.equal(error.code, code, JSON.stringify(message));
    assert.equal(error.type, `/problems/${code}`);
  }
  client.socket.send('not json');
  await client.until(() => client.messages.some((each) => each.error?.code === 'bad-json'), 'an answer without an id');
  client.socket.send('{"type":"ping","id":"text"}');
  await client.until(() => client.messages.some((each) => each.id === 'text' && each.type === 'ok'), 'the id as it was');
});

test('SubscriptionsOfAConnectionHaveALimit', async (scope) => {
  const server = await scope.server({ args: ['--websocket-subscriptions-max', '3'] });
  const client = await connect(scope, server, '/v1/topics/t');
  await client.command({ type: 'subscribe', topics: ['a'] });
  const { sub } = await client.command({ type: 'subscribe', topics: ['a'] });
  assert.equal((await client.ask({ type: 'subscribe', topics: ['a'] })).error.code, 'too-many-subscriptions');
  await client.command({ type: 'unsubscribe', sub });
  await client.command({ type: 'subscribe', topics: ['a'] });
});

test('ATopicThatEndsClosesItsConnectionWithOneThousand', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/topics/t');
  const several = await connect(scope, server, '/v1/ws');
  const { sub } = await several.command({ type: 'subscribe', topics: ['t'] });
  const { cursor } = await publish(server, 't', 'end', { headers: { 'Weir-Close': 'true' } });
  assert.deepEqual(datas(await client.take(1)), ['end']);
  assert.deepEqual(await client.end(), { code: 1000, reason: 'finished' });
  // One that may go on to other topics stays.
  const end = await several.control('end');
  assert.deepEqual([end.sub, end.reason, several.events.length], [sub, 'finished', 1]);
  await several.command({ type: 'ping' });
  const again = await connect(scope, server, `/v1/topics/t?after=${cursor}`);
  assert.equal((await again.end()).code, 1000);
});

test('SilenceBringsPingsAndWhoDoesNotAnswerIsClosed', async (scope) => {
  const server = await scope.server({ args: ['--keepalive', '200ms'] });
  for (const target of ['/v1/topics/t', '/v1/ws']) {
    const client = await connect(scope, server, target);
    await client.until(() => client.pings >= 3, 'pings that are answered');
    assert.equal(client.closed, undefined);
    const dead = await connect(scope, server, target, { autoPong: false });
    assert.equal((await dead.end()).code, 4001);
  }
  assert.equal((await stats(server)).websocket_no_pong_total, 2);
});

test('ALifetimeEndsWithItsOwnCode', async (scope) => {
  const server = await scope.server({ args: ['--connection-lifetime', '1s'] });
  const client = await connect(scope, server, '/v1/ws');
  await client.command({ type: 'subscribe', topics: ['t'] });
  const direct = await connect(scope, server, '/v1/topics/t');
  assert.equal((await client.end()).code, 4000);
  assert.equal((await direct.end()).code, 4000);
  await eventually(async () => (await stats(server)).websockets === 0, 'nothing is left');
});

test('ADrainTellsEveryoneAndClosesWithGoingAway', async (scope) => {
  const server = await scope.server();
  const clients = [await connect(scope, server, '/v1/topics/t'), await connect(scope, server, '/v1/ws')];
  const starved = await connect(scope, server, '/v1/ws');
  await starved.command({ type: 'subscribe', topics: ['t'], credit: 1 });
  clients.push(starved);
  await publishMany(server, numbered(3));
  await starved.take(1);
  server.signal('SIGTERM');
  for (const client of clients) {
    const drain = await client.control('drain');
    assert(drain.retry_ms >= 500);
    assert.equal((await client.end()).code, 1001);
  }
  assert.equal((await server.exited(seconds(8))).code, 0, 'nobody is waited for');
});

test('ASlowReaderFallsBehindAndMissesNothing', async (scope) => {
  // A small buffer, so that frames are cut at many places.
  const server = await scope.server({ args: ['--send-buffer-bytes', '4KiB', '--websocket-compression'] });
  const plain = await connect(scope, server, '/v1/topics/t');
  const deflated = await connect(scope, server, '/v1/topics/t', { perMessageDeflate: true });
  const marked = await connect(scope, server, '/v1/ws');
  await marked.command({ type: 'subscribe', topics: ['t'] });
  const clients = [plain, deflated, marked];
  for (const client of clients) client.pause();
  const events = Array.from({ length: 1000 }, (_, i) => ({ topic: 't', data: `${i} ${crypto.randomBytes((i * 7919) % 15_000).toString('base64')}` }));
  await publishMany(server, events);
  await eventually(async () => (await stats(server)).subscribers_behind >= 3, 'all are behind');
  for (const client of clients) {
    client.resume();
    const seen = await client.take(events.length, seconds(30));
    assert.deepEqual(datas(seen), events.map((each) => each.data));
  }
});

test('AClientThatAsksAndDoesNotReadIsNotReadFrom', async (scope) => {
  const server = await scope.server({ args: ['--send-buffer-bytes', '16KiB'] });
  const client = await connect(scope, server, '/v1/ws');
  client.pause();
  const before = server.residentBytes();
  const filler = 'x'.repeat(800);
  let stuck = false;
  // Each gets an answer of 1 KB, until the kernels' buffers are full on both ways.
  for (let i = 0; i < 100_000 && !stuck; ++i) {
    client.socket.send(JSON.stringify({ type: filler, id: i }));
    if (i % 500 === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      stuck = client.socket.bufferedAmount > 4_000_000;
    }
  }
  assert(stuck, 'the server stops reading');
  assert(server.residentBytes() - before < 30_000_000, 'and holds little');
  await publish(server, 't', 'others are served');
});

test('OneCursorServesEveryTransport', async (scope) => {
  const server = await scope.server();
  const expected = [];
  /** @type {(string | undefined)[]} */
  const seen = [];
  let { cursor } = await poll(server, '/v1/topics/t');
  for (let round = 0; round < 9; ++round) {
    const events = Array.from({ length: 7 }, (_, i) => ({ topic: 't', data: `${round}.${i}` }));
    expected.push(...events.map((each) => each.data));
    await publishMany(server, events);
    if (round % 3 === 0) {
      const answer = await poll(server, `/v1/topics/t?after=${cursor}&limit=5`);
      seen.push(...polled(answer));
      ({ cursor } = answer);
    } else if (round % 3 === 1) {
      const stream = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': cursor } });
      const some = await stream.take(6);
      seen.push(...datas(some));
      cursor = some.at(-1)?.id ?? '';
      stream.close();
    } else {
      const client = await connect(scope, server, `/v1/topics/t?after=${cursor}`);
      const some = await client.take(8);
      seen.push(...datas(some));
      cursor = some.at(-1)?.cursor ?? '';
      client.close();
    }
  }
  seen.push(...polled(await poll(server, `/v1/topics/t?after=${cursor}`)));
  assert.deepEqual(seen, expected);
});

test('AFollowerLosesAndRepeatsNothingOverAKill', async (scope) => {
  const server = await scope.server();
  /** @type {string[]} */
  const seen = [];
  let cursor = (await poll(server, '/v1/topics/t')).cursor;
  let client = await connect(scope, server, `/v1/topics/t?after=${cursor}`);
  const collect = () => {
    for (const each of client.events) {
      seen.push(each.data);
      cursor = each.cursor ?? cursor;
    }
  };
  for (let round = 0; round < 3; ++round) {
    for (let i = 0; i < 50; ++i) await publish(server, 't', `${round}.${i}`);
    await server.kill();
    await client.end();
    collect();
    await server.start();
    client = await connect(scope, server, `/v1/topics/t?after=${cursor}`);
  }
  await client.until(() => seen.length + client.events.length >= 150, 'the rest');
  collect();
  assert.deepEqual(seen, Array.from({ length: 150 }, (_, i) => `${Math.floor(i / 50)}.${i % 50}`));
});

test('CompressionIsTakenUpOnlyWhereItIsOn', async (scope) => {
  const off = await scope.server();
  const declined = await connect(scope, off, '/v1/topics/t', { perMessageDeflate: true });
  assert.equal(declined.socket.extensions, '');
  const server = await scope.server({ args: ['--websocket-compression'] });
  const client = await connect(scope, server, '/v1/topics/t', { perMessageDeflate: true });
  assert.equal(client.socket.extensions, 'permessage-deflate');
  const plain = await connect(scope, server, '/v1/topics/t');
  const text = 'to be or not to be '.repeat(500);
  await publish(server, 't', text);
  await publish(server, 't', '?');
  for (const each of [client, plain]) assert.deepEqual(datas(await each.take(2)), [text, '?']);
  const { sub } = await client.command({ type: 'subscribe', topics: ['t'], last: 2 });
  await client.until(() => client.events.filter((each) => each.sub === sub).length === 2, 'marked events');
  assert.equal((await client.command({ type: 'publish', event: { topic: 'u', data: text } })).type, 'ok', 'a compressed request');
});

test('APageOfAForeignOriginIsRefused', async (scope) => {
  const server = await scope.server({ args: ['--cors-origin', 'https://app.example'] });
  for (const origin of ['https://app.example', `http://${server.host}:${server.port}`]) {
    (await connect(scope, server, '/v1/topics/t', { origin })).close();
  }
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'null', `http://${server.host}:1`]) {
    await assert.rejects(WebSocketClient.open(server, '/v1/topics/t', { origin }), /status 403/, origin);
  }
  assert.equal((await stats(server)).foreign_origin_total, 4);
});

test('ASubprotocolIsTakenIfItIsKnown', async (scope) => {
  const server = await scope.server();
  const client = await connect(scope, server, '/v1/ws', { protocols: ['other', 'weir.v1'] });
  assert.equal(client.socket.protocol, 'weir.v1');
});

test('OneSubscriberTooManyIsRefused', async (scope) => {
  const server = await scope.server({ args: ['--subscribers-max', '1'] });
  const client = await connect(scope, server, '/v1/topics/t');
  await assert.rejects(WebSocketClient.open(server, '/v1/ws'), /status 503/);
  assert.equal((await client.ask({ type: 'subscribe', topics: ['a'] })).error.code, 'too-many-subscribers');
});

test('TheAddressOfAWebSocketSaysThatItIsOne', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'GET', '/v1/ws');
  assertProblem(answer, 426, 'upgrade-required');
  // HTTP/2 has no such header.
  if (!isHttp2(server)) assert.equal(answer.headers.upgrade, 'websocket');
});

test('ConnectionsThatEndLeaveNothingBehind', async (scope) => {
  const server = await scope.server();
  for (let i = 0; i < 20; ++i) {
    const client = await connect(scope, server, i % 2 ? '/v1/ws' : '/v1/topics/t');
    await client.command({ type: 'subscribe', topics: ['a', 'b'] });
    if (i % 3 === 0) client.socket.close(1000);
    else client.close();
  }
  await eventually(async () => {
    const now = await stats(server);
    return now.websockets === 0 && now.subscribers === 0 && now.connections <= 2;
  }, 'all is given back');
});
