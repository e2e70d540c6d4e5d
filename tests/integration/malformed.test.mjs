// @ts-check
// What is not HTTP, or could be read in two ways, is answered with a 4xx (or 501, 505) and the connection's end;
// nothing of it reaches a topic.
import assert from 'node:assert/strict';

import { assertProblem, publish, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';

const host = 'Host: x\r\n';
const post = `POST /v1/topics/smuggled HTTP/1.1\r\n${host}`;
const get = 'GET /healthz HTTP/1.1\r\n';

/** Each is sent whole; the answer must be an error with one of the statuses. @type {[string, string, number[]][]} */
const table = [
  // The request line
  ['no version', 'GET /healthz\r\n\r\n', [400]],
  ['two spaces', `GET  /healthz HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a space in the target', `GET /health z HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a tab', `GET\t/healthz HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a target without a slash', `GET healthz HTTP/1.1\r\n${host}\r\n`, [400]],
  ['no target', `GET HTTP/1.1\r\n${host}\r\n`, [400]],
  ['an asterisk for GET', `GET * HTTP/1.1\r\n${host}\r\n`, [400, 404]],
  ['a fragment', `GET /healthz#x HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a bad method', `GE(T /healthz HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a NUL in the target', `GET /health\0z HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a raw byte over 0x7f in the target', `GET /health\xff HTTP/1.1\r\n${host}\r\n`, [400]],
  ['a bad escape', `POST /v1/topics/%zz HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`, [400]],
  ['HTTP/0.9', 'GET /healthz HTTP/0.9\r\n\r\n', [400, 505]],
  ['HTTP/2.0', `GET /healthz HTTP/2.0\r\n${host}\r\n`, [400, 505]],
  ['HTTP/1.2', `GET /healthz HTTP/1.2\r\n${host}\r\n`, [400, 505]],
  ['http/1.1 in small letters', `GET /healthz http/1.1\r\n${host}\r\n`, [400]],
  ['HTTP/1.1 with more', `GET /healthz HTTP/1.1x\r\n${host}\r\n`, [400]],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400]],
  ['a preface of HTTP/2 that is none', 'PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n', [400, 505]],
  ['CONNECT', `CONNECT x:80 HTTP/1.1\r\n${host}\r\n`, [400, 405, 501]],
  // Line ends
  ['bare line feeds', 'GET /healthz HTTP/1.1\nHost: x\n\n', [400]],
  ['one bare line feed', `${get}Host: x\nX-A: b\r\n\r\n`, [400]],
  ['a lone carriage return', `${get}Host: x\rX-A: b\r\n\r\n`, [400]],
  // Host
  ['no Host', `${get}\r\n`, [400]],
  ['two Hosts', `${get}${host}Host: y\r\n\r\n`, [400]],
  ['a bad Host', `${get}Host: a b\r\n\r\n`, [400]],
  ['a Host with a path', `${get}Host: a/b\r\n\r\n`, [400]],
  // Header lines
  ['a space before the colon', `${get}${host}X-A : b\r\n\r\n`, [400]],
  ['a folded line', `${get}${host}X-A: b\r\n c\r\n\r\n`, [400]],
  ['a first line that is folded', `${get} Host: x\r\n\r\n`, [400]],
  ['no colon', `${get}${host}X-A\r\n\r\n`, [400]],
  ['an empty name', `${get}${host}: b\r\n\r\n`, [400]],
  ['a name with a bracket', `${get}${host}X(A): b\r\n\r\n`, [400]],
  ['a NUL in a value', `${get}${host}X-A: a\0b\r\n\r\n`, [400]],
  ['a control character in a value', `${get}${host}X-A: a\x01b\r\n\r\n`, [400]],
  // Lengths: what smuggling is made of
  ['both lengths', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
  ['both lengths, the other way', `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`, [400]],
  ['two lengths that differ', `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`, [400]],
  ['a list of lengths', `${post}Content-Length: 1, 2\r\n\r\nxx`, [400]],
  ['a negative length', `${post}Content-Length: -1\r\n\r\n`, [400]],
  ['a length with a sign', `${post}Content-Length: +1\r\n\r\nx`, [400]],
  ['a hexadecimal length', `${post}Content-Length: 0x1\r\n\r\nx`, [400]],
  ['a length with a unit', `${post}Content-Length: 1b\r\n\r\nx`, [400]],
  ['an empty length', `${post}Content-Length:\r\n\r\n`, [400]],
  ['a length beyond 64 bits', `${post}Content-Length: 99999999999999999999999\r\n\r\n`, [400, 413]],
  ['a coding that is not known', `${post}Transfer-Encoding: gzip\r\n\r\n`, [400, 501]],
  ['chunked, then more', `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['gzip, then chunked', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['chunked twice', `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['chunked in two lines', `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['xchunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['chunked in quotes', `${post}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['chunked after a vertical tab', `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['identity', `${post}Transfer-Encoding: identity\r\n\r\n`, [400, 501]],
  ['an empty coding', `${post}Transfer-Encoding:\r\nContent-Length: 1\r\n\r\nx`, [400, 501]],
  ['chunked over HTTP/1.0', 'POST /v1/topics/smuggled HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', [400, 501]],
  // Chunks
  ['a chunk size that is none', `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, [400]],
  ['a negative chunk size', `${post}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`, [400]],
  ['a chunk size with 0x', `${post}Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n`, [400]],
  ['a chunk size with a space before', `${post}Transfer-Encoding: chunked\r\n\r\n 1\r\nx\r\n0\r\n\r\n`, [400]],
  ['a chunk size beyond 64 bits', `${post}Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\nx\r\n0\r\n\r\n`, [400, 413]],
  ['a chunk size that wraps to 1', `${post}Transfer-Encoding: chunked\r\n\r\n10000000000000001\r\nx\r\n0\r\n\r\n`, [400, 413]],
  ['a chunk that is longer than it says', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n`, [400]],
  ['a chunk that ends in a bare line feed', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n\r\n`, [400]],
  ['a chunk size that ends in a bare line feed', `${post}Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n`, [400]],
  ['an empty chunk size', `${post}Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n`, [400]],
  ['a bare carriage return in a chunk extension', `${post}Transfer-Encoding: chunked\r\n\r\n1;a\rb\r\nx\r\n0\r\n\r\n`, [400]],
  ['a bad trailer', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nno colon\r\n\r\n`, [400]],
];

test('EveryMalformedRequestIsAnsweredAndNothingOfItIsPublished', async (scope) => {
  const server = await scope.server();
  for (const [name, bytes, statuses] of table) {
    const connection = await scope.raw(server);
    await connection.send(bytes);
    const answer = await connection.readResponse().catch((error) => {
      throw new Error(`${name}: ${error.message}`);
    });
    assert(statuses.includes(answer.status), `${name}: ${answer.status} ${answer.text}, expected ${statuses}`);
    assertProblem(answer, answer.status);
    // Only a request whose end is certain may be followed by another.
    if (!['a bad escape', 'an asterisk for GET', 'CONNECT'].includes(name)) {
      assert.equal(answer.field('connection'), 'close', name);
      await connection.readEnd();
    }
    assert.equal(connection.received.length, 0, `${name}: one answer only`);
    connection.close();
  }
  assert.equal((await request(server, 'GET', '/v1/topics/smuggled/info')).status, 404);
  assert.equal((await publish(server, 't', 'x')).sequence, 1);
});

test('EqualLengthsGivenTwiceAreRefusedOrTakenAsOne', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(`${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`);
  const answer = await connection.readResponse();
  assert(answer.status === 400 || answer.status === 200, `${answer.status}`);
});

test('ABlankLineBeforeARequestIsIgnored', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send(`\r\n${get}${host}\r\n`);
  assert.equal((await connection.readResponse()).status, 200);
  await connection.send(`\r\n${get}${host}\r\n`);
  assert.equal((await connection.readResponse()).status, 200);
});

test('ARequestThatEndsInTheMiddleIsNotPublished', async (scope) => {
  const server = await scope.server();
  for (const bytes of [`${post}Content-Length: 10\r\n\r\nhalf`, `${post}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, `${post}Content-Le`]) {
    const connection = await scope.raw(server);
    await connection.send(bytes);
    connection.finish();
    const answer = await connection.readResponse().catch(() => undefined);
    if (answer) assert(answer.status >= 400 && answer.status < 500, `${answer.status}`);
    await connection.readEnd();
  }
  assert.equal((await request(server, 'GET', '/v1/topics/smuggled/info')).status, 404);
});

test('RandomBytesNeverBringTheServerDown', async (scope) => {
  const server = await scope.server();
  let seed = 20260101;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const words = ['GET ', 'POST ', '/v1/topics/t', '/events', ' HTTP/1.1', '\r\n', '\n', '\r', 'Host: x\r\n', 'Content-Length: ', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n', ':', '\0', '\xff', '%', '99', ' '];
  for (let round = 0; round < 150; ++round) {
    const connection = await scope.raw(server);
    let bytes = '';
    for (let i = 0; i < 3 + random() * 12; ++i) bytes += words[Math.floor(random() * words.length)];
    await connection.send(bytes);
    connection.finish();
    // Whatever this was: either answers come and the connection ends, or it became an event stream.
    await connection.until((received) => connection.ended || received.includes('text/event-stream'), `an end after ${JSON.stringify(bytes)}`);
    if (connection.received.length > 0) assert.match(connection.received.toString('latin1'), /^HTTP\/1\.[01] /, JSON.stringify(bytes));
    connection.close();
  }
  assert.equal((await request(server, 'GET', '/healthz')).status, 200);
});
