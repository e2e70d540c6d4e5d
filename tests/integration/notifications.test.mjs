// @ts-check
// The notification inbox: whose it is, its stream, its polling fallback, and that its counters are right whatever happens.
import assert from 'node:assert/strict';

import { assertProblem, postJson, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { act, get, notify, Reducer } from '../support/inbox.mjs';
import { ask, poll } from '../support/poll.mjs';
import { bearer, locked } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';

/** A server with keys and two users, who are granted nothing besides being themselves. @param {import('../support/test.mjs').Scope} scope @param {string[]} [args] */
async function withUsers(scope, args) {
  const { server, token, admin } = await locked(scope, args);
  const of = (/** @type {string} */ sub) => bearer(token({}, { sub }));
  return { server, token, admin, of, alice: of('alice'), bob: of('bob') };
}

/** A stream of the inbox with a page's reducer behind it. @param {import('../support/test.mjs').Scope} scope @param {any} server @param {Record<string, string>} headers @param {string} [lastId] */
async function open(scope, server, headers, lastId) {
  const stream = await scope.subscribe(server, '/api/notifications/stream', { headers: { ...headers, ...(lastId ? { 'Last-Event-ID': lastId } : {}) } });
  const reducer = new Reducer();
  let at = 0;
  const catchUp = () => {
    for (; at < stream.events.length; ++at) reducer.take(stream.events[at].type, JSON.parse(stream.events[at].data ?? ''));
  };
  /** Until it is as far as this. @param {number} rev */
  const until = (rev) => stream.until(() => (catchUp(), reducer.rev >= rev), `rev ${rev}`);
  return { stream, reducer, until };
}

test('AUserReachesNothingButHisOwn', async (scope) => {
  const { server, admin, alice, bob } = await withUsers(scope);
  const { notifications: [{ id }] } = await notify(server, { user: 'alice', title: 'Hello' }, admin);
  assert.deepEqual((await get(server, '', alice)).notifications.map((/** @type {any} */ one) => one.id), [id]);
  assert.deepEqual((await get(server, '', bob)).notifications, []);
  for (const path of ['', '/counts', '/changes', `/${id}`, `/${id}/deliveries`, '/preferences', '/addresses', '/topics']) {
    const target = `/api/notifications${path}`;
    assertProblem(await request(server, 'GET', target), 401, 'unauthorized');
    assertProblem(await request(server, 'GET', `${target}?user=alice`, { headers: bob }), 403, 'forbidden');
  }
  assertProblem(await request(server, 'GET', '/api/notifications/stream?user=alice', { headers: { ...bob, Accept: 'text/event-stream' } }), 403, 'forbidden');
  assertProblem(await request(server, 'GET', `/api/notifications/${id}`, { headers: bob }), 404, 'not-found');
  for (const verb of ['read', 'archive', 'seen']) {
    assertProblem(await request(server, 'POST', `/api/notifications/${id}/${verb}`, { headers: bob }), 404, 'not-found');
  }
  assertProblem(await request(server, 'DELETE', `/api/notifications/${id}`, { headers: bob }), 404, 'not-found');
  assertProblem(await request(server, 'GET', '/v1/topics/$weir/notifications/alice', { headers: alice }), 403, 'forbidden');
  const whole = await get(server, `/${id}?user=alice`, admin);
  assert.equal(whole.notification.title, 'Hello');
  assert.equal(whole.notification.readAt, null, 'nobody has touched it');
});

test('WhoBringsNotificationsAboutNeedsTheGrantForTheirUsers', async (scope) => {
  const { server, token, alice } = await withUsers(scope);
  const post = (/** @type {object} */ body, /** @type {Record<string, string>} */ headers) => postJson(server, '/api/notifications', body, { headers });
  const granted = (/** @type {string[]} */ publish) => bearer(token({ publish }, { sub: 'backend' }));
  assertProblem(await post({ user: 'alice', title: 'x' }, {}), 401, 'unauthorized');
  assertProblem(await post({ user: 'alice', title: 'x' }, alice), 403, 'forbidden');
  assertProblem(await post({ users: ['alice', 'bob'], title: 'x' }, granted(['notifications/alice'])), 403, 'forbidden');
  assert.equal((await post({ user: 'alice', title: 'x' }, granted(['notifications/alice']))).status, 201);
  for (const body of [{ everyone: true, title: 'x' }, { groups: ['g'], title: 'x' }, { topics: ['t'], title: 'x' }]) {
    assertProblem(await post(body, granted(['notifications/alice', 'notifications/bob'])), 403, 'forbidden');
    assert.equal((await post(body, granted(['notifications/**']))).status, 202);
  }
  for (const path of ['/api/messages/send', '/api/hire', '/api/tasks/7/messages', '/api/tasks/7/responses', '/api/tasks/7/complete']) {
    assertProblem(await postJson(server, path, { to: 'alice', text: 'x' }, { headers: granted(['notifications/bob']) }), 403, 'forbidden');
  }
  assertProblem(await request(server, 'PUT', '/api/notifications/types/t', { headers: granted(['**']), body: '{"title":"x"}' }), 403, 'forbidden');
  // One by her name, and one as everybody.
  await eventually(async () => (await get(server, '/counts', alice)).unread === 2, 'she is told');
});

test('OnAnOpenServerOfThisMachineAnybodyMayBeChosen', async (scope) => {
  const server = await scope.server();
  await notify(server, { users: ['demo', 'alice'], title: 'Hello' });
  assert.equal((await get(server, '/counts')).unread, 1);
  assert.equal((await get(server, '/counts?user=alice')).unread, 1);
  assert.equal((await get(server, '/counts?user=nobody')).unread, 0);
});

test('WhatIsDoneInOneTabReachesTheOthersWithTheCountersOfItsOwnCommit', async (scope) => {
  const { server, admin, alice, bob } = await withUsers(scope);
  await notify(server, { user: 'alice', title: 'before' }, admin);
  const tabs = [await open(scope, server, alice), await open(scope, server, alice)];
  const other = await open(scope, server, bob);
  const { notifications: [{ id }] } = await notify(server, { user: 'alice', title: 'live', severity: 'critical', body: 'x'.repeat(1000) }, admin);
  const read = await act(server, `${id}/read`, alice);
  assert.equal(read.unread, 1);
  await act(server, `${id}/archive`, alice);
  await act(server, `${id}/unarchive`, alice);
  await act(server, `${id}/unread`, alice);
  const { rev } = await act(server, 'read-all', alice);
  for (const { stream, reducer, until } of tabs) {
    await until(rev);
    assert.equal(reducer.unread, 0);
    await reducer.check(server, alice);
    const [first, live] = [stream.events[0], stream.events.find((each) => each.type === 'notification')];
    assert.equal(first.type, 'snapshot');
    assert.deepEqual(Object.keys(JSON.parse(first.data ?? '').counts), ['inbox', 'unread', 'archived', 'snoozed']);
    const { notification } = JSON.parse(live?.data ?? '');
    assert(Buffer.byteLength(notification.body) <= 256, 'a stream carries little');
    await stream.until(() => stream.events.some((each) => each.type === 'alert' && each.id === undefined), 'the alert');
  }
  await notify(server, { user: 'bob', title: 'for bob' }, admin);
  await other.until(1);
  assert.deepEqual(other.stream.events.map((each) => each.type).slice(0, 2), ['snapshot', 'notification'], 'bob saw nothing of it');
});

test('AnythingThatWasAnsweredIsThereAfterACrashAndAStreamGoesOnWhereItWas', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  const tab = await open(scope, server, alice);
  await notify(server, { user: 'alice', title: 'one' }, admin);
  await tab.until(1);
  const { notifications: [{ id }] } = await notify(server, { user: 'alice', title: 'two' }, admin);
  await tab.until(2);
  const { lastId } = tab.stream;
  await server.killAndRestart();
  await act(server, `${id}/read`, alice);
  await notify(server, { user: 'alice', title: 'three' }, admin);
  const again = await scope.subscribe(server, '/api/notifications/stream', { headers: { ...alice, 'Last-Event-ID': String(lastId) } });
  await again.until(() => again.events.some((each) => JSON.parse(each.data ?? '').rev === 4), 'what came meanwhile');
  assert(again.events.every((each) => each.type !== 'snapshot'), 'the cursor was good');
  for (const event of again.events) tab.reducer.take(event.type, JSON.parse(event.data ?? ''));
  await tab.reducer.check(server, alice);
});

