// @ts-check
// Operators' sessions: logging in, what the cookie is good for, and everything that ends it.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { assertProblem, postJson, publish, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { addOperator, cookieOf, logIn, pageOf, password } from '../support/operators.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';
import { bearer, inSeconds, keyFlag, makeKey, sign } from '../support/tokens.mjs';
import { WebSocketClient } from '../support/ws.mjs';

/** @typedef {import('../support/server.mjs').Server} Server */

const stream = { Accept: 'text/event-stream' };

/** A server with the operator ada. @param {import('../support/test.mjs').Scope} scope @param {string[]} [args] @param {object} [options] */
async function staffed(scope, args = [], options = {}) {
  const operators = path.join(scope.tempDir(), 'operators');
  await addOperator(operators, 'ada');
  const server = await scope.server({ args: ['--operators', operators, ...args], ...options });
  return { server, operators };
}

/** @param {Server} server @param {Record<string, string>} headers */
const session = async (server, headers = {}) => (await request(server, 'GET', '/v1/session', { headers })).json;

/** Whether the cookie is good for what is an admin's. @param {Server} server @param {Record<string, string>} headers */
const isAdmin = async (server, headers) => (await request(server, 'GET', '/v1/stats', { headers })).status === 200;

/** @param {Server} server */
async function reload(server) {
  const before = server.log.length;
  server.signal('SIGHUP');
  await eventually(() => /config\.reload/.test(server.log.slice(before)), 'it is reloaded');
}

test('AnOperatorLogsInWithAPasswordAndTheCookieIsGoodOnEveryRoute', async (scope) => {
  const { server } = await staffed(scope);
  assert.deepEqual(await session(server), { required: true, operator: null, admin: false, user: null, may_choose_user: false, applications: ['notifications'], methods: ['password'], expires: null });
  assertProblem(await request(server, 'GET', '/v1/stats'), 401, 'unauthorized');
  const before = Date.now();
  const answer = await postJson(server, '/v1/session', { name: 'ada', password }, { headers: pageOf(server) });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers['cache-control'], 'no-store');
  const [cookie] = answer.headers['set-cookie'] ?? [];
  assert.match(cookie, /^weir_session=[\w.-]+; Max-Age=(4320\d|4319\d); HttpOnly; SameSite=Strict; Path=\/$/);
  const { expires, ...rest } = answer.json;
  assert.deepEqual(rest, { required: true, operator: { name: 'ada' }, admin: true, user: 'ada', may_choose_user: true, applications: ['notifications'], methods: ['password'] });
  assert(Math.abs(expires - before - 12 * 3_600_000) < 60_000, 'twelve hours');

  const headers = { Cookie: `other=1; ${cookieOf(answer)}` };
  assert.deepEqual(await session(server, headers), answer.json);
  assert(await isAdmin(server, headers));
  const events = await scope.subscribe(server, '/v1/topics/t', { headers });
  const socket = scope.closing(await WebSocketClient.open(server, '/v1/topics/t', { headers, origin: pageOf(server).Origin }));
  await publish(server, 't', 'private', { headers: { ...headers, ...pageOf(server), 'Weir-Private': 'true' } });
  assert.equal((await events.event()).data, 'private');
  await eventually(() => socket.messages.some((each) => each.data === 'private'), 'also on the WebSocket');
});

test('TheCookieIsForTlsAloneWhereThePageIsServedUnderTls', async (scope) => {
  const { server } = await staffed(scope);
  const answer = await postJson(server, '/v1/session', { name: 'ada', password }, { headers: { Host: 'weir.example', Origin: 'https://weir.example' } });
  assert.match(String(answer.headers['set-cookie']), /; Path=\/; Secure$/);
});

