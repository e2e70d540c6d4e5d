// @ts-check
// What who may do: modes, credentials, pages of other origins, grants.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { assertProblem, ndjson, postJson, publish, request } from '../support/client.mjs';
import { run } from '../support/server.mjs';
import { bearer, inSeconds, keyFlag, locked, makeKey, sign } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

const stream = { Accept: 'text/event-stream' };

test('AnOpenServerBeyondThisMachineRefusesToStartAndSaysWhatToDo', async () => {
  for (const address of ['0.0.0.0:0', ':0', '[::]:0']) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--listen', address]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^weir: .*api_keys.*--insecure\n$/s);
    assert.equal(stderr.split('\n').length, 2, 'one line');
  }
});

test('ModesThatContradictTheKeysAreMistakes', async (scope) => {
  const flag = keyFlag(makeKey('HS256'), scope.tempDir());
  for (const args of [['--access', 'keys'], ['--access', 'open', '--jwt-key', flag], ['--jwt-key', 'HS256=/nowhere'], ['--jwt-key', 'none=x'], ['--api-keys', '/nowhere'], ['--jwks', '/nowhere']]) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', ...args]);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
  }
});

test('WithInsecureAnOpenServerListensBeyondThisMachineButItsAdminSideIsClosed', async (scope) => {
  const server = await scope.server({ args: ['--listen', '0.0.0.0:0', '--insecure'] });
  assert.match(server.log, /access\.insecure/);
  await publish(server, 't', 'x');
  assertProblem(await request(server, 'GET', '/metrics'), 401, 'unauthorized');
  assert.equal((await request(server, 'DELETE', '/v1/topics/t')).status, 401);
  assert.equal((await request(server, 'GET', '/healthz')).status, 200);
});

test('WithoutATokenNothingIsToldOrTaken', async (scope) => {
  const { server } = await locked(scope);
  for (const [method, target] of [['POST', '/v1/topics/t'], ['POST', '/v1/publish'], ['POST', '/broadcast'], ['POST', '/send'], ['GET', '/v1/topics/t'], ['GET', '/v1/subscribe?topic=t'], ['GET', '/events'], ['GET', '/stats'], ['GET', '/v1/topics'], ['GET', '/v1/topics/t/info'], ['DELETE', '/v1/topics/t'], ['GET', '/metrics'], ['GET', '/v1/stats'], ['GET', '/v1/revocations'], ['POST', '/v1/revocations']]) {
    const answer = await request(server, method, target, { headers: stream });
    assertProblem(answer, 401, 'unauthorized');
    assert.equal(answer.headers['www-authenticate'], 'Bearer', target);
  }
  for (const target of ['/healthz', '/readyz', '/problems/unauthorized', '/']) {
    assert.equal((await request(server, 'GET', target)).status, 200, target);
  }
});

test('ABodyIsNotReadOfWhoMayNotPublish', async (scope) => {
  const { server, token } = await locked(scope);
  for (const headers of ['', `Authorization: Bearer ${token({ subscribe: ['**'] })}\r\n`]) {
    const connection = await scope.raw(server);
    await connection.send(`POST /v1/topics/t HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n`);
    const answer = await connection.readResponse();
    assert.equal(answer.status, headers === '' ? 401 : 403);
  }
});

