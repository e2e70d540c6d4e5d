// @ts-check
// HTTP/1.1 by the book, over raw sockets.
import assert from 'node:assert/strict';

import { assertProblem, publish, request } from '../support/client.mjs';
import { field } from '../support/raw.mjs';
import { test } from '../support/test.mjs';

const crlf = '\r\n';

/** @param {string} line @param {string[]} [headers] @param {string} [body] */
function message(line, headers = [], body = '') {
  return `${[line, 'Host: localhost', ...headers].join(crlf)}${crlf}${crlf}${body}`;
}

test('AConnectionServesOneRequestAfterTheOther', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  for (let i = 1; i <= 5; ++i) {
    await connection.send(message('POST /v1/topics/t HTTP/1.1', ['Content-Length: 1'], 'x'));
    assert.equal((await connection.readResponse()).json().sequence, i);
  }
  await connection.send(message('GET /healthz HTTP/1.1', ['Connection: close']));
  const last = await connection.readResponse();
  assert.equal(last.field('connection'), 'close');
  await connection.readEnd();
});

test('PipelinedRequestsAreAnsweredInOrder', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  let all = '';
  for (let i = 0; i < 100; ++i) {
    all += message('POST /v1/topics/t HTTP/1.1', ['Content-Length: 3'], 'abc');
    if (i % 10 === 0) all += message('GET /no/such HTTP/1.1') + message('HEAD /healthz HTTP/1.1');
    if (i % 10 === 5) all += message('POST /v1/topics/t HTTP/1.1', ['Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n');
  }
  await connection.send(all);
  let sequence = 0;
  for (let i = 0; i < 100; ++i) {
    assert.equal((await connection.readResponse()).json().sequence, ++sequence);
    if (i % 10 === 0) {
      assert.equal((await connection.readResponse()).status, 404);
      assert.equal((await connection.readResponse({ method: 'HEAD' })).status, 200);
    }
    if (i % 10 === 5) assert.equal((await connection.readResponse()).json().sequence, ++sequence);
  }
  assert.equal(connection.received.length, 0);
});

test('ARequestMeansTheSameHoweverTheNetworkCutsIt', async (scope) => {
  const server = await scope.server();
  const bytes = message('POST /v1/topics/t HTTP/1.1', ['Transfer-Encoding: chunked', 'Weir-Event: e'], '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n');
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const single = await scope.raw(server);
  await single.sendPieces([...bytes]);
  assert.equal((await single.readResponse()).status, 200);
  for (let cut = 1; cut < bytes.length; cut += 7) {
    const connection = await scope.raw(server);
    await connection.sendPieces([bytes.slice(0, cut), bytes.slice(cut)]);
    assert.equal((await connection.readResponse()).status, 200, `cut at ${cut}`);
    connection.close();
  }
  const count = 1 + Math.ceil((bytes.length - 1) / 7);
  for (const event of await stream.take(count)) assert.deepEqual([event.type, event.data], ['e', 'abcde']);
});

test('HeadIsGetWithoutABodyAndTheConnectionStaysUsable', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  for (const path of ['/healthz', '/v1/stats', '/metrics', '/no/such', '/v1/topics/t', '/events', '/v1/subscribe?topic=t']) {
    await connection.send(message(`HEAD ${path} HTTP/1.1`, ['Accept: */*']));
    const head = await connection.readResponse({ method: 'HEAD' });
    assert.equal(head.status, path === '/no/such' ? 404 : 200, path);
    if (path.startsWith('/v1/topics') || path === '/events') {
      assert.match(head.field('content-type') ?? '', /^text\/event-stream/);
      assert.equal(head.field('content-length'), undefined, 'a stream has no length');
    }
    assert(head.field('date'), 'a date');
    await connection.send(message('GET /healthz HTTP/1.1'));
    assert.equal((await connection.readResponse()).status, 200, `after HEAD ${path}`);
  }
  assert.equal((await request(server, 'GET', '/stats')).json.active_connections, 0);
});

test('OptionsTellsWhatAnAddressTakes', async (scope) => {
  const server = await scope.server();
  /** @type {[string, string[]][]} */
  const expected = [
    ['/v1/topics/a/b', ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']],
    ['/v1/topics', ['GET', 'HEAD', 'OPTIONS']],
    ['/v1/publish', ['POST', 'OPTIONS']],
    ['/v1/subscribe', ['GET', 'HEAD', 'OPTIONS']],
    ['/events', ['GET', 'HEAD', 'OPTIONS']],
    ['/broadcast', ['POST', 'OPTIONS']],
    ['/healthz', ['GET', 'HEAD', 'OPTIONS']],
  ];
  for (const [path, methods] of expected) {
    const options = await request(server, 'OPTIONS', path);
    assert.equal(options.status, 204, path);
    assert.deepEqual((options.headers.allow ?? '').split(/, */).sort(), [...methods].sort(), path);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'GET', 'POST'].filter((each) => !methods.includes(each))) {
      const wrong = await request(server, method, path);
      assertProblem(wrong, 405, 'method-not-allowed');
      assert.equal(wrong.headers.allow, options.headers.allow, `${method} ${path}`);
    }
  }
  const connection = await scope.raw(server);
  await connection.send(message('OPTIONS * HTTP/1.1'));
  const star = await connection.readResponse({ method: 'OPTIONS' });
  assert(star.status === 204 || star.status === 200, `${star.status}`);
  await connection.send(message('BREW /healthz HTTP/1.1'));
  const brew = await connection.readResponse();
  assert(brew.status === 405 || brew.status === 501, `${brew.status}`);
  assert(brew.field('allow') !== undefined || brew.status === 501);
});

