// @ts-check
// Every limit has a number, and a clear refusal.
import assert from 'node:assert/strict';

import { assertProblem, postJson, publish, publishMany, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { exchange } from '../support/raw.mjs';
import { test } from '../support/test.mjs';

const crlf = '\r\n';

test('AHeadThatIsTooLargeIs431', async (scope) => {
  const server = await scope.server();
  const big = await exchange(server, `GET /healthz HTTP/1.1${crlf}Host: x${crlf}X-Big: ${'x'.repeat(40_000)}${crlf}${crlf}`);
  assertProblem(big, 431, 'head-too-large');
  const many = Array.from({ length: 101 }, (_, i) => `X-${i}: y${crlf}`).join('');
  assertProblem(await exchange(server, `GET /healthz HTTP/1.1${crlf}Host: x${crlf}${many}${crlf}`), 431, 'head-too-large');
  const enough = Array.from({ length: 90 }, (_, i) => `X-${i}: ${'y'.repeat(200)}${crlf}`).join('');
  assert.equal((await exchange(server, `GET /healthz HTTP/1.1${crlf}Host: x${crlf}${enough}${crlf}`)).status, 200);
});

test('AFloodOfHeadersIsRefusedBeforeItEnds', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(`GET /healthz HTTP/1.1${crlf}Host: x${crlf}`);
  const line = `X-Flood: ${'x'.repeat(1000)}${crlf}`;
  for (let i = 0; i < 200 && connection.received.length === 0 && !connection.ended; ++i) await connection.send(line);
  assertProblem(await connection.readResponse(), 431, 'head-too-large');
});

test('ATargetThatIsTooLongIs414', async (scope) => {
  const server = await scope.server();
  assertProblem(await exchange(server, `GET /healthz?${'x'.repeat(9000)} HTTP/1.1${crlf}Host: x${crlf}${crlf}`), 414, 'target-too-long');
  assertProblem(await exchange(server, `GET /${'x'.repeat(70_000)}`), 414, 'target-too-long');
  assert.equal((await exchange(server, `GET /healthz?${'x'.repeat(8000)} HTTP/1.1${crlf}Host: x${crlf}${crlf}`)).status, 200);
});