test('AGrantIsForItsTopicsAndNoOthersOnEveryWayToPublish', async (scope) => {
  const { server, token } = await locked(scope);
  const headers = bearer(token({ publish: ['orders/*', 'news'] }));
  await publish(server, 'orders/1', 'x', { headers });
  for (const topic of ['orders', 'orders/1/2', 'weather', '**', 'orders/%2a%2a/x']) {
    const answer = await request(server, 'POST', `/v1/topics/${topic}`, { body: 'x', headers });
    assertProblem(answer, 403, 'forbidden');
    assert.equal(answer.headers['www-authenticate'], 'Bearer error="insufficient_scope"');
  }
  assertProblem(await postJson(server, '/v1/publish', { topics: ['news', 'weather'], data: 'x' }, { headers }), 403, 'forbidden');
  assertProblem(await postJson(server, '/v1/publish', [{ topic: 'news', data: 'x' }, { topic: 'weather', data: 'x' }], { headers }), 403, 'forbidden');
  const lines = ['news', 'weather', 'orders/2'].map((topic) => JSON.stringify({ topic, data: 'x' })).join('\n');
  const each = await request(server, 'POST', '/v1/publish', { headers: { ...headers, 'Content-Type': 'application/x-ndjson' }, body: lines });
  assert.deepEqual(ndjson(each.text).map((line) => line.error?.code ?? 'taken'), ['taken', 'forbidden', 'taken']);
  const atomic = await request(server, 'POST', '/v1/publish?atomic=true', { headers: { ...headers, 'Content-Type': 'application/x-ndjson' }, body: lines });
  assertProblem(atomic, 403, 'forbidden');
  assertProblem(await postJson(server, '/broadcast', { a: 1 }, { headers }), 403, 'forbidden');
  const admin = bearer(token({ subscribe: ['**'] }));
  const listed = (await request(server, 'GET', '/v1/topics', { headers: admin })).json.topics.map((/** @type {{topic: string}} */ t) => t.topic);
  assert.deepEqual(listed, ['news', 'orders/1', 'orders/2'], 'nothing else was published');
});

test('FollowingNeedsAGrantThatHoldsEverySelector', async (scope) => {
  const { server, token } = await locked(scope);
  const headers = { ...stream, ...bearer(token({ subscribe: ['news', 'users/17/**'] })) };
  for (const target of ['/v1/topics/news', '/v1/topics/users/17/inbox', '/v1/subscribe?topic=news&match=users/17/*', '/v1/subscribe?match=users/17/**']) {
    (await scope.subscribe(server, target, { headers })).close();
  }
  for (const target of ['/v1/topics/weather', '/v1/topics/users/17', '/v1/subscribe?topic=news&topic=weather', '/v1/subscribe?match=**', '/v1/subscribe?match=users/*/inbox', '/v1/subscribe?match=users/**', '/events']) {
    assertProblem(await request(server, 'GET', target, { headers }), 403, 'forbidden');
  }
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: { ...stream, ...bearer(token({ publish: ['**'] })) } }), 403, 'forbidden');
});

test('WhatExistsIsToldOfGrantedTopicsOnly', async (scope) => {
  const { server, token } = await locked(scope);
  const headers = bearer(token({ publish: ['**'] }));
  for (const topic of ['a/1', 'a/2', 'b/1']) await publish(server, topic, 'x', { headers });
  const names = async (/** @type {string} */ query, /** @type {Record<string, unknown>} */ grant) => {
    const answer = await request(server, 'GET', `/v1/topics${query}`, { headers: bearer(token(grant)) });
    return answer.status === 200 ? answer.json.topics.map((/** @type {{topic: string}} */ t) => t.topic) : answer.status;
  };
  assert.deepEqual(await names('', { subscribe: ['a/*'] }), ['a/1', 'a/2']);
  assert.deepEqual(await names('?match=a/*', { subscribe: ['a/**'] }), ['a/1', 'a/2']);
  assert.equal(await names('?match=**', { subscribe: ['a/**'] }), 403);
  assert.deepEqual(await names('', { admin: true }), ['a/1', 'a/2', 'b/1']);
  const reader = bearer(token({ subscribe: ['a/*'] }));
  assert.equal((await request(server, 'GET', '/v1/topics/a/1/info', { headers: reader })).status, 200);
  assert.equal((await request(server, 'GET', '/v1/topics/b/1/info', { headers: reader })).status, 403);
  assert.equal((await request(server, 'DELETE', '/v1/topics/a/1', { headers: reader })).status, 403);
  assert.equal((await request(server, 'DELETE', '/v1/topics/a/1', { headers: bearer(token({ admin: true })) })).status, 200);
  assert.equal((await request(server, 'GET', '/metrics', { headers: reader })).status, 403);
  assert.equal((await request(server, 'GET', '/metrics', { headers: bearer(token({ admin: true })) })).status, 200);
});

