// @ts-check
// Workflows of a server, the short way.
import assert from 'node:assert/strict';

import { request } from './client.mjs';
import { eventually, seconds } from './deadline.mjs';

const base = '/api/workflow';
const terminal = ['completed', 'failed', 'cancelled'];

/** @param {any} server @param {string} method @param {string} path @param {unknown} [value] @param {Record<string, string>} [headers] */
export function api(server, method, path, value, headers = {}) {
  return request(server, method, `${base}${path}`, {
    headers: { ...(value === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    body: value === undefined ? undefined : JSON.stringify(value),
  });
}

/** Stores a definition. @param {any} server @param {any} definition */
export async function define(server, definition) {
  const answer = await api(server, 'PUT', `/definitions/${definition.id}`, definition);
  assert(answer.status === 200 || answer.status === 201, `${answer.status}: ${answer.text}`);
  return answer.json;
}

/** @param {any} server @param {string} workflowId @param {unknown} [input] @param {Record<string, string>} [headers] */
export async function execute(server, workflowId, input = {}, headers = {}) {
  const answer = await api(server, 'POST', '/execute', { workflowId, input }, headers);
  assert.equal(answer.status, 202, answer.text);
  assert.match(answer.json.executionId, /^wf_exec_[0-9a-z]{26}$/);
  return answer.json;
}

/** @param {any} server @param {string} id */
export async function execution(server, id) {
  const answer = await api(server, 'GET', `/executions/${id}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

/** Waits for an execution to reach a status, and no other in which it ends. @param {any} server @param {string} id @param {string} status @param {Record<string, string>} [headers] who asks */
export function reaches(server, id, status, headers) {
  return eventually(
    async () => {
      const { status: code, json: found, text } = await api(server, 'GET', `/executions/${id}`, undefined, headers);
      assert.equal(code, 200, text);
      assert(found.status === status || !terminal.includes(found.status), `${id} is ${found.status}: ${text}`);
      return found.status === status && found;
    },
    `${id} is ${status}`,
    seconds(30),
  );
}

/** A number of /metrics. @param {any} server @param {string} name @param {Record<string, string>} [headers] */
export async function figure(server, name, headers = {}) {
  const { text } = await request(server, 'GET', '/metrics', { headers });
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  assert(line, `${name} in /metrics`);
  return Number(line.slice(name.length));
}

/** A node that runs a shell script. @param {string} id @param {string} script @param {object} [rest] */
export const shell = (id, script, rest = {}) => ({ id, type: 'shell', with: { script }, ...rest });

/** Nodes one after the other. @param {string[]} ids */
export const chain = (ids) => ids.slice(1).map((id, i) => ({ from: ids[i], to: id }));
