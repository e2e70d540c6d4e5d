// @ts-check
// A subscriber that wants less: some events, some fields, only so many a second.
import assert from 'node:assert/strict';

import { assertProblem, publish, publishJson, publishMany, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';

/** @param {string} topic @param {Record<string, string>} parameters */
const target = (topic, parameters) => `/v1/topics/${topic}?${new URLSearchParams(parameters)}`;

const orders = [
  { topic: 'orders', event: 'paid', key: 'a', data: { id: 1, order: { total: 12.5, items: [{ sku: 'x', price: 1 }] } } },
  { topic: 'orders', event: 'paid', key: 'b', data: { id: 2, order: { total: 250, items: [] } } },
  { topic: 'orders', event: 'sent', key: 'a', data: { id: 1 } },
  { topic: 'orders', event: 'note', data: 'no JSON' },
];

test('AFilterIsAppliedToLiveAndToMissedEvents', async (scope) => {
  const server = await scope.server();
  const filter = "event == 'paid' && data.order.total >= 100 || key in ['a'] && event != 'paid'";
  const live = await scope.subscribe(server, target('orders', { filter }));
  const all = await scope.subscribe(server, '/v1/topics/orders');
  await publishMany(server, orders);
  const everything = await all.take(4);
  const wanted = [everything[1].id, everything[2].id];
  assert.deepEqual((await live.take(2)).map((each) => each.id), wanted);
  const resumed = await scope.subscribe(server, target('orders', { filter, after: String(everything[0].id) }));
  assert.equal((await resumed.control('recovery')).json.events, 2);
  assert.deepEqual((await resumed.take(2)).map((each) => each.id), wanted);
  // What comes next proves that nothing else came before it.
  const { cursor } = await publish(server, 'orders', '{"order":{"total":100}}', { headers: { 'Weir-Event': 'paid' } });
  for (const stream of [live, resumed]) assert.equal((await stream.event()).id, cursor);
});

test('AFilterIsAppliedToAReplayFromDisk', async (scope) => {
  const server = await scope.server({ args: ['--ring-bytes', '1MiB'] });
  const filler = 'x'.repeat(20_000);
  const cursors = [];
  for (let i = 0; i < 300; i += 50) {
    const events = Array.from({ length: 50 }, (_, k) => ({ topic: 't', data: { n: i + k, filler } }));
    cursors.push(...(await publishMany(server, events)).map((each) => each.cursor));
  }
  await server.stop();
  await server.start();
  const stream = await scope.subscribe(server, target('t', { filter: 'data.n < 3 || data.n == 299', fields: 'n', after: 'earliest' }));
  const events = await stream.take(4);
  assert.deepEqual(events.map((each) => each.data), ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":299}']);
  assert.deepEqual(events.map((each) => each.id), [...cursors.slice(0, 3), cursors[299]]);
});

test('FieldsAreForwardedWithTheBytesThatWerePublished', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, target('t', { fields: 'big,list.id,["odd key"]' }));
  await publish(server, 't', '{"big":1e400,"secret":1,\n"list":[{"id":-0.0,"x":1},{"id":12345678901234567890123}],"odd key":"\\u0041"}');
  await publish(server, 't', 'not JSON, and secret');
  const [first, second] = await stream.take(2);
  assert.equal(first.data, '{"big":1e400,"list":[{"id":-0.0},{"id":12345678901234567890123}],"odd key":"\\u0041"}');
  assert.equal(second.data, '{}');
});

test('FilterAndFieldsApplyToEphemeralEvents', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, target('t', { filter: 'data.n == 2', fields: 'n' }));
  await publishJson(server, { topic: 't', ephemeral: true, data: { n: 1 } });
  await publishJson(server, { topic: 't', ephemeral: true, data: { n: 2, x: 1 } });
  const event = await stream.event();
  assert.equal(event.data, '{"n":2}');
  assert.equal(event.id, undefined);
});

test('AFilteredStreamOfAClosedTopicEndsForGood', async (scope) => {
  const server = await scope.server();
  const path = target('t', { filter: "event == 'never'" });
  const stream = await scope.subscribe(server, path);
  await publish(server, 't', 'over', { headers: { 'Weir-Close': 'true' } });
  assert.equal((await stream.event()).data, 'over');
  assert(await stream.end());
  const again = await request(server, 'GET', path, { headers: { Accept: 'text/event-stream', 'Last-Event-ID': String(stream.lastId) } });
  assert.equal(again.status, 204);
});