test('MercuresClaimIsUnderstood', async (scope) => {
  const key = makeKey('HS256');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const headers = bearer(sign(key, { mercure: { publish: ['*'], subscribe: ['https://example.org/{id}'] } }));
  await publish(server, 'anything/at/all', 'x', { headers });
  (await scope.subscribe(server, '/v1/subscribe?topic=https%3A%2F%2Fexample.org%2F1', { headers })).close();
  assert.equal((await request(server, 'GET', '/v1/subscribe?topic=other', { headers: { ...stream, ...headers } })).status, 403);
});

test('AnonymousHaveWhatTheSettingsGiveThem', async (scope) => {
  const { server, token } = await locked(scope, ['--anonymous-subscribe', 'public/**', '--anonymous-publish', 'inbox']);
  await publish(server, 'inbox', 'x');
  assertProblem(await request(server, 'POST', '/v1/topics/public/1', { body: 'x' }), 401, 'unauthorized');
  (await scope.subscribe(server, '/v1/topics/public/1')).close();
  assertProblem(await request(server, 'GET', '/v1/topics/inbox', { headers: stream }), 401, 'unauthorized');
  assert.equal((await request(server, 'POST', '/v1/topics/inbox', { body: 'x', headers: bearer('broken') })).status, 401, 'a bad token is never taken for none');
  await publish(server, 'public/1', 'x', { headers: bearer(token({ publish: ['**'] })) });
});

test('AnApiKeyIsMadeByTheCommandTakenInBothHeadersAndStoredAsAHash', async (scope) => {
  const file = path.join(scope.tempDir(), 'keys');
  const made = await run(['token', 'key', 'ci', '--publish', 'orders/**', '--file', file]);
  assert.equal(made.code, 0, made.stderr);
  const key = made.stdout.trim();
  assert.match(key, /^weir_[0-9a-f]{12}_[\w-]{43}$/);
  assert.equal((await run(['token', 'key', 'ci', '--file', file])).code, 2, 'a name is used once');
  const ops = (await run(['token', 'key', 'ops', '--admin', '--file', file])).stdout.trim();
  const server = await scope.server({ args: ['--api-keys', file] });
  await publish(server, 'orders/1', 'x', { headers: bearer(key) });
  await publish(server, 'orders/1', 'x', { headers: { 'X-Api-Key': key } });
  assertProblem(await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: bearer(key) }), 403, 'forbidden');
  assertProblem(await request(server, 'POST', '/v1/topics/orders/1', { body: 'x', headers: bearer(`${key}x`) }), 401, 'invalid-token');
  assert.equal((await request(server, 'GET', '/metrics', { headers: bearer(ops) })).status, 200);
  assert.equal((await request(server, 'GET', '/metrics', { headers: bearer(key) })).status, 403);
  const pub = await run(['pub', 'orders/2', 'hello', '--url', server.url], { env: { WEIR_TOKEN: key } });
  assert.equal(pub.code, 0, pub.stderr);
  assert.equal((await run(['pub', 'orders/2', 'hello', '--url', server.url])).code, 1);
});

test('ATestTokenIsSignedByTheCommand', async (scope) => {
  const folder = scope.tempDir();
  const secret = path.join(folder, 'secret');
  writeFileSync(secret, `${'s'.repeat(40)}\n`);
  const server = await scope.server({ args: ['--jwt-key', `HS256=${secret}`, '--jwt-audience', 'weir'] });
  const signed = await run(['token', 'sign', '--secret-file', secret, '--sub', 'bob', '--aud', 'weir', '--publish', 't', '--expires', '5m']);
  assert.equal(signed.code, 0, signed.stderr);
  await publish(server, 't', 'x', { headers: bearer(signed.stdout.trim()) });
  assert.equal((await run(['token', 'sign', '--secret-file', secret, '--alg', 'RS256'])).code, 2);
  assert.equal((await run(['token', 'sign', '--secret-file', secret, '--publish', 'a**'])).code, 2);
});

