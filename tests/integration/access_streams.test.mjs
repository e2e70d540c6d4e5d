// @ts-check
// The life of a stream that somebody opened with a token: its end, renewal, revocation.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { assertProblem, postJson, publish, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { run } from '../support/server.mjs';
import { bearer, inSeconds, jwksServer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @param {import('../support/test.mjs').Scope} scope @param {string[]} [args] @param {object} [options] */
async function locked(scope, args = [], options = {}) {
  const key = makeKey('EdDSA');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--jwt-leeway', '0', ...args], ...options });
  const token = (/** @type {string} */ sub, /** @type {Record<string, unknown>} */ more = {}) => sign(key, { sub, weir: { publish: ['**'], subscribe: ['news', 'users/**'] }, ...more });
  const admin = bearer(sign(key, { sub: 'admin', weir: { admin: true, publish: ['**'] } }));
  return { server, token, admin };
}

test('AStreamIsToldOfItsTokensEndAndEndsWithIt', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--auth-expiring', '2s']);
  const exp = inSeconds(4);
  const stream = await scope.subscribe(server, '/v1/topics/news', { headers: bearer(token('bob', { exp })) });
  const { client_id: clientId } = await stream.welcome();
  const told = await stream.control('auth-expiring', seconds(10));
  assert.equal(told.id, undefined);
  assert.equal(told.json.client_id, clientId);
  assert.equal(Date.parse(told.json.expires), exp * 1000);
  assert(Date.now() < exp * 1000, 'before it is over');
  assert.equal(await stream.end(seconds(10)), true, 'in order');
  assert(Date.now() >= exp * 1000 - 100, 'not before its time');
  const { json } = await request(server, 'GET', '/v1/stats', { headers: admin });
  assert.equal(json.tokens_ended_total, 1);
});

test('ATokenIsRenewedWithoutReconnecting', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--auth-expiring', '1s', '--shards', '2']);
  const exp = inSeconds(3);
  const stream = await scope.subscribe(server, '/v1/topics/news', { headers: bearer(token('bob', { exp })) });
  const { client_id: clientId } = await stream.welcome();
  const later = inSeconds(100);
  const answer = await request(server, 'POST', `/v1/connections/${clientId}/token`, { headers: bearer(token('bob', { exp: later })) });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, { client_id: clientId, expires: new Date(later * 1000).toISOString() });
  await eventually(() => Date.now() / 1000 > exp + 0.5, 'the first token is over', seconds(10));
  await publish(server, 'news', 'still here', { headers: admin });
  assert.equal((await stream.event()).data, 'still here');
  assert(!stream.frames.some((frame) => frame.type === 'auth-expiring'), 'nothing is expiring any more');
  const again = await postJson(server, `/v1/connections/${clientId}/token`, { token: token('bob', { exp: inSeconds(200) }) });
  assert.equal(again.status, 200, again.text);
});

test('AStreamIsNotRenewedByAnotherSubjectNorByLess', async (scope) => {
  const { server, token, admin } = await locked(scope);
  const stream = await scope.subscribe(server, '/v1/topics/news', { headers: bearer(token('bob', { exp: inSeconds(60) })) });
  const { client_id: clientId } = await stream.welcome();
  const renew = (/** @type {Record<string, string>} */ headers, id = clientId) => request(server, 'POST', `/v1/connections/${id}/token`, { headers });
  assertProblem(await renew(bearer(token('eve', { exp: inSeconds(100) }))), 403, 'forbidden');
  assertProblem(await renew(bearer(token('bob', { exp: inSeconds(100), iss: 'https://other.example' }))), 403, 'forbidden');
  assertProblem(await renew(admin), 403, 'forbidden');
  assertProblem(await renew(bearer(token('bob', { exp: inSeconds(100), weir: { subscribe: ['users/**'] } }))), 403, 'forbidden');
  assertProblem(await renew(bearer(token('bob', { exp: inSeconds(100), weir: { subscribe: ['news', 'users/**'], fields: ['a'] } }))), 403, 'forbidden');
  assertProblem(await renew(bearer(token('bob', { exp: inSeconds(30) }))), 403, 'forbidden');
  assertProblem(await renew(bearer(token('bob', { exp: inSeconds(-1) }))), 401, 'invalid-token');
  assertProblem(await renew({}), 401, 'unauthorized');
  assertProblem(await renew(bearer(token('bob')), 'ffffffff-0000-4000-8000-000000000000'), 404, 'not-found');
  assert.equal((await renew(bearer(token('bob')))).status, 200);
});

