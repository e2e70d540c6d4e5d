// @ts-check
// An event stream read by a reader of our own, stricter than any client: it knows what Weir writes and
// takes nothing else.

import assert from 'node:assert/strict';

import { Signal, seconds } from './deadline.mjs';
import { ChunkDecoder, field, RawConnection } from './raw.mjs';
import { http2Request, http2Response, Http2Socket, isHttp2 } from './wire.mjs';

export const controlTypes = ['system', 'recovery', 'gap', 'heartbeat', 'auth-expiring', 'drain'];

/**
 * @typedef {object} Frame
 * @property {string} type `event:`, "message" if there is none
 * @property {string} [data] absent: the block had no data line
 * @property {string} [id] this block's own
 * @property {number} [retry]
 * @property {string} [traceparent]
 * @property {string} [comment] a block that is nothing but a comment
 * @property {string} raw
 * @property {boolean} control
 */

/** @param {string} raw a block without its blank line @returns {Frame} */
export function parseBlock(raw) {
  /** @type {Frame} */
  const frame = { type: 'message', raw, control: false };
  /** @type {string[]} */
  const data = [];
  const carriage = raw.indexOf('\r');
  assert(carriage < 0, `no carriage return on the wire: ${JSON.stringify(raw.slice(Math.max(0, carriage - 100), carriage + 100))}`);
  for (const line of raw.split('\n')) {
    if (line.startsWith(':')) {
      frame.comment = (frame.comment ?? '') + line.slice(1).replace(/^ /, '');
      continue;
    }
    const match = line.match(/^(id|event|data|retry|traceparent):(?: (.*))?$/s);
    assert(match, `a field of the stream: ${JSON.stringify(line.slice(0, 200))}`);
    const [, name, value = ''] = match;
    if (name === 'data') data.push(value);
    else if (name === 'id') frame.id = once(frame.id, value, raw);
    else if (name === 'traceparent') frame.traceparent = once(frame.traceparent, value, raw);
    else if (name === 'event') frame.type = once(frame.type === 'message' ? undefined : frame.type, value, raw);
    else {
      assert.match(value, /^\d+$/, 'retry is digits');
      frame.retry = Number(value);
    }
  }
  if (data.length > 0) frame.data = data.join('\n');
  frame.control = frame.id === undefined && controlTypes.includes(frame.type);
  return frame;
}

/** @param {string | undefined} before @param {string} value @param {string} raw */
function once(before, value, raw) {
  assert.equal(before, undefined, `a field once a block: ${JSON.stringify(raw.slice(0, 200))}`);
  return value;
}

export class SseStream {
  /** Every block, in order, comments included. @type {Frame[]} */
  blocks = [];
  /** Blocks with data: control frames and events. @type {Frame[]} */
  frames = [];
  /** Frames that were published. @type {Frame[]} */
  events = [];
  /** @type {string[]} */
  comments = [];
  /** The last id, as a client would send it back. @type {string | undefined} */
  lastId;
  ended = false;
  /** Whether the end was the protocol's own and not a broken connection. */
  endedCleanly = false;
  /** The decoded bytes of the body. */
  bytes = 0;
  /** Set to take events without keeping them. @type {((frame: Frame) => void) | undefined} */
  onEvent;

  #connection;
  #head;
  /** @type {ChunkDecoder | undefined} */
  #decoder;
  /** An unfinished block, as it came. @type {Buffer[]} */
  #partial = [];
  #signal = new Signal();
  #nextFrame = 0;
  #nextEvent = 0;
  /** @type {Error | undefined} */
  #broken;

