// @ts-check
// What is to hold behind any proxy: the same body for each.

import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { createHash } from 'node:crypto';

import { assertOrdered, ndjson, publish, request } from './client.mjs';
import { eventually, seconds, within } from './deadline.mjs';
import { httpServer } from './http_server.mjs';
import { SseStream } from './sse.mjs';
import { test } from './test.mjs';

/**
 * @typedef {object} Proxy
 * @property {{host: string, port: number}} plain HTTP/1.1 without TLS
 * @property {number} [tls] a port for HTTP/2 over TLS
 */

/** @typedef {{port: number, streamTimeout?: string}} Upstream the port of what stands behind, and how long it may be silent */

/** @param {{host: string, port: number}} server @param {string} name */
async function metric(server, name) {
  const { text } = await request(server, 'GET', '/metrics');
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
  assert(value, `${name} is a metric`);
  return Number(value[1]);
}

/**
 * @param {string} name what test names begin with
 * @param {(scope: import('./test.mjs').Scope, upstream: Upstream) => Promise<Proxy>} start
 * @param {{keepsAlive?: boolean, upgrades?: boolean, setsClientAddress?: boolean, secure?: boolean}} [does] what a bare configuration leaves out
 */
export function proxyTests(name, start, { keepsAlive = true, upgrades = true, setsClientAddress = true, secure = true } = {}) {
  test(`${name}DeliversTheFirstFrameAndEachEventAtOnce`, async (scope) => {
    const server = await scope.server();
    const { plain } = await start(scope, { port: server.port });
    // The first frame is 200 bytes, an event 50: a proxy that gathered a buffer would show neither.
    const stream = scope.closing(await SseStream.open(plain, '/v1/topics/news'));
    const { cursor } = await stream.welcome();
    assert(cursor, 'the welcome has the cursor');
    for (let i = 0; i < 20; ++i) {
      await publish(plain, 'news', `event ${i}`);
      const { data } = await stream.event(seconds(5));
      assert.equal(data, `event ${i}`);
    }
  });

  test(`${name}ResumesAfterTheServerWasKilled`, async (scope) => {
    const server = await scope.server();
    const { plain } = await start(scope, { port: server.port });
    // Otherwise a proxy ends the stream by its last chunk and keeps the connection.
    const stream = scope.closing(await SseStream.open(plain, '/v1/topics/news', { headers: { Connection: 'close' } }));
    await stream.welcome();
    await publish(plain, 'news', 'seen');
    await stream.event();
    await server.kill();
    await stream.end();
    const unreachable = await request(plain, 'GET', '/healthz');
    assert([502, 503].includes(unreachable.status), `${unreachable.status}`);
    await server.start();
    await eventually(async () => (await request(plain, 'GET', '/readyz')).status === 200, 'the proxy has found the server again', seconds(20));
    await publish(plain, 'news', 'missed');
    const again = scope.closing(await SseStream.open(plain, '/v1/topics/news', { headers: { 'Last-Event-ID': stream.lastId ?? '' } }));
    const { data } = await again.event();
    assert.equal(data, 'missed');
    assertOrdered([...stream.events, ...again.events]);
  });

  test(`${name}PassesALargeBodyAndItsAnswers`, async (scope) => {
    const server = await scope.server();
    const { plain } = await start(scope, { port: server.port });
    const line = JSON.stringify({ topic: 'bulk', data: 'x'.repeat(100_000) });
    const lines = 105;
    const answer = await request(plain, 'POST', '/v1/publish', {
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: `${line}\n`.repeat(lines),
      milliseconds: seconds(30),
    });
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    assert.equal(ndjson(answer.text).filter((each) => each.cursor).length, lines);
    const large = await request(plain, 'POST', '/v1/topics/large', { body: 'y'.repeat(3_000_000), milliseconds: seconds(30) });
    assert.equal(large.status, 200, large.text.slice(0, 300));
  });

  test(`${name}PassesAllLinesThatComeInChunks`, async (scope) => {
    const server = await scope.server();
    const { plain } = await start(scope, { port: server.port });
    const count = 60;
    const answer = await within(
      new Promise((resolve, reject) => {
        const outgoing = http.request({ ...plain, method: 'POST', path: '/v1/publish', headers: { 'Content-Type': 'application/x-ndjson', 'Transfer-Encoding': 'chunked' } }, (response) => {
          let text = '';
          response.on('data', (bytes) => (text += bytes));
          response.on('error', reject);
          response.on('end', () => resolve(text));
        });
        outgoing.on('error', reject);
        const write = (/** @type {number} */ i) => {
          if (i === count) return outgoing.end();
          outgoing.write(`${JSON.stringify({ topic: 'lines', data: `${i}${'x'.repeat(50_000)}` })}\n`, () => setImmediate(write, i + 1));
        };
        write(0);
      }),
      'the lines are answered',
      seconds(30),
    );
    assert.equal(ndjson(answer).filter((each) => each.cursor).length, count);
  });

  test(`${name}PassesARefusalInWords`, async (scope) => {
    const server = await scope.server({ args: ['--event-bytes-max', '64KiB', '--body-bytes-max', '64KiB'] });
    const { plain } = await start(scope, { port: server.port });
    const refused = await request(plain, 'POST', '/v1/topics/large', { body: 'z'.repeat(100_000), milliseconds: seconds(30) });
    assert.equal(refused.status, 413);
    assert.equal(refused.json?.code, 'body-too-large', refused.text.slice(0, 300));
  });

  test(`${name}KeepsAStreamThatIsSilentForLongerThanItsTimeout`, async (scope) => {
    const server = await scope.server({ args: ['--keepalive', '500ms'] });
    const { plain } = await start(scope, { port: server.port, streamTimeout: '2s' });
    const stream = scope.closing(await SseStream.open(plain, '/v1/topics/silent'));
    await stream.welcome();
    await stream.until(() => stream.comments.length >= 8, 'eight keepalives, over four seconds', seconds(20));
    assert(!stream.ended);
  });

  test(`${name}TellsTheServerThatAClientHasGone`, async (scope) => {
    const server = await scope.server();
    const { plain } = await start(scope, { port: server.port });
    const stream = await SseStream.open(plain, '/v1/topics/news');
    await stream.welcome();
    assert.equal(await metric(server, 'weir_subscribers'), 1);
    stream.close();
    // The proxy may see it at its next write only.
    await eventually(async () => {
      await publish(server, 'news', 'anybody?');
      return (await metric(server, 'weir_subscribers')) === 0;
    }, 'the subscriber is gone');
  });

  if (keepsAlive) {
    test(`${name}UsesConnectionsToTheServerAgain`, async (scope) => {
      const server = await scope.server();
      const { plain } = await start(scope, { port: server.port });
      await publish(plain, 'news', 'first');
      const before = await metric(server, 'weir_connections_accepted_total');
      const asked = await metric(server, 'weir_http_requests_total');
      for (let i = 0; i < 60; ++i) await publish(plain, 'news', `${i}`);
      const connections = (await metric(server, 'weir_connections_accepted_total')) - before;
      assert((await metric(server, 'weir_http_requests_total')) - asked >= 60);
      // Each worker of the proxy has a connection of its own, and each /metrics above is one.
      assert(connections <= 12, `${connections} connections for 60 publishes`);
    });
  }

  if (setsClientAddress) {
    test(`${name}TellsTheClientsAddressAndNotWhatItClaims`, async (scope) => {
      const { port } = await httpServer(scope, (incoming, answer) => answer.end(JSON.stringify(incoming.headers)));
      const { plain } = await start(scope, { port });
      const { text } = await eventually(async () => {
        const answer = await request(plain, 'GET', '/anything', { headers: { 'X-Forwarded-For': '203.0.113.9', Forwarded: 'for=203.0.113.9', 'X-Real-IP': '203.0.113.9', Host: 'events.example' } });
        return answer.status === 200 ? answer : undefined;
      }, 'the proxy has found what stands behind it', seconds(20));
      const headers = JSON.parse(text);
      assert.equal(headers['x-forwarded-for'], '127.0.0.1');
      assert.equal(headers.forwarded, undefined);
      assert.equal(headers['x-real-ip'], '127.0.0.1');
      assert.equal(headers['x-forwarded-proto'], 'http');
      assert.equal(headers.host, 'events.example');
    });

    test(`${name}ShowsNoFiguresToEverybody`, async (scope) => {
      const server = await scope.server();
      const { plain } = await start(scope, { port: server.port });
      for (const target of ['/metrics', '/v1/stats']) {
        assert.equal((await request(plain, 'GET', target)).status, 404);
        assert.equal((await request(server, 'GET', target)).status, 200);
      }
    });
  }

  if (upgrades) {
    test(`${name}PassesAWebSocketOn`, async (scope) => {
      const { server, port } = await httpServer(scope, (_, answer) => answer.end('no upgrade'));
      /** @type {net.Socket[]} */
      const sockets = [];
      scope.defer(() => sockets.forEach((each) => each.destroy()));
      server.on('upgrade', (incoming, socket) => {
        sockets.push(/** @type {net.Socket} */ (socket));
        const accept = createHash('sha1').update(`${incoming.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
        socket.on('data', (bytes) => socket.write(bytes));
        socket.on('error', () => {});
      });
      const { plain } = await start(scope, { port });
      await eventually(async () => (await request(plain, 'GET', '/')).status === 200, 'the proxy has found what stands behind it', seconds(20));
      const socket = await within(
        new Promise((resolve, reject) => {
          const outgoing = http.request({ ...plain, path: '/v1/topics/news', headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } });
          outgoing.on('upgrade', (response, upgraded) => resolve(response.headers['sec-websocket-accept'] === 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' && upgraded));
          outgoing.on('response', (response) => reject(new Error(`${response.statusCode} instead of 101`)));
          outgoing.on('error', reject);
          outgoing.end();
        }),
        'the connection is upgraded',
      );
      assert(socket, 'the accepted key came back');
      sockets.push(socket);
      const echoed = new Promise((resolve) => socket.once('data', (/** @type {Buffer} */ bytes) => resolve(bytes.toString('hex'))));
      socket.write(Buffer.from('8104616263', 'hex'));
      assert.equal(await within(echoed, 'the bytes come back'), '8104616263');
    });
  }

  if (!secure) return;
  test(`${name}CarriesManyStreamsOnOneHttp2Connection`, async (scope) => {
    const server = await scope.server();
    const { tls } = await start(scope, { port: server.port });
    const session = http2.connect(`https://127.0.0.1:${tls}`, { rejectUnauthorized: false });
    scope.closing({ close: () => session.destroy() });
    const count = 20;
    /** @type {string[]} */
    const texts = Array(count).fill('');
    const streams = texts.map((_, i) => {
      const stream = session.request({ ':path': `/v1/topics/tab${i}`, accept: 'text/event-stream' });
      stream.setEncoding('utf8');
      stream.on('data', (text) => (texts[i] += text));
      return stream;
    });
    await eventually(() => texts.every((text) => text.includes('event: system')), 'every stream has its first frame');
    for (let i = 0; i < count; ++i) await publish(server, `tab${i}`, `for tab ${i}`);
    await eventually(() => texts.every((text, i) => text.includes(`data: for tab ${i}\n`)), 'every stream has its event');
    assert.equal(session.alpnProtocol, 'h2');
    streams.forEach((stream) => stream.close());
  });
}
