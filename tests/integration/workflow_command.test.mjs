// @ts-check
// `weir workflow run`, `list`, `watch`, `cancel`, `rerun` and `approve` against a server that executes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Command } from '../support/command.mjs';
import { binary, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';
import { locked } from '../support/tokens.mjs';
import { api, chain, define, execute, execution, reaches, shell } from '../support/workflows.mjs';

const echo = { id: 'echo', nodes: [{ id: 'a', type: 'delay', with: { duration: '0s' } }], output: '${{ input }}' };
const asking = {
  id: 'nightly',
  name: 'Nightly',
  nodes: [{ id: 'ask', name: 'Ask', type: 'approval', with: { title: 'Go on?' } }, shell('store', 'echo one; printf "\\033[2Jtwo\\n"; echo "::progress 50 half"', { name: 'Store' })],
  edges: chain(['ask', 'store']),
};

/** @param {any} server @param {...string} args */
const workflow = (server, ...args) => run(['workflow', ...args], { env: { WEIR_URL: server.url } });
const approve = (/** @type {any} */ server, /** @type {string} */ id, decision = 'approve') => api(server, 'POST', `/executions/${id}/nodes/ask/approve`, { decision });

/** An execution that waits for a person. @param {any} server */
async function waiting(server) {
  await define(server, asking);
  const { executionId } = await execute(server, 'nightly');
  await reaches(server, executionId, 'waiting');
  return executionId;
}

test('RunSendsTheInputAndPrintsTheExecution', async (scope) => {
  const server = await scope.server();
  await define(server, echo);
  const file = path.join(scope.tempDir(), 'input.json');
  writeFileSync(file, '{"a":1,"b":2}');
  const args = ['run', 'echo', '--input', `@${file}`, '--set', 'b=[true]', '--set', 'c=x y', '--idempotency-key', 'k1'];
  const { code, stdout, stderr } = await workflow(server, ...args);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^wf_exec_[0-9a-z]{26}\n$/);
  assert.deepEqual((await reaches(server, stdout.trim(), 'completed')).output, { a: 1, b: [true], c: 'x y' });
  assert.equal((await workflow(server, ...args)).stdout, stdout, 'the same key is the same execution');
  const bare = await workflow(server, 'run', 'echo');
  assert.deepEqual((await reaches(server, bare.stdout.trim(), 'completed')).output, {});
});

test('ARefusalIsOneLine', async (scope) => {
  const server = await scope.server();
  await define(server, echo);
  const nobody = `wf_exec_${'0'.repeat(26)}`;
  for (const args of [['run', 'ehco'], ['cancel', nobody], ['rerun', nobody], ['approve', nobody, 'a'], ['watch', nobody]]) {
    const { code, stdout, stderr } = await workflow(server, ...args);
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(stderr, /^weir: [^\n]+\n$/);
  }
  assert.match((await workflow(server, 'run', 'ehco')).stderr, /workflow ehco/);
  const bad = await workflow(server, 'run', 'echo', '--input', '{');
  assert.deepEqual([bad.code, bad.stdout], [2, '']);
  assert.match(bad.stderr, /^weir: --input: this is no JSON/);
});

test('ATokenIsShownToAServerThatAsksForOne', async (scope) => {
  const { server, admin, token } = await locked(scope);
  assert.equal((await api(server, 'PUT', '/definitions/echo', echo, admin)).status, 201);
  const as = (/** @type {string} */ shown, /** @type {string[]} */ ...args) => run(['workflow', ...args], { env: { WEIR_URL: server.url, WEIR_TOKEN: shown } });
  const starter = token({ publish: ['workflow/execute/echo'], subscribe: [] });
  const begun = await as(starter, 'run', 'echo');
  assert.equal(begun.code, 0, begun.stderr);
  assert.match((await as(starter, 'list')).stderr, /^weir: .*\n$/, 'what it may not see');
  const follower = token({ publish: [], subscribe: ['workflow/executions/**'] });
  assert((await as(follower, 'list')).stdout.includes(begun.stdout.trim()));
  assert.equal((await as(follower, 'run', 'echo')).code, 1);
});