test('ACursorThatIsNoneBringsAGapAndTheSnapshot', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  await notify(server, { user: 'alice', title: 'one' }, admin);
  for (const [cursor, reason] of [['nonsense', 'unknown'], [`${'0'.repeat(15)}1-1`, 'epoch']]) {
    const tab = await open(scope, server, alice, cursor);
    const gap = await tab.stream.control('gap');
    assert.equal(gap.json.reason, reason);
    assert.equal(gap.json.requested, cursor);
    await tab.until(1);
    assert.equal(tab.stream.events[0].type, 'snapshot');
    assert.equal(tab.stream.events[0].id, gap.json.available_from);
    await tab.reducer.check(server, alice);
  }
});

test('TheFallbackFeedsTheSameReducerAndCostsNothingWhileNothingHappens', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  await notify(server, { user: 'alice', title: 'one' }, admin);
  const reducer = new Reducer();
  const since = async (/** @type {string} */ cursor) => {
    const answer = await poll(server, `/api/notifications/changes${cursor && `?since=${cursor}`}`, { headers: alice });
    for (const event of answer.events) reducer.take(event.event, JSON.parse(event.data));
    return answer.cursor;
  };
  let cursor = await since('');
  assert.equal(reducer.unread, 1, 'it begins with the snapshot');
  await notify(server, { user: 'bob', title: 'not hers' }, admin);
  cursor = await since(cursor);
  const quiet = await ask(server, `/api/notifications/changes?since=${cursor}`, { headers: { ...alice, 'If-None-Match': `"${cursor}"` } });
  assert.equal(quiet.status, 304);
  await notify(server, { user: 'alice', title: 'two' }, admin);
  cursor = await since(cursor);
  assert.equal(reducer.unread, 2);
  await act(server, 'read-all', alice, { upToRev: 1 });
  cursor = await since(cursor);
  assert.equal(reducer.unread, 1);
  await reducer.check(server, alice);
  await server.killAndRestart();
  await act(server, 'read-all', alice);
  cursor = await since(cursor);
  assert.equal(reducer.snapshots, 1, 'over a crash, too, it goes on from the cursor');
  await reducer.check(server, alice);
  const gap = await poll(server, '/api/notifications/changes?since=nonsense', { headers: alice });
  assert.equal(gap.gap?.reason, 'unknown');
  assert.equal(gap.events[0].event, 'snapshot');
});

