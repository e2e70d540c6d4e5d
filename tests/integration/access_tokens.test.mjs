// @ts-check
// Who somebody is: tokens of every algorithm, keys from files and key sets, and every way to be refused.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

import { assertProblem, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { base64url, bearer, inSeconds, jwksServer, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

const all = { weir: { publish: ['**'], subscribe: ['**'] } };

/** @param {import('../support/server.mjs').Server} server @param {string} token */
const publishWith = (server, token) => request(server, 'POST', '/v1/topics/t', { body: 'x', headers: bearer(token) });

/** @param {import('../support/server.mjs').Server} server @param {string} token @param {RegExp} [why] */
async function assertInvalid(server, token, why) {
  const answer = await publishWith(server, token);
  const problem = assertProblem(answer, 401, 'invalid-token');
  assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer error="invalid_token", error_description="[^"]+"$/);
  if (why) assert.match(problem.detail, why);
  assert(!answer.text.includes(token), 'the token is not repeated');
  return problem;
}

for (const algorithm of /** @type {const} */ (['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA'])) {
  test(`ATokenSignedWith${algorithm}IsTakenAndABentOneIsNot`, async (scope) => {
    const key = makeKey(algorithm);
    const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
    const token = sign(key, all);
    assert.equal((await publishWith(server, token)).status, 200);
    const [header, payload, signature] = token.split('.');
    const bent = Buffer.from(signature, 'base64url');
    bent[bent.length >> 1] ^= 1;
    await assertInvalid(server, `${header}.${payload}.${base64url(bent)}`, /signature/);
    await assertInvalid(server, `${header}.${base64url(JSON.stringify({ ...all, exp: inSeconds(9999) }))}.${signature}`, /signature/);
    await assertInvalid(server, sign(makeKey(algorithm), all), /signature/);
    await assertInvalid(server, `${header}.${payload}.`);
  });
}

test('AnRsaPublicKeyCannotBeUsedAsAnHmacSecret', async (scope) => {
  const key = makeKey('RS256', 'k');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  assert.equal((await publishWith(server, sign(key, all))).status, 200);
  const pem = /** @type {crypto.KeyObject} */ (key.publicKey).export({ type: 'spki', format: 'pem' });
  const der = /** @type {crypto.KeyObject} */ (key.publicKey).export({ type: 'spki', format: 'der' });
  for (const secret of [Buffer.from(pem), Buffer.from(pem.toString().trim()), der]) {
    for (const kid of ['k', undefined]) await assertInvalid(server, sign({ algorithm: 'HS256', kid, secret }, all));
  }
});

test('ATokenWithoutASignatureIsRefusedHoweverItSpellsNone', async (scope) => {
  const server = await scope.server({ args: ['--jwt-key', keyFlag(makeKey('HS256'), scope.tempDir())] });
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    const text = `${base64url(JSON.stringify({ alg, typ: 'JWT' }))}.${base64url(JSON.stringify({ ...all, exp: inSeconds(60) }))}`;
    for (const token of [`${text}.`, `${text}.eA`, text]) await assertInvalid(server, token);
  }
});

test('TimesAudienceAndIssuerAreHeldToTheSettings', async (scope) => {
  const key = makeKey('ES256');
  const server = await scope.server({
    args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--jwt-audience', 'weir', '--jwt-issuer', 'https://id.example', '--jwt-leeway', '5s'],
  });
  const good = { ...all, aud: 'weir', iss: 'https://id.example' };
  assert.equal((await publishWith(server, sign(key, good))).status, 200);
  assert.equal((await publishWith(server, sign(key, { ...good, aud: ['x', 'weir'] }))).status, 200);
  assert.equal((await publishWith(server, sign(key, { ...good, nbf: inSeconds(2) }))).status, 200, 'within the leeway');
  await assertInvalid(server, sign(key, { ...good, exp: inSeconds(-10) }), /expired/);
  await assertInvalid(server, sign(key, { ...good, nbf: inSeconds(60) }), /not valid yet/);
  await assertInvalid(server, sign(key, { ...good, exp: undefined }), /never expires/);
  await assertInvalid(server, sign(key, { ...good, aud: 'other' }), /aud/);
  await assertInvalid(server, sign(key, { ...good, aud: undefined }), /aud/);
  await assertInvalid(server, sign(key, { ...good, iss: 'https://evil.example' }), /iss/);
  await assertInvalid(server, sign(key, { ...good, exp: '9999999999' }), /exp/);
});

test('GarbageOversizedAndAmbiguousTokensAreRefused', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const good = sign(key, all);
  assert.equal((await publishWith(server, good)).status, 200);
  for (const token of ['x', '...', 'a.b.c', `${good}=`, `${good}.x`, 'weir_', 'weir_0_0', '.'.repeat(5000), '%00', '"quoted"']) {
    await assertInvalid(server, token);
  }
  await assertInvalid(server, sign(key, { ...all, filler: 'x'.repeat(9000) }), /longer than/);
  await assertInvalid(server, sign(key, all, { crit: ['exp'] }), /crit/);
  await assertInvalid(server, sign(key, { weir: { publsih: ['**'] } }), /not known/);
  const twice = `${base64url('{"alg":"none","alg":"HS256"}')}.${base64url(JSON.stringify({ ...all, exp: inSeconds(60) }))}`;
  await assertInvalid(server, `${twice}.${base64url(crypto.createHmac('sha256', /** @type {Buffer} */ (key.secret)).update(twice).digest())}`);
});

