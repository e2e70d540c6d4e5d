// @ts-check
// Operators, as `weir operator` makes them, and their sessions.

import assert from 'node:assert/strict';

import { postJson } from './client.mjs';
import { run } from './server.mjs';

export const password = 'correct horse battery';

/** @param {string} file @param {string} name @param {string} [word] @param {string[]} [args] */
export async function addOperator(file, name, word = password, args = []) {
  const { code, stderr } = await run(['operator', 'add', name, '--file', file, ...args], { input: `${word}\n` });
  assert.equal(code, 0, stderr);
}

/** The page of the server itself, as a browser names it. @param {import('./server.mjs').Server} server */
export const pageOf = (server) => ({ Origin: `http://${server.host}:${server.port}` });

/** `name=value`, as a browser sends it back. @param {import('./client.mjs').Answer} answer */
export function cookieOf(answer) {
  const [cookie] = answer.headers['set-cookie'] ?? [];
  assert(cookie, `a cookie with ${answer.status} ${answer.text}`);
  return cookie.split(';')[0];
}

/**
 * Logs in and gives what the browser then sends with every request.
 * @param {import('./server.mjs').Server} server
 * @param {object} [login]
 */
export async function logIn(server, login = { name: 'ada', password }) {
  const answer = await postJson(server, '/v1/session', login, { headers: pageOf(server) });
  assert.equal(answer.status, 200, answer.text);
  return { Cookie: cookieOf(answer) };
}
