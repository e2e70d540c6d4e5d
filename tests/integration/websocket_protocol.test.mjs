// @ts-check
// WebSocket as bytes: handshakes that are wrong, frames that are wrong, each with its answer.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import zlib from 'node:zlib';

import { publish, request } from '../support/client.mjs';
import { field } from '../support/raw.mjs';
import { test } from '../support/test.mjs';
import { frame, RawWebSocket } from '../support/ws.mjs';

/** @param {import('../support/test.mjs').Scope} scope @param {import('../support/server.mjs').Server} server @param {string} [target] @param {string[]} [fields] */
async function connect(scope, server, target = '/v1/topics/t', fields) {
  const socket = scope.closing(await RawWebSocket.open(server, target, fields));
  assert.equal(socket.head.status, 101);
  const welcome = await socket.read();
  assert.equal(welcome.first, 0x81);
  assert.equal(JSON.parse(welcome.payload.toString()).type, 'system');
  return socket;
}

const code = (/** @type {number} */ number, reason = '') => Buffer.concat([Buffer.from([number >> 8, number & 255]), Buffer.from(reason)]);

test('TheHandshakeIsThatOfTheSpecification', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  await connection.send('GET /v1/topics/t HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
  await connection.until((bytes) => bytes.includes('"type":"system"'), 'head and first message');
  const text = connection.pieces[0].toString('latin1');
  assert.match(text, /^HTTP\/1\.1 101 /);
  assert.match(text, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  assert.doesNotMatch(text, /\r\n(Transfer-Encoding|Content-Length|Sec-WebSocket-Extensions|Sec-WebSocket-Protocol):/i);
  assert.match(text, /"type":"system"/, 'the first message is in the first segment');
});

test('AMessageThatIsBegunAndDoesNotEndClosesItsConnection', async (scope) => {
  const server = await scope.server({ args: ['--websocket-message-timeout', '1s'] });
  const message = JSON.stringify({ type: 'ping', id: 1 });
  const whole = frame(0x81, message);
  /** @type {[string, Buffer][]} */
  const beginnings = [
    ['half a head', whole.subarray(0, 1)],
    ['half a payload', whole.subarray(0, 12)],
    ['a fragment', frame(0x01, message.slice(0, 5))],
    ['a message, and the beginning of another', Buffer.concat([whole, whole.subarray(0, 12)])],
  ];
  const sockets = [];
  for (const [what, bytes] of beginnings) {
    const socket = await connect(scope, server);
    await socket.connection.send(bytes);
    sockets.push({ what, socket });
  }
  // Pings between the fragments of a message do not give it more time.
  const pinging = await connect(scope, server);
  await pinging.connection.send(frame(0x01, message.slice(0, 5)));
  const pings = setInterval(() => pinging.connection.send(frame(0x89)).catch(() => {}), 100);
  scope.defer(() => clearInterval(pings));
  sockets.push({ what: 'pings between fragments', socket: pinging });
  for (const { what, socket } of sockets) {
    assert.deepEqual(await socket.readClose(), { code: 4003, reason: 'the message took too long' }, what);
  }
  const { json } = await request(server, 'GET', '/v1/stats');
  assert.equal(json.websocket_slow_messages_total, sockets.length);
});

test('MessagesThatEndInTimeMayComeInPiecesForAsLongAsTheyLike', async (scope) => {
  const server = await scope.server({ args: ['--websocket-message-timeout', '1s'] });
  const steady = await connect(scope, server);
  const message = frame(0x81, JSON.stringify({ type: 'ping', id: 1 }));
  await steady.connection.send(message.subarray(0, 10));
  const slowOnes = async () => (await request(server, 'GET', '/v1/stats')).json.websocket_slow_messages_total;
  // Each piece ends a message and begins the next, until two others, one after the other, were too slow.
  for (let round = 0; round < 2; ++round) {
    const slow = await connect(scope, server);
    await slow.connection.send(frame(0x01, 'x'));
    while ((await slowOnes()) <= round) {
      await steady.connection.send(Buffer.concat([message.subarray(10), message.subarray(0, 10)]));
      const { first, payload } = await steady.read();
      assert.equal(first, 0x81, `it is closed: ${payload}`);
      assert.equal(JSON.parse(payload.toString()).type, 'ok');
    }
  }
});

test('AHandshakeThatIsWrongIsAnsweredWithHttp', async (scope) => {
  const server = await scope.server();
  const good = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': crypto.randomBytes(16).toString('base64'), 'Sec-WebSocket-Version': '13' };
  /** @type {[Record<string, string | undefined>, number][]} */
  const cases = [
    [{ Connection: 'keep-alive' }, 400],
    [{ 'Sec-WebSocket-Key': undefined }, 400],
    [{ 'Sec-WebSocket-Key': 'short' }, 400],
    [{ 'Sec-WebSocket-Key': '************************' }, 400],
    [{ 'Sec-WebSocket-Version': '8' }, 426],
    [{ 'Sec-WebSocket-Version': undefined }, 426],
  ];
  for (const [change, status] of cases) {
    const connection = await scope.raw(server);
    const fields = Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined);
    await connection.send(`GET /v1/ws HTTP/1.1\r\nHost: x\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    const answer = await connection.readResponse();
    assert.equal(answer.status, status, JSON.stringify(change));
    if (status === 426) assert.equal(answer.field('sec-websocket-version'), '13');
    connection.close();
  }
  const old = await scope.raw(server);
  await old.send(`GET /v1/ws HTTP/1.0\r\nHost: x\r\n${Object.entries(good).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  assert.equal((await old.readResponse()).status, 400);
});

test('EveryViolationIsClosedWithItsCode', async (scope) => {
  const server = await scope.server({ args: ['--websocket-message-bytes-max', '4KiB'] });
  const bomb = zlib.deflateRawSync(Buffer.alloc(1000));
  /** @type {[string, Buffer, number][]} */
  const cases = [
    ['an unmasked frame', frame(0x81, '{}', { masked: false }), 1002],
    ['RSV1 without an extension', frame(0xc1, bomb), 1002],
    ['RSV2', frame(0xa1, 'x'), 1002],
    ['RSV3', frame(0x91, 'x'), 1002],
    ['an unknown opcode', frame(0x83, 'x'), 1002],
    ['an unknown control opcode', frame(0x8b, 'x'), 1002],
    ['binary', frame(0x82, 'x'), 1003],
    ['a long control frame', frame(0x89, 'x'.repeat(126)), 1002],
    ['a fragmented control frame', frame(0x09, 'x'), 1002],
    ['a continuation without a start', frame(0x80, 'x'), 1002],
    ['a message within a message', Buffer.concat([frame(0x01, 'x'), frame(0x81, 'y')]), 1002],
    ['a length of 64 bits', Buffer.from('81ff800000000000000000000000', 'hex'), 1002],
    ['a length that is too long for its value', Buffer.from('81fe000500000000', 'hex'), 1002],
    ['a message that is too big', Buffer.from('81fe100100000000', 'hex'), 1009],
    ['a message that is too big by far', Buffer.from('81ff7fffffffffffffff00000000', 'hex'), 1009],
    ['a message that is too big in fragments', Buffer.concat([frame(0x01, 'x'.repeat(4000)), frame(0x80, 'x'.repeat(97))]), 1009],
    ['invalid UTF-8', frame(0x81, Buffer.from([0x61, 0xff])), 1007],
    ['invalid UTF-8 over fragments', Buffer.concat([frame(0x01, Buffer.from([0xed])), frame(0x80, Buffer.from([0xa0, 0x80]))]), 1007],
    ['invalid UTF-8 in a message that has not ended', frame(0x01, Buffer.from([0xc0, 0xaf])), 1007],
    ['half a close code', frame(0x88, 'x'), 1002],
    ['a close code that is not sent', frame(0x88, code(1005)), 1002],
    ['a close code of nobody', frame(0x88, code(5000)), 1002],
    ['a close reason that is not UTF-8', frame(0x88, Buffer.concat([code(1000), Buffer.from([0xff])])), 1007],
  ];
  for (const [what, bytes, expected] of cases) {
    for (const drip of [false, true]) {
      const socket = await connect(scope, server);
      if (drip) await socket.connection.sendPieces([...bytes.subarray(0, 200)].map((byte) => Buffer.from([byte])));
      await socket.send(drip ? bytes.subarray(200) : bytes);
      assert.equal((await socket.readClose()).code, expected, `${what}${drip ? ', byte by byte' : ''}`);
      await socket.connection.readEnd();
      socket.close();
    }
  }
  const { json } = await request(server, 'GET', '/v1/stats');
  assert.equal(json.websocket_too_big_total, 6);
  assert.equal(json.websocket_violations_total, 2 * cases.length - 6);
  await publish(server, 't', 'the server goes on');
});

test('ACloseIsAnsweredWithItsCodeAndTheEnd', async (scope) => {
  const server = await scope.server();
  for (const [payload, expected] of /** @type {[Buffer | string, number][]} */ ([['', 1005], [code(1000, 'bye'), 1000], [code(1001), 1001], [code(3000), 3000], [code(4999, 'ü'.repeat(61)), 4999]])) {
    const socket = await connect(scope, server);
    await socket.send(Buffer.concat([frame(0x88, payload), frame(0x81, '{"type":"ping"}')]));
    assert.equal((await socket.readClose()).code, expected);
    await socket.connection.readEnd();
  }
});

test('APingIsAnsweredEvenWithinAMessage', async (scope) => {
  const server = await scope.server();
  const socket = await connect(scope, server);
  const text = Buffer.from('{"type":"ping","id":"ü"}');
  const cut = text.indexOf('ü') + 1;
  await socket.connection.sendPieces([frame(0x01, text.subarray(0, cut)), frame(0x89, 'hello'), frame(0x00, ''), frame(0x8a, 'unasked'), frame(0x80, text.subarray(cut))]);
  const pong = await socket.read();
  assert.deepEqual([pong.first, pong.payload.toString()], [0x8a, 'hello']);
  const answer = await socket.read();
  assert.deepEqual(JSON.parse(answer.payload.toString()), { type: 'ok', id: 'ü' });
});

test('FramesThatComeWithTheHandshakeAreRead', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  const head = 'GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
  await connection.send(Buffer.concat([Buffer.from(head), frame(0x81, '{"type":"ping","id":1}')]));
  await connection.until((bytes) => bytes.includes('{"type":"ok","id":1}'), 'the answer');
});

test('FramesAreAsShortAsTheirLengthAllows', async (scope) => {
  const server = await scope.server();
  const socket = await connect(scope, server);
  for (const size of [0, 200, 70_000]) {
    await publish(server, 't', 'x'.repeat(size));
    const { first, payload } = await socket.read();
    assert.equal(first, 0x81);
    assert.equal(JSON.parse(payload.toString()).data.length, size);
  }
});

test('CompressedFramesAreInflatedWithinTheirLimit', async (scope) => {
  const server = await scope.server({ args: ['--websocket-compression', '--websocket-message-bytes-max', '64KiB'] });
  const offers = ['permessage-deflate; client_max_window_bits', 'permessage-deflate; server_max_window_bits=9, permessage-deflate'];
  const deflate = (/** @type {string | Buffer} */ text) => zlib.deflateRawSync(text, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);
  for (const offer of offers) {
    const socket = await connect(scope, server, '/v1/ws', [`Sec-WebSocket-Extensions: ${offer}`]);
    assert.equal(field(socket.head, 'sec-websocket-extensions'), 'permessage-deflate; server_no_context_takeover; client_no_context_takeover');
    await socket.send(frame(0xc1, deflate('{"type":"ping","id":1}')));
    assert.equal((await socket.read()).payload.toString(), '{"type":"ok","id":1}');
    socket.close();
  }
  /** @type {[string, Buffer, number][]} */
  const cases = [
    ['a bomb', frame(0xc1, deflate(Buffer.alloc(30_000_000))), 1009],
    ['noise', frame(0xc1, Buffer.from([0xff, 0xff, 0xff])), 1007],
    ['text that is not UTF-8', frame(0xc1, deflate(Buffer.from([0xff]))), 1007],
    ['RSV1 on a continuation', Buffer.concat([frame(0x41, 'x'), frame(0xc0, 'x')]), 1002],
    ['RSV1 on a ping', frame(0xc9, ''), 1002],
  ];
  for (const [what, bytes, expected] of cases) {
    const socket = await connect(scope, server, '/v1/ws', [`Sec-WebSocket-Extensions: ${offers[0]}`]);
    const before = server.residentBytes();
    await socket.send(bytes);
    assert.equal((await socket.readClose()).code, expected, what);
    assert(server.residentBytes() - before < 10_000_000, what);
    socket.close();
  }
  for (const offer of ['permessage-deflate; server_max_window_bits=9', 'permessage-deflate; nonsense', 'x-webkit-deflate-frame', 'permessage-deflate; server_no_context_takeover=1']) {
    const socket = await connect(scope, server, '/v1/ws', [`Sec-WebSocket-Extensions: ${offer}`]);
    assert.equal(field(socket.head, 'sec-websocket-extensions'), undefined, offer);
    socket.close();
  }
});
