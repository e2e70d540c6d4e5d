// @ts-check
// What tests of the workflow pages look at: workflows with something of everything, and nodes that end when the test says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

import { api, define, execute, reaches, shell } from './workflows.mjs';

/** @typedef {import('./server.mjs').Server} Server */

/**
 * A pipe from which a node reads a line before it ends. Open, it has one for every attempt that may come.
 * @param {import('./test.mjs').Scope} scope
 */
export function gate(scope) {
  const file = path.join(scope.tempDir(), 'gate');
  execFileSync('mkfifo', [file]);
  // For both directions, so that neither side waits for the other to open it, and what is in it stays.
  const pipe = openSync(file, 'r+');
  scope.defer(() => closeSync(pipe));
  return { file, open: () => writeSync(pipe, 'go\n'.repeat(100)) };
}

/** A node that says something, and ends when its gate is open. @param {string} id @param {{file: string}} gate @param {string} [says] */
export const waitingNode = (id, { file }, says = `this is ${id}`) => shell(id, `printf '${says}\\n'\nread -r go < '${file}'\necho ${id} ends`);

/** @param {Server} server @param {string} id @param {string} node @param {'approve' | 'reject'} decision */
async function decide(server, id, node, decision) {
  const answer = await api(server, 'POST', `/executions/${id}/nodes/${node}/approve`, { decision });
  assert.equal(answer.status, 200, answer.text);
}

/**
 * Something of everything, for the pages that show it. Resolves with the ids of an execution that is over and of one that waits for a decision.
 * @param {Server} server
 */
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
  const secret = await api(server, 'PUT', '/secrets/API_TOKEN', { value: 'not to be seen' });
  assert.equal(secret.status, 204, secret.text);
  const { executionId: done } = await execute(server, 'greet');
  await reaches(server, done, 'waiting');
  await decide(server, done, 'ask', 'approve');
  await reaches(server, done, 'completed');
  const { executionId: waits } = await execute(server, 'greet', { who: 'Ada' });
  await reaches(server, waits, 'waiting');
  return { done, waits };
}
