// @ts-check
// What nodes do to the world, in the real server: retries, time-outs, cancellation, masks, limits, and what is counted of them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { assertProblem } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { httpServer } from '../support/http_server.mjs';
import { test } from '../support/test.mjs';
import { api, chain, define, execute, execution, figure, reaches, shell } from '../support/workflows.mjs';

/** The events of an execution, from its first. @param {any} server @param {string} id */
const eventsOf = async (server, id) => (await api(server, 'GET', `/executions/${id}/events?limit=1000`)).json.events.map((/** @type {any} */ each) => JSON.parse(each.data));

/** Waits for a file with whole lines, so many at least. @param {string} file @returns {Promise<string[]>} */
const lines = (file, count = 1) =>
  eventually(() => {
    const found = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    return found.length >= count ? found : undefined;
  }, `${file} has ${count} lines`);

const gone = (/** @type {string} */ pid) => eventually(() => !existsSync(`/proc/${pid}`), `process ${pid} has ended`);

test('ARequestThatFailsIsTriedAgainLaterAndLater', async (scope) => {
  const server = await scope.server({ args: ['--workflow-http-private', '127.0.0.1'] });
  let asked = 0;
  const flaky = await httpServer(scope, (_, response) => {
    response.writeHead(++asked < 4 ? 503 : 200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ asked }));
  });
  await define(server, {
    id: 'fetch',
    nodes: [{ id: 'get', type: 'http', with: { url: `${flaky.url}/x` }, retry: { attempts: 5, backoff: '20ms', jitter: 0 } }],
    output: '${{ nodes.get.output.json.asked }}',
  });
  const { executionId } = await execute(server, 'fetch');
  const found = await reaches(server, executionId, 'completed');
  assert.equal(found.output, 4);
  const node = (await api(server, 'GET', `/executions/${executionId}/nodes/get`)).json;
  assert.deepEqual(node.attempts.map((/** @type {any} */ each) => each.status), ['failed', 'failed', 'failed', 'completed']);
  assert.match(node.attempts[0].error, /503/);
  const retrying = (await eventsOf(server, executionId)).filter((/** @type {any} */ each) => each.type === 'node.retrying');
  assert.deepEqual(retrying.map((/** @type {any} */ each) => each.nextAttempt), [2, 3, 4]);
  assert.deepEqual(retrying.map((/** @type {any} */ each) => Date.parse(each.until) - each.timestamp), [20, 40, 80]);
  assert.equal(await figure(server, 'weir_workflow_retries_total'), 3);
  assert.equal(await figure(server, 'weir_workflow_attempts_total'), 4);

  // As often as it may, and not once more; and what cannot get better is not tried again.
  asked = -10;
  const failed = await reaches(server, (await execute(server, 'fetch')).executionId, 'failed');
  assert.equal(asked, -5);
  assert.match(failed.error, /^get: .*503/);
  await define(server, { id: 'wrong', nodes: [{ id: 'get', type: 'http', with: { url: 'http://192.168.0.1/' }, retry: { attempts: 5 } }] });
  assert.equal((await reaches(server, (await execute(server, 'wrong')).executionId, 'failed')).nodeDetails.get.attempt, 1);
});

test('ANodeAndAnExecutionEndWhenTheirTimeIsOver', async (scope) => {
  const server = await scope.server();
  const folder = scope.tempDir();
  const sleeps = (/** @type {string} */ name) => `echo $$ > ${folder}/${name}; exec sleep 600`;
  await define(server, { id: 'node', nodes: [shell('slow', sleeps('node'), { timeout: '150ms' }), shell('after', 'echo late', {})], edges: [{ from: 'slow', to: 'after', on: 'failure' }] });
  await define(server, { id: 'whole', timeout: '150ms', nodes: [shell('slow', sleeps('whole')), { id: 'wait', type: 'approval', with: { title: 'Never' } }] });
  const [one, two] = [await execute(server, 'node'), await execute(server, 'whole')];
  const node = await reaches(server, one.executionId, 'completed');
  assert.equal(node.nodeDetails.slow.status, 'failed');
  assert.match(node.nodeDetails.slow.error, /time/);
  assert.deepEqual(node.nodeDetails.slow.nextNodeIds, ['after']);
  assert.equal(node.nodeDetails.after.status, 'completed');
  const whole = await reaches(server, two.executionId, 'failed');
  assert.match(whole.error, /timed out/);
  assert.deepEqual(Object.values(whole.nodeDetails).map((/** @type {any} */ each) => each.status), ['cancelled', 'cancelled']);
  assert.deepEqual((await api(server, 'GET', '/approvals')).json.approvals, []);
  for (const name of ['node', 'whole']) {
    const file = `${folder}/${name}`;
    // One whose time was over before it had begun has left nothing.
    if (existsSync(file)) await gone((await lines(file))[0]);
  }
});

