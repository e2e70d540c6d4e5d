// @ts-check
// Why somebody has got an event, or has not: every verdict, against what was really delivered.
import assert from 'node:assert/strict';

import { assertProblem, postJson, publish, publishJson, publishMany, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { bearer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @typedef {import('../support/server.mjs').Server} Server */

const checks = ['retained', 'topic', 'access', 'private', 'filter', 'expiry', 'position', 'rate'];

/** @param {Server} server @param {object} question @param {Record<string, string>} [headers] */
async function explain(server, question, headers = {}) {
  const answer = await postJson(server, '/v1/explain', question, { headers });
  assert.equal(answer.status, 200, answer.text);
  for (const step of answer.json.steps) assert(checks.includes(step.check) && step.detail.endsWith('.') && [true, false, null].includes(step.passed), JSON.stringify(step));
  return answer.json;
}

/** @param {{steps: {check: string, passed: boolean | null, detail: string}[]}} explained @returns {Record<string, any>} */
const passed = (explained) => Object.fromEntries(explained.steps.map((each) => [each.check, each.passed]));

/** @param {import('../support/sse.mjs').SseStream} stream */
const clientId = (stream) => JSON.parse(stream.frames[0].data ?? '').client_id;

test('WhatAConnectedClientGotAndDidNotGetIsExplained', async (scope) => {
  const server = await scope.server({ args: ['--shards', '2'] });
  const early = await publish(server, 't', '{"n":1}');
  const stream = await scope.subscribe(server, `/v1/topics/t?filter=${encodeURIComponent('data.n > 1')}`);
  const id = clientId(stream);
  const { cursor } = (await publishJson(server, { topics: ['t', 'u'], event: 'paid', data: { n: 2 }, key: 'k', time: 1_700_000_000_000 }));
  assert.equal((await stream.event()).data, '{"n":2}');
  const delivered = await explain(server, { cursor, client_id: id });
  assert.equal(delivered.verdict, 'delivered');
  assert.deepEqual(delivered.event, { cursor, topics: ['t', 'u'], event: 'paid', time: 1_700_000_000_000, private: false, key: 'k', bytes: 7 });
  assert.deepEqual(delivered.steps.map((/** @type {any} */ each) => each.check), checks);
  assert(delivered.steps.every((/** @type {any} */ each) => each.passed === true));

  const filtered = await explain(server, { cursor: (await publish(server, 't', '{"n":1}')).cursor, client_id: id });
  assert.equal(filtered.verdict, 'filtered');
  assert.match(filtered.steps.find((/** @type {any} */ each) => each.check === 'filter').detail, /data\.n > 1/);

  const other = await explain(server, { cursor: (await publish(server, 'other', '{"n":5}')).cursor, client_id: id });
  assert.equal(other.verdict, 'not-subscribed');
  assert.deepEqual([passed(other).topic, passed(other).filter], [false, true], 'every question is answered');

  const wide = await scope.subscribe(server, '/v1/topics/t');
  const before = await explain(server, { cursor: early.cursor, client_id: clientId(wide) });
  assert.equal(before.verdict, 'before-start');
  const resumed = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  await resumed.event();
  assert.equal((await explain(server, { cursor: early.cursor, client_id: clientId(resumed) })).verdict, 'delivered');
});

test('AReaderThatIsBehindHasNotGotItYet', async (scope) => {
  const server = await scope.server({ args: ['--send-buffer-bytes', '4096'] });
  const slow = await scope.subscribe(server, '/v1/topics/t');
  slow.pause();
  const data = 'x'.repeat(100_000);
  let last = '';
  await eventually(async () => {
    const lines = await publishMany(server, Array.from({ length: 20 }, () => ({ topic: 't', data })));
    last = lines[lines.length - 1].cursor;
    return (await request(server, 'GET', `/v1/connections/${clientId(slow)}`)).json.state === 'behind';
  }, 'it falls behind');
  const explained = await explain(server, { cursor: last, client_id: clientId(slow) });
  assert.equal(explained.verdict, 'not-yet');
  assert.match(explained.steps.find((/** @type {any} */ each) => each.check === 'position').detail, /takes nothing/);
  const expiring = await publish(server, 't', 'short', { headers: { 'Weir-Ttl': '0.001' } });
  await eventually(async () => (await explain(server, { cursor: expiring.cursor, client_id: clientId(slow) })).verdict === 'expired', 'it expires before it is delivered');
  slow.resume();
  await eventually(async () => (await explain(server, { cursor: last, client_id: clientId(slow) })).verdict === 'delivered', 'it has it now');
});

test('WhatMayHaveBeenLeftOutIsNotCalledDelivered', async (scope) => {
  const server = await scope.server({ config: '[[namespace]]\nname = "latest"\ntopics = ["latest"]\nslow_consumer = "drop-to-latest"\n' });
  const skipping = await scope.subscribe(server, '/v1/topics/latest');
  const { cursor } = await publish(server, 'latest', 'x');
  await skipping.event();
  assert.equal((await explain(server, { cursor, client_id: clientId(skipping) })).verdict, 'delivered-or-skipped');
  const plain = await scope.subscribe(server, '/v1/topics/t');
  const short = await publish(server, 't', 'x', { headers: { 'Weir-Ttl': '0.001' } });
  await plain.event();
  await eventually(async () => (await explain(server, { cursor: short.cursor, client_id: clientId(plain) })).verdict === 'delivered-or-expired', 'it expires');
});

test('OneOfAWebSocketsSubscriptionsIsEnough', async (scope) => {
  const server = await scope.server();
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/ws'));
  await socket.command({ type: 'subscribe', topics: ['a'] });
  const { sub } = await socket.command({ type: 'subscribe', match: ['b/*'] });
  const { cursor } = await publish(server, 'b/1', 'x');
  await socket.take(1);
  const { client_id: id } = (await socket.control('system')).data;
  const explained = await explain(server, { cursor, client_id: id });
  assert.deepEqual([explained.verdict, explained.subscription], ['delivered', sub]);
  const missed = await explain(server, { cursor: (await publish(server, 'c', 'x')).cursor, client_id: id });
  assert.equal(missed.verdict, 'not-subscribed');
});

test('WhatATokenWouldGetIsWhatItGets', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--anonymous-subscribe', 'public/**'] });
  const admin = bearer(sign(key, { sub: 'root', weir: { admin: true, publish: ['**'] } }));
  const token = sign(key, { sub: 'bob', weir: { subscribe: ['orders/*'], fields: ['n'] } });
  const open = await publish(server, 'orders/1', '{"n":1,"secret":2}', { headers: admin });
  const hidden = await publish(server, 'orders/1', '{"n":2}', { headers: { ...admin, 'Weir-Private': 'true' } });
  const secret = await publish(server, 'public/1', '{"n":3}', { headers: { ...admin, 'Weir-Private': 'true' } });
  const short = await publish(server, 'orders/1', '{"n":4}', { headers: { ...admin, 'Weir-Ttl': '0.001' } });
  const verdict = async (/** @type {object} */ question) => (await explain(server, question, admin)).verdict;
  const orders = { token, topics: ['orders/1'] };

  assert.equal(await verdict({ cursor: open.cursor, ...orders }), 'would-be-delivered');
  assert.equal(await verdict({ cursor: hidden.cursor, ...orders }), 'would-be-delivered');
  assert.equal(await verdict({ cursor: open.cursor, token, match: ['orders/*'] }), 'would-be-delivered');
  assert.equal(await verdict({ cursor: open.cursor, ...orders, filter: 'data.n > 1' }), 'filtered');
  assert.equal(await verdict({ cursor: secret.cursor, token, topics: ['public/1'] }), 'private');
  assert.equal(await verdict({ cursor: secret.cursor, token: null, topics: ['public/1'] }), 'private');
  assert.equal(await verdict({ cursor: open.cursor, token: null, topics: ['orders/1'] }), 'no-access');
  assert.equal(await verdict({ cursor: open.cursor, token, match: ['**'] }), 'no-access');
  assert.equal(await verdict({ cursor: open.cursor, ...orders, filter: 'data.secret > 1' }), 'no-access', 'a filter may not look at what is hidden');
  assert.equal(await verdict({ cursor: open.cursor, token, topics: ['orders/2'] }), 'not-subscribed');
  await eventually(async () => await verdict({ cursor: short.cursor, ...orders }) === 'expired', 'it expires');
  const bad = await explain(server, { cursor: open.cursor, ...orders, token: `${token}x` }, admin);
  assert.equal(bad.verdict, 'no-access');
  assert(!JSON.stringify(bad).includes(token), 'a token is not answered');
  assert(!server.log.includes(token), 'nor logged');

  // The same questions, asked of delivery.
  const stream = await scope.subscribe(server, '/v1/topics/orders/1?after=earliest', { headers: bearer(token) });
  assert.deepEqual([(await stream.event()).data, (await stream.event()).data], ['{"n":1}', '{"n":2}']);
  const anonymous = await scope.subscribe(server, '/v1/topics/public/1?after=earliest');
  await publish(server, 'public/1', 'seen', { headers: admin });
  assert.equal((await anonymous.event()).data, 'seen');
  const connected = await explain(server, { cursor: secret.cursor, client_id: clientId(anonymous) }, admin);
  assert.equal(connected.verdict, 'private');
  for (const question of [{ cursor: open.cursor, ...orders }, { cursor: open.cursor, client_id: clientId(stream) }]) {
    assertProblem(await postJson(server, '/v1/explain', question), 401, 'unauthorized');
    assertProblem(await postJson(server, '/v1/explain', question, { headers: bearer(token) }), 403, 'forbidden');
  }
});

