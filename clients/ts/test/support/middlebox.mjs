// @ts-check
// Something on the way that lets some transports through and others not, and can be told otherwise at any time.
import http from 'node:http';
import net from 'node:net';

/** @typedef {import('../../dist/index.js').TransportName} TransportName */
/**
 * pass; refuse: a status and a page of its own; reset: the connection; hold: the answer's body, for ever; swallow: the whole answer
 * @typedef {'pass' | 'refuse' | 'reset' | 'hold' | 'swallow'} Treatment
 */

export class Middlebox {
  /** @type {Record<TransportName, Treatment>} */
  treats = { sse: 'pass', websocket: 'pass', longpoll: 'pass', poll: 'pass' };
  /** How often each has come. @type {Record<TransportName, number>} */
  seen = { sse: 0, websocket: 0, longpoll: 0, poll: 0 };
  url = '';
  /** @type {Map<net.Socket, TransportName | undefined>} */
  #sockets = new Map();
  /** @type {{host: string, port: number}} */
  #upstream;

  /** @param {{host: string, port: number}} upstream */
  constructor(upstream) {
    this.#upstream = upstream;
  }

  /**
   * @param {import('../../../../tests/support/test.mjs').Scope} scope
   * @param {{host: string, port: number}} upstream
   * @param {Partial<Record<TransportName, Treatment>>} [treats]
   */
  static async start(scope, upstream, treats = {}) {
    const box = new Middlebox(upstream);
    Object.assign(box.treats, treats);
    const server = http.createServer((request, response) => box.#forward(request, response));
    server.on('connection', (socket) => {
      box.#sockets.set(socket, undefined);
      socket.on('close', () => box.#sockets.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => box.#upgrade(request, /** @type {net.Socket} */ (socket), head));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    scope.closing({
      close: () => {
        box.cut();
        return new Promise((resolve) => server.close(resolve));
      },
    });
    box.url = `http://127.0.0.1:${/** @type {net.AddressInfo} */ (server.address()).port}`;
    return box;
  }

  /** From now on, and for connections of theirs that are open. @param {Partial<Record<TransportName, Treatment>>} treats */
  treat(treats) {
    Object.assign(this.treats, treats);
    for (const [socket, transport] of this.#sockets) if (transport && this.treats[transport] !== 'pass') socket.destroy();
  }

  /** Breaks every connection. */
  cut() {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
  #forward(request, response) {
    const transport = transportOf(request);
    this.#sockets.set(request.socket, transport);
    ++this.seen[transport];
    const treatment = this.treats[transport];
    if (treatment === 'reset') return request.socket.destroy();
    if (treatment === 'refuse') return response.writeHead(403, { 'Content-Type': 'text/html' }).end('<h1>Not here</h1>');
    const forwarded = http.request({ ...this.#upstream, method: request.method, path: request.url, headers: request.headers, agent: false }, (answer) => {
      if (treatment === 'swallow') return answer.resume();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      if (treatment === 'hold') return answer.resume();
      answer.pipe(response);
      // pipe() ends nothing where the server breaks off.
      answer.on('error', () => response.destroy());
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  }

  /** @param {http.IncomingMessage} request @param {net.Socket} socket @param {Buffer} head */
  #upgrade(request, socket, head) {
    this.#sockets.set(socket, 'websocket');
    ++this.seen.websocket;
    socket.on('error', () => {});
    const treatment = this.treats.websocket;
    if (treatment === 'reset') return socket.destroy();
    if (treatment === 'refuse') return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    const { host, port } = this.#upstream;
    const server = net.connect(port, host, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        const [name = '', value] = request.rawHeaders.slice(i, i + 2);
        // Browsers' pages have the box's origin, which the server does not know.
        lines.push(`${name}: ${/^(host|origin)$/i.test(name) ? `${/^origin$/i.test(name) ? 'http://' : ''}${host}:${port}` : value}`);
      }
      server.write(`${lines.join('\r\n')}\r\n\r\n`);
      server.write(head);
      socket.pipe(server);
      if (treatment === 'pass') server.pipe(socket);
    });
    server.on('error', () => socket.destroy());
    server.on('close', () => socket.destroy());
    socket.on('close', () => server.destroy());
  }
}

/** @param {http.IncomingMessage} request @returns {TransportName} */
function transportOf({ headers, url = '' }) {
  if (headers.accept?.includes('text/event-stream')) return 'sse';
  return /[?&]wait=/.test(url) ? 'longpoll' : 'poll';
}