test('CancellingEndsTheWholeProcessGroup', async (scope) => {
  const server = await scope.server({ args: ['--workflow-kill-grace', '100ms'] });
  const file = path.join(scope.tempDir(), 'pids');
  // A child in the background, and a parent that does not mean to go.
  await define(server, { id: 'long', nodes: [shell('run', `trap '' TERM; sleep 600 & echo $! >> ${file}; echo $$ >> ${file}; while :; do wait; done`)] });
  const { executionId } = await execute(server, 'long');
  const pids = await lines(file, 2);
  await eventually(async () => (await figure(server, 'weir_workflow_effects_processes')) === 1, 'it is counted');
  assert.equal((await api(server, 'POST', `/executions/${executionId}/cancel`)).status, 200);
  await reaches(server, executionId, 'cancelled');
  for (const pid of pids) await gone(pid);
  assert.equal(await figure(server, 'weir_workflow_effects_killed_total'), 1);
  assert.equal(await figure(server, 'weir_workflow_cancelled_total'), 1);
  await eventually(async () => (await figure(server, 'weir_workflow_effects_processes')) === 0, 'it is over');
  const events = await eventsOf(server, executionId);
  assert.deepEqual(events.slice(-3).map((/** @type {any} */ each) => each.type), ['workflow.cancelling', 'node.cancelled', 'workflow.cancelled']);
});

test('ASecretIsMaskedWhereverItComesOut', async (scope) => {
  const server = await scope.server();
  const secret = 'tops3cret/"value"';
  assert.equal((await api(server, 'PUT', '/secrets/TOKEN', { value: secret })).status, 204);
  // In two pieces, on both streams, encoded, and as progress.
  const says = `printf '%s' "$T" | head -c 5; printf '%s' "$T" | tail -c +6; echo; echo "$T" >&2; printf '%s' "$T" | base64; echo "::progress 5 $T"; exit 3`;
  await define(server, {
    id: 'leaky',
    secrets: ['TOKEN'],
    nodes: [
      { id: 'say', type: 'shell', with: { script: says, env: { T: '${{ secrets.TOKEN }}' } }, continueOnError: true },
      { id: 'fail', type: 'shell', with: { command: '/nowhere/${{ secrets.TOKEN }}' }, continueOnError: true },
    ],
    edges: chain(['say', 'fail']),
    output: '${{ nodes.say.output }}',
  });
  const { executionId, cursor } = await execute(server, 'leaky');
  const stream = await scope.subscribe(server, `/api/workflow/executions/${executionId}/stream?after=${cursor}`);
  await stream.end();
  const list = await api(server, 'GET', '/executions?limit=10');
  const found = await execution(server, executionId);
  assert.equal(found.nodeDetails.say.output.exitCode, 3);
  assert.equal(found.output.stdout.split('\n')[0], '***');
  const everything = [JSON.stringify(found), list.text, stream.events.map((each) => each.raw).join('\n'), server.log];
  for (const rest of ['/nodes/say', '/nodes/say/logs', '/nodes/fail', '/events']) everything.push((await api(server, 'GET', `/executions/${executionId}${rest}`)).text);
  for (const [i, text] of everything.entries()) {
    for (const form of ['tops3cret', Buffer.from(secret).toString('base64'), encodeURIComponent(secret)]) assert(!text.includes(form), `${i}: ${text}`);
  }
  assert.match(everything[5], /\*\*\*/, 'the log has something in its place');
});