test('AnEventThatIsGoneOrNeverWasIsSaidToBe', async (scope) => {
  const server = await scope.server();
  const first = await publish(server, 't', '1');
  const second = await publish(server, 't', '2');
  const other = await publish(server, 'u', '3');
  assert.equal((await request(server, 'DELETE', `/v1/topics/t?before=${first.cursor}`)).status, 200);
  const of = async (/** @type {string} */ cursor) => {
    const { verdict, event, steps } = await explain(server, { cursor, topics: ['t'] });
    return [verdict, event === null, steps.length];
  };
  assert.deepEqual(await of(first.cursor), ['trimmed', true, 1]);
  assert.deepEqual(await of(second.cursor), ['would-be-delivered', false, 8]);
  assert.deepEqual(await of(other.cursor), ['not-subscribed', false, 8]);
  const epoch = first.cursor.slice(0, 16);
  for (const cursor of [`${epoch}-99`, `${epoch}-0`, '0000000000000001-1', 'nonsense']) assert.deepEqual(await of(cursor), ['unknown-cursor', true, 1], cursor);
});

test('QuestionsThatCannotBeAnsweredAreRefused', async (scope) => {
  const server = await scope.server();
  const { cursor } = await publish(server, 't', 'x');
  for (const question of [{}, { cursor: 5, topics: ['t'] }, { cursor, topics: 't' }, { cursor, topics: [1] }, { cursor, client_id: 'x', topics: ['t'] }, { cursor, topics: ['t'], other: 1 }]) {
    assertProblem(await postJson(server, '/v1/explain', question), 400, 'bad-request');
  }
  assertProblem(await postJson(server, '/v1/explain', { cursor }), 400, 'bad-selector');
  assertProblem(await postJson(server, '/v1/explain', { cursor, topics: ['t'], filter: 'data.n >' }), 400, 'bad-filter');
  assertProblem(await request(server, 'POST', '/v1/explain', { body: '{' }), 400, 'bad-json');
  assertProblem(await postJson(server, '/v1/explain', { cursor, client_id: 'nobody' }), 404, 'no-connection');
});