test('CountsHaveATagThatChangesWithThem', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  const counts = (/** @type {string} */ tag) => request(server, 'GET', '/api/notifications/counts', { headers: { ...alice, 'If-None-Match': tag } });
  const first = await counts('');
  assert.deepEqual([first.json.unread, first.json.unseen, first.json.rev], [0, 0, 0]);
  assert.equal((await counts(String(first.headers.etag))).status, 304);
  await notify(server, { user: 'alice', title: 'one' }, admin);
  const second = await counts(String(first.headers.etag));
  assert.equal(second.status, 200);
  assert.equal(second.json.unread, 1);
  assert.deepEqual((await act(server, 'seen-all', alice)).unseen, 0);
  assert.equal((await counts(String(second.headers.etag))).json.unread, 1, 'seen is not read');
});

test('NoTagOfOneUsersCountsIsThatOfAnothersOrOfAnotherLog', async (scope) => {
  const { server, alice, bob } = await withUsers(scope);
  const counts = (/** @type {any} */ at, /** @type {Record<string, string>} */ headers, path = '/counts') => request(at, 'GET', `/api/notifications${path}`, { headers: { Accept: 'application/json', ...headers } });
  const hers = await counts(server, alice);
  const his = await counts(server, bob);
  assert.notEqual(hers.headers.etag, his.headers.etag);
  assert.equal((await counts(server, { ...bob, 'If-None-Match': String(hers.headers.etag) })).status, 200);
  for (const path of ['/counts', '/changes']) {
    const vary = String((await counts(server, alice, path)).headers.vary);
    assert.match(vary, /\bAuthorization\b.*\bCookie\b/, `${path}: a browser's cache keeps apart who has asked`);
  }
  const [one, other] = [await scope.server(), await scope.server()];
  assert.notEqual((await counts(one, {})).headers.etag, (await counts(other, {})).headers.etag);
});