test('AsManyExecutionsRunAsMayAndOthersWaitOrAreRefused', async (scope) => {
  const server = await scope.server({ args: ['--workflow-queued-max', '2'] });
  const nodes = [{ id: 'ask', type: 'approval', with: { title: 'Go on?' } }];
  await define(server, { id: 'queues', concurrency: { max: 1 }, nodes });
  await define(server, { id: 'rejects', concurrency: { max: 1, overflow: 'reject' }, nodes });
  const ids = [];
  for (let i = 0; i < 3; ++i) ids.push((await execute(server, 'queues')).executionId);
  assertProblem(await api(server, 'POST', '/execute', { workflowId: 'queues' }), 429, 'too-many-executions');
  await execute(server, 'rejects');
  assertProblem(await api(server, 'POST', '/execute', { workflowId: 'rejects' }), 429, 'too-many-executions');
  assert.equal(await figure(server, 'weir_workflow_executions_queued'), 2);
  assert.equal(await figure(server, 'weir_workflow_refused_total'), 2);
  // The order is that of the starts; one that waits can be cancelled, and a kill changes nothing.
  await server.killAndRestart();
  for (const [i, id] of ids.entries()) {
    await reaches(server, id, 'waiting');
    for (const later of ids.slice(i + 1)) assert.equal((await execution(server, later)).status, 'queued');
    const [rest, body] = i === 1 ? ['cancel', {}] : ['nodes/ask/approve', { decision: 'approve' }];
    assert.equal((await api(server, 'POST', `/executions/${id}/${rest}`, body)).status, 200);
    await reaches(server, id, i === 1 ? 'cancelled' : 'completed');
  }
  assert.equal(await figure(server, 'weir_workflow_executions_queued'), 0);
});

test('AGroupOfNodesHasSoManyPlacesInAllExecutionsTogether', async (scope) => {
  const server = await scope.server();
  const folder = scope.tempDir();
  // Each makes the folder its own; who finds it there was not alone.
  const alone = `mkdir ${folder}/place || echo x >> ${folder}/crowd; echo x >> ${folder}/runs; sleep 0.02; rmdir ${folder}/place`;
  await define(server, {
    id: 'work',
    nodes: [
      { id: 'each', type: 'foreach', with: { items: [1, 2, 3, 4], maxConcurrent: 4, do: { ...shell('do', alone), concurrency: { group: 'place', max: 1 } } } },
      { ...shell('beside', alone), concurrency: { group: 'place', max: 1 } },
    ],
  });
  const started = await Promise.all(Array.from({ length: 3 }, () => execute(server, 'work')));
  for (const { executionId } of started) await reaches(server, executionId, 'completed');
  assert.equal((await lines(`${folder}/runs`)).length, 15);
  assert(!existsSync(`${folder}/crowd`), 'never two at once');
});

test('WhatIsTooMuchFailsAndSaysWhichLimit', async (scope) => {
  const server = await scope.server({ args: ['--workflow-items-max', '3', '--workflow-value-bytes-max', '1KiB', '--workflow-node-log-bytes-max', '100', '--workflow-depth-max', '2'] });
  const fails = async (/** @type {any} */ definition, /** @type {RegExp} */ error) => {
    await define(server, definition);
    const found = await reaches(server, (await execute(server, definition.id)).executionId, 'failed');
    assert.match(found.error, error);
  };
  const pause = { id: 'do', type: 'delay', with: { duration: '0s' } };
  await fails({ id: 'items', nodes: [{ id: 'each', type: 'foreach', with: { items: [1, 2, 3, 4], do: { id: 'do', type: 'script', with: { source: 'return 1' } } } }] }, /workflow_items_max/);
  await fails({ id: 'value', nodes: [{ id: 'a', type: 'script', with: { source: 'return string.rep("x", 2000)' } }] }, /workflow_value_bytes_max/);
  await fails({ id: 'deep', nodes: [{ id: 'sub', type: 'workflow', with: { workflowId: 'deep' } }] }, /depth/);
  assertProblem(await api(server, 'POST', '/execute', { workflowId: 'items', input: { x: 'y'.repeat(2000) } }), 422, 'bad-input');
  await define(server, { id: 'talk', nodes: [shell('say', 'i=0; while [ $i -lt 100 ]; do echo "line $i"; i=$((i+1)); done'), pause] });
  const { executionId } = await execute(server, 'talk');
  await reaches(server, executionId, 'completed');
  const { json } = await api(server, 'GET', `/executions/${executionId}/nodes/say/logs`);
  assert(json.text.startsWith('line 0\n') && json.size < 400, json.text);
  assert.match(json.text, /the log ends here: it has more than 100 bytes/);
});
