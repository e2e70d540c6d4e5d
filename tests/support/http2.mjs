// @ts-check
// HTTP/2 by Node's own client: one connection, many requests and event streams.

import assert from 'node:assert/strict';
import http2 from 'node:http2';

import { Signal, seconds, within } from './deadline.mjs';
import { parseBlock } from './sse.mjs';

/** @typedef {{status: number, headers: http2.IncomingHttpHeaders, text: string, json: any}} Answer */

/** An event stream of a session, read to its blocks. */
export class Http2EventStream {
  /** @type {import('./sse.mjs').Frame[]} */
  frames = [];
  /** @type {import('./sse.mjs').Frame[]} */
  events = [];
  ended = false;
  endedCleanly = false;
  code = 0;
  #text = '';
  #signal = new Signal();

  /** @param {http2.ClientHttp2Stream} stream */
  constructor(stream) {
    this.stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (text) => this.#take(text));
    stream.on('end', () => {
      this.endedCleanly = this.#text === '' && stream.rstCode === 0;
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      this.ended = true;
      this.code = stream.rstCode ?? 0;
      this.#signal.notify();
    });
  }

  /** @param {string} text */
  #take(text) {
    this.#text += text;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      const frame = parseBlock(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
      if (frame.data === undefined) continue;
      this.frames.push(frame);
      if (!frame.control) this.events.push(frame);
    }
    this.#signal.notify();
  }

  /** @param {() => unknown} ask @param {string} what @param {number} [milliseconds] */
  until(ask, what, milliseconds) {
    return this.#signal.until(
      () => {
        const value = ask();
        assert(value || !this.ended, `the stream ended (code ${this.code}) while waiting: ${what}`);
        return value;
      },
      () => `${what}; ${this.events.length} events`,
      milliseconds,
    );
  }

  /** @param {number} count @param {number} [milliseconds] */
  async take(count, milliseconds) {
    await this.until(() => this.events.length >= count, `${count} events`, milliseconds);
    return this.events;
  }

  /** @param {number} [milliseconds] */
  async end(milliseconds) {
    await this.#signal.until(() => this.ended, 'the stream ends', milliseconds);
    return this.endedCleanly;
  }

  close() {
    this.stream.close(http2.constants.NGHTTP2_CANCEL);
  }
}

export class Http2Session {
  closed = false;
  /** @type {number[]} */
  goaways = [];
  #signal = new Signal();

  /** @param {http2.ClientHttp2Session} session */
  constructor(session) {
    this.session = session;
    session.on('error', () => {});
    session.on('goaway', (code) => {
      this.goaways.push(code);
      this.#signal.notify();
    });
    session.on('close', () => {
      this.closed = true;
      this.#signal.notify();
    });
  }

  /**
   * @param {{host: string, port: number}} address
   * @param {http2.ClientSessionOptions & {window?: number}} [options] window: of the whole connection
   */
  static async open({ host, port }, { window, ...options } = {}) {
    const session = http2.connect(`http://${host}:${port}`, options);
    await within(new Promise((resolve, reject) => {
      session.on('remoteSettings', resolve);
      session.on('error', reject);
    }), 'the server sends its SETTINGS');
    if (window !== undefined) session.setLocalWindowSize(window);
    return new Http2Session(session);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{headers?: http2.OutgoingHttpHeaders, body?: string | Buffer}} [options]
   * @returns {Promise<Answer>}
   */
  request(method, path, { headers = {}, body } = {}) {
    const stream = this.session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
    const answer = new Promise((resolve, reject) => {
      /** @type {http2.IncomingHttpHeaders} */
      let head = {};
      /** @type {Buffer[]} */
      const parts = [];
      stream.on('response', (received) => {
        head = received;
      });
      stream.on('data', (bytes) => parts.push(bytes));
      stream.on('error', reject);
      stream.on('end', () => {
        const text = Buffer.concat(parts).toString();
        const isJson = /^application\/(problem\+)?json\b/.test(`${head['content-type'] ?? ''}`);
        resolve({ status: Number(head[':status']), headers: head, text, json: isJson ? JSON.parse(text) : undefined });
      });
    });
    if (body !== undefined) stream.end(body);
    return within(answer, `${method} ${path} is answered`, seconds(20));
  }

  /** An event stream, after its first frame. @param {string} path @param {http2.OutgoingHttpHeaders} [headers] */
  async subscribe(path, headers = {}) {
    const stream = this.session.request({ ':path': path, accept: 'text/event-stream', ...headers });
    const events = new Http2EventStream(stream);
    const head = await within(new Promise((resolve, reject) => {
      stream.on('response', resolve);
      stream.on('error', reject);
    }), `${path} is answered`);
    assert.equal(head[':status'], 200);
    assert.match(head['content-type'], /^text\/event-stream/);
    assert.equal(head['transfer-encoding'], undefined);
    await events.until(() => events.frames.length > 0, 'the first frame');
    assert.equal(events.frames[0].type, 'system');
    return events;
  }

  /** @param {number} [milliseconds] */
  end(milliseconds) {
    return this.#signal.until(() => this.closed, 'the connection ends', milliseconds);
  }

  close() {
    this.session.destroy();
  }
}