test('AKeyThatIsEmbeddedInTheTokenMeansNothing', async (scope) => {
  const server = await scope.server({ args: ['--jwt-key', keyFlag(makeKey('RS256'), scope.tempDir())] });
  const own = makeKey('RS256');
  const jwk = /** @type {crypto.KeyObject} */ (own.publicKey).export({ format: 'jwk' });
  await assertInvalid(server, sign(own, all, { jwk }), /signature/);
  await assertInvalid(server, sign(own, all, { jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/', kid: '../../etc/passwd' }), /not known|signature/);
});

test('AKeySetIsFetchedRotatedAndNotAskedForOftenByWhoeverComesWithAMadeUpKey', async (scope) => {
  const [first, second] = [makeKey('ES256', 'first'), makeKey('EdDSA', 'second')];
  const jwks = await jwksServer(scope, [first]);
  const server = await scope.server({ args: ['--jwks', jwks.url, '--jwks-cooldown', '600ms', '--jwks-refresh', '1h'] });
  await eventually(async () => (await publishWith(server, sign(first, all))).status === 200, 'the first set is there');

  jwks.keys = [first, second];
  await eventually(async () => {
    const answer = await publishWith(server, sign(second, all));
    if (answer.status === 503) assertProblem(answer, 503, 'keys-unavailable');
    return answer.status === 200;
  }, 'the new key is fetched when a token names it');
  assert.equal((await publishWith(server, sign(first, all))).status, 200);

  jwks.keys = [second];
  const before = jwks.requests;
  const began = Date.now();
  for (let i = 0; i < 60; ++i) {
    const { status } = await publishWith(server, sign(makeKey('EdDSA', `made up ${i}`), all));
    assert([401, 503].includes(status), `${status}`);
  }
  const allowed = 2 + Math.ceil((Date.now() - began) / 600);
  assert(jwks.requests - before <= allowed, `${jwks.requests - before} fetches, ${allowed} allowed`);
  await eventually(async () => {
    await publishWith(server, sign(makeKey('EdDSA', 'another'), all));
    return (await publishWith(server, sign(first, all))).status === 401;
  }, 'a key that left the set verifies no more, also from the cache');

  jwks.status = 500;
  await publishWith(server, sign(makeKey('EdDSA', 'yet another'), all));
  assert.equal((await publishWith(server, sign(second, all))).status, 200, 'a failing fetch leaves the keys');
});

test('AKeySetByPlainHttpFromAnotherMachineIsWarnedOf', async (scope) => {
  const own = await jwksServer(scope, [makeKey('ES256')]);
  const quiet = await scope.server({ args: ['--jwks', own.url] });
  assert.doesNotMatch(quiet.log, /jwks\.not_secure/);
  // An address that is not this machine's by its looks, and leads nowhere else.
  const warned = await scope.server({ args: ['--jwks', 'http://0.0.0.0:1/jwks.json', '--jwks', own.url] });
  assert.match(warned.log, /jwks\.not_secure url="http:\/\/0\.0\.0\.0:1\/jwks\.json" hint="[^"]*https"/);
  assert.equal(warned.log.match(/jwks\.not_secure/g)?.length, 1);
});

test('ASetThatIsFetchedBringsNoSecrets', async (scope) => {
  const secret = makeKey('HS256', 'h');
  const good = makeKey('ES256', 'e');
  const jwks = await jwksServer(scope, [secret, good]);
  const server = await scope.server({ args: ['--jwks', jwks.url] });
  await eventually(async () => (await publishWith(server, sign(good, all))).status === 200, 'the set is there');
  assert([401, 503].includes((await publishWith(server, sign(secret, all))).status));
});

test('VerifiedTokensAreRememberedUntilTheyEnd', async (scope) => {
  const key = makeKey('RS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--jwt-leeway', '0'] });
  const token = sign(key, { weir: { publish: ['**'], admin: true }, exp: inSeconds(3) });
  for (let i = 0; i < 5; ++i) assert.equal((await publishWith(server, token)).status, 200);
  const { json } = await request(server, 'GET', '/v1/stats', { headers: bearer(token) });
  assert.equal(json.tokens_verified_total, 1);
  assert(json.tokens_cached_total >= 5, `${json.tokens_cached_total}`);
  await eventually(async () => (await publishWith(server, token)).status === 401, 'it ends');
});

test('NoSecretIsInTheLogNorInTheMetrics', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir()), '--token-in-query', '--log-level', 'debug'] });
  const token = sign(key, { weir: { publish: ['**'], subscribe: ['**'], admin: true } });
  const stream = await scope.subscribe(server, `/v1/topics/t?access_token=${token}`);
  stream.close();
  for (const target of [`/v1/topics/t?access_token=${token}`, `/v1/nowhere?access_token=${token}`, `/v1/topics/t?after=x&last=${token}&access_token=x${token}`]) {
    const answer = await request(server, 'DELETE', target);
    assert(!answer.text.includes(token), answer.text);
    const get = await request(server, 'GET', target, { headers: { Accept: 'text/html' } });
    assert(!get.text.includes(token), get.text);
  }
  const metrics = await request(server, 'GET', '/metrics', { headers: bearer(token) });
  assert.equal(metrics.status, 200);
  for (const text of [server.log, metrics.text]) {
    assert(!text.includes(token) && !text.includes(/** @type {Buffer} */ (key.secret).toString()));
  }
});
