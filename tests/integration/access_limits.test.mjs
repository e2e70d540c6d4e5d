// @ts-check
// How much one may have: rates, shares, and the server's memory.
import assert from 'node:assert/strict';

import { assertProblem, ndjson, publish, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { bearer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

const stream = { Accept: 'text/event-stream' };

/** @param {import('../support/server.mjs').Server} server @param {number} count @param {(i: number) => {topic?: string, headers?: Record<string, string>}} [how] */
async function publishes(server, count, how = () => ({})) {
  const statuses = [];
  for (let i = 0; i < count; ++i) {
    const { topic = 't', headers = {} } = how(i);
    const answer = await request(server, 'POST', `/v1/topics/${topic}`, { body: 'x', headers });
    if (answer.status !== 200) assertProblem(answer, 429, 'too-many-requests');
    statuses.push(answer.status);
  }
  return { taken: statuses.filter((each) => each === 200).length, refused: statuses.filter((each) => each === 429).length };
}

test('PublishesOfOneAddressAreHeldToTheirRateOverAllShards', async (scope) => {
  const server = await scope.server({ args: ['--publish-rate-per-address', '1', '--rate-burst', '10s', '--shards', '2'] });
  const { taken, refused } = await publishes(server, 40);
  assert(taken >= 10 && taken <= 25 && refused >= 15, `${taken} taken`);
  const answer = await request(server, 'POST', '/v1/topics/t', { body: 'x' });
  if (answer.status === 429) assert.equal(answer.headers['retry-after'], '1');
  const { json } = await request(server, 'GET', '/v1/stats');
  assert(json.publishes_limited_total >= 15);
  assert.equal(json.limiter_entries, 1);
});

test('AnAddressBehindATrustedProxyIsTheOneThatTheProxyTells', async (scope) => {
  const args = ['--publish-rate-per-address', '1', '--rate-burst', '1h'];
  const trusting = await scope.server({ args: [...args, '--trusted-proxies', '127.0.0.0/8', '--trusted-proxies', '10.0.0.0/8'] });
  const spread = await publishes(trusting, 10, (i) => ({ headers: { 'X-Forwarded-For': `198.51.100.${i}, 10.0.0.7` } }));
  assert.equal(spread.taken, 10);
  assert.equal((await request(trusting, 'GET', '/v1/stats')).json.limiter_entries, 10);
  await publishes(trusting, 2, (i) => ({ headers: { Forwarded: `for="[2001:db8::${i}]:80";proto=https, for=10.0.0.7` } }));
  assert.equal((await request(trusting, 'GET', '/v1/stats')).json.limiter_entries, 11, 'one /64 is one client');
  await publishes(trusting, 3, (i) => ({ headers: { 'X-Forwarded-For': `203.0.113.${i}, 198.51.100.1` } }));
  assert.equal((await request(trusting, 'GET', '/v1/stats')).json.limiter_entries, 11, 'what the client itself wrote does not count');
  const suspicious = await scope.server({ args });
  await publishes(suspicious, 5, (i) => ({ headers: { 'X-Forwarded-For': `198.51.100.${i}` } }));
  assert.equal((await request(suspicious, 'GET', '/v1/stats')).json.limiter_entries, 1);
});

test('RatesAreByTopicAndForAllTogetherToo', async (scope) => {
  const byTopic = await scope.server({ args: ['--publish-rate-per-topic', '1', '--rate-burst', '3s'] });
  assert.equal((await publishes(byTopic, 10, (i) => ({ topic: `t${i}` }))).taken, 10);
  assert((await publishes(byTopic, 12)).refused >= 4);
  const all = await scope.server({ args: ['--publish-rate', '1', '--rate-burst', '3s'] });
  assert((await publishes(all, 12, (i) => ({ topic: `t${i}` }))).refused >= 4);
  const lines = await request(all, 'POST', '/v1/publish', { headers: { 'Content-Type': 'application/x-ndjson' }, body: '{"topic":"t","data":"x"}\n'.repeat(20) });
  assert(ndjson(lines.text).filter((line) => line.error?.code === 'too-many-requests').length >= 10);
});

test('ATokensOwnLimitsBeatTheSettings', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--publish-rate-per-subject', '1', '--streams-per-subject', '1', '--rate-burst', '2s'] });
  const of = (/** @type {string} */ sub, /** @type {object} */ limits = {}) => bearer(sign(key, { sub, weir: { publish: ['**'], subscribe: ['**'], ...limits } }));
  assert((await publishes(server, 10, () => ({ headers: of('bob') }))).refused >= 3);
  assert.equal((await publishes(server, 10, () => ({ headers: of('eve', { limits: { publish_rate: 1000 } }) }))).refused, 0);
  const first = await scope.subscribe(server, '/v1/topics/t', { headers: of('bob') });
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: { ...stream, ...of('bob') } }), 429, 'too-many-streams');
  (await scope.subscribe(server, '/v1/topics/t', { headers: of('eve', { limits: { connections: 2 } }) }));
  (await scope.subscribe(server, '/v1/topics/t', { headers: of('eve', { limits: { connections: 2 } }) }));
  assert.equal((await request(server, 'GET', '/v1/topics/t', { headers: { ...stream, ...of('eve', { limits: { connections: 2 } }) } })).status, 429);
  first.close();
  await eventually(async () => {
    const again = await scope.subscribe(server, '/v1/topics/t', { headers: of('bob') }).catch(() => undefined);
    return again !== undefined;
  }, 'a share is given back with its stream');
});

