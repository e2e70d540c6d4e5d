// @ts-check
import assert from 'node:assert/strict';

import { assertProblem, postJson, publish, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';
import { bearer, keyFlag, makeKey, sign } from '../support/tokens.mjs';

test('TheSameKeyGetsTheFirstAnswerAgainAndIsPublishedOnce', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const headers = { 'Idempotency-Key': 'order-17' };
  const first = await publish(server, 't', 'x', { headers });
  const again = await publish(server, 't', 'x', { headers });
  assert.deepEqual(again, first);
  const other = await publish(server, 't', 'x', { headers: { 'Idempotency-Key': 'order-18' } });
  assert.equal(other.sequence, first.sequence + 1);
  assert.deepEqual((await stream.take(2)).map((each) => each.id), [first.cursor, other.cursor]);
});

test('AKeyIsRememberedAcrossKillAndRestart', async (scope) => {
  const server = await scope.server();
  const headers = { 'Idempotency-Key': 'k' };
  const first = await publish(server, 't', 'x', { headers });
  await server.killAndRestart();
  assert.deepEqual(await publish(server, 't', 'x', { headers }), first);
  assert.equal((await publish(server, 't', 'y')).sequence, first.sequence + 1);
});

test('AKeyIsItsSubjectsOwnWhateverTokenShowsIt', async (scope) => {
  const key = makeKey('EdDSA');
  const server = await scope.server({ args: ['--jwt-key', keyFlag(key, scope.tempDir())] });
  const headersOf = (/** @type {string} */ sub, /** @type {string} */ jti) => ({ 'Idempotency-Key': 'order-17', ...bearer(sign(key, { sub, jti, weir: { publish: ['**'] } })) });
  const first = await publish(server, 't', 'x', { headers: headersOf('bob', '1') });
  const other = await publish(server, 't', 'y', { headers: headersOf('eve', '2') });
  assert.equal(other.sequence, first.sequence + 1, 'no conflict, and no answer of another');
  assert.deepEqual(await publish(server, 't', 'x', { headers: headersOf('bob', '3') }), first);
});

test('AKeyThatComesBackWithAnotherRequestIsAConflict', async (scope) => {
  const server = await scope.server();
  const headers = { 'Idempotency-Key': 'k' };
  await publish(server, 't', 'x', { headers });
  for (const [path, body, more] of /** @type {[string, string, Record<string, string>][]} */ ([
    ['/v1/topics/t', 'y', {}],
    ['/v1/topics/u', 'x', {}],
    ['/v1/topics/t', 'x', { 'Weir-Event': 'e' }],
  ])) {
    const answer = await request(server, 'POST', path, { headers: { ...headers, ...more }, body });
    assertProblem(answer, 422, 'idempotency-conflict');
  }
  await server.killAndRestart();
  assertProblem(await request(server, 'POST', '/v1/topics/t', { headers, body: 'y' }), 422, 'idempotency-conflict');
});

test('ConcurrentDuplicatesArePublishedOnce', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/subscribe?match=**');
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => request(server, 'POST', `/v1/topics/t${i % 3}`, { headers: { 'Idempotency-Key': `k${i % 3}` }, body: 'x' })),
  );
  for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  assert.equal(new Set(answers.map((each) => each.json.cursor)).size, 3);
  await publish(server, 'end', 'x');
  await stream.take(4);
  assert.equal(stream.events.length, 4);
});

test('AnArrayWithAKeyGetsAllItsAnswersAgain', async (scope) => {
  const server = await scope.server();
  const headers = { 'Idempotency-Key': 'k' };
  const body = [{ topic: 'a', data: 1 }, { topic: 'b', data: 2 }];
  const first = await postJson(server, '/v1/publish', body, { headers });
  const again = await postJson(server, '/v1/publish', body, { headers });
  assert.equal(again.status, 200);
  assert.deepEqual(again.json, first.json);
  assert.equal((await publish(server, 'a', 'x')).sequence, 3);
});

test('ARefusedPublishDoesNotUseItsKeyUp', async (scope) => {
  const server = await scope.server();
  const headers = { 'Idempotency-Key': 'k' };
  const refused = await request(server, 'POST', '/v1/topics/t', { headers: { ...headers, 'Weir-Ttl': 'x' }, body: 'x' });
  assert.equal(refused.status, 400);
  assert.equal((await publish(server, 't', 'x', { headers })).sequence, 1);
});

test('AKeyOutsideTheWindowPublishesAnew', async (scope) => {
  const server = await scope.server({ args: ['--idempotency-window', '1s'] });
  const headers = { 'Idempotency-Key': 'k' };
  const start = Date.now();
  const first = await publish(server, 't', 'x', { headers });
  let again = await publish(server, 't', 'x', { headers });
  while (again.sequence === first.sequence) {
    assert(Date.now() - start < 15_000, 'the window ends');
    again = await publish(server, 't', 'x', { headers });
  }
  assert(Date.now() - start >= 900, 'and not early');
});
