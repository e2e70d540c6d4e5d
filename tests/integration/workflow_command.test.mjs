// @ts-check
// `weir workflow run`, `list`, `watch`, `cancel`, `rerun` and `approve`: what they ask, and what they show of what is answered.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { Command } from '../support/command.mjs';
import { binary, run } from '../support/server.mjs';
import { test } from '../support/test.mjs';
import { WorkflowApi } from '../support/workflow_api.mjs';

const execution = 'wf_exec_01hxabcdefghijklmnopqrstuv';
const at = Date.UTC(2024, 4, 1, 12, 0, 0);

/** @param {WorkflowApi} api @param {...string} args */
const workflow = (api, ...args) => run(['workflow', ...args], { env: { WEIR_URL: api.url, WEIR_TOKEN: 'secret-token' } });

/** @param {string} [status] */
const snapshot = (status = 'running') => ({
  executionId: execution,
  workflowId: 'nightly',
  workflowName: 'Nightly',
  status,
  startTime: '2024-05-01T12:00:00.000Z',
  executionTime: status === 'running' ? null : 1500,
  error: status === 'failed' ? 'fetch: no answer' : null,
  nodeDetails: {
    fetch: { nodeId: 'fetch', name: 'Fetch', status: status === 'running' ? 'running' : status, attempt: 1, startTime: '2024-05-01T12:00:00.000Z', duration: null },
    store: { nodeId: 'store', name: 'Store', status: 'pending', attempt: 0, startTime: null, duration: null },
  },
  rev: 3,
});

test('RunSendsTheInputAndPrintsTheExecution', async (scope) => {
  const api = await WorkflowApi.start(scope);
  api.answer = () => ({ status: 202, body: { executionId: execution, cursor: 'c' } });
  const file = path.join(scope.tempDir(), 'input.json');
  writeFileSync(file, '{"a":1,"b":2}');
  const { code, stdout, stderr } = await workflow(api, 'run', 'nightly', '--input', `@${file}`, '--set', 'b=[true]', '--set', 'c=x y', '--idempotency-key', 'k1');
  assert.deepEqual([code, stdout, stderr], [0, `${execution}\n`, '']);
  const [{ method, url, headers, body }] = api.asked;
  assert.deepEqual([method, url, headers['idempotency-key'], headers.authorization], ['POST', '/api/workflow/execute', 'k1', 'Bearer secret-token']);
  assert.deepEqual(body, { workflowId: 'nightly', input: { a: 1, b: [true], c: 'x y' } });

  await workflow(api, 'run', 'nightly');
  assert.deepEqual(api.asked[1].body, { workflowId: 'nightly' }, 'without an input there is none');
});

test('ARefusalIsOneLine', async (scope) => {
  const api = await WorkflowApi.start(scope);
  api.answer = () => ({ status: 404, body: { type: 'about:blank', title: 'Not found', status: 404, code: 'not-found', detail: 'there is no workflow "nightyl"' } });
  for (const args of [['run', 'nightyl'], ['list'], ['cancel', execution], ['rerun', execution], ['approve', execution, 'a']]) {
    const { code, stdout, stderr } = await workflow(api, ...args);
    assert.deepEqual([code, stdout], [1, ''], stderr);
    assert.match(stderr, /^weir: .*there is no workflow "nightyl"\n$/);
  }
  const bad = await workflow(api, 'run', 'nightly', '--input', '{');
  assert.deepEqual([bad.code, bad.stdout], [2, '']);
  assert.match(bad.stderr, /^weir: --input: this is no JSON/);
});