test('EveryBadLoginIsAnsweredAlike', async (scope) => {
  const { server } = await staffed(scope);
  const refused = [];
  for (const login of [{ name: 'ada', password: `${password}x` }, { name: 'eve', password }, { name: 'ADA', password }, { token: 'x' }]) {
    const answer = await postJson(server, '/v1/session', login);
    const problem = assertProblem(answer, 401, 'login-failed');
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
    assert.equal(answer.headers['set-cookie'], undefined);
    refused.push(problem.detail);
  }
  assert.equal(new Set(refused.slice(0, 3)).size, 1, 'whether there is such a name is not told');
  for (const body of [{}, { name: 'ada' }, { password }, { name: 'ada', password, token: 'x' }, { name: 1, password }, { name: 'ada', password, more: 1 }, [], { name: 'ada', password: 'x'.repeat(1025) }]) {
    assertProblem(await postJson(server, '/v1/session', body), 400, 'bad-request');
  }
  const json = (await request(server, 'GET', '/v1/stats', { headers: await logIn(server) })).json;
  assert.deepEqual([json.logins_failed_total, json.sessions_opened_total], [4, 1]);
  assert.match(server.log, /session\.login_failed address=\S*127\.0\.0\.1 /);
});

test('APageOfAnotherOriginCanNeitherLogInNorUseTheCookie', async (scope) => {
  const { server } = await staffed(scope, ['--cors-origin', 'https://app.example']);
  const foreign = { Origin: 'https://evil.example' };
  assertProblem(await postJson(server, '/v1/session', { name: 'ada', password }, { headers: foreign }), 403, 'foreign-origin');
  const cookie = await logIn(server);
  const post = (/** @type {Record<string, string>} */ headers) => request(server, 'POST', '/v1/topics/t', { body: 'x', headers: { ...cookie, ...headers } });
  assertProblem(await post(foreign), 403, 'foreign-origin');
  assertProblem(await post({ Origin: 'null' }), 403, 'foreign-origin');
  assertProblem(await post({ Referer: 'https://evil.example/' }), 403, 'foreign-origin');
  assertProblem(await post({}), 403, 'foreign-origin');
  assert.equal((await post(pageOf(server))).status, 200);
  assert.equal((await post({ Origin: 'https://app.example' })).status, 200);
  for (const target of ['/v1/stats', '/v1/topics/t']) {
    assertProblem(await request(server, 'GET', target, { headers: { ...stream, ...cookie, ...foreign } }), 403, 'foreign-origin');
  }
  assertProblem(await request(server, 'DELETE', '/v1/session', { headers: { ...cookie, ...foreign } }), 403, 'foreign-origin');
  assertProblem(await request(server, 'DELETE', '/v1/session', { headers: cookie }), 403, 'foreign-origin');
  await assert.rejects(WebSocketClient.open(server, '/v1/ws', { headers: cookie, origin: 'https://evil.example' }), /403/);
  assert(await isAdmin(server, cookie), 'none of that has ended it');
});

test('ASessionIsGoodOnEveryListenerAndAskedForWhereTheRoleIsNoPermission', async (scope) => {
  const socket = path.join(scope.tempDir(), 'admin.sock');
  const { server } = await staffed(scope, ['--listen', '127.0.0.1:0?role=public', '--listen', `unix:${socket}?role=admin`]);
  const port = await eventually(() => server.log.match(/url=http:\/\/127\.0\.0\.1:(\d+) [^\n]*role=public/)?.[1], 'the public address is told');
  const others = [
    { host: '127.0.0.1', port: Number(port), required: true },
    { host: 'localhost', port: 0, path: socket, required: false },
  ];
  const cookie = await logIn(server);
  for (const { required, ...address } of others) {
    const anonymous = (await request(address, 'GET', '/v1/session')).json;
    assert.deepEqual([anonymous.required, anonymous.admin], [required, !required]);
    const { json } = await request(address, 'GET', '/v1/session', { headers: cookie });
    assert.deepEqual([json.required, json.operator, json.admin], [required, { name: 'ada' }, true]);
    assert.equal((await request(address, 'GET', '/v1/stats', { headers: cookie })).status, 200);
    assertProblem(await request(address, 'DELETE', '/v1/topics/t', { headers: { ...cookie, ...pageOf(server), Host: 'other.example' } }), 403, 'foreign-origin');
  }
});

