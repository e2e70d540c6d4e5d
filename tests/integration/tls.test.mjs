// @ts-check
// HTTPS as clients meet it: Node's TLS, curl and openssl against the real binary.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import tls from 'node:tls';
import { promisify } from 'node:util';

import { Certificates } from '../support/certificates.mjs';
import { publish, publishMany, request } from '../support/client.mjs';
import { Signal, eventually, seconds, within } from '../support/deadline.mjs';
import { RawConnection } from '../support/raw.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

const execute = promisify(execFile);

/** A server under TLS. @param {import('../support/test.mjs').Scope} scope @param {{args?: string[], options?: string, certificates?: Certificates}} [given] */
async function secure(scope, { args = [], options = '', certificates = new Certificates(scope.tempDir()) } = {}) {
  const { certificate, key } = certificates.issue('weir');
  const server = await scope.server({
    listenOptions: `?tls${options}`,
    tls: certificates.client(),
    args: ['--tls-certificate', certificate, '--tls-key', key, ...args],
  });
  return { server, certificates, certificate, key };
}

/** @param {import('../support/raw.mjs').Address} server @param {string} name */
async function metric(server, name) {
  const { text } = await request(server, 'GET', '/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert(line, `${name} in\n${text}`);
  return Number(line.slice(name.length + 1));
}

for (const version of /** @type {tls.SecureVersion[]} */ (['TLSv1.2', 'TLSv1.3'])) {
  test(`PublishAndSubscribeWorkUnder${version.replace(/\W/g, '')}`, async (scope) => {
    const { server, certificates } = await secure(scope);
    server.options.tls = certificates.client({ minVersion: version, maxVersion: version });
    const stream = await scope.subscribe(server, '/v1/topics/t');
    assert.equal(/** @type {tls.TLSSocket} */ (stream.connection.socket).getProtocol(), version);
    const { cursor } = await publish(server, 't', 'under TLS');
    const [event] = await stream.take(1);
    assert.equal(event.data, 'under TLS');
    assert.equal(event.id, cursor);
  });
}

test('TheStartLineNamesHttps', async (scope) => {
  const { server } = await secure(scope);
  await server.logged(new RegExp(`https://127\\.0\\.0\\.1:${server.port}\\b`));
});

test('AStreamResumesUnderTlsWithoutLossOrDuplicate', async (scope) => {
  const { server } = await secure(scope);
  const first = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', '1');
  await first.take(1);
  const id = first.lastId ?? '';
  first.close();
  await publishMany(server, Array.from({ length: 500 }, (_, i) => ({ topic: 't', data: String(i + 2) })));
  const again = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': id } });
  const events = await again.take(500);
  assert.deepEqual(events.map((each) => each.data), Array.from({ length: 500 }, (_, i) => String(i + 2)));
});

test('ASlowReaderUnderTlsCatchesUp', async (scope) => {
  const { server } = await secure(scope);
  const slow = await scope.subscribe(server, '/v1/topics/t');
  slow.pause();
  const data = 'x'.repeat(10_000);
  for (let batch = 0; batch < 20; ++batch) await publishMany(server, Array.from({ length: 100 }, (_, i) => ({ topic: 't', data: `${batch * 100 + i} ${data}` })));
  await eventually(async () => (await metric(server, 'weir_fell_behind_total')) > 0, 'it falls behind');
  slow.resume();
  const events = await slow.take(2000, seconds(60));
  assert.deepEqual(events.map((each) => parseInt(each.data ?? '', 10)), Array.from({ length: 2000 }, (_, i) => i));
  assert.equal(await metric(server, 'weir_subscribers'), 1);
}, { timeout: 120 });

test('AClientThatIsKilledIsNoticed', async (scope) => {
  const { server } = await secure(scope);
  const stream = await scope.subscribe(server, '/v1/topics/t');
  assert.equal(await metric(server, 'weir_subscribers'), 1);
  /** @type {tls.TLSSocket} */ (stream.connection.socket).destroy();
  await eventually(async () => (await metric(server, 'weir_subscribers')) === 0, 'its place is free');
});

test('DrainingEndsStreamsUnderTlsInOrder', async (scope) => {
  const { server } = await secure(scope);
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'last');
  server.signal('SIGTERM');
  await stream.end();
  assert.equal(stream.events.at(-1)?.data, 'last');
  assert.equal(stream.frames.at(-1)?.type, 'drain');
  assert(stream.endedCleanly, 'with the last chunk and close_notify');
  assert.equal((await server.exited()).code, 0);
});