test('ListsAreReadPageByPageInTheirTabs', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  /** @type {string[]} */
  const ids = [];
  for (let i = 0; i < 7; ++i) ids.unshift((await notify(server, { user: 'alice', title: `${i}` }, admin)).notifications[0].id);
  /** @type {string[]} */
  const seen = [];
  for (let before = ''; before !== 'null'; ) {
    const page = await get(server, `?limit=3${before && `&before=${before}`}`, alice);
    seen.push(...page.notifications.map((/** @type {any} */ one) => one.id));
    before = String(page.nextBefore);
  }
  assert.deepEqual(seen, ids);
  await act(server, `${ids[0]}/read`, alice);
  await act(server, `${ids[1]}/archive`, alice);
  await act(server, `${ids[2]}/snooze`, alice, { for: 3600 });
  assert.equal((await request(server, 'DELETE', `/api/notifications/${ids[3]}`, { headers: alice })).status, 200);
  const tab = async (/** @type {string} */ name) => (await get(server, `?tab=${name}`, alice)).notifications.map((/** @type {any} */ one) => one.id);
  assert.deepEqual(await tab('inbox'), [ids[0], ...ids.slice(4)]);
  assert.deepEqual(await tab('unread'), ids.slice(4));
  assert.deepEqual(await tab('archived'), [ids[1]]);
  assert.deepEqual(await tab('snoozed'), [ids[2]]);
  assert.deepEqual((await get(server, '/counts', alice)).counts, { inbox: 4, unread: 3, archived: 1, snoozed: 1 });
  await act(server, `${ids[2]}/unsnooze`, alice);
  assert.equal((await tab('inbox'))[1], ids[2], 'back in its old place');
  for (const bad of ['?tab=other', '?limit=0', '?limit=101', '?before=x']) {
    assertProblem(await request(server, 'GET', `/api/notifications${bad}`, { headers: alice }), 400, 'bad-request');
  }
  for (const [verb, body] of [['snooze', { for: -1 }], ['snooze', { until: 5 }], ['read-all', undefined]]) {
    const answer = await postJson(server, `/api/notifications/${ids[0]}/${verb}`, body ?? {}, { headers: alice });
    assert(answer.status === 400 || answer.status === 404, answer.text);
  }
});