test('ListPrintsATableOrLinesOfJson', async (scope) => {
  const server = await scope.server();
  const asked = await waiting(server);
  await define(server, echo);
  const ids = [];
  for (let i = 0; i < 3; ++i) ids.unshift((await execute(server, 'echo')).executionId);
  for (const id of ids) await reaches(server, id, 'completed');
  const { code, stdout } = await workflow(server, 'list', '--limit', '2');
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines[0], ['EXECUTION', 'WORKFLOW', 'STATUS', 'STARTED', 'TOOK']);
  assert.deepEqual(lines.slice(1, 3).map((line) => line.slice(0, 3)), ids.slice(0, 2).map((id) => [id, 'echo', 'completed']));
  assert.match(lines[1][3], /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.match(lines[1][4], /^[\d.]+ (ms|s)$/);
  const json = async (/** @type {string[]} */ ...args) => (await workflow(server, 'list', '--json', ...args)).stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual((await json()).map((each) => each.executionId), [...ids, asked]);
  assert.deepEqual((await json('--workflow', 'nightly', '--status', 'running,waiting')).map((each) => [each.executionId, each.status]), [[asked, 'waiting']]);
});

test('WatchPrintsALineForEachEventAndEndsWithTheExecution', async (scope) => {
  const server = await scope.server();
  const id = await waiting(server);
  const command = new Command(scope, ['workflow', 'watch', id, '--url', server.url]);
  await command.until(() => command.output.includes('is waiting'), 'the state is told');
  assert.equal(command.output, `${id} of Nightly is waiting, 0 of 2 nodes have ended\n`);
  await approve(server, id);
  assert.deepEqual(await command.ended(), { code: 0, signal: null }, command.errors);
  const lines = command.output.trimEnd().split('\n').slice(1).map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, '').replace(/[\d.]+ (ms|s)$/, 'TIME'));
  const of = (/** @type {string} */ node) => lines.filter((line) => line.startsWith(node));
  assert.deepEqual(of('ask').slice(-1), ['ask completed in TIME']);
  assert.deepEqual(of('store'), ['store started', 'store 50 % half', 'store completed in TIME']);
  assert.equal(lines.at(-1), 'workflow completed in TIME');
  assert(!command.output.includes('one'), 'what nodes print is not asked for');
});

test('WatchComesBackAfterTheServersDeathAndMissesNothing', async (scope) => {
  const server = await scope.server();
  const id = await waiting(server);
  const command = new Command(scope, ['workflow', 'watch', id, '--json', '--url', server.url]);
  await command.until(() => command.output.includes('"waiting"'), 'the state is told');
  await server.killAndRestart();
  await approve(server, id, 'reject');
  assert.deepEqual(await command.ended(), { code: 1, signal: null }, command.errors);
  const [snapshot, ...events] = command.output.trimEnd().split('\n').map((line) => JSON.parse(line));
  const states = events.filter((each) => !['node.log', 'node.progress'].includes(each.type));
  assert.deepEqual(states.map((each) => each.rev), states.map((_, i) => snapshot.rev + 1 + i));
  assert.equal(states.at(-1).type, 'workflow.failed');
});

test('AnExecutionThatIsOverIsToldAtOnce', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'fails', name: 'Fails', nodes: [{ id: 'a', type: 'script', with: { source: 'error("no luck")' } }] });
  const { executionId } = await execute(server, 'fails');
  await reaches(server, executionId, 'failed');
  const { code, stdout } = await workflow(server, 'watch', executionId);
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`^${executionId} of Fails is failed, 1 of 1 nodes have ended in [\\d.]+ (ms|s): a: .*no luck\\n$`));
});

