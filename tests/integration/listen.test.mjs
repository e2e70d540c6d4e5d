// @ts-check
// Where the server listens: UNIX sockets, the PROXY protocol, sockets of a service manager.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { Certificates } from '../support/certificates.mjs';
import { publish, request } from '../support/client.mjs';
import { Signal, within } from '../support/deadline.mjs';
import { RawConnection } from '../support/raw.mjs';
import { binary, environment, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/raw.mjs').Address} address @param {string} name */
async function metric(address, name) {
  const { text } = await request(address, 'GET', '/metrics');
  return Number(text.split('\n').find((each) => each.startsWith(`${name} `))?.slice(name.length + 1));
}

test('AUnixSocketServesRequestsAndStreamsAndGoesWithTheServer', async (scope) => {
  const file = path.join(scope.tempDir(), 'weir.sock');
  const server = await scope.server({ listen: [`unix:${file}?mode=0600`], args: ['--shards', '2'] });
  await server.logged(new RegExp(`url=unix:${file}`));
  assert.equal(lstatSync(file).mode & 0o777, 0o600);
  const address = { host: 'localhost', port: 0, path: file };
  const streams = await Promise.all(Array.from({ length: 12 }, () => scope.subscribe(/** @type {any} */ (address), '/v1/topics/t')));
  await publish(address, 't', 'by file');
  for (const stream of streams) assert.equal((await stream.take(1))[0].data, 'by file');
  for (const stream of streams) stream.close();
  await server.stop();
  assert(!existsSync(file), 'the file is removed');
});

test('AStaleSocketFileIsReplacedAndALivingOneIsNot', async (scope) => {
  const file = path.join(scope.tempDir(), 'weir.sock');
  const server = await scope.server({ listen: [`unix:${file}`] });
  const second = await run(['serve', '--listen', `unix:${file}`]);
  assert.notEqual(second.code, 0);
  assert.match(second.stderr, /in use/);
  const address = { host: 'localhost', port: 0, path: file };
  assert.equal((await request(address, 'GET', '/healthz')).status, 200, 'the first is not disturbed');
  await server.kill();
  assert(existsSync(file), 'it is left behind');
  await server.start();
  assert.equal((await request(address, 'GET', '/healthz')).status, 200);

  const directory = scope.tempDir();
  writeFileSync(path.join(directory, 'file'), 'precious');
  const other = await run(['serve', '--listen', `unix:${directory}/file`]);
  assert.notEqual(other.code, 0);
  assert.match(other.stderr, /no socket/);
  assert(existsSync(path.join(directory, 'file')));
});

test('UnixSocketsMayBeUnderTls', async (scope) => {
  const directory = scope.tempDir();
  const certificates = new Certificates(directory);
  const { certificate, key } = certificates.issue('weir');
  const file = path.join(directory, 'weir.sock');
  await scope.server({ listen: [`unix:${file}?tls`], args: ['--tls-certificate', certificate, '--tls-key', key] });
  assert.equal((await request({ host: 'localhost', port: 0, path: file, tls: certificates.client() }, 'GET', '/healthz')).status, 200);
});

test('BadListenTextsAreExit2AndOneLine', async () => {
  for (const [text, words] of /** @type {[string, RegExp][]} */ ([
    ['127.0.0.1', /no port/],
    ['127.0.0.1:http', /no port/],
    ['::1:80', /brackets/],
    ['127.0.0.1:0?', /question mark/],
    ['127.0.0.1:0?ssl', /"ssl".*not known/],
    ['127.0.0.1:0?tls=yes', /takes none/],
    ['127.0.0.1:0?role=root', /role=public/],
    ['127.0.0.1:0?mode=0600', /unix:/],
    ['unix:weir.sock', /absolute path/],
    [`unix:/${'x'.repeat(120)}`, /at most 107/],
    ['unix:/tmp/weir.sock?mode=9', /octal/],
    ['127.0.0.1:0?tls', /tls_certificate/],
    ['127.0.0.1:0?proxy_protocol', /trusted_proxies/],
    ['127.0.0.1:0?', /question mark/],
  ])) {
    const { code, stderr } = await run(['serve', '--listen', text]);
    assert.equal(code, 2, `${text}: ${stderr}`);
    assert.match(stderr, words);
    assert.equal(stderr.trimEnd().split('\n').length, 1, `one line: ${stderr}`);
  }
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--trusted-proxies', '10.0.0.1/8']);
  assert.equal(code, 2);
  assert.match(stderr, /trusted-proxies.*10\.0\.0\.1\/8/);
});

/** A header of version 2 for an IPv4 client. @param {number[]} client @param {number} port */
function version2(client, port) {
  return Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.from([0x21, 0x11, 0, 12, ...client, 127, 0, 0, 1, port >> 8, port & 255, 1, 187])]);
}

/** @param {import('../support/server.mjs').Server} server */
async function secondAddress(server) {
  const [, port] = await server.logged(/http:\/\/127\.0\.0\.1:\d+[^]*http:\/\/127\.0\.0\.1:(\d+) /);
  return { host: '127.0.0.1', port: Number(port) };
}

test('AProxysHeaderComesBeforeTheRequest', async (scope) => {
  const server = await scope.server({ listen: ['127.0.0.1:0?proxy_protocol', '127.0.0.1:0'], args: ['--trusted-proxies', '127.0.0.0/8'] });
  const plain = await secondAddress(server);
  const asked = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  for (const header of [Buffer.from('PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\n'), version2([192, 0, 2, 7], 5000), Buffer.from('PROXY UNKNOWN\r\n')]) {
    const connection = await scope.raw(server);
    await connection.send(Buffer.concat([header, Buffer.from(asked)]));
    assert.equal((await connection.readResponse()).status, 200);
    const dripping = await scope.raw(server);
    await dripping.sendPieces([...header].map((byte) => Buffer.from([byte])));
    await dripping.send(asked);
    assert.equal((await dripping.readResponse()).status, 200);
  }
  const without = await scope.raw(server);
  await without.send(asked);
  await without.readEnd();
  assert.equal(without.received.length, 0, 'no answer without a header');
  assert.equal(await metric(plain, 'weir_proxy_headers_bad_total'), 1);
  assert.equal(await metric(plain, 'weir_proxy_headers_total'), 6);
});

