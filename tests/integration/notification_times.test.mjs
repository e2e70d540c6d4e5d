// @ts-check
// What time does to notifications: age, schedules, keys, and deliveries whose reason is gone by the time that they are made.
import assert from 'node:assert/strict';

import { assertProblem, postJson, request } from '../support/client.mjs';
import { eventually } from '../support/deadline.mjs';
import { act, get, notify } from '../support/inbox.mjs';
import { Receiver } from '../support/receiver.mjs';
import { bearer, locked } from '../support/tokens.mjs';
import { test } from '../support/test.mjs';
import { WallClock } from '../support/wall_clock.mjs';

/** @typedef {import('../support/test.mjs').Scope} Scope */

const day = 24 * 3_600_000;

/** @param {any} server @param {object} body */
const tell = async (server, body) => (await notify(server, { user: 'alice', title: 'Hello', ...body })).notifications[0];
/** @param {any} server @param {string} id */
const remove = async (server, id) => assert.equal((await request(server, 'DELETE', `/api/notifications/${id}?user=alice`)).status, 200);
/** The keeper sleeps by its own clock: something that is due wakes it. @param {any} server */
const wake = (server) => notify(server, { user: 'nobody', title: 'wakes the keeper', expiresIn: 1 });

/** @param {any} server @param {string} name */
async function metric(server, name) {
  const { text } = await request(server, 'GET', '/metrics');
  return Number(text.match(new RegExp(`^${name} (\\d+)$`, 'm'))?.[1]);
}

test('EverythingThatIsTooOldGoesAndWhatIsYetToComeStays', async (scope) => {
  const clock = new WallClock(scope);
  const server = await scope.server({ env: clock.env });
  const users = Array.from({ length: 300 }, (_, i) => `user${i}`);
  await notify(server, { users, title: 'old' });
  const snoozed = await tell(server, { title: 'snoozed' });
  await act(server, `${snoozed.id}/snooze?user=alice`, {}, { until: clock.now() + 200 * day });
  await tell(server, { title: 'scheduled', deliverAt: clock.now() + 200 * day });
  await tell(server, { title: 'first', groupKey: 'chat' });
  clock.set(Date.now() + 80 * day);
  await tell(server, { title: 'second', groupKey: 'chat' });
  clock.set(Date.now() + 91 * day);
  await wake(server);
  await eventually(async () => (await metric(server, 'weir_notification_removed_total')) >= 300, 'all 300 are removed');
  assert.equal((await get(server, '?user=user299')).notifications.length, 0);
  const list = await get(server, '?user=alice');
  assert.deepEqual([list.notifications.map((/** @type {any} */ one) => one.title), list.counts.snoozed], [['second'], 1]);
  clock.set(Date.now() + 201 * day);
  await wake(server);
  const titles = await eventually(async () => {
    const { notifications } = await get(server, '?user=alice');
    return notifications.length === 2 && notifications.map((/** @type {any} */ one) => one.title).sort();
  }, 'what was to come has come, and the group is too old');
  assert.deepEqual(titles, ['scheduled', 'snoozed']);
});

/** A server whose webhook fails for as long as the test wants it. @param {Scope} scope */
async function failing(scope) {
  const receiver = await new Receiver().listen();
  scope.defer(() => receiver.close());
  receiver.answer = () => ({ status: 503 });
  const server = await scope.server({
    args: ['--notification-allow-private', '--notification-webhook-url', receiver.url, '--notification-backoff', '10ms', '--notification-backoff-max', '50ms', '--notification-attempts-max', '1000'],
  });
  const attempts = (/** @type {string} */ id) => receiver.deliveries.filter(({ event }) => event.notification.id === id).length;
  const send = async (/** @type {object} */ body = {}) => {
    const { id } = await tell(server, { channels: ['webhook'], ...body });
    await receiver.until(() => attempts(id) > 0, `an attempt of ${id}`);
    return id;
  };
  /** Several attempts of this one from now on. @param {string} id */
  const more = async (id) => {
    const before = attempts(id);
    await receiver.until(() => attempts(id) >= before + 3, `more attempts of ${id}`);
  };
  const delivery = async (/** @type {string} */ id) => (await get(server, `/${id}/deliveries?user=alice`)).deliveries[0];
  const cancelled = (/** @type {string} */ id) =>
    eventually(async () => {
      const one = await delivery(id);
      return one.state === 'cancelled' && one.record.at(-1);
    }, `${id} is cancelled`);
  const prefer = async (/** @type {object} */ preferences) =>
    assert.equal((await request(server, 'PUT', '/api/notifications/preferences?user=alice', { body: JSON.stringify(preferences) })).status, 204);
  return { server, receiver, attempts, send, more, delivery, cancelled, prefer };
}

test('WhatNobodyNeedsAnyMoreIsNotTriedAgain', async (scope) => {
  const { server, attempts, send, more, cancelled, prefer } = await failing(scope);
  const critical = await send({ severity: 'critical' });
  const read = await send();
  const off = await send({ type: 'promo' });
  const deleted = await send();
  await act(server, `${read}/read?user=alice`);
  await act(server, `${critical}/read?user=alice`);
  await prefer({ types: { promo: { webhook: false } } });
  await remove(server, deleted);
  assert.equal((await cancelled(read)).reason, 'the user has read it');
  assert.equal((await cancelled(off)).reason, 'the user has switched this off');
  assertProblem(await request(server, 'GET', `/api/notifications/${deleted}/deliveries?user=alice`), 404, 'not-found');
  const all = [read, off, deleted];
  await more(critical);
  const before = all.map(attempts);
  await more(critical);
  assert.deepEqual(all.map(attempts), before, 'what is critical goes on alone');
  assert.equal(await metric(server, 'weir_notification_cancelled_total'), 3);
});

