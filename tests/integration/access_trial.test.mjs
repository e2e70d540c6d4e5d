// @ts-check
// What a token would be allowed, asked by an admin.
import assert from 'node:assert/strict';
import path from 'node:path';

import { assertProblem, postJson, request } from '../support/client.mjs';
import { run } from '../support/server.mjs';
import { bearer, inSeconds, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/test.mjs').Scope} scope @param {string[]} [args] */
async function locked(scope, args = []) {
  const key = makeKey('HS256');
  const keys = path.join(scope.tempDir(), 'keys');
  const ci = (await run(['token', 'key', 'ci', '--publish', 'orders/**', '--file', keys])).stdout.trim();
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--api-keys', keys, '--log-level', 'debug', ...args] });
  const headers = bearer(sign(key, { weir: { admin: true } }));
  const attempt = async (/** @type {object} */ body) => {
    const answer = await postJson(server, '/v1/access/try', body, { headers });
    assert.equal(answer.status, 200, answer.text);
    return answer.json;
  };
  return { server, key, ci, headers, attempt };
}

test('ATrialSaysWhatATokenGrantsAndWhichGrantDecides', async (scope) => {
  const { server, key, attempt } = await locked(scope, ['--anonymous-subscribe', 'public/**']);
  const exp = inSeconds(60);
  const token = sign(key, { sub: 'bob', iss: 'https://id.example', exp, weir: { publish: ['orders/**', 'news'], subscribe: ['users/{id}'], fields: ['id', 'order.total'], limits: { connections: 5 } } });
  const tried = await attempt({ token, publish: ['orders/1', 'news', 'weather', ''], subscribe: ['users/17', 'users/*', 'users/**', 'public/*', 'a**b'] });
  const { decisions, claims, ...rest } = tried;
  assert.deepEqual(rest, {
    valid: true,
    kind: 'jwt',
    reason: null,
    subject: 'bob',
    issuer: 'https://id.example',
    expires: exp * 1000,
    grants: { publish: ['news', 'orders/**'], subscribe: ['users/{id}'], fields: ['id', 'order.total'], limits: { connections: 5 }, admin: false },
  });
  assert.equal(claims.sub, 'bob');
  assert.deepEqual(claims.weir.limits, { connections: 5 });
  const said = decisions.map((/** @type {{action: string, topic: string, allowed: boolean, why: string}} */ { action, topic, allowed, why }) => `${action} ${topic}: ${allowed}: ${why}`);
  assert.deepEqual(said.slice(0, 3), ["publish orders/1: true: granted by 'orders/**'", "publish news: true: granted by 'news'", 'publish weather: false: publishing to "weather" is not granted']);
  assert.match(said[3], /^publish : false: The topic's name is not valid/);
  assert.deepEqual(said.slice(4, 8), ["subscribe users/17: true: granted by 'users/{id}'", 'subscribe users/*: false: "users/*" reaches beyond what is granted', 'subscribe users/**: false: "users/**" reaches beyond what is granted', "subscribe public/*: true: granted to everybody by 'public/**' (anonymous_subscribe)"]);
  assert.match(said[8], /^subscribe a\*\*b: false: The topic selector is not valid/);
  for (const { action, topic, allowed } of decisions.slice(0, 3)) {
    const answer = await request(server, 'POST', `/v1/topics/${topic}`, { body: 'x', headers: bearer(token) });
    assert.equal(answer.status === 200, allowed, `${action} ${topic} is as it was said`);
  }
});

test('ATrialOfABadTokenSaysWhyAndIsNotCountedAsAnAttempt', async (scope) => {
  const { server, key, ci, headers, attempt } = await locked(scope);
  const expired = await attempt({ token: sign(key, { sub: 'bob', exp: inSeconds(-100), weir: { publish: ['**'] } }), publish: ['a'], subscribe: ['b'] });
  assert.equal(expired.valid, false);
  assert.match(expired.reason, /it has expired/);
  assert.equal(expired.claims.sub, 'bob', 'what it claims can be read all the same');
  assert.deepEqual(expired.grants, { publish: [], subscribe: [], fields: null, limits: {}, admin: false });
  assert.deepEqual(expired.decisions.map((/** @type {{allowed: boolean}} */ each) => each.allowed), [false, false]);
  const forged = await attempt({ token: sign(makeKey('HS256'), {}), publish: [], subscribe: [] });
  assert.match(forged.reason, /signature/);
  const garbage = await attempt({ token: 'x' });
  assert.deepEqual([garbage.valid, garbage.claims, garbage.decisions], [false, null, []]);
  const known = await attempt({ token: ci, publish: ['orders/1', 'a'] });
  assert.deepEqual([known.valid, known.kind, known.subject, known.claims, known.expires], [true, 'key', 'ci', null, null]);
  assert.deepEqual(known.decisions.map((/** @type {{allowed: boolean}} */ each) => each.allowed), [true, false]);
  const wrong = await attempt({ token: `${ci}x` });
  assert.deepEqual([wrong.valid, wrong.kind], [false, 'key']);
  const nobody = await attempt({ token: null, publish: ['a'], subscribe: ['b'] });
  assert.deepEqual([nobody.valid, nobody.kind, nobody.subject], [true, 'anonymous', null]);
  assert.deepEqual(nobody.decisions.map((/** @type {{allowed: boolean}} */ each) => each.allowed), [false, false]);
  assert.equal((await request(server, 'GET', '/v1/stats', { headers })).json.tokens_refused_total, 0);
  assert(!server.log.includes(ci) && !server.log.includes('eyJ'), 'no token is in the log');
});

test('ATrialIsForAdminsAndTakesNothingElse', async (scope) => {
  const { server, key, headers } = await locked(scope);
  assertProblem(await postJson(server, '/v1/access/try', { token: null }), 401, 'unauthorized');
  assertProblem(await postJson(server, '/v1/access/try', {}, { headers: bearer(sign(key, { weir: { subscribe: ['**'] } })) }), 403, 'forbidden');
  for (const body of [{ token: 1 }, { publish: 'a' }, { subscribe: [1] }, { tokn: 'x' }, [], { publish: Array.from({ length: 101 }, () => 'a') }]) {
    assertProblem(await postJson(server, '/v1/access/try', body, { headers }), 400);
  }
});

test('OnAnOpenServerATrialSaysThatNoTokenIsAskedFor', async (scope) => {
  const server = await scope.server();
  const { json } = await postJson(server, '/v1/access/try', { token: 'x', publish: ['a'], subscribe: ['**'] });
  assert.equal(json.valid, false);
  assert.deepEqual(json.decisions.map((/** @type {{allowed: boolean, why: string}} */ each) => [each.allowed, each.why]), Array(2).fill([true, 'the server is open: no token is asked for']));
});