test('LoggingOutEndsTheSessionItsStreamsAndSurvivesARestart', async (scope) => {
  const { server } = await staffed(scope);
  const [cookie, other] = [await logIn(server), await logIn(server)];
  const [events, others] = [await scope.subscribe(server, '/v1/topics/t', { headers: cookie }), await scope.subscribe(server, '/v1/topics/t', { headers: other })];
  const answer = await request(server, 'DELETE', '/v1/session', { headers: { ...cookie, ...pageOf(server) } });
  assert.equal(answer.status, 204, answer.text);
  assert.match(String(answer.headers['set-cookie']), /^weir_session=; Max-Age=0; HttpOnly; SameSite=Strict; Path=\/$/);
  assert.equal(await events.end(), true, 'in order');
  assert(!others.ended, 'the other session goes on');
  assertProblem(await request(server, 'GET', '/v1/stats', { headers: cookie }), 401, 'invalid-token');
  assert.equal((await request(server, 'DELETE', '/v1/session', { headers: { ...cookie, ...pageOf(server) } })).status, 204, 'once more does no harm');
  others.close();
  await server.stop();
  await server.start();
  assert.equal(await isAdmin(server, cookie), false);
  const told = await request(server, 'GET', '/v1/session', { headers: cookie });
  assert.equal(told.json.operator, null);
  assert.match(String(told.headers['set-cookie']), /^weir_session=; Max-Age=0/, 'the browser forgets it');
  const { json } = await request(server, 'GET', '/v1/stats', { headers: other });
  assert.equal(json.sessions_ended_total, 0, 'since the restart');
});

test('ASessionEndsInTimeAndItsStreamsAreTold', async (scope) => {
  const { server } = await staffed(scope, ['--session-lifetime', '3s', '--auth-expiring', '2s']);
  const cookie = await logIn(server);
  const { expires } = await session(server, cookie);
  const events = await scope.subscribe(server, '/v1/topics/t', { headers: cookie });
  assert.equal(Date.parse((await events.control('auth-expiring', seconds(10))).json.expires), expires);
  assert.equal(await events.end(seconds(10)), true, 'in order');
  assert(Date.now() >= expires - 100, 'not before its time');
  const problem = assertProblem(await request(server, 'GET', '/v1/stats', { headers: cookie }), 401, 'invalid-token');
  assert.match(problem.detail, /expired/);
});

test('ASessionSurvivesARestartWithADataDirectoryAndEndsWithTheProcessWithoutOne', async (scope) => {
  const { server } = await staffed(scope);
  const cookie = await logIn(server);
  const file = path.join(String(server.options.dataDir), 'session.key');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await server.killAndRestart();
  assert(await isAdmin(server, cookie));
  for (const text of [server.log, readFileSync(path.join(String(server.options.dataDir), 'log.db'), 'latin1')]) {
    assert(!text.includes(cookie.Cookie.slice(13)) && !text.includes(password) && !text.includes(readFileSync(file, 'utf8').trim()), 'no secret is kept elsewhere');
  }
  const passing = (await staffed(scope, [], { memory: true })).server;
  const gone = await logIn(passing);
  await passing.stop();
  await passing.start();
  assertProblem(await request(passing, 'GET', '/v1/stats', { headers: gone }), 401, 'unauthorized');
  assertProblem(await request(passing, 'GET', '/v1/stats', { headers: cookie }), 401, 'unauthorized');
  const told = await request(passing, 'GET', '/v1/session', { headers: cookie });
  assert.equal(told.headers['set-cookie'], undefined, "another server's cookie is left alone");
});

test('ACookieThatWasTamperedWithIsNoSession', async (scope) => {
  const { server } = await staffed(scope);
  const { Cookie } = await logIn(server);
  const [header, payload, signature] = Cookie.slice('weir_session='.length).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  assert.deepEqual(Object.keys(claims).sort(), ['exp', 'fp', 'iat', 'jti', 'operator']);
  const forged = Buffer.from(JSON.stringify({ ...claims, exp: claims.exp + 1 })).toString('base64url');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  for (const text of [`${header}.${forged}.${signature}`, `${none}.${payload}.`, `${none}.${payload}.${signature}`, `${header}.${payload}.`, 'x', '']) {
    assertProblem(await request(server, 'GET', '/v1/stats', { headers: { Cookie: `weir_session=${text}` } }), 401, 'unauthorized');
  }
  const text = `${header}.${payload}.${signature}`;
  assertProblem(await request(server, 'GET', '/v1/stats', { headers: bearer(text) }), 401, 'invalid-token');
  const key = makeKey('HS256');
  const withKey = (await staffed(scope, ['--jwt-key', keyFlag(key, scope.tempDir())])).server;
  const token = sign(key, { ...claims, weir: { admin: true } });
  assertProblem(await request(withKey, 'GET', '/v1/stats', { headers: { Cookie: `weir_session=${token}` } }), 401, 'unauthorized');
});

