// @ts-check
// HTTP seen as bytes: what exactly is sent, in which pieces, and what exactly comes back.

import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';

import { Signal, seconds, within } from './deadline.mjs';
import { isHttp2, Skipped } from './wire.mjs';

/** @typedef {{host: string, port: number, tls?: tls.ConnectionOptions, path?: string, wire?: import('./wire.mjs').Wire}} Address `path`: of a UNIX socket */

/**
 * @typedef {object} Head
 * @property {string} version
 * @property {number} status
 * @property {string} reason
 * @property {[string, string][]} fields in order, names as sent
 */

/** @param {Head} head @param {string} name @returns {string | undefined} */
export function field(head, name) {
  const values = head.fields.filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/**
 * A response head, held to RFC 9112: CRLF only, no folding, tokens as names.
 * @param {string} text without the blank line
 * @returns {Head}
 */
export function parseHead(text) {
  const [statusLine, ...lines] = text.split('\r\n');
  const match = statusLine.match(/^(HTTP\/1\.[01]) ([1-5][0-9]{2}) ([\t -~]*)$/);
  assert(match, `a status line: ${JSON.stringify(statusLine)}`);
  /** @type {[string, string][]} */
  const fields = lines.map((line) => {
    const parts = line.match(/^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/);
    assert(parts, `a header line: ${JSON.stringify(line)}`);
    return [parts[1], parts[2]];
  });
  const head = { version: match[1], status: Number(match[2]), reason: match[3], fields };
  for (const name of ['content-length', 'transfer-encoding', 'content-type', 'date', 'location']) {
    const count = fields.filter(([each]) => each.toLowerCase() === name).length;
    assert(count <= 1, `${name} at most once, not ${count} times`);
  }
  assert(
    field(head, 'content-length') === undefined || field(head, 'transfer-encoding') === undefined,
    'Content-Length or Transfer-Encoding, never both',
  );
  return head;
}

/** Decodes `Transfer-Encoding: chunked` strictly, as the bytes come. */
export class ChunkDecoder {
  /** @type {Buffer} */
  #pending = Buffer.alloc(0);
  #left = 0;
  /** @type {'size' | 'data' | 'data-end' | 'trailer' | 'done'} */
  #state = 'size';
  /** Sizes of the chunks seen. @type {number[]} */
  sizes = [];

  get done() {
    return this.#state === 'done';
  }
  /** What came after the end. */
  get rest() {
    return this.#pending;
  }

  /** @param {Buffer} bytes @returns {Buffer} decoded */
  feed(bytes) {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    /** @type {Buffer[]} */
    const out = [];
    while (this.#step(out)) continue;
    return Buffer.concat(out);
  }

  /** @param {Buffer[]} out */
  #step(out) {
    if (this.#state === 'done') return false;
    if (this.#state === 'data') {
      const piece = this.#take(Math.min(this.#left, this.#pending.length));
      this.#left -= piece.length;
      if (piece.length > 0) out.push(piece);
      if (this.#left > 0) return false;
      this.#state = 'data-end';
      return true;
    }
    const end = this.#pending.indexOf('\r\n');
    if (end < 0) {
      assert(this.#pending.length < 64, `a chunk's line ends: ${JSON.stringify(this.#pending.toString('latin1').slice(0, 64))}`);
      return false;
    }
    const line = this.#take(end).toString('latin1');
    this.#take(2);
    if (this.#state === 'size') {
      assert.match(line, /^[0-9a-fA-F]{1,15}$/, 'a chunk size');
      this.#left = parseInt(line, 16);
      this.sizes.push(this.#left);
      this.#state = this.#left === 0 ? 'trailer' : 'data';
    } else if (this.#state === 'data-end') {
      assert.equal(line, '', 'a chunk ends with CRLF');
      this.#state = 'size';
    } else if (line === '') {
      this.#state = 'done';
    }
    return true;
  }

  /** @param {number} count */
  #take(count) {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }
}

/**
 * @typedef {object} RawResponse
 * @property {Head} head
 * @property {number} status
 * @property {Buffer} body
 * @property {string} text
 * @property {(name: string) => string | undefined} field
 * @property {() => any} json
 */

export class RawConnection {
  /** What came and was not yet read. @type {Buffer} */
  received = Buffer.alloc(0);
  /** The pieces as they came from the kernel. @type {Buffer[]} */
  pieces = [];
  ended = false;
  /** @type {Error | undefined} */
  error;
  #signal = new Signal();

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.pieces.push(bytes);
      this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
      this.#signal.notify();
    });
    socket.on('end', () => this.#over());
    socket.on('close', () => this.#over());
    socket.on('error', (error) => {
      this.error = error;
      this.#over();
    });
  }

  #over() {
    this.ended = true;
    this.#signal.notify();
  }

  /** @param {Address} address @param {{allowHalfOpen?: boolean, anyWire?: boolean}} [options] anyWire: HTTP/1.1 it is */
  static async open(address, options = {}) {
    if (isHttp2(address) && !options.anyWire) throw new Skipped('HTTP/1.1 by hand');
    const { host, port, tls: secure, path } = address;
    const to = path === undefined ? { host, port } : { path };
    const socket = secure ? tls.connect({ ...to, ...secure }) : net.connect({ ...to, allowHalfOpen: options.allowHalfOpen ?? true });
    await within(
      new Promise((resolve, reject) => {
        socket.once(secure ? 'secureConnect' : 'connect', () => resolve(undefined));
        socket.once('error', reject);
      }),
      `a connection to ${path ?? `${host}:${port}`}`,
    );
    return new RawConnection(socket);
  }

  /**
   * Sends; a string is Latin-1, so that every byte can be written. Resolves when the kernel has it.
   * @param {string | Buffer} bytes
   */
  async send(bytes) {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    await within(
      // A peer that has closed is for the reading side to find.
      new Promise((resolve) => this.socket.write(buffer, () => resolve(undefined))),
      'the bytes are sent',
      seconds(30),
    );
  }

  /** Each piece in a write of its own, handed over before the next. @param {(string | Buffer)[]} pieces */
  async sendPieces(pieces) {
    for (const piece of pieces) {
      await this.send(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** No more will be sent. */
  finish() {
    this.socket.end();
  }

  /**
   * @template T
   * @param {(received: Buffer) => T} ask
   * @param {string} what
   * @param {number} [milliseconds]
   */
  async until(ask, what, milliseconds) {
    return this.#signal.until(
      () => {
        const value = ask(this.received);
        if (!value && this.ended) {
          throw new Error(`the connection ended (${this.error?.message ?? 'in order'}) while waiting: ${what}; received ${JSON.stringify(this.received.toString('latin1').slice(0, 500))}`);
        }
        return value;
      },
      () => `${what}; received ${JSON.stringify(this.received.toString('latin1').slice(0, 500))}`,
      milliseconds,
    );
  }

  /** @param {number} count @returns {Buffer} */
  take(count) {
    const taken = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  /** @param {number} [milliseconds] */
  async readHead(milliseconds) {
    const end = await this.until((bytes) => bytes.indexOf('\r\n\r\n') + 1, 'a response head', milliseconds);
    const head = parseHead(this.take(end - 1).toString('latin1'));
    this.take(4);
    return head;
  }

  /**
   * One whole response, strictly. Interim (1xx) responses are returned like others.
   * @param {{method?: string, milliseconds?: number}} [options]
   * @returns {Promise<RawResponse>}
   */
  async readResponse({ method = 'GET', milliseconds } = {}) {
    const head = await this.readHead(milliseconds);
    const body = await this.#readBody(head, method, milliseconds);
    return {
      head,
      status: head.status,
      body,
      text: body.toString(),
      field: (name) => field(head, name),
      json: () => JSON.parse(body.toString()),
    };
  }

  /** @param {Head} head @param {string} method @param {number} [milliseconds] @returns {Promise<Buffer>} */
  async #readBody(head, method, milliseconds) {
    if (method === 'HEAD' || head.status === 204 || head.status === 304 || head.status < 200) {
      return Buffer.alloc(0);
    }
    const length = field(head, 'content-length');
    if (length !== undefined) {
      assert.match(length, /^\d+$/);
      await this.until((bytes) => bytes.length >= Number(length), `a body of ${length} bytes`, milliseconds);
      return this.take(Number(length));
    }
    if (field(head, 'transfer-encoding') !== undefined) {
      assert.equal(field(head, 'transfer-encoding'), 'chunked');
      const decoder = new ChunkDecoder();
      /** @type {Buffer[]} */
      const parts = [];
      await this.until(
        () => {
          parts.push(decoder.feed(this.take(this.received.length)));
          return decoder.done;
        },
        'the last chunk',
        milliseconds,
      );
      this.received = Buffer.concat([decoder.rest, this.received]);
      return Buffer.concat(parts);
    }
    await this.readEnd(milliseconds);
    return this.take(this.received.length);
  }

  /** Waits until the peer has closed its side. @param {number} [milliseconds] */
  async readEnd(milliseconds) {
    await this.#signal.until(() => this.ended, () => `the connection ends; received ${JSON.stringify(this.received.toString('latin1').slice(0, 300))}`, milliseconds);
  }

  close() {
    this.socket.destroy();
  }
}

/**
 * One request on a connection of its own.
 * @param {Address} address
 * @param {string | Buffer} bytes
 * @param {{method?: string}} [options]
 */
export async function exchange(address, bytes, options) {
  const connection = await RawConnection.open(address);
  try {
    await connection.send(bytes);
    return await connection.readResponse(options);
  } finally {
    connection.close();
  }
}