test('ListPrintsATableOrLinesOfJson', async (scope) => {
  const api = await WorkflowApi.start(scope);
  const rows = [
    { executionId: execution, workflowId: 'nightly', status: 'completed', startTime: '2024-05-01T12:00:00.000Z', executionTime: 61_000 },
    { executionId: 'wf_exec_2', workflowId: 'w', status: 'queued', startTime: null, executionTime: null },
  ];
  api.answer = () => ({ body: { executions: rows, stats: {}, nextBefore: null, cursor: 'c' } });
  const { code, stdout } = await workflow(api, 'list', '--workflow', 'nightly', '--status', 'completed,queued', '--limit', '5');
  assert.equal(code, 0);
  assert.equal(api.asked[0].url, '/api/workflow/executions?limit=5&workflowId=nightly&status=completed%2Cqueued');
  const lines = stdout.trimEnd().split('\n').map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines, [
    ['EXECUTION', 'WORKFLOW', 'STATUS', 'STARTED', 'TOOK'],
    [execution, 'nightly', 'completed', '2024-05-01T12:00:00.000Z', '1 min 1 s'],
    ['wf_exec_2', 'w', 'queued', '-', '-'],
  ]);
  const json = await workflow(api, 'list', '--json');
  assert.deepEqual(json.stdout.trimEnd().split('\n').map((line) => JSON.parse(line)), rows);
});

test('WatchPrintsALineForEachEventAndEndsWithTheExecution', async (scope) => {
  const api = await WorkflowApi.start(scope);
  const command = new Command(scope, ['workflow', 'watch', execution, '--url', api.url]);
  const stream = await api.stream();
  assert.equal(api.asked[0].url, `/api/workflow/executions/${execution}/stream`);
  const event = { executionId: execution };
  stream.send('snapshot', snapshot());
  stream.send('node.progress', { ...event, nodeId: 'fetch', timestamp: at + 500, rev: 3, percent: 50, message: 'half' });
  stream.send('node.log', { ...event, nodeId: 'fetch', timestamp: at + 500, rev: 3, offset: 0, text: 'hidden\n' });
  stream.send('node.completed', { ...event, nodeId: 'fetch', attempt: 1, timestamp: at + 1_200, rev: 4, status: 'completed', duration: 1_200 });
  stream.send('node.completed', { ...event, nodeId: 'fetch', attempt: 1, timestamp: at + 1_200, rev: 4, status: 'completed', duration: 1_200 });
  stream.send('node.started', { ...event, nodeId: 'store', attempt: 2, timestamp: at + 1_300, rev: 5, status: 'running' });
  stream.send('workflow.completed', { ...event, timestamp: at + 1_500, rev: 6, status: 'completed', executionTime: 1_500 });
  assert.deepEqual(await command.ended(), { code: 0, signal: null }, command.errors);
  assert.equal(command.output, [
    `${execution} of Nightly is running, 0 of 2 nodes have ended`,
    '12:00:00.500 fetch 50 % half',
    '12:00:01.200 fetch completed in 1.2 s',
    '12:00:01.300 store started (attempt 2)',
    '12:00:01.500 workflow completed in 1.5 s',
    '',
  ].join('\n'));
});

test('WatchComesBackWhereTheStreamBroke', async (scope) => {
  const api = await WorkflowApi.start(scope);
  const command = new Command(scope, ['workflow', 'watch', execution, '--url', api.url]);
  const first = await api.stream();
  first.send('snapshot', snapshot());
  await command.until(() => command.output.includes('is running'), 'the snapshot is told');
  first.end();
  const second = await api.stream(2);
  assert.equal(api.asked[1].headers['last-event-id'], '00000000000000aa-1');
  second.send('workflow.cancelled', { executionId: execution, timestamp: at, rev: 4, status: 'cancelled', executionTime: 9 });
  assert.deepEqual(await command.ended(), { code: 1, signal: null });
  assert.match(command.output, /workflow cancelled in 9 ms\n$/);
});

test('AnExecutionThatIsOverIsToldAtOnce', async (scope) => {
  const api = await WorkflowApi.start(scope);
  const command = new Command(scope, ['workflow', 'watch', execution, '--url', api.url]);
  (await api.stream()).send('snapshot', snapshot('failed'));
  assert.deepEqual(await command.ended(), { code: 1, signal: null });
  assert.equal(command.output, `${execution} of Nightly is failed, 1 of 2 nodes have ended in 1.5 s: fetch: no answer\n`);
});

