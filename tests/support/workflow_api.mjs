// @ts-check
// The routes of workflows that the command line uses, as docs/http-api.md has them, answered by the test: what is asked is kept, and
// a stream says what the test says.

import http from 'node:http';

import { Signal } from './deadline.mjs';

/** @typedef {{method: string, url: string, headers: http.IncomingHttpHeaders, body: any}} Asked */

export class WorkflowApi {
  /** @type {Asked[]} */
  asked = [];
  /** The answer to what is no stream. @type {(asked: Asked) => {status?: number, body: unknown}} */
  answer = () => ({ body: {} });
  url = '';
  /** @type {http.ServerResponse[]} */
  #streams = [];
  #signal = new Signal();
  #server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (bytes) => (text += bytes));
    request.on('end', () => {
      const asked = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: text ? JSON.parse(text) : undefined };
      this.asked.push(asked);
      if (asked.url.endsWith('/stream')) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.flushHeaders();
        this.#streams.push(response);
      } else {
        const { status = 200, body } = this.answer(asked);
        response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' });
        response.end(JSON.stringify(body));
      }
      this.#signal.notify();
    });
  });

  /** @param {import('./test.mjs').Scope} scope */
  static async start(scope) {
    const api = new WorkflowApi();
    await new Promise((resolve) => api.#server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const address = /** @type {import('node:net').AddressInfo} */ (api.#server.address());
    api.url = `http://127.0.0.1:${address.port}`;
    scope.defer(() => {
      for (const stream of api.#streams) stream.destroy();
      api.#server.close();
    });
    return api;
  }

  /** Waits until so many streams have been opened; gives the last one. @param {number} [count] */
  async stream(count = 1) {
    await this.#signal.until(() => this.#streams.length >= count, () => `${count} streams are open`);
    const response = this.#streams[count - 1];
    let id = 0;
    return {
      /** @param {string} type @param {object} data */
      send: (type, data) => response.write(`event: ${type}\nid: 00000000000000aa-${++id}\ndata: ${JSON.stringify(data)}\n\n`),
      end: () => response.end(),
    };
  }
}
