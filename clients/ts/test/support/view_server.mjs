// @ts-check
// A small server of one view by the contract: GET resource, resource/stream, resource/changes?since. The state is a counter, a text for each
// key, and what a change sets; every change has the next `rev`. It keeps every change, and can be told to misbehave.
import http from 'node:http';

/** @typedef {{rev: number, [member: string]: unknown}} Change */

export class ViewServer {
  /** @type {Change[]} */
  changes = [];
  epoch = '00000000000000aa';
  /** @type {{method: string, path: string, query: URLSearchParams, headers: http.IncomingHttpHeaders}[]} */
  requests = [];
  /** Answers to GET resource are held until this resolves. @type {Promise<unknown>} */
  hold = Promise.resolve();
  /** Streams are refused with this status. */
  refuseStreams = 0;
  /** Revisions that streams and polls leave out. @type {Set<number>} */
  lost = new Set();
  /** @type {Set<http.ServerResponse>} */
  streams = new Set();
  url = '';

  /** @param {import('../../../../tests/support/test.mjs').Scope} scope */
  static async start(scope) {
    const view = new ViewServer();
    const server = http.createServer((request, response) => void view.#answer(request, response));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    scope.defer(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    view.url = `http://127.0.0.1:${port}/api/thing`;
    return view;
  }

  /** The state as of a revision. @param {number} [rev] */
  state(rev = this.changes.length) {
    return Object.assign({}, ...this.changes.slice(0, rev), { rev, cursor: `${this.epoch}-${rev}` });
  }

  /** @param {Record<string, unknown>} members absolute values */
  change(members) {
    const change = { ...members, rev: this.changes.length + 1 };
    this.changes.push(change);
    for (const stream of this.streams) this.#write(stream, change);
    return change;
  }

  /** An ephemeral event. @param {Record<string, unknown>} members */
  pass(members) {
    for (const stream of this.streams) stream.write(`event: progress\ndata: ${JSON.stringify({ ...members, rev: this.changes.length })}\n\n`);
  }

  /** @param {string} text */
  writeRaw(text) {
    for (const stream of this.streams) stream.write(text);
  }

  /** Another log, as after a backup was restored: revisions begin anew. @param {Record<string, unknown>[]} changes */
  restore(changes) {
    this.epoch = '00000000000000bb';
    this.changes = changes.map((each, i) => ({ ...each, rev: i + 1 }));
    this.cut();
  }

  cut() {
    for (const stream of this.streams) stream.destroy();
  }

  /** @param {string} path */
  asked(path) {
    return this.requests.filter((each) => each.path === path);
  }

  /** @param {http.ServerResponse} stream @param {Change} change */
  #write(stream, change) {
    if (!this.lost.has(change.rev)) stream.write(`id: ${this.epoch}-${change.rev}\nevent: changed\ndata: ${JSON.stringify(change)}\n\n`);
  }

  /** @param {string | undefined | null} cursor */
  #after(cursor) {
    const [epoch, rev] = (cursor ?? '').split('-');
    return epoch === this.epoch ? this.changes.slice(Number(rev)) : undefined;
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  async #answer(request, response) {
    const url = new URL(request.url ?? '', 'http://x');
    const path = url.pathname.replace('/api/thing', '');
    this.requests.push({ method: request.method ?? '', path, query: url.searchParams, headers: request.headers });
    if (path === '') {
      const state = this.state();
      await this.hold;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(state));
    } else if (path === '/changes') {
      const since = url.searchParams.get('since');
      const changes = this.#after(since);
      const gap = changes ? undefined : { requested: since, available_from: `${this.epoch}-0`, reason: 'epoch' };
      const events = (changes ?? this.changes).filter(({ rev }) => !this.lost.has(rev)).map((each) => ({ cursor: `${this.epoch}-${each.rev}`, event: 'changed', data: each }));
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ events, cursor: `${this.epoch}-${this.changes.length}`, more: false, gap }));
    } else if (this.refuseStreams > 0) {
      response.writeHead(this.refuseStreams, { 'Content-Type': 'text/html' }).end('<h1>Blocked</h1>');
    } else {
      this.#stream(request, response);
    }
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  #stream(request, response) {
    const cursor = /** @type {string | undefined} */ (request.headers['last-event-id']);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`retry: 20\nevent: system\ndata: {"type":"connected","client_id":"c"}\n\n`);
    const changes = this.#after(cursor);
    if (!changes) {
      response.write(`event: gap\ndata: ${JSON.stringify({ requested: cursor, available_from: `${this.epoch}-0`, reason: 'epoch' })}\n\n`);
    }
    for (const change of changes ?? this.changes) this.#write(response, change);
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }
}
