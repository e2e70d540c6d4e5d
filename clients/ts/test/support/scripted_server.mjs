// @ts-check
// A server that answers as it is told, one answer after the other, and keeps what it was asked.
import http from 'node:http';

import { Signal } from '../../../../tests/support/deadline.mjs';

/**
 * @typedef {object} Scripted
 * @property {number} [status]
 * @property {http.OutgoingHttpHeaders} [headers] by default those of an event stream
 * @property {string | Buffer} [body]
 * @property {boolean} [open] the answer does not end
 * @property {boolean} [breaks] the connection breaks after the body
 */

export class ScriptedServer {
  /** @type {{method: string, url: string, headers: http.IncomingHttpHeaders, rawHeaders: string[], body: string}[]} */
  requests = [];
  /** The next answers; the last one stays. @type {Scripted[]} */
  script = [];
  /** Answers that are open. @type {Set<http.ServerResponse>} */
  open = new Set();
  url = '';
  #signal = new Signal();

  /** @param {import('../../../../tests/support/test.mjs').Scope} scope @param {Scripted[]} script */
  static async start(scope, ...script) {
    const scripted = new ScriptedServer();
    scripted.script = script;
    const server = http.createServer((request, response) => scripted.#answer(request, response));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    scope.defer(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    scripted.url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
    return scripted;
  }

  /** @param {number} count */
  async asked(count) {
    await this.#signal.until(() => this.requests.length >= count, () => `${count} requests; came: ${this.requests.map(({ method, url }) => `${method} ${url}`)}`);
    return this.requests;
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  #answer(request, response) {
    let body = '';
    request.on('data', (bytes) => (body += bytes));
    request.on('end', () => {
      this.requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, rawHeaders: request.rawHeaders, body });
      const answer = this.script.length > 1 ? this.script.shift() : this.script[0];
      const { status = 200, headers = { 'Content-Type': 'text/event-stream' }, body: text = '', open = false, breaks = false } = answer ?? {};
      response.writeHead(status, headers);
      response.flushHeaders();
      if (status !== 204) response.write(text);
      if (open) {
        this.open.add(response);
        response.on('close', () => {
          this.open.delete(response);
          this.#signal.notify();
        });
      } else if (breaks) setImmediate(() => response.destroy());
      else response.end();
      this.#signal.notify();
    });
  }

  /** To everybody who has an answer open. @param {string} text */
  write(text) {
    for (const response of this.open) response.write(text);
  }

  /** Waits until nobody has an answer open. */
  left() {
    return this.#signal.until(() => this.open.size === 0, 'everybody has left');
  }
}

/** What the server says about a refusal. @param {number} status @param {string} code @param {boolean} [retryable] @param {http.OutgoingHttpHeaders} [headers] @returns {Scripted} */
export function problem(status, code, retryable = false, headers = {}) {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type: `/problems/${code}`, code, title: 'No', status, detail: 'not today', retryable }),
  };
}
