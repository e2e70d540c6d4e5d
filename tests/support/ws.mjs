// @ts-check
// WebSockets: npm's `ws` as a client, and frames by hand over a raw connection.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';

// @ts-ignore: the package brings no types.
import WebSocket from 'ws';

import { Signal, seconds, within } from './deadline.mjs';
import { parseHead, RawConnection } from './raw.mjs';

export { WebSocket };

/** @typedef {{type?: string, sub?: number, id?: any, cursor?: string, topic?: string, event?: string, data?: any, [name: string]: any}} Message */

export class WebSocketClient {
  /** Everything that has come, in order. @type {Message[]} */
  messages = [];
  /** @type {{code: number, reason: string} | undefined} */
  closed;
  pings = 0;
  #signal = new Signal();
  #taken = 0;
  #request = 0;

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.socket = socket;
    socket.on('message', (/** @type {Buffer} */ bytes, /** @type {boolean} */ binary) => {
      assert(!binary, 'only text is sent');
      this.messages.push(JSON.parse(bytes.toString()));
      this.#signal.notify();
    });
    socket.on('ping', () => {
      ++this.pings;
      this.#signal.notify();
    });
    socket.on('close', (/** @type {number} */ code, /** @type {Buffer} */ reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#signal.notify();
    });
    socket.on('error', () => {});
  }

  /**
   * @param {import('./raw.mjs').Address} address
   * @param {string} target
   * @param {{headers?: Record<string, string>, protocols?: string[], origin?: string, perMessageDeflate?: boolean, autoPong?: boolean}} [options]
   */
  static async open({ host, port, tls }, target, { protocols = [], ...options } = {}) {
    const socket = new WebSocket(`${tls ? 'wss' : 'ws'}://${host}:${port}${target}`, protocols, { perMessageDeflate: false, ...tls, ...options });
    const client = new WebSocketClient(socket);
    await within(
      new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
        socket.once('unexpected-response', (/** @type {any} */ _, /** @type {import('node:http').IncomingMessage} */ response) => {
          response.resume();
          reject(new Error(`status ${response.statusCode}`));
        });
      }),
      `a WebSocket ${target}`,
    );
    return client;
  }

  /** Events alone. */
  get events() {
    return this.messages.filter((each) => each.type === undefined);
  }

  /** @param {() => any} ask @param {string} what @param {number} [milliseconds] */
  until(ask, what, milliseconds) {
    return this.#signal.until(ask, () => `${what}; came: ${JSON.stringify(this.messages).slice(0, 2000)} ${JSON.stringify(this.closed)}`, milliseconds);
  }

  /** The next `count` events. @param {number} count @param {number} [milliseconds] */
  async take(count, milliseconds) {
    await this.until(() => this.events.length >= this.#taken + count, `${count} events`, milliseconds);
    const some = this.events.slice(this.#taken, this.#taken + count);
    this.#taken += count;
    return some;
  }

  /** The first message of a type. @param {string} type */
  async control(type) {
    return /** @type {Message} */ (await this.until(() => this.messages.find((each) => each.type === type), `a message of type ${type}`));
  }

  /** Asks and gives the answer. @param {Message} message */
  async ask(message) {
    const id = ++this.#request;
    this.socket.send(JSON.stringify({ id, ...message }));
    return /** @type {Message} */ (await this.until(() => this.messages.find((each) => each.id === id && (each.type === 'ok' || each.type === 'error')), `an answer to ${JSON.stringify(message)}`));
  }

  /** Asks and expects it to be done. @param {Message} message */
  async command(message) {
    const answer = await this.ask(message);
    assert.equal(answer.type, 'ok', JSON.stringify(answer));
    return answer;
  }

  async end() {
    await this.until(() => this.closed, 'the connection closes');
    return /** @type {{code: number, reason: string}} */ (this.closed);
  }

  pause() {
    this.socket.pause();
  }
  resume() {
    this.socket.resume();
  }
  close() {
    this.socket.terminate();
  }
}

export const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A client's frame. @param {number} first @param {string | Buffer} [payload] @param {{masked?: boolean}} [options] */
export function frame(first, payload = '', { masked = true } = {}) {
  const bytes = Buffer.from(payload);
  const bit = masked ? 0x80 : 0;
  let head;
  if (bytes.length < 126) {
    head = Buffer.from([first, bit | bytes.length]);
  } else if (bytes.length < 65536) {
    head = Buffer.from([first, bit | 126, bytes.length >> 8, bytes.length & 255]);
  } else {
    head = Buffer.alloc(10);
    head[0] = first;
    head[1] = bit | 127;
    head.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  if (!masked) return Buffer.concat([head, bytes]);
  const mask = crypto.randomBytes(4);
  return Buffer.concat([head, mask, Buffer.from(bytes.map((byte, i) => byte ^ mask[i % 4]))]);
}

/** A WebSocket whose frames are seen as they are. */
export class RawWebSocket {
  /** @param {RawConnection} connection @param {import('./raw.mjs').Head} head */
  constructor(connection, head) {
    this.connection = connection;
    this.head = head;
  }

  /** @param {import('./raw.mjs').Address} address @param {string} target @param {string[]} [fields] further header lines */
  static async open(address, target, fields = []) {
    const connection = await RawConnection.open(address, { anyWire: true });
    const key = crypto.randomBytes(16).toString('base64');
    await connection.send([`GET ${target} HTTP/1.1`, 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${key}`, ...fields, '', ''].join('\r\n'));
    await connection.until((bytes) => bytes.includes('\r\n\r\n'), 'a head');
    const end = connection.received.indexOf('\r\n\r\n');
    const head = parseHead(connection.received.subarray(0, end).toString());
    connection.received = connection.received.subarray(end + 4);
    if (head.status === 101) {
      const accept = head.fields.find(([name]) => name.toLowerCase() === 'sec-websocket-accept')?.[1];
      assert.equal(accept, crypto.createHash('sha1').update(key + guid).digest('base64'));
    }
    return new RawWebSocket(connection, head);
  }

  /** The next frame. @returns {Promise<{first: number, payload: Buffer}>} */
  async read() {
    const parse = (/** @type {Buffer} */ bytes) => {
      if (bytes.length < 2) return undefined;
      assert.equal(bytes[1] & 0x80, 0, 'a server does not mask');
      let at = 2;
      let length = bytes[1];
      if (length === 126) {
        if (bytes.length < 4) return undefined;
        length = bytes.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (bytes.length < 10) return undefined;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
      }
      if (bytes.length < at + length) return undefined;
      return { first: bytes[0], payload: bytes.subarray(at, at + length), size: at + length };
    };
    await this.connection.until((bytes) => parse(bytes) !== undefined || this.connection.ended, 'a frame', seconds(10));
    const found = parse(this.connection.received);
    assert(found, 'a frame before the end');
    this.connection.received = this.connection.received.subarray(found.size);
    return { first: found.first, payload: Buffer.from(found.payload) };
  }

  /** Reads to the close frame. @returns {Promise<{code: number, reason: string}>} */
  async readClose() {
    for (;;) {
      const { first, payload } = await this.read();
      if (first !== 0x88) continue;
      return { code: payload.length === 0 ? 1005 : payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
    }
  }

  /** @param {string | Buffer} bytes */
  send(bytes) {
    return this.connection.send(bytes);
  }

  close() {
    this.connection.close();
  }
}