test('WhatNodesPrintAndTheEventsThemselvesAreShownWhenAskedFor', async (scope) => {
  const server = await scope.server();
  const id = await waiting(server);
  const logs = new Command(scope, ['workflow', 'watch', id, '--logs', '--url', server.url]);
  const json = new Command(scope, ['workflow', 'watch', id, '--json', '--url', server.url]);
  for (const command of [logs, json]) await command.until(() => command.output.includes('waiting'), 'the state is told');
  await approve(server, id);
  await logs.ended();
  await json.ended();
  const printed = logs.output.split('\n').filter((line) => line.startsWith('store | '));
  assert.deepEqual(printed.slice(0, 2), ['store | one', 'store |  [2Jtwo'], 'and steers no terminal');
  const events = json.output.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(events[0].workflowId, 'nightly');
  assert(events.some((each) => each.type === 'node.log' && each.text.startsWith('one\n')));
  assert.equal(events.at(-1).type, 'workflow.completed');
});

test('ATerminalIsDrawnOn', async (scope) => {
  const server = await scope.server();
  const id = await waiting(server);
  // A terminal of 24 rows, by the program that every Debian has.
  const command = new Command(scope, ['-qec', `stty rows 24 columns 80; '${binary}' workflow watch ${id} --url ${server.url}`, '/dev/null'], { program: 'script', env: { TERM: 'xterm' } });
  await command.until(() => command.output.includes('Store'), 'the nodes are drawn');
  await approve(server, id, 'reject');
  const { code } = await command.ended();
  assert.equal(code, 1);
  const last = command.output.slice(command.output.lastIndexOf('\u001b[3A'));
  const plain = last.replace(/\u001b\[[\d;]*[A-Za-z]/g, '').split(/\r+\n/).map((line) => line.replace(/\r/g, '').trimEnd());
  assert.match(plain[0], new RegExp(`^${id}  Nightly  failed  [\\d.]+ (ms|s)$`));
  assert.match(plain[1], /^ ✖ Ask +failed/);
  assert.match(plain[2], /^ . Store +cancelled/);
  assert.match(last, /\u001b\[31mfailed/, 'in colour');
});

test('CancelRerunAndApproveDoWhatTheySay', async (scope) => {
  const server = await scope.server();
  const first = await waiting(server);
  assert.deepEqual(await workflow(server, 'cancel', first), { code: 0, stdout: '', stderr: '' });
  await reaches(server, first, 'cancelled');
  const again = await workflow(server, 'rerun', first);
  assert.equal(again.code, 0, again.stderr);
  const second = again.stdout.trim();
  await reaches(server, second, 'waiting');
  assert.equal((await workflow(server, 'approve', second, 'ask', '--comment', 'fine')).code, 0);
  assert.equal((await reaches(server, second, 'completed')).nodeDetails.ask.output.comment, 'fine');
  const from = await workflow(server, 'rerun', second, '--from', 'store', '--watch');
  assert.equal(from.code, 0, from.stderr);
  assert.match(from.stdout, /completed/);
  const [newest] = (await api(server, 'GET', '/executions?limit=1')).json.executions;
  const third = await execution(server, newest.executionId);
  assert.deepEqual([third.rerunOf, third.rerunFrom, third.nodeDetails.ask.kept], [second, 'store', true]);

  const rejected = (await execute(server, 'nightly')).executionId;
  await reaches(server, rejected, 'waiting');
  assert.equal((await workflow(server, 'approve', rejected, 'ask', '--reject', '--comment', 'not now')).code, 0);
  assert.match((await reaches(server, rejected, 'failed')).error, /^ask: /);
  const late = await workflow(server, 'approve', rejected, 'ask');
  assert.equal(late.code, 1);
});

test('RunWithWatchFollowsWhatItBegan', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'fails', nodes: [shell('a', 'echo told; exit 1')] });
  const { code, stdout } = await workflow(server, 'run', 'fails', '--watch', '--logs');
  assert.equal(code, 1);
  assert.match(stdout, /workflow failed|is failed/);
});
