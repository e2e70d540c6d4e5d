// @ts-check
// A receiver of webhooks: keeps every request, holds its signature against the public key, and answers as it is told.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';

import { Signal } from './deadline.mjs';

/**
 * The verification of docs/webhooks.md: Standard Webhooks 1.0, Ed25519.
 * @param {string} publicKey "whpk_…"
 * @param {http.IncomingHttpHeaders} headers
 * @param {Buffer} body as it came
 * @param {number} [toleranceSeconds]
 */
export function verify(publicKey, headers, body, toleranceSeconds = 300) {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  // The raw key in the wrapping (SPKI, RFC 8410) that Node reads.
  const raw = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64');
  const key = crypto.createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki' });
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((each) => each.startsWith('v1a,'))
    .some((each) => crypto.verify(null, content, key, Buffer.from(each.slice(4), 'base64')));
}

/**
 * The same for a shared secret: HMAC-SHA256.
 * @param {string} secret "whsec_…"
 * @param {http.IncomingHttpHeaders} headers
 * @param {Buffer} body
 */
export function verifyShared(secret, headers, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = crypto.createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`).update(body).digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .filter((each) => each.startsWith('v1,'))
    .map((each) => Buffer.from(each.slice(3), 'base64'))
    .some((each) => each.length === expected.length && crypto.timingSafeEqual(each, expected));
}

/** @typedef {{headers: http.IncomingHttpHeaders, body: Buffer, event: any, data: string, id: string, path: string}} Delivery */
/** @typedef {{status?: number, headers?: http.OutgoingHttpHeaders, hold?: boolean}} Answer */

export class Receiver {
  /** Every request, in order. @type {Delivery[]} */
  deliveries = [];
  /** How to answer the nth request, from 0; default 204. @type {(delivery: Delivery, n: number) => Answer} */
  answer = () => ({});
  port = 0;
  connections = 0;
  /** Answers that are held. @type {(() => void)[]} */
  #held = [];
  #signal = new Signal();
  /** @type {http.Server} */
  #server;

  constructor() {
    this.#server = http.createServer((request, response) => {
      /** @type {Buffer[]} */
      const pieces = [];
      request.on('data', (bytes) => pieces.push(bytes));
      request.on('end', () => {
        const body = Buffer.concat(pieces);
        const event = JSON.parse(body.toString());
        const delivery = { headers: request.headers, body, event, data: event.data, id: String(request.headers['webhook-id']), path: String(request.url) };
        const { status = 204, headers = {}, hold = false } = this.answer(delivery, this.deliveries.length);
        this.deliveries.push(delivery);
        const send = () => response.writeHead(status, headers).end();
        if (hold) this.#held.push(send);
        else send();
        this.#signal.notify();
      });
    });
    this.#server.on('connection', () => ++this.connections);
  }

  /** @param {number} [port] */
  async listen(port = 0) {
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', () => resolve(undefined)));
    const address = this.#server.address();
    assert(address && typeof address === 'object');
    this.port = address.port;
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/in`;
  }

  release() {
    for (const send of this.#held.splice(0)) send();
  }

  /** @param {(deliveries: Delivery[]) => unknown} ask @param {string} what @param {number} [milliseconds] */
  async until(ask, what, milliseconds) {
    await this.#signal.until(() => ask(this.deliveries), () => `${what}; got ${JSON.stringify(this.deliveries.map((each) => each.data)).slice(0, 500)}`, milliseconds);
    return this.deliveries;
  }

  close() {
    this.release();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
