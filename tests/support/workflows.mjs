// @ts-check
// Workflows of a test: saved, executed, looked at; and nodes that end when the test says.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { eventually } from './deadline.mjs';

/** @typedef {import('./server.mjs').Server} Server */

/**
 * @param {Server} server
 * @param {string} path below /api/workflow/
 * @param {{method?: string, json?: unknown, status?: number}} [options]
 */
export async function workflowApi(server, path, { method, json, status = 200 } = {}) {
  const answer = await fetch(`${server.url}/api/workflow/${path}`, {
    method: method ?? (json === undefined ? 'GET' : 'POST'),
    ...(json === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, `${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** @param {Server} server @param {{id: string, [member: string]: unknown}} definition */
export async function define(server, definition) {
  const answer = await fetch(`${server.url}/api/workflow/definitions/${definition.id}`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(definition) });
  const text = await answer.text();
  assert(answer.ok, `${definition.id} is saved: ${text}`);
  return JSON.parse(text);
}

/** @param {Server} server @param {string} workflowId @param {unknown} [input] @returns {Promise<string>} the execution's id */
export async function execute(server, workflowId, input = {}) {
  return (await workflowApi(server, 'execute', { json: { workflowId, input }, status: 202 })).executionId;
}

/** Waits until the execution has this status. @param {Server} server @param {string} id @param {string} status */
export function reached(server, id, status) {
  return eventually(async () => (await workflowApi(server, `executions/${id}`)).status === status, `${id} is ${status}`);
}

/** A file that a shell node waits for. @param {import('./test.mjs').Scope} scope */
export function gate(scope) {
  const file = path.join(scope.tempDir(), 'gate');
  return { file, open: () => writeFileSync(file, '') };
}

/** A node that says something, and ends when its gate is open. @param {string} id @param {{file: string}} gate @param {string} [says] */
export const waitingNode = (id, { file }, says = `this is ${id}`) => ({
  id,
  name: id[0]?.toUpperCase() + id.slice(1),
  type: 'shell',
  with: { script: `printf '${says}\\n'\nuntil [ -e "$1" ]; do sleep 0.05; done\necho ${id} ends`, args: [file] },
});

/** Something of everything, for the pages that show it. @param {Server} server */
export async function withWorkflows(server) {
  await define(server, {
    id: 'greet',
    name: 'Greet',
    description: 'Says hello when somebody agrees.',
    input: { type: 'object', properties: { who: { type: 'string', title: 'Who', default: 'world' } } },
    triggers: [{ type: 'cron', schedule: '0 3 * * *', timezone: 'Europe/Berlin' }],
    nodes: [
      { id: 'ask', name: 'Ask', type: 'approval', with: { title: 'Say hello?', message: 'To ${{ input.who }}' } },
      { id: 'each', name: 'Each', type: 'foreach', with: { items: [1, 2, 3], do: { id: 'say', type: 'publish', with: { topic: 'greetings', data: 'hello' } } } },
      { id: 'sorry', name: 'Sorry', type: 'publish', with: { topic: 'greetings', data: 'no' } },
    ],
    edges: [
      { from: 'ask', to: 'each' },
      { from: 'ask', to: 'sorry', on: 'failure' },
    ],
  });
  await workflowApi(server, 'secrets/API_TOKEN', { method: 'PUT', json: { value: 'not to be seen' }, status: 204 });
  const done = await execute(server, 'greet');
  await reached(server, done, 'waiting');
  await workflowApi(server, `executions/${done}/nodes/ask/approve`, { json: { decision: 'approve' } });
  await reached(server, done, 'completed');
  const waits = await execute(server, 'greet', { who: 'Ada' });
  await reached(server, waits, 'waiting');
  return { done, waits };
}
