// @ts-check
// A client that polls, and a client that follows a topic by polling.
import assert from 'node:assert/strict';

import { request } from './client.mjs';

/** @typedef {{cursor?: string, topic: string, topics?: string[], event: string, data: string, id?: string, key?: string, time: string}} Polled */
/** @typedef {{events: Polled[], cursor: string, more: boolean, retry_ms: number, closed?: true, gap?: {requested: string, available_from: string, reason: string}}} PollAnswer */

/**
 * One request; an answer of 200 is held to its shape.
 * @param {import('./raw.mjs').Address} address
 * @param {string} target
 * @param {{headers?: Record<string, string>, milliseconds?: number}} [options]
 */
export async function ask(address, target, { headers = {}, milliseconds } = {}) {
  const answer = await request(address, 'GET', target, { headers: { Accept: 'application/json', ...headers }, milliseconds });
  if (answer.status === 200) {
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.headers.etag, `"${answer.json.cursor}"`);
    assert.equal(answer.headers['cache-control'], 'private, no-cache');
    const known = ['events', 'cursor', 'more', 'retry_ms', 'gap', 'closed'];
    for (const name of Object.keys(answer.json)) assert(known.includes(name), name);
    for (const event of answer.json.events) {
      for (const name of ['topic', 'event', 'data', 'time']) assert.equal(typeof event[name], 'string', name);
    }
  }
  return answer;
}

/**
 * One poll that has an answer.
 * @param {import('./raw.mjs').Address} address
 * @param {string} target
 * @param {{headers?: Record<string, string>, milliseconds?: number}} [options]
 * @returns {Promise<PollAnswer>}
 */
export async function poll(address, target, options) {
  const answer = await ask(address, target, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** @param {{events: Polled[]}} answer */
export const datas = (answer) => answer.events.map((each) => each.data);
