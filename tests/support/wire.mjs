// @ts-check
// WEIR_TEST_WIRE=tls|h2c|h2 runs tests that were written for HTTP/1.1 over another wire: under TLS, over HTTP/2 with
// prior knowledge, or over both. Servers listen so, and requests and event streams go so; what a test says to a socket
// by hand is HTTP/1.1's alone, and is skipped over HTTP/2.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import os from 'node:os';
import path from 'node:path';

import { Certificates } from './certificates.mjs';
import { seconds, within } from './deadline.mjs';

/** @typedef {'http' | 'tls' | 'h2c' | 'h2'} Wire */

const given = process.env.WEIR_TEST_WIRE || 'http';
assert(['http', 'tls', 'h2c', 'h2'].includes(given), `WEIR_TEST_WIRE is tls, h2c or h2, not ${given}`);
export const wire = /** @type {Wire} */ (given);

/** Thrown where a test has nothing to say on this wire; the test counts as skipped. */
export class Skipped extends Error {}

/** @type {{ca: Buffer, servername: string, args: string[]} | undefined} */
let identity;

/** The certificate that all servers of this process have. */
function ownIdentity() {
  if (identity) return identity;
  const directory = mkdtempSync(path.join(os.tmpdir(), 'weir-wire-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const certificates = new Certificates(directory);
  const { certificate, key } = certificates.issue('weir');
  const { ca, servername } = certificates.client();
  identity = { ca, servername, args: ['--tls-certificate', certificate, '--tls-key', key] };
  return identity;
}

/**
 * A server's options on this wire. A server whose addresses the test chooses stays as it is.
 * @param {import('./server.mjs').ServerOptions} options
 * @returns {import('./server.mjs').ServerOptions}
 */
export function onWire(options) {
  if (wire === 'http' || options.listen !== undefined || options.listenOptions !== undefined) return options;
  if (wire === 'h2c') return { ...options, wire };
  const { ca, servername, args } = ownIdentity();
  return { ...options, wire, listenOptions: '?tls', tls: { ca, servername }, args: [...args, ...(options.args ?? [])] };
}

/** @param {import('./raw.mjs').Address} address */
export const isHttp2 = (address) => address.wire === 'h2c' || address.wire === 'h2';

/** @typedef {{session: Promise<http2.ClientHttp2Session>, streams: number, over: boolean}} Connection */

// Less than a server takes on one connection: what a test asks beside its streams must not wait for them.
const streamsMax = 90;
/** @type {Map<string, Connection>} */
const connections = new Map();

/** The connection to a server that takes further streams. @param {import('./raw.mjs').Address} address @returns {Connection} */
function connectionTo({ host, port, tls }) {
  const name = `${host}:${port}`;
  const known = connections.get(name);
  if (known && !known.over && known.streams < streamsMax) return known;
  const session = http2.connect(`${tls ? 'https' : 'http'}://${name}`, { .../** @type {http2.SecureClientSessionOptions} */ (tls ?? {}), maxSessionMemory: 1000, settings: { enablePush: false } });
  const opened = new Promise((resolve, reject) => {
    session.once('remoteSettings', () => resolve(undefined));
    session.once('error', reject);
    session.once('close', () => reject(new Error(`${name} closed before its SETTINGS`)));
  });
  const connection = {
    session: within(opened, `an HTTP/2 connection to ${name}`, seconds(20)).then(() => {
      // The streams' own windows are what a slow reader is slow by.
      session.setLocalWindowSize(1 << 28);
      session.unref();
      return session;
    }),
    streams: 0,
    over: false,
  };
  connection.session.catch(() => {});
  for (const end of ['error', 'goaway', 'close']) session.on(end, () => (connection.over = true));
  connections.set(name, connection);
  return connection;
}

const ofHttp11 = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'expect', 'http2-settings'];

/**
 * Sends a request; the body, if any, is the caller's to write.
 * @param {import('./raw.mjs').Address} address
 * @param {string} method
 * @param {string} target
 * @param {Record<string, any>} headers
 * @param {boolean} hasBody
 */
export async function http2Request(address, method, target, headers, hasBody) {
  /** @type {http2.OutgoingHttpHeaders} */
  const fields = { ':method': method, ':path': target };
  for (const [name, value] of Object.entries(headers)) {
    if (ofHttp11.includes(name.toLowerCase())) throw new Skipped(`${name} is a header of HTTP/1.1`);
    // White space around a value is no part of it: HTTP/1.1 has it dropped, HTTP/2 forbids it.
    fields[name.toLowerCase() === 'host' ? ':authority' : name] = `${value}`.trim();
  }
  const connection = connectionTo(address);
  ++connection.streams;
  try {
    const stream = (await connection.session).request(fields, { endStream: !hasBody });
    stream.on('close', () => --connection.streams);
    return stream;
  } catch (error) {
    --connection.streams;
    throw error;
  }
}

/** @param {http2.ClientHttp2Stream} stream @param {string} what */
export async function http2Response(stream, what) {
  return within(
    new Promise((/** @type {(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader) => void} */ resolve, reject) => {
      stream.on('response', resolve);
      stream.on('error', reject);
      stream.on('close', () => reject(new Error(`${what}: the stream ended without an answer (code ${stream.rstCode})`)));
    }),
    what,
  );
}

/** A stream of a connection, as the reader of event streams looks at a socket: it ends, or it breaks. */
export class Http2Socket extends EventEmitter {
  /** @param {http2.ClientHttp2Stream} stream */
  constructor(stream) {
    super();
    this.stream = stream;
    stream.on('data', (bytes) => this.emit('data', bytes));
    stream.on('end', () => {
      if (stream.rstCode === 0) this.emit('end');
    });
    stream.on('error', () => {});
    stream.on('close', () => this.emit('close'));
  }
  pause() {
    this.stream.pause();
  }
  resume() {
    this.stream.resume();
  }
  destroy() {
    this.stream.close(http2.constants.NGHTTP2_CANCEL);
  }
  resetAndDestroy() {
    this.destroy();
  }
}