test('AfterSighupTheSessionsOfWhoWasRemovedOrHasANewPasswordEndAtOnce', async (scope) => {
  const { server, operators } = await staffed(scope);
  await addOperator(operators, 'bob', 'another long password');
  await addOperator(operators, 'eve', 'yet another password');
  await reload(server);
  const names = ['ada', 'bob', 'eve'];
  const words = [password, 'another long password', 'yet another password'];
  const cookies = await Promise.all(names.map((name, i) => logIn(server, { name, password: words[i] })));
  const [ada, bob, eve] = await Promise.all(cookies.map((headers) => scope.subscribe(server, '/v1/topics/t', { headers })));
  assert.equal((await run(['operator', 'remove', 'bob', '--file', operators])).code, 0);
  await addOperator(operators, 'eve', 'a password that is new', ['--replace']);
  assert(await isAdmin(server, cookies[1]), 'not before it is read');
  await reload(server);
  assert.equal(await bob.end(), true);
  assert.equal(await eve.end(), true);
  assert(!ada.ended);
  assert.deepEqual(await Promise.all(cookies.map((headers) => isAdmin(server, headers))), [true, false, false]);
  assertProblem(await postJson(server, '/v1/session', { name: 'bob', password: words[1] }), 401, 'login-failed');
  assertProblem(await postJson(server, '/v1/session', { name: 'eve', password: words[2] }), 401, 'login-failed');
  await logIn(server, { name: 'eve', password: 'a password that is new' });

  writeFileSync(operators, 'not a line\n');
  await reload(server);
  assert.match(server.log, /config\.reload_failed.*operators.*line 1/);
  assert(await isAdmin(server, cookies[0]), 'a file with a mistake changes nothing');
});

test('AnOperatorsFileThatIsNotGoodKeepsTheServerFromStarting', async (scope) => {
  const folder = scope.tempDir();
  const good = path.join(folder, 'good');
  await addOperator(good, 'ada');
  const line = readFileSync(good, 'utf8');
  const file = path.join(folder, 'operators');
  for (const [text, why, mode] of /** @type {[string, RegExp, number][]} */ ([
    ['nonsense\n', /line 1: this is not a JSON object/, 0o600],
    [`# a comment\n\n${line}${line}`, /line 4: the name "ada" is used twice/, 0o600],
    [line.replace('"name"', '"nmae"'), /line 1: only "name" and "password" are known/, 0o600],
    [line.replace('ada', 'a da'), /line 1: a name has/, 0o600],
    [line.replace('ln=15', 'ln=30'), /out of bounds/, 0o600],
    [line.replace('scrypt', 'plain'), /form/, 0o600],
    [line, /everybody on this machine may read it/, 0o644],
  ])) {
    writeFileSync(file, text);
    await import('node:fs').then(({ chmodSync }) => chmodSync(file, mode));
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--operators', file]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, why);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert(!stderr.includes('ln=15,r=8,p=3$'), 'no hash is shown');
  }
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--operators', path.join(folder, 'nowhere')]);
  assert.equal(code, 2);
  assert.match(stderr, /^weir: operators: .*nowhere: No such file or directory\n$/);
});