test('QuietHoursThatBeginMeanwhileHoldForFurtherAttempts', async (scope) => {
  const { receiver, server, send, delivery, prefer } = await failing(scope);
  const id = await send();
  const at = (/** @type {number} */ hours) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  await prefer({ quietHours: { from: at(-2), to: at(2), timeZone: 'Etc/UTC' } });
  await eventually(async () => (await delivery(id)).nextAt > Date.now() + 3_600_000, 'it is put off');
  receiver.answer = () => ({});
  await server.killAndRestart();
  const { state } = await delivery(id);
  assert.equal(state, 'pending', 'also over a restart');
});

test('ADedupeKeyHoldsWhateverBecomesOfItsNotification', async (scope) => {
  const server = await scope.server();
  const once = { title: 'once', dedupeKey: 'order-17' };
  const first = await tell(server, once);
  await remove(server, first.id);
  await server.killAndRestart();
  assert.deepEqual(await tell(server, once), { id: first.id, userId: 'alice', duplicate: true });
  for (const [dedupeKey, duplicate] of /** @type {[string, boolean][]} */ ([['m1', false], ['m2', false], ['m1', true]])) {
    assert.equal((await tell(server, { groupKey: 'chat', dedupeKey })).duplicate, duplicate, dedupeKey);
  }
  assert.equal((await get(server, '?user=alice')).notifications[0].count, 2);

  const stream = await scope.subscribe(server, '/api/notifications/stream?user=alice');
  await stream.until(() => stream.events.some(({ type }) => type === 'snapshot'), 'the snapshot');
  const shown = { title: 'look', transient: true };
  assert.equal((await tell(server, { ...shown, dedupeKey: 'look' })).duplicate, false);
  assert.deepEqual(await tell(server, { ...shown, dedupeKey: 'look' }), { id: null, userId: 'alice', duplicate: true });
  await request(server, 'PUT', '/api/notifications/groups/a', { body: JSON.stringify({ members: ['alice'] }) });
  await request(server, 'PUT', '/api/notifications/groups/b', { body: JSON.stringify({ members: ['alice', 'bob'] }) });
  await postJson(server, '/api/notifications', { groups: ['a', 'b'], title: 'to both groups', transient: true });
  await eventually(async () => (await metric(server, 'weir_notification_broadcasts')) === 0 && (await metric(server, 'weir_notification_alerts_total')) >= 3, 'the broadcast is over');
  await tell(server, { ...shown, title: 'the last' });
  const alerts = () => stream.events.filter(({ type }) => type === 'alert').map(({ data }) => JSON.parse(String(data)).notification.title);
  await stream.until(() => alerts().includes('the last'), 'the last alert');
  assert.deepEqual(alerts(), ['look', 'to both groups', 'the last']);
});

test('WhatIsScheduledIsForItsProducersUntilItComes', async (scope) => {
  const { server, token, admin } = await locked(scope, ['--notifications-per-user-max', '2']);
  const of = (/** @type {string} */ sub, /** @type {object} */ grants = {}) => bearer(token(grants, { sub }));
  const [alice, shop, other] = [of('alice'), of('shop', { publish: ['notifications/*'] }), of('other', { publish: ['notifications/bob'] })];
  const deliverAt = Date.now() + day;
  const body = { user: 'alice', title: 'tomorrow', deliverAt };
  const [{ id }] = (await notify(server, body, shop)).notifications;
  const scheduled = (/** @type {string} */ method, /** @type {Record<string, string>} */ headers, user = 'alice') =>
    request(server, method, `/api/notifications/scheduled/${id}?user=${user}`, { headers });

  for (const [method, path] of [['GET', id], ['DELETE', id], ['GET', `${id}/deliveries`], ['POST', `${id}/read`]]) {
    assertProblem(await request(server, method, `/api/notifications/${path}`, { headers: alice }), 404, 'not-found');
  }
  for (const headers of [alice, other]) {
    assertProblem(await scheduled('GET', headers), 403, 'forbidden');
    assertProblem(await scheduled('DELETE', headers), 403, 'forbidden');
  }
  assertProblem(await scheduled('GET', {}), 401, 'unauthorized');
  assertProblem(await scheduled('GET', shop, 'bob'), 404, 'not-found');
  assertProblem(await request(server, 'GET', `/api/notifications/scheduled/${id}`, { headers: shop }), 400, 'bad-request');
  for (const headers of [shop, admin]) {
    const { notification } = (await scheduled('GET', headers)).json;
    assert.deepEqual([notification.id, notification.deliverAt, notification.title], [id, deliverAt, 'tomorrow']);
  }

  await notify(server, body, shop);
  const refused = await postJson(server, '/api/notifications', body, { headers: shop });
  assertProblem(refused, 400, 'bad-request');
  assert.match(refused.json.detail, /2 are scheduled for alice already/);
  assert.equal((await scheduled('DELETE', shop)).status, 204);
  assertProblem(await scheduled('DELETE', shop), 404, 'not-found');
  await notify(server, { ...body, deliverAt: Date.now() + 100 }, shop);
  const [come] = await eventually(async () => {
    const { notifications } = await get(server, '', alice);
    return notifications.length === 1 && notifications;
  }, 'it comes');
  assert(!('deliverAt' in come));
  assertProblem(await request(server, 'GET', `/api/notifications/scheduled/${come.id}?user=alice`, { headers: shop }), 404, 'not-found');
});