test('TheSixProducersOfAMarketplaceMakeANotificationEach', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  const from = { from: 'Bob', text: 'Hello, Alice' };
  const task = { ...from, task: 'Paint the fence' };
  for (const [path, body] of /** @type {[string, object][]} */ ([
    ['/api/messages/send', from],
    ['/api/tasks/17/messages', task],
    ['/api/tasks/17/responses', task],
    ['/api/hire', task],
    ['/api/tasks/17/review', { ...task, rating: 5 }],
    ['/api/tasks/17/complete', { ...task, actionUrl: '/tasks/17' }],
  ])) {
    const answer = await postJson(server, path, { to: 'alice', ...body }, { headers: admin });
    assert.equal(answer.status, 201, answer.text);
  }
  const { notifications } = await get(server, '', alice);
  assert.deepEqual(
    notifications.map((/** @type {any} */ one) => [one.type, one.title]),
    [
      ['task_completed', 'Paint the fence is complete'],
      ['review', 'Bob left a review: 5/5'],
      ['hire_request', 'Bob would like to hire you'],
      ['task_response', 'Bob responded to Paint the fence'],
      ['task_message', 'Bob · Paint the fence'],
      ['message', 'Bob'],
    ],
  );
  assert.equal(notifications[0].actionUrl, '/tasks/17');
  assert.equal(notifications[4].data.taskId, '17');
  // Another message of the same conversation, before the first one is read, becomes one with it.
  await postJson(server, '/api/messages/send', { to: 'alice', ...from, text: 'Still there?' }, { headers: admin });
  const [first] = (await get(server, '', alice)).notifications;
  assert.deepEqual([first.type, first.count, first.body], ['message', 2, 'Still there?']);
  assertProblem(await postJson(server, '/api/tasks/17/vote', { to: 'alice' }, { headers: admin }), 404, 'not-found');
  assertProblem(await postJson(server, '/api/tasks/17/review', { to: 'alice', from: 'Bob', rating: 6 }, { headers: admin }), 400, 'bad-request');
});

test('ARepeatedRequestGetsTheFirstAnswerAlsoAfterACrash', async (scope) => {
  const { server, admin, alice, of } = await withUsers(scope);
  const keyed = { ...admin, 'Idempotency-Key': 'order-17' };
  const body = { users: ['alice', 'bob'], title: 'Paid', groupKey: 'orders' };
  const first = await notify(server, body, keyed);
  const many = await Promise.all(Array.from({ length: 20 }, () => notify(server, body, keyed)));
  for (const answer of many) assert.deepEqual(answer, first);
  await server.killAndRestart();
  assert.deepEqual(await notify(server, body, keyed), first);
  const [one] = (await get(server, '', alice)).notifications;
  assert.deepEqual([one.count, (await get(server, '/counts', of('bob'))).rev], [1, 1]);
  assertProblem(await postJson(server, '/api/notifications', { ...body, title: 'Sent' }, { headers: keyed }), 422, 'idempotency-conflict');
  // The other producers take it, too; each has its own.
  const review = () => postJson(server, '/api/tasks/17/review', { to: 'alice', from: 'Bob', rating: 5 }, { headers: { ...admin, 'Idempotency-Key': 'review-1' } });
  const reviewed = await review();
  assert.equal(reviewed.status, 201, reviewed.text);
  assert.deepEqual((await review()).json, reviewed.json);
  assert.equal((await get(server, '/counts', alice)).unread, 2);
  assertProblem(await postJson(server, '/api/tasks/18/review', { to: 'alice', from: 'Bob', rating: 5 }, { headers: { ...admin, 'Idempotency-Key': 'review-1' } }), 422, 'idempotency-conflict');
});