test('Http10IsServedAndClosed', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(`GET /healthz HTTP/1.0${crlf}${crlf}`);
  const answer = await connection.readResponse();
  assert.equal(answer.status, 200);
  assert.equal(answer.field('transfer-encoding'), undefined);
  await connection.readEnd();
  const kept = await scope.raw(server);
  await kept.send(`GET /healthz HTTP/1.0${crlf}Connection: keep-alive${crlf}${crlf}`);
  const first = await kept.readResponse();
  assert.equal(first.status, 200);
  if (first.field('connection')?.toLowerCase() === 'keep-alive') {
    await kept.send(`GET /healthz HTTP/1.0${crlf}${crlf}`);
    assert.equal((await kept.readResponse()).status, 200);
  }
  await kept.readEnd();
});

test('AnHttp10StreamIsNeverChunked', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t', { version: '1.0' });
  assert.equal(field(stream.head, 'transfer-encoding'), undefined);
  await publish(server, 't', 'x\ny');
  assert.equal((await stream.event()).data, 'x\ny');
  const lines = await scope.raw(server);
  const body = '{"topic":"t","data":"z"}\n';
  await lines.send(`POST /v1/publish HTTP/1.0${crlf}Content-Type: application/x-ndjson${crlf}Content-Length: ${body.length}${crlf}${crlf}${body}`);
  const answer = await lines.readResponse();
  assert.equal(answer.field('transfer-encoding'), undefined);
  assert.equal(JSON.parse(answer.text).sequence, 2);
});

test('ATargetInAbsoluteFormMeansItsPath', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(message(`POST ${server.url}/v1/topics/a%20b?x HTTP/1.1`, ['Content-Length: 1'], 'x'));
  assert.equal((await connection.readResponse()).status, 200);
  await connection.send(message(`GET ${server.url}/v1/topics/a%20b/info HTTP/1.1`));
  assert.equal((await connection.readResponse()).json().topic, 'a b');
});

test('ExpectContinueIsMetOnceAndAnyOtherExpectationIs417', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(message('POST /v1/topics/t HTTP/1.1', ['Content-Length: 5', 'Expect: 100-continue']));
  assert.equal((await connection.readResponse()).status, 100);
  await connection.send('hello');
  assert.equal((await connection.readResponse()).status, 200);
  // A body that comes with its head needs no 100, and may get one.
  await connection.send(message('POST /v1/topics/t HTTP/1.1', ['Content-Length: 5', 'Expect: 100-Continue'], 'hello'));
  let answer = await connection.readResponse();
  if (answer.status === 100) answer = await connection.readResponse();
  assert.equal(answer.status, 200);
  await connection.send(message('POST /v1/topics/t HTTP/1.1', ['Content-Length: 5', 'Expect: the-unexpected'], 'hello'));
  assert.equal((await connection.readResponse()).status, 417);
  // HTTP/1.0 knows no 100.
  const old = await scope.raw(server);
  await old.send(`POST /v1/topics/t HTTP/1.0${crlf}Content-Length: 5${crlf}Expect: 100-continue${crlf}${crlf}hello`);
  assert.equal((await old.readResponse()).status, 200);
});

test('ARefusalBeforeTheBodyDoesNotTakeTheBodyForARequest', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  const inner = message('POST /v1/topics/smuggled HTTP/1.1', ['Content-Length: 1'], 'x');
  await connection.send(message('POST /no/such HTTP/1.1', [`Content-Length: ${inner.length}`], inner));
  assert.equal((await connection.readResponse()).status, 404);
  if (!connection.ended) {
    await connection.send(message('GET /healthz HTTP/1.1'));
    const next = await connection.readResponse().catch(() => undefined);
    if (next) assert.equal(next.status, 200, 'the next answer is to the next request');
  }
  assert.equal((await request(server, 'GET', '/v1/topics/smuggled/info')).status, 404);
});

test('AClientThatHasSentAllMayCloseItsSideAndStillGetsItsAnswer', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(message('POST /v1/topics/t HTTP/1.1', ['Content-Length: 1'], 'x'));
  connection.finish();
  assert.equal((await connection.readResponse()).status, 200);
  await connection.readEnd();
});

test('EveryAnswerHasADateAndProblemsHaveTheirType', async (scope) => {
  const server = await scope.server();
  for (const path of ['/healthz', '/no/such', '/v1/stats']) {
    const { headers } = await request(server, 'GET', path);
    const date = Date.parse(headers.date ?? '');
    assert(Math.abs(Date.now() - date) < 60_000, `${path}: ${headers.date}`);
    assert.equal(new Date(date).toUTCString(), headers.date, 'an IMF-fixdate');
  }
});

test('TwoHundredConnectionsThatSayNothingDoNotHinderOthers', async (scope) => {
  const server = await scope.server();
  await Promise.all(Array.from({ length: 200 }, () => scope.raw(server)));
  assert.equal((await publish(server, 't', 'x')).sequence, 1);
});
