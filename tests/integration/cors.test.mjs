// @ts-check
import assert from 'node:assert/strict';

import { request } from '../support/client.mjs';
import { field } from '../support/raw.mjs';
import { test } from '../support/test.mjs';

const app = 'https://app.example';
const args = ['--cors-origin', app, '--cors-origin', 'http://localhost:5173'];

test('AnAllowedOriginIsNamedExactlyOnEveryKindOfAnswer', async (scope) => {
  const server = await scope.server({ args });
  for (const origin of [app, 'http://localhost:5173']) {
    for (const [method, path] of [['GET', '/v1/stats'], ['POST', '/v1/topics/t'], ['GET', '/no/such'], ['DELETE', '/v1/stats']]) {
      const answer = await request(server, method, path, { headers: { Origin: origin } });
      assert.equal(answer.headers['access-control-allow-origin'], origin, `${method} ${path}`);
      assert.match(answer.headers.vary ?? '', /\bOrigin\b/i);
      assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    }
    const { head } = await scope.subscribe(server, '/v1/topics/t', { headers: { Origin: origin } });
    assert.equal(field(head, 'access-control-allow-origin'), origin);
    assert.match(field(head, 'vary') ?? '', /\bOrigin\b/i);
  }
});

test('AnOriginIsNamedOnRefusalsThatComeBeforeAnyHandler', async (scope) => {
  const server = await scope.server({ args: [...args, '--event-bytes-max', '1KiB'] });
  for (const [status, lines] of /** @type {[number, string][]} */ ([
    [413, 'Content-Length: 5000\r\n'],
    [417, 'Content-Length: 1\r\nExpect: a-miracle\r\n'],
    [400, 'Content-Length: 1\r\nContent-Length: 1\r\n'],
  ])) {
    const connection = await scope.raw(server);
    await connection.send(`POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nOrigin: ${app}\r\n${lines}\r\n`);
    const answer = await connection.readResponse();
    assert.equal(answer.status, status);
    assert.equal(answer.field('access-control-allow-origin'), app, `${status}`);
  }
});

test('AnyOtherOriginGetsNothing', async (scope) => {
  const server = await scope.server({ args: [...args, '--cors-credentials'] });
  for (const origin of ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'https://app.example:444', 'https://APP.example', 'null', 'https://app.example/', '*']) {
    const answer = await request(server, 'GET', '/v1/stats', { headers: { Origin: origin } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['access-control-allow-origin'], undefined, origin);
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    const preflight = await request(server, 'OPTIONS', '/v1/topics/t', { headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' } });
    assert.equal(preflight.headers['access-control-allow-origin'], undefined, origin);
  }
});

test('WithCredentialsTheOriginIsExactAndCredentialsAreAllowed', async (scope) => {
  const server = await scope.server({ args: [...args, '--cors-credentials'] });
  const { head } = await scope.subscribe(server, '/v1/topics/t', { headers: { Origin: app } });
  assert.equal(field(head, 'access-control-allow-origin'), app);
  assert.equal(field(head, 'access-control-allow-credentials'), 'true');
});

test('APreflightAllowsTheHeadersThatClientsSend', async (scope) => {
  const server = await scope.server({ args: [...args, '--cors-credentials'] });
  for (const [path, method] of [['/v1/topics/a/b', 'GET'], ['/v1/topics/a/b', 'POST'], ['/v1/publish', 'POST'], ['/events', 'GET'], ['/v1/subscribe?topic=t', 'GET'], ['/v1/topics/a', 'DELETE']]) {
    const answer = await request(server, 'OPTIONS', path, {
      headers: { Origin: app, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'last-event-id' },
    });
    assert.equal(answer.status, 204, path);
    assert.equal(answer.headers['access-control-allow-origin'], app);
    assert.equal(answer.headers['access-control-allow-credentials'], 'true');
    assert.match(answer.headers.vary ?? '', /\bOrigin\b/i);
    assert((answer.headers['access-control-allow-methods'] ?? '').split(/, */).includes(method), `${path}: ${answer.headers['access-control-allow-methods']}`);
    const allowed = (answer.headers['access-control-allow-headers'] ?? '').toLowerCase().split(/, */);
    for (const name of ['last-event-id', 'content-type', 'authorization', 'idempotency-key', 'weir-event', 'weir-id', 'weir-key', 'weir-ttl', 'weir-private', 'weir-ephemeral', 'weir-time', 'weir-close']) {
      assert(allowed.includes(name), `${name} in ${allowed}`);
    }
    assert.equal(answer.text, '');
  }
});

test('WithoutAnOriginNothingIsNeeded', async (scope) => {
  const server = await scope.server({ args });
  const { head } = await scope.subscribe(server, '/v1/topics/t');
  assert.equal(field(head, 'access-control-allow-origin'), undefined);
  const bare = await scope.server();
  const answer = await request(bare, 'GET', '/v1/stats', { headers: { Origin: app } });
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
});