test('ADeclaredTypeGivesItsWordsAndAUsersPreferencesHold', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  const put = (/** @type {string} */ path, /** @type {object} */ body, /** @type {Record<string, string>} */ headers) => request(server, 'PUT', `/api/notifications/${path}`, { headers, body: JSON.stringify(body) });
  assert.equal((await put('types/order', { title: 'Order {{number}}', body: 'for {{who}}', severity: 'success', actionUrl: '/orders/{{number}}' }, admin)).status, 204);
  await server.killAndRestart();
  await notify(server, { user: 'alice', type: 'order', data: { number: 17, who: 'Анна' } }, admin);
  const [one] = (await get(server, '', alice)).notifications;
  assert.deepEqual([one.title, one.body, one.severity, one.actionUrl], ['Order 17', 'for Анна', 'success', '/orders/17']);
  assert.equal((await put('preferences', { types: { order: { inbox: false } } }, alice)).status, 204);
  await notify(server, { user: 'alice', type: 'order', data: { number: 18 } }, admin);
  assert.deepEqual((await get(server, '/counts', alice)).counts, { inbox: 1, unread: 1, archived: 1, snoozed: 0 });
  assert.deepEqual((await get(server, '/preferences', alice)).types, { order: { inbox: false } });
  assertProblem(await put('preferences', { quietHours: { from: '22:00', to: '7', timeZone: 'Etc/UTC' } }, alice), 400, 'bad-request');
  assertProblem(await put('addresses', { email: 'alice@example.com' }, alice), 403, 'forbidden');
  assert.equal((await put('addresses?user=alice', { email: 'alice@example.com' }, admin)).status, 204);
  // The server's account posts there: a user's own choice would be anybody's topic.
  assertProblem(await put('addresses', { ntfy: 'ops-alerts' }, alice), 403, 'forbidden');
  assert.equal((await put('addresses?user=alice', { email: 'alice@example.com', ntfy: 'alice-x7' }, admin)).status, 204);
  assert.equal((await put('addresses', { push: [] }, alice)).status, 204, 'what is hers to set');
  assert.deepEqual(await get(server, '/addresses', alice), { email: 'alice@example.com', ntfy: 'alice-x7', push: [] });
});

test('ABroadcastReachesEverybodyOnceAlsoOverCrashes', async (scope) => {
  const { server, admin, of } = await withUsers(scope, ['--notification-broadcast-batch', '7']);
  const members = Array.from({ length: 200 }, (_, i) => `user${i}`);
  const put = await request(server, 'PUT', '/api/notifications/groups/all', { headers: admin, body: JSON.stringify({ members }) });
  assert.equal(put.status, 204, put.text);
  const follows = await request(server, 'PUT', '/api/notifications/topics/news?user=user3', { headers: admin });
  assert.equal(follows.status, 204, follows.text);
  const { broadcast } = await notify(server, { groups: ['all'], topics: ['news'], title: 'To all' }, admin);
  assert.match(broadcast, /^brc_/);
  for (let i = 0; i < 3; ++i) await server.killAndRestart();
  await server.logged(/notifications\.broadcast_done|listening/);
  const unread = async (/** @type {string} */ user) => (await get(server, '/counts', of(user))).unread;
  for (const user of members) await eventually(async () => (await unread(user)) === 1, `${user} is told`);
  const metrics = await request(server, 'GET', '/metrics', { headers: admin });
  await eventually(async () => /^weir_notification_broadcasts 0$/m.test((await request(server, 'GET', '/metrics', { headers: admin })).text), `it is over: ${metrics.status}`);
  for (const user of ['user0', 'user3', 'user199']) assert.equal(await unread(user), 1);
});

test('WhatIsScheduledComesAlsoWhereTheServerWasDownAndWhatExpiresGoes', async (scope) => {
  const { server, admin, alice } = await withUsers(scope);
  const soon = Date.now() + 1500;
  await notify(server, { user: 'alice', title: 'later', deliverAt: soon }, admin);
  await notify(server, { user: 'alice', title: 'short', expiresAt: new Date(soon).toISOString() }, admin);
  assert.deepEqual((await get(server, '', alice)).notifications.map((/** @type {any} */ one) => one.title), ['short']);
  await server.killAndRestart();
  const list = await eventually(async () => {
    const { notifications } = await get(server, '', alice);
    return notifications[0]?.title === 'later' && notifications.length === 1 && notifications;
  }, 'the one comes and the other goes');
  assert(list[0].createdAt >= soon, 'not before its time');
});

test('WithoutTheSettingThereIsNoInbox', async (scope) => {
  const server = await scope.server({ args: ['--no-notifications'] });
  assertProblem(await request(server, 'GET', '/api/notifications'), 404, 'not-found');
});