test('OnlyTrustedProxiesMayConnectWhereAHeaderIsExpected', async (scope) => {
  const server = await scope.server({ listen: ['127.0.0.1:0?proxy_protocol', '127.0.0.1:0'], args: ['--trusted-proxies', '10.0.0.0/8', '--trusted-proxies', 'fd00::/8'] });
  const plain = await secondAddress(server);
  const connection = await scope.raw(server);
  await connection.send('PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await connection.readEnd();
  assert.equal(connection.received.length, 0);
  assert.equal(await metric(plain, 'weir_proxy_headers_untrusted_total'), 1);
});

test('AProxysHeaderComesBeforeTls', async (scope) => {
  const certificates = new Certificates(scope.tempDir());
  const { certificate, key } = certificates.issue('weir');
  const server = await scope.server({ listen: ['127.0.0.1:0?tls&proxy_protocol'], args: ['--tls-certificate', certificate, '--tls-key', key, '--trusted-proxies', '127.0.0.1'] });
  const tcp = net.connect({ host: server.host, port: server.port });
  tcp.write('PROXY TCP4 192.0.2.7 127.0.0.1 5000 443\r\n');
  scope.closing({ close: () => tcp.destroy() });
  const connection = scope.closing(await RawConnection.open({ host: '', port: 0, tls: certificates.client({ socket: tcp }) }));
  await connection.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal((await connection.readResponse()).status, 200);
});

/**
 * Starts the binary as a service manager does: with listening sockets from descriptor 3 on.
 * @param {import('../support/test.mjs').Scope} scope
 * @param {number} sockets
 * @param {string[]} args
 */
async function activate(scope, sockets, args) {
  const listeners = await Promise.all(
    Array.from({ length: sockets }, () => new Promise((resolve) => {
      const listener = net.createServer().listen(0, '127.0.0.1', () => resolve(listener));
    })),
  );
  const ports = listeners.map((each) => each.address().port);
  // The shell becomes the server, so that the process is the one that the variable names.
  const child = spawn('/bin/sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', binary, 'serve', ...args], {
    env: environment({ LISTEN_FDS: String(sockets) }),
    stdio: ['ignore', 'pipe', 'pipe', ...listeners.map((each) => each._handle.fd)],
  });
  // The sockets are the child's from now on.
  for (const each of listeners) each.close();
  const signal = new Signal();
  const started = { child, ports, text: '', signal, exit: new Promise((resolve) => child.on('close', resolve)) };
  for (const pipe of [child.stdout, child.stderr]) {
    pipe?.on('data', (bytes) => {
      started.text += bytes;
      signal.notify();
    });
  }
  scope.defer(() => child.kill('SIGKILL'));
  return started;
}

test('SocketsOfAServiceManagerAreListenedOn', async (scope) => {
  const server = await activate(scope, 2, ['--shards', '3']);
  await server.signal.until(() => (server.text.match(/server\.listening/g) ?? []).length === 2, () => server.text);
  for (const port of server.ports) {
    for (let i = 0; i < 10; ++i) assert.equal((await request({ host: '127.0.0.1', port }, 'GET', '/healthz')).status, 200);
  }
  server.child.kill('SIGTERM');
  assert.equal(await within(server.exit, 'it ends'), 0);
});

test('ASocketThatNoAddressNamesIsRefused', async (scope) => {
  const blocker = net.createServer();
  await new Promise((resolve) => blocker.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {net.AddressInfo} */ (blocker.address());
  await new Promise((resolve) => blocker.close(resolve));
  // The port was free a moment ago; the server would say so if it opened it beside the one passed.
  const server = await activate(scope, 1, ['--listen', `127.0.0.1:${port}`]);
  assert.equal(await within(server.exit, 'it ends'), 1);
  assert.match(server.text, /service manager passes 127\.0\.0\.1:\d+/);
});

test('AServiceManagerHearsWhenItIsReadyReloadsAndStops', async (scope) => {
  const directory = scope.tempDir();
  const file = path.join(directory, 'notify.sock');
  // Node.js has no datagrams over UNIX sockets; perl is part of every Debian.
  const listener = spawn('perl', ['-MSocket', '-e', `
$| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die $!;
bind($s, pack_sockaddr_un($ARGV[0])) or die $!;
print "bound\\n";
while (defined recv($s, my $text, 4096, 0)) { $text =~ tr/\\n/ /; print "$text\\n"; }
`, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  scope.defer(() => listener.kill('SIGKILL'));
  const signal = new Signal();
  let heard = '';
  listener.stdout.on('data', (bytes) => {
    heard += bytes;
    signal.notify();
  });
  await signal.until(() => heard.includes('bound'), 'the notified listens');
  const server = await scope.server({ env: { NOTIFY_SOCKET: file } });
  await signal.until(() => heard.includes(`READY=1 MAINPID=${server.pid}`), () => heard);
  server.signal('SIGHUP');
  await signal.until(() => /RELOADING=1 MONOTONIC_USEC=\d+\nREADY=1\n/.test(heard), () => heard);
  await server.stop();
  await signal.until(() => heard.trimEnd().endsWith('STOPPING=1'), () => heard);
});
