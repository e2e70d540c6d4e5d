// @ts-check
// A mail server for tests: speaks SMTP as RFC 5321 has it, strictly, with STARTTLS and AUTH PLAIN, and keeps what it takes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

import { Signal } from './deadline.mjs';

/** @typedef {{from: string, to: string[], user: string, secure: boolean, headers: Record<string, string>, text: string, raw: string}} Mail */

/** Header fields of a message, unfolded, and encoded words decoded. @param {string} head */
function headersOf(head) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const line of head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const colon = line.indexOf(':');
    assert(colon > 0, `a header: ${JSON.stringify(line)}`);
    const name = line.slice(0, colon).toLowerCase();
    assert(!(name in headers), `${name} comes once`);
    headers[name] = line
      .slice(colon + 1)
      .trim()
      .replace(/\?= =\?UTF-8\?B\?/g, '?==?UTF-8?B?')
      .replace(/(?:=\?UTF-8\?B\?[A-Za-z0-9+/=]+\?=)+/g, (words) =>
        Buffer.concat([...words.matchAll(/=\?UTF-8\?B\?([A-Za-z0-9+/=]+)\?=/g)].map(([, text]) => Buffer.from(text, 'base64'))).toString());
  }
  return headers;
}

export class MailServer {
  /** @type {Mail[]} */
  mails = [];
  /** What to answer instead, by command, for as long as it is there. @type {Record<string, string>} */
  answers = {};
  port = 0;
  #signal = new Signal();
  /** @type {net.Server} */
  #server;
  /** @type {Set<net.Socket>} */
  #sockets = new Set();

  /** @param {{certificate: string, key: string}} [files] with them STARTTLS and, in it, AUTH PLAIN are offered */
  constructor(files) {
    this.context = files && tls.createSecureContext({ cert: readFileSync(files.certificate), key: readFileSync(files.key) });
    this.#server = net.createServer((socket) => this.#serve(socket, false));
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(undefined)));
    this.port = /** @type {net.AddressInfo} */ (this.#server.address()).port;
    return this;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  /** @param {number} count */
  async until(count) {
    await this.#signal.until(() => this.mails.length >= count, () => `${count} mails, of which ${this.mails.length} have come`);
    return this.mails;
  }

  /** @param {net.Socket} socket @param {boolean} secure */
  #serve(socket, secure) {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    const state = { hello: false, user: '', from: '', to: /** @type {string[]} */ ([]), data: false };
    let unread = '';
    const say = (/** @type {string} */ text) => socket.write(`${text}\r\n`);
    if (!secure) say('220 mail.test ESMTP');
    socket.on('data', (bytes) => {
      unread += bytes.toString('latin1');
      for (;;) {
        const end = state.data ? unread.indexOf('\r\n.\r\n') : unread.indexOf('\r\n');
        if (end < 0) return;
        if (state.data) {
          this.#keep(unread.slice(0, end + 2), state, secure);
          unread = unread.slice(end + 5);
          state.data = false;
          say(this.answers.MAIL_END ?? '250 taken');
          continue;
        }
        const line = unread.slice(0, end);
        unread = unread.slice(end + 2);
        const verb = line.split(' ')[0].toUpperCase();
        if (this.answers[verb]) say(this.answers[verb]);
        else if (verb === 'EHLO') {
          state.hello = true;
          const offers = ['8BITMIME', ...(this.context && !secure ? ['STARTTLS'] : []), ...(secure ? ['AUTH LOGIN PLAIN'] : []), 'SIZE 1000000'];
          for (const [index, offer] of ['mail.test', ...offers].entries()) say(`250${index < offers.length ? '-' : ' '}${offer}`);
        } else if (!state.hello) say('503 EHLO first');
        else if (verb === 'STARTTLS') {
          assert.equal(unread, '', 'nothing is sent behind STARTTLS');
          say('220 go on');
          socket.removeAllListeners('data');
          const encrypted = new tls.TLSSocket(socket, { isServer: true, secureContext: this.context });
          return this.#serve(encrypted, true);
        } else if (verb === 'AUTH') {
          const [none, user, password] = Buffer.from(line.split(' ')[2], 'base64').toString().split('\0');
          const right = secure && none === '' && password === 'p4ss w\u00f6rd';
          if (right) state.user = user;
          say(right ? '235 welcome' : '535 no');
        } else if (verb === 'MAIL') {
          state.from = line.match(/^MAIL FROM:<([^<> ]+)>$/)?.[1] ?? '';
          state.to = [];
          say(state.from ? '250 ok' : '501 syntax');
        } else if (verb === 'RCPT') {
          const to = line.match(/^RCPT TO:<([^<> ]+)>$/)?.[1];
          if (to) state.to.push(to);
          say(to ? '250 ok' : '501 syntax');
        } else if (verb === 'DATA') {
          state.data = state.to.length > 0;
          say(state.data ? '354 go on' : '503 RCPT first');
        } else if (verb === 'QUIT') {
          say('221 bye');
          socket.end();
        } else say('500 what?');
      }
    });
  }

  /** @param {string} stuffed @param {{from: string, to: string[], user: string}} state @param {boolean} secure */
  #keep(stuffed, { from, to, user }, secure) {
    assert(!/[^\r]\n|\r[^\n]/.test(stuffed), 'lines end with CRLF');
    for (const line of stuffed.split('\r\n')) assert(line.length <= 998, 'a line is short enough');
    const raw = stuffed.replace(/^\./gm, '');
    const [head, ...body] = raw.split('\r\n\r\n');
    const headers = headersOf(head);
    const text = body.join('\r\n\r\n');
    this.mails.push({ from, to, user, secure, headers, raw, text: headers['content-transfer-encoding'] === 'base64' ? Buffer.from(text, 'base64').toString() : text });
    this.#signal.notify();
  }
}