test('WhatIsRevokedEndsAtOnceAndStaysRevokedOverARestart', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--shards', '2']);
  const streams = [];
  for (const [sub, jti] of [['bob', 'b1'], ['bob', 'b2'], ['eve', 'e1']]) {
    streams.push(await scope.subscribe(server, '/v1/topics/news', { headers: bearer(token(sub, { jti })) }));
  }
  const [first, second, other] = streams;
  assert.equal((await postJson(server, '/v1/revocations', { jti: 'b1' }, { headers: admin })).status, 200);
  assert.equal(await first.end(), true);
  assert(!second.ended);
  assertProblem(await request(server, 'POST', '/v1/topics/news', { body: 'x', headers: bearer(token('bob', { jti: 'b1' })) }), 401, 'invalid-token');
  assert.equal((await postJson(server, '/v1/revocations', { sub: 'bob' }, { headers: admin })).status, 200);
  await second.end();
  assert(!other.ended);
  for (const body of [{}, { sub: '' }, { who: 'bob' }, { sub: 'a', jti: 'b' }, { sub: 1 }, { sub: 'a\nb' }]) {
    assertProblem(await postJson(server, '/v1/revocations', body, { headers: admin }), 400);
  }
  assertProblem(await postJson(server, '/v1/revocations', { sub: 'eve' }, { headers: bearer(token('eve')) }), 403, 'forbidden');

  other.close();
  await server.stop();
  await server.start();
  const answer = await request(server, 'POST', '/v1/topics/news', { body: 'x', headers: bearer(token('bob')) });
  assertProblem(answer, 401, 'invalid-token');
  assert.deepEqual((await request(server, 'GET', '/v1/revocations', { headers: admin })).json, { revocations: ['jti:b1', 'sub:bob'] });
  assert.equal((await request(server, 'DELETE', '/v1/revocations/sub:bob', { headers: admin })).status, 200);
  assertProblem(await request(server, 'DELETE', '/v1/revocations/sub:bob', { headers: admin }), 404);
  await publish(server, 'news', 'x', { headers: bearer(token('bob')) });
});

test('TheRevocationFileAndTheKeysAreReadAgainAfterSighup', async (scope) => {
  const folder = scope.tempDir();
  const revocations = path.join(folder, 'revoked');
  const keys = path.join(folder, 'keys');
  writeFileSync(revocations, '# nobody yet\n');
  const ci = (await run(['token', 'key', 'ci', '--publish', '**', '--subscribe', '**', '--file', keys])).stdout.trim();
  const server = await scope.server({ args: ['--api-keys', keys, '--revocations', revocations] });
  const stream = await scope.subscribe(server, '/v1/topics/t', { headers: bearer(ci) });
  const late = (await run(['token', 'key', 'late', '--publish', '**', '--file', keys])).stdout.trim();
  assert.equal((await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: bearer(late) })).status, 401);
  writeFileSync(revocations, 'key:ci\n');
  server.signal('SIGHUP');
  assert.equal(await stream.end(), true);
  assert.equal((await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: bearer(ci) })).status, 401);
  await publish(server, 't', 'x', { headers: bearer(late) });

  writeFileSync(revocations, '');
  server.signal('SIGHUP');
  const again = await eventually(async () => {
    const { status } = await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: bearer(ci) });
    return status === 200 ? scope.subscribe(server, '/v1/topics/t', { headers: bearer(ci) }) : undefined;
  }, 'the key is good again', seconds(10));
  const socket = await WebSocketClient.open(server, '/v1/ws', { headers: bearer(ci) });
  scope.closing(socket);
  writeFileSync(keys, readFileSync(keys, 'utf8').split('\n').filter((line) => !line.includes('"ci"')).join('\n'));
  server.signal('SIGHUP');
  assert.equal(await again.end(), true, 'the key is gone');
  assert.equal((await socket.end()).code, 4002);
  await publish(server, 't', 'x', { headers: bearer(late) });

  writeFileSync(keys, '{"name":"broken"}\n');
  server.signal('SIGHUP');
  await server.logged(/config\.reload_failed/);
  await publish(server, 't', 'x', { headers: bearer(late) });
});