test('TooManyFailuresFromAnAddressOrWithANameHaveToWait', async (scope) => {
  const { server } = await staffed(scope, ['--failed-logins-per-address', '3', '--failed-logins-per-name', '2', '--failure-window', '1h', '--trusted-proxies', '127.0.0.1']);
  const attempt = (/** @type {string} */ address, /** @type {object} */ login) => postJson(server, '/v1/session', login, { headers: { 'X-Forwarded-For': address } });
  const wrong = (/** @type {string} */ name) => ({ name, password: 'wrong' });
  for (const name of ['a', 'b', 'c']) assertProblem(await attempt('198.51.100.1', wrong(name)), 401, 'login-failed');
  const limited = await attempt('198.51.100.1', { name: 'ada', password });
  assertProblem(limited, 429, 'too-many-requests');
  const wait = Number(limited.headers['retry-after']);
  assert(wait > 1_000 && wait <= 1_200, `${wait} s: one of three in an hour comes back`);
  assertProblem(await attempt('198.51.100.1', { token: 'x' }), 429, 'too-many-requests');

  for (let i = 0; i < 5; ++i) {
    const { status } = await attempt('198.51.100.2', { name: 'ada', password });
    assert.equal(status, 200, 'a login that is good takes nothing');
  }
  for (let i = 0; i < 2; ++i) assertProblem(await attempt(`198.51.100.${10 + i}`, wrong('ada')), 401, 'login-failed');
  assertProblem(await attempt('198.51.100.20', { name: 'ada', password }), 429, 'too-many-requests');
  const open = await attempt('198.51.100.20', wrong('b'));
  assertProblem(open, 401, 'login-failed');
});

test('LoginsThatWaitBeyondTheirNumberAreRefusedAndNobodyElseIsHeldUp', async (scope) => {
  const { server } = await staffed(scope, ['--logins-waiting-max', '1', '--failed-logins-per-address', '0', '--failed-logins-per-name', '0']);
  const answers = Array.from({ length: 12 }, () => postJson(server, '/v1/session', { name: 'ada', password: 'wrong' }));
  assert.equal((await request(server, 'GET', '/healthz')).status, 200);
  const all = await Promise.all(answers);
  const refused = all.filter(({ status }) => status === 503);
  assert(refused.length > 0, `${all.map(({ status }) => status)}`);
  for (const each of refused) assertProblem(each, 503, 'login-overload');
  assert.equal(all.filter(({ status }) => status === 401).length + refused.length, 12);
  const { json } = await request(server, 'GET', '/v1/stats', { headers: await logIn(server) });
  assert.equal(json.logins_refused_total, refused.length);
});

test('ATokenOfAnAdminOpensASessionThatEndsWithIt', async (scope) => {
  const key = makeKey('EdDSA');
  const { server } = await staffed(scope, ['--jwt-key', keyFlag(key, scope.tempDir())]);
  assert.deepEqual((await session(server)).methods, ['password', 'token']);
  const exp = inSeconds(100);
  const token = (/** @type {object} */ more) => sign(key, { sub: 'root', jti: 't1', exp, weir: { admin: true, subscribe: ['**'] }, ...more });
  const answer = await postJson(server, '/v1/session', { token: token({}) }, { headers: pageOf(server) });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([answer.json.operator, answer.json.expires], [{ name: 'root' }, exp * 1000]);
  const cookie = { Cookie: cookieOf(answer) };
  assert(await isAdmin(server, cookie));
  assertProblem(await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: { ...cookie, ...pageOf(server) } }), 403, 'forbidden');
  const events = await scope.subscribe(server, '/v1/topics/t', { headers: cookie });
  const other = await logIn(server, { token: token({ jti: 't2' }) });
  const admin = await logIn(server);
  assert.equal((await postJson(server, '/v1/revocations', { jti: 't1' }, { headers: { ...admin, ...pageOf(server) } })).status, 200);
  assert.equal(await events.end(), true);
  assert.equal(await isAdmin(server, cookie), false);
  assert.equal(await isAdmin(server, other), true);
  assert.equal((await postJson(server, '/v1/revocations', { sub: 'root' }, { headers: { ...admin, ...pageOf(server) } })).status, 200);
  assert.equal(await isAdmin(server, other), false);

  assertProblem(await postJson(server, '/v1/session', { token: token({ sub: 'x', jti: 't3', weir: { subscribe: ['**'] } }) }), 403, 'forbidden');
  const expired = assertProblem(await postJson(server, '/v1/session', { token: token({ sub: 'x', jti: 't4', exp: inSeconds(-60) }) }), 401, 'login-failed');
  assert.match(expired.detail, /expired/);
  const long = { admin: true, subscribe: Array.from({ length: 200 }, (_, i) => `a/very/long/topic/${i}`) };
  assert.match(assertProblem(await postJson(server, '/v1/session', { token: token({ sub: 'x', jti: 't5', weir: long }) }), 401, 'login-failed').detail, /cookie/);
});