test('ABadFilterIsRefusedWithThePlaceOfTheMistake', async (scope) => {
  const server = await scope.server();
  const get = (/** @type {Record<string, string>} */ parameters) =>
    request(server, 'GET', target('t', parameters), { headers: { Accept: 'text/event-stream' } });
  const answer = await get({ filter: 'data.total > && key' });
  assertProblem(answer, 400, 'bad-filter');
  assert.equal(
    answer.json.detail,
    'expected event, topic, key, data, a string, a number, true, false or null at character 14\ndata.total > && key\n             ^',
  );
  assertProblem(await get({ fields: 'a,,b' }), 400, 'bad-fields');
  assertProblem(await get({ filter: '('.repeat(2100) }), 400, 'bad-filter');
  for (const max_rate of ['0', '-1', 'x', 'nan', '1e9', '100000', '']) assertProblem(await get({ max_rate }), 400, 'bad-request');
  assertProblem(await get({ conflate: 'data.x' }), 400, 'bad-request');
  const twice = await request(server, 'GET', '/v1/topics/t?filter=key&filter=event', { headers: { Accept: 'text/event-stream' } });
  assertProblem(twice, 400, 'bad-request');
});

test('DifferentFiltersAreLimited', async (scope) => {
  const server = await scope.server({ args: ['--filters-max', '1', '--shards', '1'] });
  await scope.subscribe(server, target('t', { filter: "key == 'a'" }));
  await scope.subscribe(server, target('t', { filter: "key == 'a'" }));
  const refused = await request(server, 'GET', target('t', { filter: "key == 'b'" }), { headers: { Accept: 'text/event-stream' } });
  assertProblem(refused, 503, 'too-many-filters');
  assert(refused.headers['retry-after']);
  const { json } = await request(server, 'GET', '/v1/stats');
  assert.equal(json.filters, 1);
  assert.equal(json.filters_refused_total, 1);
});

test('AHighestRateDelaysEventsAndLosesNone', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, target('t', { max_rate: '10' }));
  const began = process.hrtime.bigint();
  const cursors = (await publishMany(server, Array.from({ length: 15 }, (_, n) => ({ topic: 't', data: `${n}` })))).map((each) => each.cursor);
  const events = await stream.take(15);
  const took = Number(process.hrtime.bigint() - began) / 1e6;
  assert.deepEqual(events.map((each) => each.id), cursors);
  // Two at once at most, the others a tenth of a second apart.
  assert(took > 1100, `${took} ms`);
});

test('RateAndConflationGiveTheNewestStateOfEachKey', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, target('t', { max_rate: '2', conflate: 'key' }));
  const keys = ['a', 'b', 'c'];
  await publishMany(server, [{ topic: 't', key: 'a', data: 'first' }]);
  assert.equal((await stream.event()).data, 'first');
  const events = Array.from({ length: 300 }, (_, n) => ({ topic: 't', key: keys[n % 3], data: `${keys[n % 3]}${n}` }));
  const cursor = (await publishMany(server, events)).at(-1)?.cursor;
  await stream.until(() => stream.events.at(-1)?.id === cursor, 'the newest');
  assert(stream.events.length < 20, `${stream.events.length} events`);
  const newest = new Map(stream.events.map((each) => [each.data?.[0], each.data]));
  assert.deepEqual([newest.get('a'), newest.get('b'), newest.get('c')], ['a297', 'b298', 'c299']);
});

test('APollIsFilteredAsAStreamIs', async (scope) => {
  const server = await scope.server();
  for (const total of [5, 50, 500]) await publishJson(server, { topic: 'orders', data: { total, note: 'x' } });
  const query = `after=earliest&fields=total&filter=${encodeURIComponent('data.total > 20')}`;
  const accept = { headers: { Accept: 'application/json' } };
  const answer = await request(server, 'GET', `/v1/topics/orders?${query}`, accept);
  assert.deepEqual(answer.json.events.map((/** @type {any} */ each) => each.data), ['{"total":50}', '{"total":500}']);
  assertProblem(await request(server, 'GET', '/v1/topics/orders?filter=data.', accept), 400, 'bad-filter');
});