test('WhatNodesPrintAndTheEventsThemselvesAreShownWhenAskedFor', async (scope) => {
  const api = await WorkflowApi.start(scope);
  const logs = new Command(scope, ['workflow', 'watch', execution, '--logs', '--url', api.url]);
  const one = await api.stream(1);
  const json = new Command(scope, ['workflow', 'watch', execution, '--json', '--url', api.url]);
  const two = await api.stream(2);
  const log = { executionId: execution, nodeId: 'fetch', timestamp: at, rev: 3, offset: 0, text: 'one\n\u001b[2Jtwo\n' };
  const over = { executionId: execution, timestamp: at, rev: 4, status: 'completed', executionTime: 2 };
  for (const stream of [one, two]) {
    stream.send('snapshot', snapshot());
    stream.send('node.log', log);
    stream.send('workflow.completed', over);
  }
  await logs.ended();
  assert.deepEqual(logs.output.split('\n').slice(1, 3), ['fetch | one', 'fetch |  [2Jtwo'], 'and steers no terminal');
  await json.ended();
  assert.deepEqual(json.output.trimEnd().split('\n').map((line) => JSON.parse(line)), [snapshot(), log, over]);
});

test('ATerminalIsDrawnOn', async (scope) => {
  const api = await WorkflowApi.start(scope);
  // A terminal of 24 rows, by the program that every Debian has.
  const command = new Command(scope, ['-qec', `stty rows 24 columns 80; '${binary}' workflow watch ${execution} --url ${api.url}`, '/dev/null'], { program: 'script', env: { TERM: 'xterm' } });
  const stream = await api.stream();
  stream.send('snapshot', snapshot());
  await command.until(() => command.output.includes('Store'), 'the nodes are drawn');
  stream.send('node.failed', { executionId: execution, nodeId: 'fetch', attempt: 1, timestamp: at, rev: 4, status: 'failed', duration: 10, error: 'no answer' });
  stream.send('workflow.failed', { executionId: execution, timestamp: at, rev: 5, status: 'failed', executionTime: 20, error: 'fetch: no answer' });
  const { code } = await command.ended();
  assert.equal(code, 1);
  const last = command.output.slice(command.output.lastIndexOf('\u001b[3A'));
  const plain = last.replace(/\u001b\[[\d;]*[A-Za-z]/g, '').split(/\r+\n/).map((line) => line.replace(/\r/g, '').trimEnd());
  assert.deepEqual(plain.slice(0, 4), [
    `${execution}  Nightly  failed  20 ms`,
    ' ✖ Fetch  failed             10 ms  no answer',
    ' ○ Store  pending',
    ' fetch: no answer',
  ]);
  assert.match(last, /\u001b\[31mfailed/, 'in colour');
});

test('CancelRerunAndApproveSayWhatTheyMean', async (scope) => {
  const api = await WorkflowApi.start(scope);
  api.answer = ({ url }) => ({ status: url.endsWith('/rerun') ? 202 : 200, body: { executionId: 'wf_exec_new' } });
  assert.deepEqual(await workflow(api, 'cancel', execution), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(await workflow(api, 'rerun', execution, '--from', 'store'), { code: 0, stdout: 'wf_exec_new\n', stderr: '' });
  assert.equal((await workflow(api, 'approve', execution, 'each/3', '--reject', '--comment', 'not now')).code, 0);
  const prefix = `/api/workflow/executions/${execution}`;
  assert.deepEqual(
    api.asked.map(({ method, url, body }) => [method, url, body]),
    [
      ['POST', `${prefix}/cancel`, {}],
      ['POST', `${prefix}/rerun`, { fromNode: 'store' }],
      ['POST', `${prefix}/nodes/each/3/approve`, { decision: 'reject', comment: 'not now' }],
    ],
  );
});

test('RunWithWatchFollowsWhatItBegan', async (scope) => {
  const api = await WorkflowApi.start(scope);
  api.answer = () => ({ status: 202, body: { executionId: execution, cursor: 'c' } });
  const command = new Command(scope, ['workflow', 'run', 'nightly', '--watch', '--url', api.url]);
  (await api.stream()).send('snapshot', snapshot('completed'));
  assert.deepEqual(await command.ended(), { code: 0, signal: null }, command.errors);
  assert.match(command.output, /is completed/);
});