test('AnApiKeyOpensASessionThatEndsWhenTheKeyIsRemoved', async (scope) => {
  const keys = path.join(scope.tempDir(), 'keys');
  const key = (await run(['token', 'key', 'ops', '--admin', '--subscribe', '**', '--file', keys])).stdout.trim();
  const plain = (await run(['token', 'key', 'ci', '--publish', '**', '--file', keys])).stdout.trim();
  const server = await scope.server({ args: ['--api-keys', keys] });
  assert.deepEqual((await session(server)).methods, ['token']);
  assertProblem(await postJson(server, '/v1/session', { name: 'ada', password }), 401, 'login-failed');
  assertProblem(await postJson(server, '/v1/session', { token: plain }), 403, 'forbidden');
  const cookie = await logIn(server, { token: key });
  assert(!Buffer.from(cookie.Cookie.split('.')[1], 'base64url').toString().includes(key.split('_')[2]), 'the key itself is not in the cookie');
  const events = await scope.subscribe(server, '/v1/topics/t', { headers: cookie });
  const direct = await scope.subscribe(server, '/v1/topics/t', { headers: bearer(key) });
  writeFileSync(keys, readFileSync(keys, 'utf8').split('\n').filter((line) => !line.includes('"ops"')).join('\n'));
  await reload(server);
  assert.equal(await events.end(), true);
  assert.equal(await direct.end(), true, 'as does what the key itself has opened');
  assertProblem(await request(server, 'GET', '/v1/stats', { headers: cookie }), 401, 'invalid-token');
});

test('OperatorsAloneCloseTheServerForEverybodyElse', async (scope) => {
  const { server, operators } = await staffed(scope, ['--listen', '0.0.0.0:0']);
  assertProblem(await request(server, 'POST', '/v1/topics/t', { body: 'x' }), 401, 'unauthorized');
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: stream }), 401, 'unauthorized');
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--operators', operators, '--access', 'open']);
  assert.equal(code, 2);
  assert.match(stderr, /operators/);
  const shared = (await staffed(scope, ['--anonymous-publish', '**', '--anonymous-subscribe', '**'])).server;
  await publish(shared, 't', 'x');
  assertProblem(await request(shared, 'GET', '/v1/stats'), 401, 'unauthorized');
});

test('WhereNobodyIsAskedNobodyLogsIn', async (scope) => {
  const server = await scope.server();
  assert.deepEqual(await session(server), { required: false, operator: null, admin: true, user: 'demo', may_choose_user: true, applications: ['notifications'], methods: [], expires: null });
  assertProblem(await postJson(server, '/v1/session', { name: 'ada', password }), 401, 'login-failed');
  assert.equal((await request(server, 'DELETE', '/v1/session')).status, 204);
});

test('ATrialKnowsASessionForWhatItIs', async (scope) => {
  const { server } = await staffed(scope);
  const cookie = await logIn(server);
  const { json } = await postJson(server, '/v1/access/try', { token: cookie.Cookie.slice('weir_session='.length), publish: ['t'] }, { headers: { ...cookie, ...pageOf(server) } });
  assert.deepEqual([json.valid, json.kind, json.subject, json.grants.admin, json.decisions[0].allowed], [true, 'session', 'ada', true, true]);
});

test('TheCookieOfSessionsIsNotForTokens', async (scope) => {
  const flag = keyFlag(makeKey('HS256'), scope.tempDir());
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--jwt-key', flag, '--token-cookie', 'weir_session']);
  assert.equal(code, 2);
  assert.match(stderr, /own cookie/);
});
