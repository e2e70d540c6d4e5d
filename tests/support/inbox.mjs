// @ts-check
// The notification inbox over HTTP, and a client's reducer of its events.

import assert from 'node:assert/strict';

import { postJson, request } from './client.mjs';

/** @typedef {import('./raw.mjs').Address} Address */
/** @typedef {Record<string, string>} Headers */

/** @param {Address} address @param {string} path @param {Headers} headers */
export async function get(address, path, headers = {}) {
  const answer = await request(address, 'GET', `/api/notifications${path}`, { headers: { Accept: 'application/json', ...headers } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** @param {Address} address @param {object} body @param {Headers} headers */
export async function notify(address, body, headers = {}) {
  const answer = await postJson(address, '/api/notifications', body, { headers });
  assert(answer.status === 201 || answer.status === 202, answer.text);
  return answer.json;
}

/** @param {Address} address @param {string} path @param {Headers} [headers] @param {object} [body] */
export async function act(address, path, headers = {}, body) {
  const answer = await (body ? postJson(address, `/api/notifications/${path}`, body, { headers }) : request(address, 'POST', `/api/notifications/${path}`, { headers }));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/**
 * What a page keeps of an inbox: a snapshot, and what the events make of it. An event that is not newer is dropped; one
 * that leaves another one out would be a mistake of the server's.
 */
export class Reducer {
  rev = -1;
  unread = 0;
  unseen = 0;
  /** By id, what is in the inbox. @type {Map<string, any>} */
  inbox = new Map();
  snapshots = 0;

  /** @param {string} type @param {any} data */
  take(type, data) {
    if (type === 'alert') return;
    if (type === 'snapshot') {
      ++this.snapshots;
      this.inbox = new Map(data.notifications.map((/** @type {any} */ one) => [one.id, one]));
    } else {
      if (data.rev <= this.rev) return;
      assert.equal(data.rev, this.rev + 1, `${type} after rev ${this.rev}`);
      this.#apply(type, data);
    }
    this.rev = data.rev;
    this.unread = data.unread;
    this.unseen = data.unseen;
    assert.equal(data.count, data.unread);
  }

  /** @param {string} type @param {any} data */
  #apply(type, data) {
    if (type === 'notification.removed') this.inbox.delete(data.id);
    else if (type === 'badge') {
      const upTo = data.readUpToRev ?? data.seenUpToRev;
      for (const one of this.inbox.values()) {
        if (one.order > upTo) continue;
        one.seenAt ??= data.at;
        if (data.readUpToRev !== undefined) one.readAt ??= data.at;
      }
    } else {
      const one = data.notification;
      if (one.archivedAt !== null || one.snoozedUntil !== null) this.inbox.delete(one.id);
      else this.inbox.set(one.id, one);
    }
  }

  /** What the list says, in its order: id, whether it is read, whether it is seen. */
  get shape() {
    return [...this.inbox.values()].sort((a, b) => b.order - a.order).map((one) => [one.id, one.readAt !== null, one.seenAt !== null]);
  }

  /** Held against the server's own list. @param {Address} address @param {Headers} headers @param {string} [query] */
  async check(address, headers, query = '?limit=100') {
    const list = await get(address, query, headers);
    assert.deepEqual(this.shape, list.notifications.map((/** @type {any} */ one) => [one.id, one.readAt !== null, one.seenAt !== null]));
    assert.deepEqual([this.rev, this.unread, this.unseen], [list.rev, list.unread, list.unseen]);
    assert.equal(list.unread, list.notifications.filter((/** @type {any} */ one) => one.readAt === null).length);
  }
}
