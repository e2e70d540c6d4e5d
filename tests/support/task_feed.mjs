// @ts-check
// The task feed over HTTP, and a client's reducer of its events.

import assert from 'node:assert/strict';

import { postJson, request } from './client.mjs';

/** @typedef {import('./raw.mjs').Address} Address */
/** @typedef {Record<string, string>} Headers */

const over = new Set(['completed', 'failed', 'cancelled']);

/** @param {Address} address @param {string} [path] @param {Headers} [headers] */
export async function get(address, path = '', headers = {}) {
  const answer = await request(address, 'GET', `/api/task-feed${path}`, { headers: { Accept: 'application/json', ...headers } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Makes a task. @param {Address} address @param {object} body @param {Headers} [headers] */
export async function make(address, body, headers = {}) {
  const answer = await postJson(address, '/api/task-feed', body, { headers });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.task;
}

/** What a worker or an owner says of a task. @param {Address} address @param {string} path @param {object} [body] @param {Headers} [headers] */
export async function say(address, path, body = {}, headers = {}) {
  const method = path.endsWith('/progress') ? 'PATCH' : 'POST';
  const answer = await request(address, method, `/api/task-feed/${path}`, { headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** The value of a metric. @param {Address} address @param {string} name @param {Headers} [headers] */
export async function metric(address, name, headers = {}) {
  const { text } = await request(address, 'GET', '/metrics', { headers });
  const value = text.split('\n').find((line) => line.startsWith(`${name} `));
  assert(value, `${name} is a metric`);
  return Number(value.slice(name.length + 1));
}

/**
 * What a page keeps of a feed: a snapshot, and what the events make of it. Which list a task is in is what its status says.
 * Several events of one change have one rev; one that leaves a change out would be a mistake of the server's.
 */
export class Reducer {
  /** Of the snapshot: what is not newer is in it. */
  base = -1;
  rev = -1;
  totals = {};
  /** @type {Map<string, any>} */
  tasks = new Map();
  progress = 0;

  /** @param {string} type @param {any} data */
  take(type, data) {
    if (type === 'snapshot') {
      this.base = this.rev = data.rev;
      this.totals = data.totals;
      this.tasks = new Map([...data.activeTasks, ...data.completedTasks].map((/** @type {any} */ task) => [task.id, task]));
      return;
    }
    if (type === 'task.progress') {
      const task = this.tasks.get(data.id);
      if (!task) return;
      assert.equal(data.attempt, task.attempt, 'an earlier attempt is told of no more');
      assert(!over.has(task.status), 'what has ended goes no further');
      assert(data.progress >= task.progress, 'progress goes on');
      task.progress = data.progress;
      ++this.progress;
      return;
    }
    if (data.rev <= this.base) return;
    assert(data.rev === this.rev || data.rev === this.rev + 1, `${type} of rev ${data.rev} after ${this.rev}`);
    this.rev = data.rev;
    this.totals = data.totals;
    if (type === 'task.removed') this.tasks.delete(data.id);
    else this.tasks.set(data.task.id, data.task);
  }

  /** One of the two lists in its order. @param {boolean} ended */
  list(ended) {
    const at = (/** @type {any} */ task) => (ended ? task.updatedAt : task.createdAt);
    return [...this.tasks.values()].filter((task) => over.has(task.status) === ended).sort((a, b) => at(b) - at(a) || (a.id < b.id ? 1 : -1));
  }

  /** Held against the server's own snapshot; what progress was told is not lost. @param {Address} address @param {Headers} [headers] @param {string} [query] */
  async check(address, headers = {}, query = '') {
    const snapshot = await get(address, query, headers);
    assert.deepEqual({ rev: this.rev, totals: this.totals, activeTasks: this.list(false), completedTasks: this.list(true) }, { rev: snapshot.rev, totals: snapshot.totals, activeTasks: snapshot.activeTasks, completedTasks: snapshot.completedTasks });
    return snapshot;
  }
}

/** A stream of the feed with a page's reducer behind it. @param {import('./test.mjs').Scope} scope @param {any} server @param {{headers?: Headers, lastId?: string, query?: string}} [options] */
export async function follow(scope, server, { headers = {}, lastId, query = '' } = {}) {
  const stream = await scope.subscribe(server, `/api/task-feed/stream${query}`, { headers: { ...headers, ...(lastId ? { 'Last-Event-ID': lastId } : {}) } });
  const reducer = new Reducer();
  let at = 0;
  const catchUp = () => {
    for (; at < stream.events.length; ++at) reducer.take(stream.events[at].type, JSON.parse(stream.events[at].data ?? ''));
  };
  /** Until this holds of the reducer. @param {(reducer: Reducer) => boolean} holds @param {string} what */
  const until = (holds, what) => stream.until(() => (catchUp(), holds(reducer)), what);
  const untilRev = (/** @type {number} */ rev) => until((now) => now.rev >= rev, `rev ${rev}`);
  return { stream, reducer, until, untilRev };
}
