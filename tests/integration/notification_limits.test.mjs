// @ts-check
// How much of notifications there may be: rates of commands and broadcasts, broadcasts at once, links, groups.
import assert from 'node:assert/strict';

import { assertProblem, postJson, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { get, notify } from '../support/inbox.mjs';
import { metric } from '../support/task_feed.mjs';
import { bearer, locked } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

/** @param {any[]} answers */
const limited = (answers) => answers.filter(({ status }) => status === 429);

test('WhatAUserDoesTakesFromHisRateAndReadingDoesNot', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--rate-burst', '2s']);
  const alice = bearer(token({ limits: { publish_rate: 1 } }, { sub: 'alice' }));
  const bob = bearer(token({}, { sub: 'bob' }));
  const { notifications: [{ id }] } = await notify(server, { user: 'alice', title: 'Hello' }, admin);
  const toggle = (/** @type {number} */ n, headers = alice) => request(server, 'POST', `/api/notifications/${id}/${n % 2 ? 'read' : 'unread'}`, { headers });
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => toggle(n)));
  const refused = limited(answers);
  assert(refused.length > 0, answers.map(({ status }) => status).join(' '));
  assertProblem(refused[0], 429, 'too-many-requests');
  assert(Number(refused[0].headers['retry-after']) >= 1);
  const puts = await Promise.all(Array.from({ length: 40 }, () => request(server, 'PUT', '/api/notifications/preferences', { headers: alice, body: '{}' })));
  assert(limited(puts).length > 0, 'preferences, too');
  assert.equal(limited(await Promise.all(Array.from({ length: 40 }, () => request(server, 'GET', '/api/notifications/counts', { headers: alice })))).length, 0);
  assert.equal(limited(await Promise.all(Array.from({ length: 40 }, () => request(server, 'POST', '/api/notifications/seen-all', { headers: bob })))).length, 0, 'it is her limit');
});

test('ABroadcastTakesFromTheRatesOfPublishersAndARefusalOfItIsCounted', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--publish-rate-per-subject', '1', '--rate-burst', '2s']);
  const backend = bearer(token({ publish: ['notifications/**'] }, { sub: 'backend' }));
  const answers = await Promise.all(Array.from({ length: 40 }, () => postJson(server, '/api/notifications', { groups: ['nobody'], title: 'x' }, { headers: backend })));
  assertProblem(limited(answers)[0], 429, 'too-many-requests');
  const stranger = bearer(token({ publish: ['notifications/alice'] }, { sub: 'stranger' }));
  const forbidden = () => metric(server, 'weir_forbidden_total', admin);
  const before = await forbidden();
  assertProblem(await postJson(server, '/api/notifications', { everyone: true, title: 'x' }, { headers: stranger }), 403, 'forbidden');
  assert.equal(await forbidden(), before + 1);
});

test('ACriticalWordToOneGroupDoesNotWaitForThoseToEverybodyAndThereAreNotTooManyAtOnce', async (scope) => {
  const server = await scope.server({ args: ['--notification-broadcasts-max', '5', '--notification-broadcast-batch', '1'] });
  const users = Array.from({ length: 1000 }, (_, n) => `user${n}`);
  await notify(server, { users, title: 'hello' });
  assert.equal((await request(server, 'PUT', '/api/notifications/groups/ops', { body: '{"members":["ops"]}' })).status, 204);
  // A commit for each of four thousand: they last for long enough to be overtaken.
  for (let n = 0; n < 4; ++n) await notify(server, { everyone: true, title: `to all ${n}` });
  await notify(server, { groups: ['ops'], title: 'fire', severity: 'critical' });
  await eventually(async () => (await get(server, '/counts?user=ops')).unread > 0, 'those on duty are told');
  const last = await get(server, '/counts?user=user999');
  assert(last.unread < 5, 'the others are still being told');
  const another = () => postJson(server, '/api/notifications', { everyone: true, title: 'one more' });
  await eventually(async () => (await another()).status === 202, 'it is over, and there is room for another one');
  const refused = await another();
  assertProblem(refused, 503, 'too-many-broadcasts');
  assert(Number(refused.headers['retry-after']) >= 1);
});

test('LinksAreBoundedTogetherAndAGroupSaysItsMembers', async (scope) => {
  const server = await scope.server();
  const actions = [1, 2, 3, 4, 5].map((n) => ({ label: `Go ${n}`, url: `/${'a'.repeat(400)}` }));
  const refused = await postJson(server, '/api/notifications', { user: 'alice', title: 'x', actions });
  assertProblem(refused, 400, 'bad-request');
  assert.match(refused.json.detail, /"actionUrl" and "actions" are over 2048 bytes together/);
  await notify(server, { user: 'alice', title: 'x', actions: actions.slice(1) });
  const group = (/** @type {string} */ body) => request(server, 'PUT', '/api/notifications/groups/staff', { body });
  assert.equal((await group('{"members":["ann"]}')).status, 204);
  assertProblem(await group('{}'), 400, 'bad-request');
  assert.deepEqual((await get(server, '/groups/staff')).members, ['ann']);
  assert.equal((await group('{"members":[]}')).status, 204, 'who means nobody says so');
  assert.deepEqual((await get(server, '/groups/staff')).members, []);
});

test('OtherTabsHearOfPreferencesAndTheInboxHasNotChanged', async (scope) => {
  const server = await scope.server();
  const tab = await scope.subscribe(server, '/api/notifications/stream?user=alice');
  await notify(server, { user: 'alice', title: 'x' });
  assert.equal((await request(server, 'PUT', '/api/notifications/preferences?user=alice', { body: '{"types":{"*":{"push":false}}}' })).status, 204);
  await tab.until(() => tab.events.some(({ type }) => type === 'preferences'), 'the event');
  const said = JSON.parse(tab.events.find(({ type }) => type === 'preferences')?.data ?? '');
  assert.deepEqual(said, { unread: 1, unseen: 1, rev: 1, count: 1 });
  assert.equal((await get(server, '/counts?user=alice')).rev, 1);
});