test('PrivateEventsGoToThoseWhoseTokenNamesATopicOfThem', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--anonymous-subscribe', 'users/**']);
  const member = await scope.subscribe(server, '/v1/subscribe?match=users/**', { headers: bearer(token('bob')) });
  const narrow = await scope.subscribe(server, '/v1/subscribe?match=users/17/*', { headers: bearer(token('eve', { weir: { subscribe: ['users/17/*'] } })) });
  const anonymous = await scope.subscribe(server, '/v1/subscribe?match=users/**');
  const headers = { ...admin, 'Weir-Private': 'true' };
  await publish(server, 'users/17/inbox', 'secret 17', { headers });
  await publish(server, 'users/18/inbox', 'secret 18', { headers });
  await publish(server, 'users/17/inbox', 'for all', { headers: admin });
  await publish(server, 'users/18/inbox', 'for all 18', { headers: admin });
  assert.deepEqual((await member.take(4)).map((event) => event.data), ['secret 17', 'secret 18', 'for all', 'for all 18']);
  assert.deepEqual((await narrow.take(2)).map((event) => event.data), ['secret 17', 'for all']);
  assert.deepEqual((await anonymous.take(2)).map((event) => event.data), ['for all', 'for all 18']);
  const replay = await scope.subscribe(server, '/v1/subscribe?match=users/**&after=earliest');
  assert.deepEqual((await replay.take(2)).map((event) => event.data), ['for all', 'for all 18']);
});

test('StreamsWhoseKeyIsTakenOutEndWithSighup', async (scope) => {
  const [kept, lost] = [makeKey('EdDSA', 'kept'), makeKey('HS256', 'lost')];
  const folder = scope.tempDir();
  const flags = [keyFlag(kept, folder), keyFlag(lost, folder)];
  const config = path.join(folder, 'weir.toml');
  const configure = (/** @type {string[]} */ keys) => writeFileSync(config, `jwt_key = ${JSON.stringify(keys)}\n`);
  configure(flags);
  const server = await scope.server({ args: ['--config', config] });
  const of = (/** @type {any} */ key) => bearer(sign(key, { sub: 'bob', weir: { publish: ['**'], subscribe: ['**'] } }));
  const stays = await scope.subscribe(server, '/v1/topics/t', { headers: of(kept) });
  const ends = await scope.subscribe(server, '/v1/topics/t', { headers: of(lost) });
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/ws', { headers: of(lost) }));
  configure(flags.slice(0, 1));
  server.signal('SIGHUP');
  assert.equal(await ends.end(), true, 'in order');
  assert.equal((await socket.end()).code, 4002);
  assertProblem(await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: of(lost) }), 401, 'invalid-token');
  await publish(server, 't', 'still here', { headers: of(kept) });
  assert.equal((await stays.event()).data, 'still here');
});

test('StreamsWhoseKeyLeavesItsSetEndWhenTheSetIsFetchedAgain', async (scope) => {
  const [kept, lost] = [makeKey('ES256', 'kept'), makeKey('EdDSA', 'lost')];
  const jwks = await jwksServer(scope, [kept, lost]);
  const server = await scope.server({ args: ['--jwks', jwks.url, '--jwks-refresh', '1s'] });
  const of = (/** @type {any} */ key) => bearer(sign(key, { sub: 'bob', weir: { publish: ['**'], subscribe: ['**'] } }));
  await eventually(async () => (await request(server, 'POST', '/v1/topics/other', { body: 'x', headers: of(kept) })).status === 200, 'the set is there');
  const stays = await scope.subscribe(server, '/v1/topics/t', { headers: of(kept) });
  const ends = await scope.subscribe(server, '/v1/topics/t', { headers: of(lost) });
  const seen = jwks.requests;
  await eventually(() => jwks.requests > seen, 'a set that is the same ends nobody', seconds(10));
  jwks.keys = [kept];
  assert.equal(await ends.end(seconds(10)), true, 'in order');
  await publish(server, 't', 'still here', { headers: of(kept) });
  assert.equal((await stays.event()).data, 'still here');
  assert.equal(stays.ended, false);
});