test('ASessionIsResumedOnAnyShard', async (scope) => {
  const { server, certificates } = await secure(scope, { args: ['--shards', '2'] });
  const session = await new Promise((resolve, reject) => {
    const socket = tls.connect({ host: server.host, port: server.port, ...certificates.client() });
    scope.closing({ close: () => socket.destroy() });
    socket.once('session', resolve);
    socket.once('error', reject);
    socket.on('data', () => {});
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  for (let i = 0; i < 8; ++i) {
    const connection = scope.closing(await RawConnection.open({ ...server, host: server.host, port: server.port, tls: certificates.client({ session }) }));
    assert(/** @type {tls.TLSSocket} */ (connection.socket).isSessionReused(), `connection ${i}`);
  }
  assert((await metric(server, 'weir_tls_resumed_total')) >= 8);
});

test('PlainHttpOnATlsPortGets400InPlainText', async (scope) => {
  const { server } = await secure(scope);
  const answer = await request({ host: server.host, port: server.port }, 'GET', '/healthz');
  assert.equal(answer.status, 400);
  assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
  assert.match(answer.text, /https:\/\//);
  assert.equal(await metric(server, 'weir_tls_failures_total{reason="plain_http"}'), 1);
});

test('HandshakeFailuresAreCountedAndNotLogged', async (scope) => {
  const { server, certificates } = await secure(scope);
  const before = server.currentLog;
  // Node.js looks at certificates after the handshake; curl says in it that it does not like one.
  const strange = new Certificates(scope.tempDir());
  await assert.rejects(execute('curl', ['--silent', '--cacert', strange.authority.certificate, `https://127.0.0.1:${server.port}/`]));
  await assert.rejects(request({ ...addressOf(server), tls: certificates.client({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }) }, 'GET', '/healthz'));
  await eventually(async () => (await metric(server, 'weir_tls_failures_total{reason="rejected"}')) === 1, 'a client that does not trust us');
  await eventually(async () => (await metric(server, 'weir_tls_failures_total{reason="no_common_ground"}')) === 1, 'an old client');
  assert.equal(server.currentLog, before, 'nothing is logged for them');
});

/** @param {import('../support/server.mjs').Server} server */
const addressOf = (server) => ({ host: server.host, port: server.port });

test('WhereAClientCertificateIsRequiredOnlyThoseWithAValidOneConnect', async (scope) => {
  const certificates = new Certificates(scope.tempDir());
  const { server } = await secure(scope, { certificates, args: ['--tls-client-ca', certificates.authority.certificate, '--tls-client-verify', 'required'] });
  const { readFileSync } = await import('node:fs');
  const with_ = (/** @type {{certificate: string, key: string}} */ pair) => ({ ...addressOf(server), tls: certificates.client({ cert: readFileSync(pair.certificate), key: readFileSync(pair.key) }) });
  const alice = with_(certificates.issue('alice'));
  assert.equal((await request(alice, 'GET', '/healthz')).status, 200);
  await assert.rejects(request(server, 'GET', '/healthz'), 'without one');
  await assert.rejects(request(with_(certificates.stranger('mallory')), 'GET', '/healthz'), 'with a stranger’s');
  server.options.tls = alice.tls;
  assert.equal(await metric(server, 'weir_tls_failures_total{reason="client_certificate"}'), 2);
});

test('SighupTakesANewCertificateAndKeepsOpenStreams', async (scope) => {
  const { server, certificates, certificate, key } = await secure(scope);
  const nameOf = async () => {
    const connection = await RawConnection.open(server);
    const name = /** @type {tls.TLSSocket} */ (connection.socket).getPeerCertificate().subject.CN;
    connection.close();
    return name;
  };
  assert.equal(await nameOf(), 'weir');
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const renewed = certificates.issue('renewed');
  copyFileSync(renewed.certificate, certificate);
  copyFileSync(renewed.key, key);
  server.signal('SIGHUP');
  await server.logged(/tls\.reloaded/);
  await eventually(async () => (await nameOf()) === 'renewed', 'new connections get the new one');
  await publish(server, 't', 'still open');
  assert.equal((await stream.take(1))[0].data, 'still open');

  certificates.file('weir.pem', 'broken');
  server.signal('SIGHUP');
  await server.logged(/tls\.reload_failed.*weir\.pem/);
  assert.equal(await nameOf(), 'renewed', 'a bad one changes nothing');
  assert.equal(await metric(server, 'weir_tls_reload_failures_total'), 1);
  const expires = await metric(server, 'weir_tls_certificate_expires_seconds');
  assert(expires > Date.now() / 1000 && expires < Date.now() / 1000 + 3 * 86_400, `${expires}`);
});

test('BadCertificateFilesAreExit2AndOneLine', async (scope) => {
  const certificates = new Certificates(scope.tempDir());
  const { certificate, key } = certificates.issue('weir');
  const other = certificates.issue('other');
  const text = certificates.file('text.pem', 'not a certificate');
  for (const [args, words] of /** @type {[string[], RegExp][]} */ ([
    [[], /tls_certificate/],
    [['--tls-certificate', '/nowhere.pem'], /tls_certificate: \/nowhere\.pem: No such file/],
    [['--tls-certificate', text, '--tls-key', key], /tls_certificate: .*text\.pem/],
    [['--tls-certificate', certificate, '--tls-key', other.key], /key of another certificate/],
    [['--tls-certificate', certificate, '--tls-key', text], /tls_key: .*text\.pem/],
    [['--tls-certificate', certificate, '--tls-key', key, '--tls-client-verify', 'required'], /tls_client_ca/],
    [['--tls-certificate', certificate, '--tls-key', key, '--tls-client-verify', 'required', '--tls-client-ca', text], /tls_client_ca: .*text\.pem/],
    [['--tls-certificate', certificate, '--tls-key', key, '--tls-min-version', '1.1'], /1\.2, 1\.3/],
  ])) {
    const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0?tls', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, words);
    assert.equal(stderr.trimEnd().split('\n').length, 1, `one line: ${stderr}`);
    assert.doesNotMatch(stderr, /PRIVATE KEY/);
  }
});

test('CurlPublishesAndReadsOverHttps', async (scope) => {
  const { server, certificates } = await secure(scope);
  const url = `https://localhost:${server.port}`;
  const always = ['--silent', '--show-error', '--cacert', certificates.authority.certificate, '--resolve', `localhost:${server.port}:127.0.0.1`];
  const posted = await execute('curl', [...always, '-d', 'from curl', `${url}/v1/topics/t`]);
  assert.match(posted.stdout, /"cursor"/);
  const child = spawn('curl', [...always, '-N', `${url}/v1/topics/t?after=earliest`], { stdio: ['ignore', 'pipe', 'pipe'] });
  scope.closing({ close: () => child.kill() });
  const signal = new Signal();
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
    signal.notify();
  });
  await signal.until(() => text.includes('data: from curl'), () => `the event in ${text}`);
});

test('OpensslSeesTheProtocolAndTheChain', async (scope) => {
  const { server, certificates } = await secure(scope);
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${server.port}`, '-CAfile', certificates.authority.certificate, '-alpn', 'http/1.1', '-brief', '-ign_eof'], { stdio: ['pipe', 'pipe', 'pipe'] });
  scope.closing({ close: () => child.kill() });
  let text = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (bytes) => (text += bytes));
  child.stdin.end('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await within(new Promise((resolve) => child.on('close', resolve)), 'openssl ends');
  assert.match(text, /Protocol version: TLSv1\.3/);
  assert.match(text, /Verification: OK/);
  assert.match(text, /HTTP\/1\.1 200/);
});

test('TwoPortsOneWithTlsAndOneWithoutServeTheSameLog', async (scope) => {
  const certificates = new Certificates(scope.tempDir());
  const { certificate, key } = certificates.issue('weir');
  const server = await scope.server({ listen: ['127.0.0.1:0', '127.0.0.1:0?tls'], args: ['--tls-certificate', certificate, '--tls-key', key] });
  const found = await server.logged(/https:\/\/127\.0\.0\.1:(\d+)/);
  const secured = { host: server.host, port: Number(found[1]), tls: certificates.client() };
  const stream = await scope.subscribe(/** @type {any} */ (secured), '/v1/topics/t');
  await publish(server, 't', 'in plain');
  assert.equal((await stream.take(1))[0].data, 'in plain');
});