test('ATokenInTheQueryIsTakenOnlyWhereTheOperatorAllowsIt', async (scope) => {
  const { server, token } = await locked(scope);
  const good = token({ subscribe: ['**'] });
  assertProblem(await request(server, 'GET', `/v1/topics/t?access_token=${good}`, { headers: stream }), 401, 'unauthorized');
  const allowed = await locked(scope, ['--token-in-query']);
  for (const name of ['access_token', 'authorization']) {
    (await scope.subscribe(allowed.server, `/v1/topics/t?${name}=${allowed.token({ subscribe: ['**'] })}`)).close();
  }
  const other = await request(allowed.server, 'GET', `/v1/topics/t?access_token=${allowed.token({})}`, { headers: { ...stream, ...bearer('broken') } });
  assert.equal(other.status, 401, 'the header beats the query');
});

test('ACookieIsTakenFromOwnAndAllowedPagesOnly', async (scope) => {
  const { server, token } = await locked(scope, ['--token-cookie', 'session', '--cors-origin', 'https://app.example']);
  const own = `http://${server.host}:${server.port}`;
  const Cookie = `other=1; session=${token({ publish: ['**'], subscribe: ['**'] })}; last=2`;
  const post = async (/** @type {Record<string, string>} */ headers) => (await request(server, 'POST', '/v1/topics/t', { body: 'x', headers: { Cookie, ...headers } })).status;
  assert.equal(await post({ Origin: own }), 200);
  assert.equal(await post({ Origin: 'https://app.example' }), 200);
  assert.equal(await post({ Referer: `${own}/page` }), 200);
  assert.equal(await post({ Origin: 'https://evil.example' }), 403);
  assert.equal(await post({ Origin: 'https://app.example.evil.example' }), 403);
  assert.equal(await post({ Origin: 'null' }), 403);
  assert.equal(await post({ Referer: 'https://evil.example/https://app.example/' }), 403);
  assert.equal(await post({}), 403, 'neither Origin nor Referer');
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: { Cookie, ...stream, Origin: 'https://evil.example' } }), 403, 'foreign-origin');
  (await scope.subscribe(server, '/v1/topics/t', { headers: { Cookie } })).close();
  const unasked = await locked(scope);
  assert.equal((await request(unasked.server, 'GET', '/v1/topics/t', { headers: { ...stream, Cookie: `session=${unasked.token({ subscribe: ['**'] })}` } })).status, 401);
});

test('AForeignPageCannotPublishToAnOpenServerWithoutBeingAsked', async (scope) => {
  const server = await scope.server({ args: ['--cors-origin', 'https://app.example'] });
  const own = `http://${server.host}:${server.port}`;
  const foreign = ['https://evil.example', 'null', 'http://127.0.0.1', `http://${server.host}:1`, `${own}.evil.example`];
  for (const Origin of foreign) {
    for (const [method, target, type] of [['POST', '/v1/topics/t', 'text/plain'], ['POST', '/v1/publish', 'application/x-www-form-urlencoded'], ['POST', '/broadcast', 'text/plain'], ['DELETE', '/v1/topics/t', 'text/plain'], ['POST', '/v1/publish', 'application/x-ndjson']]) {
      assertProblem(await request(server, method, target, { headers: { Origin, 'Content-Type': type }, body: '{"topic":"t","data":"x"}' }), 403, 'foreign-origin');
    }
    const upgrade = await request(server, 'GET', '/v1/topics/t', { headers: { Origin, ...stream, 'Sec-WebSocket-Key': 'x' } });
    assert.equal(upgrade.status, 403, 'a WebSocket of a foreign page');
  }
  assert.equal((await request(server, 'POST', '/v1/topics/t', { headers: { 'Sec-Fetch-Site': 'cross-site' }, body: 'x' })).status, 403);
  assert.equal((await request(server, 'POST', '/v1/topics/t', { headers: { Referer: 'https://evil.example/' }, body: 'x' })).status, 403);
  for (const headers of [{ Origin: own }, { Origin: 'https://app.example' }, {}, { 'Sec-Fetch-Site': 'same-origin' }]) {
    assert.equal((await request(server, 'POST', '/v1/topics/t', { headers, body: 'x' })).status, 200, JSON.stringify(headers));
  }
});