  /**
   * @param {RawConnection | {socket: Http2Socket, received: Buffer, ended: boolean, error?: Error, close(): void}} connection
   * @param {import('./raw.mjs').Head} head
   */
  constructor(connection, head) {
    this.#connection = connection;
    this.#head = head;
    if (field(head, 'transfer-encoding') !== undefined) {
      assert.equal(field(head, 'transfer-encoding'), 'chunked');
      this.#decoder = new ChunkDecoder();
    }
    const first = connection.received;
    connection.received = Buffer.alloc(0);
    connection.socket.removeAllListeners('data');
    connection.socket.on('data', (bytes) => this.#take(bytes));
    connection.socket.on('end', () => {
      this.#over(this.#decoder === undefined || this.#decoder.done);
      connection.socket.destroy();
    });
    connection.socket.on('close', () => this.#over(false));
    this.#take(first);
    // The end may have come together with the head.
    if (connection.ended) this.#over(connection.error === undefined && (this.#decoder === undefined || this.#decoder.done));
  }

  /**
   * @param {import('./raw.mjs').Address} address
   * @param {string} target
   * @param {{headers?: Record<string, string>, version?: string, method?: string}} [options]
   */
  static async open(address, target, { headers = {}, version = '1.1', method = 'GET' } = {}) {
    if (isHttp2(address)) return SseStream.#openOverHttp2(address, target, method, headers);
    const connection = await RawConnection.open(address);
    const lines = [`${method} ${target} HTTP/${version}`, `Host: ${address.host}:${address.port}`];
    const all = { Accept: 'text/event-stream', ...headers };
    for (const [name, value] of Object.entries(all)) lines.push(`${name}: ${value}`);
    await connection.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
    const head = await connection.readHead();
    if (head.status !== 200) {
      const rest = connection.received.toString();
      connection.close();
      throw new Error(`${target} answered ${head.status}: ${rest}`);
    }
    assert.match(field(head, 'content-type') ?? '', /^text\/event-stream(; charset=utf-8)?$/);
    return new SseStream(connection, head);
  }

  /**
   * @param {import('./raw.mjs').Address} address
   * @param {string} target
   * @param {string} method
   * @param {Record<string, string>} headers
   */
  static async #openOverHttp2(address, target, method, headers) {
    const stream = await http2Request(address, method, target, { Accept: 'text/event-stream', ...headers }, false);
    const received = await http2Response(stream, target);
    const status = received[':status'] ?? 0;
    if (status !== 200) {
      let rest = '';
      for await (const bytes of stream) rest += bytes;
      throw new Error(`${target} answered ${status}: ${rest}`);
    }
    assert.match(received['content-type'] ?? '', /^text\/event-stream(; charset=utf-8)?$/);
    const fields = Object.entries(received).filter(([name]) => !name.startsWith(':')).flatMap(([name, value]) => [value].flat().map((each) => /** @type {[string, string]} */ ([name, `${each}`])));
    const socket = new Http2Socket(stream);
    return new SseStream({ socket, received: Buffer.alloc(0), ended: false, close: () => socket.destroy() }, { version: 'HTTP/2', status, reason: '', fields });
  }

  get head() {
    return this.#head;
  }
  get connection() {
    return this.#connection;
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    try {
      const decoded = this.#decoder ? this.#decoder.feed(bytes) : bytes;
      this.bytes += decoded.length;
      const last = this.#partial.at(-1);
      const across = decoded[0] === 10 && last !== undefined && last[last.length - 1] === 10;
      if (decoded.length > 0) this.#partial.push(decoded);
      // A large event comes in many pieces: they are joined once, when it is whole.
      if (across || decoded.includes('\n\n')) this.#takeBlocks(Buffer.concat(this.#partial));
    } catch (error) {
      this.#broken ??= /** @type {Error} */ (error);
    }
    this.#signal.notify();
  }

  /** @param {Buffer} bytes */
  #takeBlocks(bytes) {
    let from = 0;
    for (let end = bytes.indexOf('\n\n'); end >= 0; end = bytes.indexOf('\n\n', from)) {
      this.#takeBlock(bytes.subarray(from, end).toString());
      from = end + 2;
    }
    this.#partial = from < bytes.length ? [bytes.subarray(from)] : [];
  }

  /** @param {string} raw */
  #takeBlock(raw) {
    const frame = parseBlock(raw);
    if (frame.id !== undefined) this.lastId = frame.id;
    if (frame.comment !== undefined) this.comments.push(frame.comment);
    if (this.onEvent) {
      if (frame.data !== undefined && !frame.control) this.onEvent(frame);
      return;
    }
    this.blocks.push(frame);
    if (frame.data === undefined) return;
    this.frames.push(frame);
    if (!frame.control) this.events.push(frame);
  }

  /** @param {boolean} cleanly */
  #over(cleanly) {
    if (this.ended) return;
    this.ended = true;
    this.endedCleanly = cleanly && this.#partial.length === 0;
    this.#signal.notify();
  }

  /**
   * @template T
   * @param {() => T} ask
   * @param {string} what
   * @param {number} [milliseconds]
   */
  async until(ask, what, milliseconds) {
    return this.#signal.until(
      () => {
        if (this.#broken) throw this.#broken;
        const value = ask();
        if (!value && this.ended) throw new Error(`the stream ended while waiting: ${what}; ${this.#describe()}`);
        return value;
      },
      () => `${what}; ${this.#describe()}`,
      milliseconds,
    );
  }

  #describe() {
    const tail = this.blocks.slice(-8).map((each) => each.raw.slice(0, 160));
    return `${this.events.length} events, last blocks ${JSON.stringify(tail)}`;
  }

  /** The first frame, which every stream begins with. */
  async welcome() {
    await this.until(() => this.frames.length > 0, 'the first frame');
    const [first] = this.frames;
    assert.equal(first.type, 'system');
    return JSON.parse(first.data ?? '');
  }

  /** The next frame not yet taken, the first frame left out. @param {number} [milliseconds] */
  async frame(milliseconds) {
    this.#nextFrame = Math.max(this.#nextFrame, 1);
    await this.until(() => this.frames.length > this.#nextFrame, 'a frame', milliseconds);
    return this.frames[this.#nextFrame++];
  }

  /** The next published event not yet taken. @param {number} [milliseconds] */
  async event(milliseconds) {
    await this.until(() => this.events.length > this.#nextEvent, 'an event', milliseconds);
    return this.events[this.#nextEvent++];
  }

  /** The next `count` events. @param {number} count @param {number} [milliseconds] */
  async take(count, milliseconds) {
    await this.until(() => this.events.length >= this.#nextEvent + count, `${count} events`, milliseconds);
    const taken = this.events.slice(this.#nextEvent, this.#nextEvent + count);
    this.#nextEvent += count;
    return taken;
  }

  /** Waits for a control frame of this type. @param {string} type @param {number} [milliseconds] */
  async control(type, milliseconds) {
    const found = await this.until(() => this.frames.find((each) => each.control && each.type === type), `event: ${type}`, milliseconds);
    return { ...found, json: JSON.parse(found.data ?? '') };
  }

  /** Waits for the server's end of the stream. @param {number} [milliseconds] */
  async end(milliseconds = seconds(10)) {
    await this.#signal.until(() => this.ended, () => `the stream ends; ${this.#describe()}`, milliseconds);
    if (this.#broken) throw this.#broken;
    return this.endedCleanly;
  }

  /** Stops reading: the kernel's buffers fill, then the server's writes block. */
  pause() {
    this.#connection.socket.pause();
  }
  resume() {
    this.#connection.socket.resume();
  }
  close() {
    this.#connection.close();
  }
}