test('TokensOfAnAddressThatHasShownTooManyBadOnesAreRefusedUnreadButKnownOnesAreTaken', async (scope) => {
  const key = makeKey('ES256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--failed-tokens-per-address', '3', '--failure-window', '1h', '--trusted-proxies', '127.0.0.1'] });
  const known = sign(key, { weir: { publish: ['**'], admin: true } });
  const show = (/** @type {string} */ token, address = '198.51.100.1') => request(server, 'POST', '/v1/topics/t', { body: 'x', headers: { ...bearer(token), 'X-Forwarded-For': address } });
  assert.equal((await show(known)).status, 200);
  for (let i = 0; i < 3; ++i) assertProblem(await show(sign(makeKey('ES256'), {})), 401, 'invalid-token');
  const limited = await show(sign(makeKey('ES256'), {}));
  assertProblem(limited, 429, 'too-many-requests');
  assert(Number(limited.headers['retry-after']) > 1_000, 'one of three in an hour comes back');
  assert.equal((await show(sign(key, { weir: { publish: ['**'] } }))).status, 429, 'also a good one, of which that is not known');
  assert.equal((await show(known)).status, 200, 'but what was verified before costs nothing');
  assert.equal((await show(sign(key, { weir: { publish: ['**'] } }), '198.51.100.2')).status, 200, 'and others are others');
  const { json } = await request(server, 'GET', '/v1/stats', { headers: bearer(known) });
  assert.equal(json.tokens_limited_total, 2);
});

test('StreamsOfOneAddressAreHeldToTheirNumberAndRate', async (scope) => {
  const server = await scope.server({ args: ['--streams-per-address', '2', '--shards', '2'] });
  await scope.subscribe(server, '/v1/topics/t');
  await scope.subscribe(server, '/v1/topics/t');
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: stream }), 429, 'too-many-streams');
  await publish(server, 't', 'publishing is another matter');
  const slow = await scope.server({ args: ['--subscribe-rate-per-address', '1', '--rate-burst', '2s'] });
  await scope.subscribe(slow, '/v1/topics/t');
  await scope.subscribe(slow, '/v1/topics/t');
  assertProblem(await firstRefusal(slow), 429, 'too-many-requests');
  const whole = await scope.server({ args: ['--subscribe-rate', '1', '--rate-burst', '2s'] });
  assertProblem(await firstRefusal(whole), 503, 'too-many-subscribers');
});

/** Asks for streams until one is refused. @param {import('../support/server.mjs').Server} server */
async function firstRefusal(server) {
  const requests = await Promise.all(
    Array.from({ length: 12 }, () => {
      const controller = new AbortController();
      return fetch(`${server.url}/v1/topics/t`, { headers: stream, signal: controller.signal }).then(async (response) => {
        if (response.status !== 200) {
          return { status: response.status, text: await response.text(), headers: Object.fromEntries(response.headers) };
        }
        controller.abort();
        return undefined;
      });
    }),
  );
  const refused = requests.find((each) => each !== undefined);
  assert(refused, 'one is refused');
  return refused;
}

test('OverItsMemoryBudgetTheServerShedsAndSaysSo', async (scope) => {
  const config = (/** @type {string} */ budget) => `memory_budget = "${budget}"\n`;
  const server = await scope.server({ config: config('0') });
  await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'x');
  server.writeConfig(config('1MiB'));
  server.signal('SIGHUP');
  await server.logged(/memory\.pressure.*shed=disconnect-slow/);
  assertProblem(await request(server, 'POST', '/v1/topics/t', { body: 'x' }), 503, 'memory-pressure');
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: stream }), 503, 'memory-pressure');
  const { json } = await request(server, 'GET', '/v1/stats');
  assert.equal(json.memory_pressure, 3);
  assert.equal(json.memory_shed_total, 2);
  server.writeConfig(config('1GiB'));
  server.signal('SIGHUP');
  await server.logged(/memory\.pressure.*shed=none/);
  await publish(server, 't', 'x');
});
