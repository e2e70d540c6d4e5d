// @ts-check
// Proxies that do to streams what proxies do: hold back, compress, cut silence, limit, lose and repeat.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import zlib from 'node:zlib';

import { eventually } from './deadline.mjs';

/**
 * @typedef {object} ProxyOptions
 * @property {number} [holds] bytes to collect before any are passed on; Infinity: until the end
 * @property {boolean} [gzip] compresses streams for those who take it, and never flushes
 * @property {boolean} [flushes] with gzip: does flush
 * @property {number} [cutsAfter] milliseconds of silence
 * @property {number} [limit] streams at once; beyond it 503
 * @property {(text: string) => string} [changes] each piece of a stream
 * @property {http.OutgoingHttpHeaders} [headers] added to answers
 */

/**
 * @param {import('./test.mjs').Scope} scope
 * @param {{host: string, port: number}} upstream
 * @param {ProxyOptions} options
 */
export async function proxy(scope, upstream, options) {
  let open = 0;
  const server = http.createServer((request, response) => {
    if (options.limit !== undefined && open >= options.limit) {
      response.writeHead(503, options.headers).end('busy');
      return;
    }
    ++open;
    response.on('close', () => --open);
    const forwarded = http.request({ ...upstream, method: request.method, path: request.url, headers: { ...request.headers, via: '1.1 test' }, agent: false }, (answer) => pass(answer, request, response, options));
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    forwarded.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = /** @type {net.AddressInfo} */ (server.address());
  return `http://127.0.0.1:${address.port}`;
}

/**
 * @param {http.IncomingMessage} answer
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {ProxyOptions} options
 */
function pass(answer, request, response, { holds = 0, gzip = false, flushes = false, cutsAfter, changes = (text) => text, headers = {} }) {
  const packs = gzip && /gzip/.test(String(request.headers['accept-encoding'] ?? ''));
  const head = { ...answer.headers, ...headers };
  delete head['content-length'];
  if (packs) head['content-encoding'] = 'gzip';
  response.writeHead(answer.statusCode ?? 502, head);
  if (holds === 0 && !packs) response.flushHeaders();
  /** @type {import('node:stream').Writable} */
  let out = response;
  if (packs) {
    const packer = zlib.createGzip(flushes ? { flush: zlib.constants.Z_SYNC_FLUSH } : {});
    packer.pipe(response);
    out = packer;
  }
  /** @type {Buffer[]} */
  let held = [];
  let bytes = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let silence;
  const watch = () => {
    clearTimeout(silence);
    if (cutsAfter !== undefined) silence = setTimeout(() => response.destroy(), cutsAfter);
  };
  watch();
  answer.on('data', (piece) => {
    watch();
    const changed = Buffer.from(changes(piece.toString()));
    held.push(changed);
    bytes += changed.length;
    if (bytes < holds) return;
    out.write(Buffer.concat(held));
    held = [];
    bytes = 0;
  });
  answer.on('end', () => {
    clearTimeout(silence);
    out.end(Buffer.concat(held));
  });
  answer.on('error', () => response.destroy());
}

/**
 * A real nginx in front of the upstream.
 * @param {import('./test.mjs').Scope} scope
 * @param {{host: string, port: number}} upstream
 * @param {string} directives of the location
 */
export async function nginx(scope, upstream, directives) {
  const directory = scope.tempDir();
  const port = await freePort();
  mkdirSync(path.join(directory, 'logs'));
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ');
  writeFileSync(
    path.join(directory, 'nginx.conf'),
    `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events { worker_connections 512; }
http {
  access_log off; ${places}
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://${upstream.host}:${upstream.port}; ${directives} }
  }
}
`,
  );
  const child = spawn('nginx', ['-p', directory, '-e', 'stderr', '-c', path.join(directory, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => (said += bytes));
  const gone = new Promise((resolve) => child.on('close', resolve));
  scope.defer(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    return canConnect(port);
  }, 'nginx listens');
  return `http://127.0.0.1:${port}`;
}

/** nginx cannot be given port 0: one that was free a moment ago. */
async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {net.AddressInfo} */ (probe.address());
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** @param {number} port */
function canConnect(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