test('AHeadThatComesTooSlowlyIs408', async (scope) => {
  const server = await scope.server({ args: ['--header-timeout', '500ms'] });
  const connection = await scope.raw(server);
  const start = Date.now();
  // A byte now and then does not help: the whole head has one deadline.
  await connection.send('GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const drip = setInterval(() => connection.socket.write('x'), 50);
  try {
    const answer = await connection.readResponse({ milliseconds: seconds(5) });
    assertProblem(answer, 408, 'request-timeout');
    assert(Date.now() - start >= 400, 'and not early');
  } finally {
    clearInterval(drip);
  }
  await connection.readEnd();
});

test('ABodyThatComesTooSlowlyIs408', async (scope) => {
  const server = await scope.server({ args: ['--body-timeout', '500ms'] });
  for (const framing of ['Content-Length: 10', 'Transfer-Encoding: chunked']) {
    const connection = await scope.raw(server);
    await connection.send(`POST /v1/topics/t HTTP/1.1${crlf}Host: x${crlf}${framing}${crlf}${crlf}`);
    assertProblem(await connection.readResponse({ milliseconds: seconds(5) }), 408, 'request-timeout');
    await connection.readEnd();
  }
  assert.equal((await publish(server, 't', 'x')).sequence, 1, 'nothing of them was published');
});

test('AConnectionThatIsIdleTooLongIsClosedInSilence', async (scope) => {
  const server = await scope.server({ args: ['--idle-timeout', '300ms', '--header-timeout', '300ms'] });
  const connection = await scope.raw(server);
  await connection.send(`GET /healthz HTTP/1.1${crlf}Host: x${crlf}${crlf}`);
  assert.equal((await connection.readResponse()).status, 200);
  await connection.readEnd(seconds(5));
  assert.equal(connection.received.length, 0);
});

test('AnEventThatIsTooLargeIs413', async (scope) => {
  const server = await scope.server({ args: ['--event-bytes-max', '1KiB'] });
  assert.equal((await request(server, 'POST', '/v1/topics/t', { body: 'x'.repeat(1024) })).status, 200);
  assert.equal((await request(server, 'POST', '/v1/topics/t', { body: 'x'.repeat(1025) })).status, 413);
  assertProblem(await postJson(server, '/v1/publish', { topic: 't', data: 'x'.repeat(1025) }), 413, 'event-too-large');
  assert.equal((await postJson(server, '/v1/publish', { topic: 't', data: 'x'.repeat(1024) })).status, 200);
  const lines = await request(server, 'POST', '/v1/publish', {
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${JSON.stringify({ topic: 't', data: 'x'.repeat(1025) })}\n${JSON.stringify({ topic: 't', data: 'ok' })}\n`,
  });
  const [bad, good] = lines.text.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual([bad.error.code, good.sequence], ['event-too-large', 3]);
});

test('ABodyThatIsTooLargeIs413WithoutReadingIt', async (scope) => {
  const server = await scope.server({ args: ['--event-bytes-max', '64KiB', '--body-bytes-max', '128KiB'] });
  const declared = await exchange(server, `POST /v1/publish HTTP/1.1${crlf}Host: x${crlf}Content-Type: application/json${crlf}Content-Length: 100000000${crlf}${crlf}`);
  assertProblem(declared, 413, 'body-too-large');
  const expected = await exchange(server, `POST /v1/publish HTTP/1.1${crlf}Host: x${crlf}Expect: 100-continue${crlf}Content-Length: 100000000${crlf}${crlf}`);
  assertProblem(expected, 413, 'body-too-large');
  const connection = await scope.raw(server);
  await connection.send(`POST /v1/publish HTTP/1.1${crlf}Host: x${crlf}Transfer-Encoding: chunked${crlf}${crlf}`);
  const chunk = `4000${crlf}${'x'.repeat(0x4000)}${crlf}`;
  for (let i = 0; i < 40 && connection.received.length === 0 && !connection.ended; ++i) await connection.send(chunk);
  assertProblem(await connection.readResponse(), 413, 'body-too-large');
});

test('TooManyConnectionsAre503AndAPlaceThatIsFreeCanBeHad', async (scope) => {
  const server = await scope.server({ args: ['--connections-max', '4', '--shards', '1'] });
  const held = [];
  for (let i = 0; i < 4; ++i) {
    const connection = await scope.raw(server);
    await connection.send(`GET /healthz HTTP/1.1${crlf}Host: x${crlf}${crlf}`);
    assert.equal((await connection.readResponse()).status, 200);
    held.push(connection);
  }
  const extra = await scope.raw(server);
  await extra.send(`GET /healthz HTTP/1.1${crlf}Host: x${crlf}${crlf}`);
  assertProblem(await extra.readResponse(), 503, 'too-many-connections');
  await extra.readEnd();
  held[0].close();
  await eventually(async () => (await request(server, 'GET', '/healthz').catch(() => undefined))?.status === 200, 'a place is free');
});

test('TooManyTopicsInASubscriptionAre400', async (scope) => {
  const server = await scope.server({ args: ['--subscription-topics-max', '10', '--target-bytes-max', '16KiB'] });
  const query = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `topic=t${i}`).join('&');
  assertProblem(await request(server, 'GET', `/v1/subscribe?${query(11)}`, { headers: { Accept: 'text/event-stream' } }), 400, 'too-many-topics');
  await scope.subscribe(server, `/v1/subscribe?${query(10)}`);
});

test('ATenMegabyteBodyGoesThroughWhereItIsAllowed', async (scope) => {
  const server = await scope.server({ args: ['--event-bytes-max', '16MiB', '--body-bytes-max', '64MiB'] });
  const stream = await scope.subscribe(server, '/v1/topics/big');
  const body = Buffer.alloc(10 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz0123456789\n');
  const { cursor } = await publish(server, 'big', body);
  const event = await stream.event(seconds(30));
  assert.equal(event.id, cursor);
  assert(event.data === body.toString(), 'all of it');
  stream.close();
  const lines = (await publishMany(server, [{ topic: 'big', data: 'x'.repeat(10 * 1024 * 1024) }]))[0];
  const replay = await scope.subscribe(server, '/v1/topics/big?last=1');
  assert.equal((await replay.event(seconds(30))).id, lines.cursor);
});

test('ByDefaultATenMegabyteEventIs413AndTheServerGoesOn', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/topics/t', { body: Buffer.alloc(10 * 1024 * 1024, 'x') }).catch((error) => {
    // The server may close before such a body is sent; a client that is still writing then sees the connection break.
    assert.match(error.code ?? '', /EPIPE|ECONNRESET/, `${error}`);
  });
  if (answer) assertProblem(answer, 413);
  assert.equal((await publish(server, 't', 'x')).sequence, 1);
});

test('RefusalsOfLimitsAreCounted', async (scope) => {
  const server = await scope.server({ args: ['--subscribers-max', '1', '--event-bytes-max', '1KiB'] });
  await exchange(server, `GET /healthz HTTP/1.1${crlf}Host: x${crlf}X-Big: ${'x'.repeat(40_000)}${crlf}${crlf}`);
  await exchange(server, `GET /healthz?${'x'.repeat(9000)} HTTP/1.1${crlf}Host: x${crlf}${crlf}`);
  await request(server, 'POST', '/v1/topics/t', { body: 'x'.repeat(1025) });
  await scope.subscribe(server, '/v1/topics/t');
  assertProblem(await request(server, 'GET', '/v1/topics/t', { headers: { Accept: 'text/event-stream' } }), 503, 'too-many-subscribers');
  const { json } = await request(server, 'GET', '/v1/stats');
  for (const name of ['http_head_too_large_total', 'http_target_too_long_total', 'http_body_too_large_total', 'subscribers_refused_total']) {
    assert.equal(json[name], 1, name);
  }
});