test('AForeignNameThatPointsHereIsRefused', async (scope) => {
  const server = await scope.server({ args: ['--allowed-host', 'weir.internal.example'] });
  const status = async (/** @type {string} */ Host, target = '/v1/stats') => (await request(server, 'GET', target, { headers: { Host } })).status;
  for (const host of ['evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', 'weir.internal.example.evil.example', 'evil.example.']) {
    assert.equal(await status(host), 403, host);
  }
  for (const host of ['localhost', 'localhost:3000', '127.0.0.1', '127.0.0.1:80', '[::1]:3000', 'weir.internal.example', 'app.localhost:1', 'LOCALHOST']) {
    assert.equal(await status(host), 200, host);
  }
  assert.equal(await status('evil.example', '/healthz'), 200, 'health is everybody\'s');
});

test('TheHostOfAnAbsoluteTargetCountsAndNotTheHeader', async (scope) => {
  const server = await scope.server();
  const status = async (/** @type {string} */ authority, /** @type {string} */ host) => {
    const connection = await scope.raw(server);
    await connection.send(`GET http://${authority}/v1/stats HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return (await connection.readResponse()).status;
  };
  assert.equal(await status('evil.example', 'localhost'), 403);
  assert.equal(await status('localhost:3000', 'localhost'), 200);
  assert.equal(await status('127.0.0.1', 'evil.example'), 200, 'RFC 9112, 3.2.2: the header is not looked at');
});

test('AHeaderCannotBeBrokenInTwo', async (scope) => {
  const { server } = await locked(scope);
  for (const value of ['a\rX-Admin: 1', 'a\nX-Admin: 1', 'a\0b']) {
    const connection = await scope.raw(server);
    await connection.send(`GET /v1/stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${value}\r\n\r\n`);
    assert.equal((await connection.readResponse()).status, 400);
  }
  const twice = await scope.raw(server);
  await twice.send('GET /v1/stats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n');
  assert.equal((await twice.readResponse()).status, 400);
});

test('EveryAnswerHasTheHeadersThatKeepABrowserInBounds', async (scope) => {
  const { server, token } = await locked(scope);
  const headers = bearer(token({ publish: ['**'], subscribe: ['**'], admin: true }));
  const { head } = await scope.subscribe(server, '/v1/topics/t', { headers });
  const answers = [
    await request(server, 'GET', '/healthz'),
    await request(server, 'GET', '/'),
    await request(server, 'GET', '/v1/topics/t', { headers: stream }),
    await request(server, 'GET', '/nowhere'),
    await request(server, 'POST', '/v1/topics/t', { body: 'x', headers }),
    await request(server, 'OPTIONS', '/v1/topics/t'),
    await request(server, 'POST', '/v1/publish', { headers: { ...headers, 'Content-Type': 'application/x-ndjson' }, body: '{"topic":"t","data":"x"}\n' }),
  ].map((answer) => answer.headers);
  answers.push(Object.fromEntries(head.fields.map(([name, value]) => [name.toLowerCase(), value])));
  for (const each of answers) {
    assert.equal(each['x-content-type-options'], 'nosniff');
    assert.equal(each['referrer-policy'], 'no-referrer');
    assert.match(String(each['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  }
});

test('ATokenThatEndsWhileABodyIsSentEndsThePublishing', async (scope) => {
  const { server, token } = await locked(scope);
  const exp = inSeconds(2);
  const connection = await scope.raw(server);
  await connection.send(`POST /v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer ${token({ publish: ['**'] }, { exp })}\r\n\r\n`);
  const line = '{"topic":"t","data":"x"}\n';
  const sent = setInterval(() => void connection.send(`${line.length.toString(16)}\r\n${line}\r\n`), 50);
  try {
    await connection.until(() => connection.received.toString().includes('invalid-token'), 'lines are refused once the token has ended');
  } finally {
    clearInterval(sent);
  }
  assert(connection.received.toString().includes('"sequence":1'), 'the first line was taken');
  assert(Date.now() / 1000 >= exp);
});

test('ATokensMaskHidesFieldsFromTheStreamAndFromItsFilter', async (scope) => {
  const { server, token } = await locked(scope);
  const admin = bearer(token({ publish: ['**'] }));
  const headers = { ...stream, ...bearer(token({ subscribe: ['t'], fields: ['id', 'order.total'] })) };
  const masked = await scope.subscribe(server, '/v1/topics/t', { headers });
  const narrower = await scope.subscribe(server, '/v1/topics/t?fields=id,secret', { headers });
  const filtered = await scope.subscribe(server, `/v1/topics/t?filter=${encodeURIComponent('data.order.total > 1')}`, { headers });
  assertProblem(await request(server, 'GET', `/v1/topics/t?filter=${encodeURIComponent("data.secret == 'x'")}`, { headers }), 403, 'forbidden');
  assertProblem(await request(server, 'GET', `/v1/topics/t?filter=${encodeURIComponent('data.order.other == 1')}`, { headers }), 403, 'forbidden');
  await publish(server, 't', '{"id":1,"secret":"x","order":{"total":2,"other":3}}', { headers: admin });
  assert.equal((await masked.event()).data, '{"id":1,"order":{"total":2}}');
  assert.equal((await narrower.event()).data, '{"id":1}');
  assert.equal((await filtered.event()).data, '{"id":1,"order":{"total":2}}');
  await publish(server, 't', 'plain text is hidden whole', { headers: admin });
  assert.equal((await masked.event()).data, '{}');
});

test('ATokenWithAMaskIsForTopicsOnly', async (scope) => {
  const { server, token } = await locked(scope);
  const reads = ['/api/notifications', '/api/notifications/stream', '/api/notifications/changes?since=earliest', '/api/task-feed', '/api/task-feed/history', '/api/workflow/executions', '/api/workflow/definitions'];
  const grants = { publish: ['**'], subscribe: ['**'], admin: true };
  for (const path of reads) {
    if (!path.includes('stream')) assert.equal((await request(server, 'GET', path, { headers: bearer(token(grants, { sub: 'ann' })) })).status, 200, path);
    assertProblem(await request(server, 'GET', path, { headers: bearer(token({ ...grants, fields: ['id'] }, { sub: 'ann' })) }), 403, 'forbidden');
  }
});

test('WhatAnonymousMayFollowATokenMayToo', async (scope) => {
  const { server, token } = await locked(scope, ['--anonymous-subscribe', 'public/**']);
  const headers = { ...stream, ...bearer(token({ subscribe: ['users/17'] })) };
  const both = await scope.subscribe(server, '/v1/subscribe?topic=users/17&match=public/**', { headers });
  const admin = bearer(token({ publish: ['**'] }));
  await publish(server, 'public/1', 'hidden', { headers: { ...admin, 'Weir-Private': 'true' } });
  await publish(server, 'users/17', 'own', { headers: { ...admin, 'Weir-Private': 'true' } });
  await publish(server, 'public/1', 'open', { headers: admin });
  assert.deepEqual((await both.take(2)).map((event) => event.data), ['own', 'open']);
});
