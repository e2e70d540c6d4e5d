// @ts-check
// Requests, the short way.

import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';

import { seconds, within } from './deadline.mjs';
import { http2Request, http2Response, isHttp2 } from './wire.mjs';

/** @typedef {import('./raw.mjs').Address} Address */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {http.IncomingHttpHeaders} headers
 * @property {string} text
 * @property {any} json the body, if it is JSON
 */

/**
 * @param {Address} address
 * @param {string} method
 * @param {string} path
 * @param {{headers?: http.OutgoingHttpHeaders, body?: string | Buffer, agent?: http.Agent, milliseconds?: number}} [options]
 * @returns {Promise<Answer>}
 */
export async function request(address, method, path, { headers = {}, body, agent, milliseconds = seconds(20) } = {}) {
  if (isHttp2(address)) return requestOverHttp2(address, method, path, { headers, body, milliseconds });
  const { host, port, tls, path: socketPath } = address;
  /** @type {http.ClientRequest | undefined} */
  let outgoing;
  const answer = new Promise((resolve, reject) => {
    const to = socketPath === undefined ? { host, port } : { socketPath };
    const scheme = tls ? https : http;
    // A test's agent for plain connections is none for TLS, when it runs over that.
    const fitting = tls && !(agent instanceof https.Agent) ? undefined : agent;
    outgoing = scheme.request({ ...to, .../** @type {https.RequestOptions} */ (tls ?? {}), method, path, headers, agent: fitting ?? false }, (response) => {
      /** @type {Buffer[]} */
      const parts = [];
      response.on('data', (bytes) => parts.push(bytes));
      response.on('error', reject);
      response.on('end', () => resolve(answerOf(response.statusCode, response.headers, parts)));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  try {
    return await within(answer, `${method} ${path} is answered`, milliseconds);
  } catch (error) {
    outgoing?.destroy();
    throw error;
  }
}

/**
 * @param {Address} address
 * @param {string} method
 * @param {string} path
 * @param {{headers: http.OutgoingHttpHeaders, body?: string | Buffer, milliseconds: number}} options
 * @returns {Promise<Answer>}
 */
async function requestOverHttp2(address, method, path, { headers, body, milliseconds }) {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const stream = await http2Request(address, method, path, { ...length, ...headers }, body !== undefined);
  /** @type {Buffer[]} */
  const parts = [];
  stream.on('data', (bytes) => parts.push(bytes));
  const ended = new Promise((resolve, reject) => {
    stream.on('end', resolve);
    stream.on('error', reject);
  });
  ended.catch(() => {});
  if (body !== undefined) stream.end(body);
  try {
    const { ':status': status, ...head } = await within(http2Response(stream, `${method} ${path}`), `${method} ${path} is answered`, milliseconds);
    await within(ended, `the answer to ${method} ${path} ends`, milliseconds);
    return answerOf(status, head, parts);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** @param {number | undefined} status @param {http.IncomingHttpHeaders} headers @param {Buffer[]} parts @returns {Answer} */
function answerOf(status, headers, parts) {
  const text = Buffer.concat(parts).toString();
  const isJson = /^application\/(problem\+)?json\b/.test(headers['content-type'] ?? '');
  return { status: status ?? 0, headers, text, json: isJson ? parsed(text) : undefined };
}

/** @param {string} text @returns {any} what it holds, or undefined: the test looks at the text then */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A topic in a path: each segment escaped, slashes kept. @param {string} topic */
export function topicPath(topic) {
  return `/v1/topics/${topic.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * Publishes a body to a topic and expects it to be taken.
 * @param {Address} address
 * @param {string} topic
 * @param {string | Buffer} data
 * @param {{headers?: http.OutgoingHttpHeaders, agent?: http.Agent}} [options]
 * @returns {Promise<{cursor: string, sequence: number}>}
 */
export async function publish(address, topic, data, options) {
  const answer = await request(address, 'POST', topicPath(topic), { ...options, body: data });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/**
 * Publishes one JSON object or an array of them and expects them to be taken.
 * @param {Address} address
 * @param {object | object[]} value
 * @param {{headers?: http.OutgoingHttpHeaders}} [options]
 */
export async function publishJson(address, value, options = {}) {
  const answer = await postJson(address, '/v1/publish', value, options);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/**
 * @param {Address} address
 * @param {string} path
 * @param {unknown} value
 * @param {{headers?: http.OutgoingHttpHeaders}} [options]
 */
export function postJson(address, path, value, { headers = {} } = {}) {
  return request(address, 'POST', path, {
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(value),
  });
}

/**
 * Publishes many events quickly, as NDJSON; every line must be taken.
 * @param {Address} address
 * @param {object[]} events
 * @returns {Promise<{cursor: string, sequence: number}[]>}
 */
export async function publishMany(address, events) {
  const answer = await request(address, 'POST', '/v1/publish', {
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${events.map((each) => JSON.stringify(each)).join('\n')}\n`,
    milliseconds: seconds(60),
  });
  const lines = ndjson(answer.text);
  assert.equal(lines.length, events.length, answer.text.slice(0, 500));
  for (const line of lines) assert(line.cursor, JSON.stringify(line));
  return lines;
}

/** @param {string} text @returns {any[]} */
export function ndjson(text) {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

/**
 * Holds an answer to the shape of an error: RFC 9457, and Retry-After where a retry may help.
 * @param {{status: number, text: string, headers?: http.IncomingHttpHeaders, field?: (name: string) => string | undefined}} answer
 * @param {number} status
 * @param {string} [code]
 */
export function assertProblem(answer, status, code) {
  const get = (/** @type {string} */ name) => (answer.field ? answer.field(name) : /** @type {string | undefined} */ (answer.headers?.[name]));
  assert.equal(answer.status, status, answer.text);
  assert.match(get('content-type') ?? '', /^application\/problem\+json/);
  const problem = JSON.parse(answer.text);
  assert.equal(problem.status, status);
  assert.equal(typeof problem.title, 'string');
  assert.equal(problem.type, `/problems/${problem.code}`);
  if (code !== undefined) assert.equal(problem.code, code, answer.text);
  if (problem.retryable) assert.match(get('retry-after') ?? '', /^\d+$/, `Retry-After with ${answer.text}`);
  return problem;
}

/** @param {string} cursor `<epoch>-<sequence>` */
export function sequenceOf(cursor) {
  const match = cursor.match(/^([0-9a-f]{16})-(\d+)$/);
  assert(match, `a cursor: ${cursor}`);
  return Number(match[2]);
}

/** @param {string} cursor */
export function epochOf(cursor) {
  sequenceOf(cursor);
  return cursor.slice(0, 16);
}

/** Events in the log's order, each once. @param {{id?: string}[]} events */
export function assertOrdered(events) {
  let last = 0;
  for (const { id } of events) {
    assert(id !== undefined, 'a durable event has an id');
    const sequence = sequenceOf(id);
    assert(sequence > last, `${sequence} after ${last}`);
    last = sequence;
  }
}
