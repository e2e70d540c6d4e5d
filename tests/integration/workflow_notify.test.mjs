// @ts-check
// `notify` nodes of workflows: what they raise is in the inbox of their recipients, once, whatever happens in between.
import assert from 'node:assert/strict';

import { request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { get } from '../support/inbox.mjs';
import { test } from '../support/test.mjs';
import { chain, define, execute, execution, reaches } from '../support/workflows.mjs';

/** @param {string} id @param {object} more */
const notifyNode = (id, more) => ({ id, type: 'notify', with: more });

test('ANotifyNodeReachesTheStreamAndTheListOfEachRecipient', async (scope) => {
  const server = await scope.server();
  await define(server, {
    id: 'tell',
    nodes: [
      notifyNode('both', { recipients: ['alice', 'bob'], title: 'Order ${{ input.number }}', body: '${{ input.text }}', severity: 'error', actionUrl: '/orders/${{ input.number }}', data: { number: '${{ input.number }}' } }),
      notifyNode('one', { recipients: '${{ input.user }}', type: 'review', data: { from: 'Bob', rating: 5 } }),
    ],
    edges: chain(['both', 'one']),
    output: '${{ nodes.both.output.notifications }}',
  });
  const stream = await scope.subscribe(server, '/api/notifications/stream?user=alice');
  const [snapshot] = await stream.take(1);
  assert.equal(JSON.parse(snapshot.data ?? '').unread, 0);
  const { executionId } = await execute(server, 'tell', { number: 17, text: 'is paid', user: 'alice' });
  const { output, nodeDetails } = await reaches(server, executionId, 'completed');
  const told = await stream.until(() => {
    const all = stream.events.filter((each) => each.type === 'notification').map((each) => JSON.parse(each.data ?? ''));
    return all.length === 2 && all;
  }, 'both notifications');
  assert.deepEqual(told.map((/** @type {any} */ each) => [each.notification.title, each.unread]), [['Order 17', 1], ['Bob left a review: 5/5', 2]]);
  assert.deepEqual(output.map((/** @type {any} */ each) => [each.userId, each.duplicate]), [['alice', false], ['bob', false]]);
  assert.equal(nodeDetails.one.output.broadcast, null);

  const list = await get(server, '?user=alice');
  assert.deepEqual([list.unread, list.counts.inbox, list.rev], [2, 2, told[1].rev]);
  const [review, order] = list.notifications;
  assert.equal(order.id, output[0].id);
  assert.deepEqual([order.type, order.severity, order.body, order.actionUrl], ['message', 'critical', 'is paid', '/orders/17']);
  assert.deepEqual(order.data, { number: 17, executionId, nodeId: 'both' });
  assert.equal(review.data.nodeId, 'one');
  assert.equal((await get(server, '/counts?user=bob')).unread, 1);
});

test('GroupsAreToldInTheBackground', async (scope) => {
  const server = await scope.server();
  const put = await request(server, 'PUT', '/api/notifications/groups/operators', { body: JSON.stringify({ members: ['ann', 'ben'] }) });
  assert.equal(put.status, 204, put.text);
  await define(server, { id: 'alarm', nodes: [notifyNode('warn', { groups: ['operators'], title: 'Disk full', severity: 'warning' })] });
  const { executionId } = await execute(server, 'alarm');
  const { nodeDetails } = await reaches(server, executionId, 'completed');
  assert.match(nodeDetails.warn.output.broadcast, /^brc_/);
  for (const user of ['ann', 'ben']) await eventually(async () => (await get(server, `/counts?user=${user}`)).unread === 1, `${user} is told`);
});

test('OverCrashesEveryExecutionTellsOnce', async (scope) => {
  // More than there are kills.
  const server = await scope.server({ args: ['--workflow-interruptions-max', '10'] });
  await define(server, {
    id: 'tell',
    onCrash: 'retry',
    nodes: [
      notifyNode('first', { recipients: ['alice', 'bob'], title: 'First of ${{ execution.id }}' }),
      { id: 'pause', type: 'delay', with: { duration: '50ms' } },
      notifyNode('last', { recipients: ['alice'], title: 'Last of ${{ execution.id }}' }),
    ],
    edges: chain(['first', 'pause', 'last']),
  });
  /** @type {string[]} */
  const ids = [];
  let told = 0;
  for (let kill = 0; kill < 4; ++kill) {
    const started = Array.from({ length: 10 }, (_, i) => execute(server, 'tell', {}, { 'Idempotency-Key': `k${kill}-${i}` }));
    ids.push(...(await Promise.all(started)).map((each) => each.executionId));
    // In the middle of it: some have told, and not all.
    const before = told;
    await eventually(async () => (told = (await get(server, '/counts?user=alice')).rev) > before, 'somebody is told');
    await server.killAndRestart();
  }
  for (const id of ids) await reaches(server, id, 'completed');
  const list = await get(server, '?user=alice&limit=100');
  const wanted = ids.flatMap((id) => [`First of ${id}`, `Last of ${id}`]).sort();
  assert.deepEqual(list.notifications.map((/** @type {any} */ each) => each.title).sort(), wanted);
  assert.deepEqual([list.unread, list.rev], [80, 80]);
  const bob = await get(server, '?user=bob&limit=100');
  assert.deepEqual(bob.notifications.map((/** @type {any} */ each) => each.data.executionId).sort(), [...ids].sort());
  // What a node says that it told is what is in the inbox, also of those that were interrupted.
  const known = new Set(list.notifications.map((/** @type {any} */ each) => each.id));
  for (const id of ids) {
    const { nodeDetails } = await execution(server, id);
    for (const node of ['first', 'last']) assert(known.has(nodeDetails[node].output.notifications[0].id), `${id} ${node}`);
  }
});

test('WhatCannotBeToldFailsTheNodeAndSaysWhy', async (scope) => {
  const server = await scope.server();
  await define(server, { id: 'long', nodes: [notifyNode('n', { recipients: ['alice', 'bob'], title: '${{ input.title }}' })] });
  const { executionId } = await execute(server, 'long', { title: 'x'.repeat(300) });
  const { nodeDetails } = await reaches(server, executionId, 'failed');
  assert.match(nodeDetails.n.error, /"title" is over 256 bytes/);
  assert.equal(nodeDetails.n.attempt, 1, 'another attempt would not help');
  assert.equal((await get(server, '/counts?user=alice')).rev, 0);

  const off = await scope.server({ args: ['--no-notifications'] });
  await define(off, { id: 'tell', nodes: [notifyNode('n', { recipients: ['alice'], title: 'x' })] });
  const failed = await reaches(off, (await execute(off, 'tell')).executionId, 'failed');
  assert.match(failed.nodeDetails.n.error, /notifications are off/);
});
