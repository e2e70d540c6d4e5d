// @ts-check
// An inbox over the real server: what is done in one is seen in the other, and nothing is wrong after a kill, a refusal or a fallback.
import assert from 'node:assert/strict';

import { Signal, eventually } from '../../../tests/support/deadline.mjs';
import { act, get, notify } from '../../../tests/support/inbox.mjs';
import { bearer, locked } from '../../../tests/support/tokens.mjs';
import { test } from '../../../tests/support/test.mjs';
import { createInbox, floorOf, listOf } from '../dist/inbox/index.js';
import { WeirError } from '../dist/index.js';
import { quick } from './support/client.mjs';

/** @typedef {import('../dist/inbox/index.js').InboxSnapshot} InboxSnapshot */
/** @typedef {import('../dist/inbox/index.js').InboxState} InboxState */
/** @typedef {import('../dist/inbox/index.js').InboxTab} InboxTab */

/**
 * An inbox that is connected, and a way to wait for what it shows.
 * @param {import('../../../tests/support/test.mjs').Scope} scope
 * @param {{url: string}} server
 * @param {import('../dist/inbox/index.js').InboxOptions} [options]
 * @param {import('../dist/index.js').ViewStatus} [status] that it comes to have
 */
async function open(scope, server, options = {}, status = 'live') {
  const inbox = createInbox({ ...quick, server: server.url, pollInterval: 20, ...options });
  const signal = new Signal();
  /** @type {[string, string[]][]} */
  const arrived = [];
  inbox.subscribe(() => signal.notify());
  inbox.onArrival(({ kind, notifications }) => {
    arrived.push([kind, notifications.map(({ title }) => title)]);
    signal.notify();
  });
  scope.closing({ close: () => inbox.disconnect() });
  /** @param {(state: InboxState, snapshot: InboxSnapshot) => unknown} ask @param {string} what */
  const until = (ask, what) => signal.until(() => inbox.snapshot.state && ask(inbox.snapshot.state, inbox.snapshot), () => `${what}; it shows ${JSON.stringify({ ...inbox.snapshot, state: undefined })} ${titles().join()} of ${inbox.snapshot.state?.unread} unread; ${JSON.stringify(arrived)}`);
  /** @param {InboxTab} [tab] */
  const titles = (tab = 'inbox') => (inbox.snapshot.state ? listOf(inbox.snapshot.state, tab).map(({ title }) => title) : []);
  /** @param {string} title */
  const idOf = (title) => inbox.snapshot.state?.notifications.find((one) => one.title === title)?.id ?? assert.fail(`there is no ${title}`);
  inbox.connect();
  await until((_, snapshot) => snapshot.status === status, `it is ${status}`);
  return { inbox, arrived, until, titles, idOf };
}

/** As the server has it. @param {{url: string}} server @param {InboxState} state @param {Record<string, string>} [headers] */
async function sameAs(server, state, headers = {}) {
  const list = await get(/** @type {any} */ (server), '?limit=100', headers);
  const shape = (/** @type {any} */ one) => [one.id, one.title, one.readAt !== null, one.seenAt !== null];
  assert.deepEqual(listOf(state, 'inbox').map(shape), list.notifications.map(shape));
  assert.deepEqual([state.unread, state.unseen, state.rev], [list.unread, list.unseen, list.rev]);
}

test('WhatIsDoneInOneInboxIsSeenInTheOther', async (scope) => {
  const server = await scope.server();
  await notify(server, { user: 'demo', title: 'first' });
  const [here, there] = [await open(scope, server), await open(scope, server)];
  await notify(server, { user: 'demo', title: 'second' });
  await Promise.all([here, there].map(({ until }) => until(({ unread }) => unread === 2, 'both are there')));
  assert.deepEqual(there.titles(), ['second', 'first']);
  assert.deepEqual(there.arrived, [['live', ['second']]], 'what was there before is no news');

  const read = here.inbox.read(here.idOf('first'));
  assert.deepEqual([here.titles('unread'), here.inbox.snapshot.state?.unread], [['second'], 2], 'it looks read at once, and the number is the server\'s');
  await read;
  await there.until(({ unread }) => unread === 1, 'it is read there, too');
  await here.inbox.unread(here.idOf('first'));
  await there.until(({ unread }) => unread === 2, 'and unread again');

  await here.inbox.archive(here.idOf('first'));
  await there.until(() => there.titles().length === 1, 'it is archived there');
  await there.inbox.load('archived');
  assert.deepEqual(there.titles('archived'), ['first']);
  await there.inbox.unarchive(there.idOf('first'));
  await here.until(() => here.titles().length === 2, 'it is back here');
  await here.inbox.snooze(here.idOf('second'), { for: 3600 });
  await there.until(() => there.titles().join() === 'first', 'it is put aside');
  await here.inbox.load('snoozed');
  await here.inbox.unsnooze(here.idOf('second'));
  await there.until(() => there.titles().length === 2, 'it is back');
  await here.inbox.remove(here.idOf('second'));
  await there.until(() => there.titles().join() === 'first', 'it is gone');
  await there.inbox.seen(there.idOf('first'));
  await here.until(({ unseen }) => unseen === 0, 'it is seen');
  for (const { inbox } of [here, there]) await sameAs(server, /** @type {InboxState} */ (inbox.snapshot.state));
});

test('ReadingAllLeavesWhatThisPageDoesNotKnow', async (scope) => {
  const server = await scope.server();
  for (const title of ['a', 'b']) await notify(server, { user: 'demo', title });
  /** Holds back the request until there is more than it knows. @type {() => void} */
  let go = () => {};
  const held = new Promise((resolve) => (go = () => resolve(undefined)));
  const here = await open(scope, server, {
    fetch: async (input, init) => {
      if (String(input).includes('read-all')) await held;
      return fetch(input, init);
    },
  });
  const there = await open(scope, server);
  const all = here.inbox.readAll();
  await notify(server, { user: 'demo', title: 'c' });
  await here.until(() => here.titles().length === 3, 'it has come');
  assert.deepEqual(here.titles('unread'), ['c']);
  go();
  await all;
  for (const { until, titles } of [here, there]) {
    await until(({ unread }) => unread === 1, 'what came meanwhile is unread');
    assert.deepEqual(titles('unread'), ['c']);
  }
  await there.inbox.seenAll();
  await here.until(({ unseen }) => unseen === 0, 'all are seen');
  assert.equal(here.inbox.snapshot.state?.unread, 1, 'which is not read');
});

test('WhatIsRefusedIsUndoneAndSaid', async (scope) => {
  const { server, admin, token } = await locked(scope);
  const alice = token({}, { sub: 'alice' });
  await notify(server, { user: 'alice', title: 'mine' }, admin);
  const { inbox, titles, idOf, until } = await open(scope, server, { token: alice });
  assert.equal(inbox.snapshot.state?.userId, 'alice');
  const id = idOf('mine');
  const snoozed = inbox.snooze(id, { until: Date.now() - 1000 });
  assert.deepEqual(titles(), [], 'put aside at once');
  await assert.rejects(snoozed, (error) => error instanceof WeirError && error.code === 'bad-request');
  assert.deepEqual(titles(), ['mine'], 'and back');
  await act(server, `${id}/archive`, bearer(alice));
  await until(() => titles().length === 0, 'archived elsewhere');
  await get(server, `/${id}`, bearer(alice));
  const none = inbox.read('ntf_00000000000000ff');
  await assert.rejects(none, (error) => error instanceof WeirError && error.code === 'not-found');
  const foreign = createInbox({ ...quick, server: server.url, token: alice, user: 'bob' });
  foreign.connect();
  await eventually(() => foreign.snapshot.error?.code === 'forbidden', 'who it belongs to is asked');
  foreign.disconnect();
  assert.equal(foreign.snapshot.state, undefined);
});

test('OverAKillNothingIsLostAndOneWordIsSaid', async (scope) => {
  const server = await scope.server({ args: ['--retry', '50ms'] });
  const here = await open(scope, server);
  await notify(server, { user: 'demo', title: 'before' });
  await here.until(({ unread }) => unread === 1, 'one');
  // Cut off, but for the requests of the test.
  here.inbox.disconnect();
  for (const title of ['a', 'b', 'c']) await notify(server, { user: 'demo', title });
  await server.killAndRestart();
  here.inbox.connect();
  await here.until(({ unread }) => unread === 4, 'all are there');
  await here.until(() => here.arrived.length === 2, 'they were told');
  assert.deepEqual(here.arrived, [['live', ['before']], ['missed', ['a', 'b', 'c']]]);
  await sameAs(server, /** @type {InboxState} */ (here.inbox.snapshot.state));
});

test('WhereNoStreamGetsThroughTheInboxIsPolledAndQuiet', async (scope) => {
  const server = await scope.server({ args: ['--poll-interval', '50ms'] });
  let blocked = true;
  // What stands between lets no stream through, and says so in its own way.
  const between = () => new Response('<h1>No</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } });
  const here = await open(scope, server, { probeInterval: 50, fetch: async (input, init) => (blocked && String(input).includes('/stream') ? between() : fetch(input, init)) }, 'polling');
  await notify(server, { user: 'demo', title: 'a' });
  await here.until(({ unread }) => unread === 1, 'the counter moves');
  assert.deepEqual(here.arrived, []);
  blocked = false;
  await here.until((_, { status }) => status === 'live', 'it is live again');
  await notify(server, { user: 'demo', title: 'b' });
  await here.until(({ unread }) => unread === 2 && here.arrived.length > 0, 'what comes is told');
  assert.deepEqual(here.arrived, [['live', ['b']]]);
});

test('WhoDoesSomethingWhilePollingSeesItAtOnce', async (scope) => {
  const server = await scope.server();
  await notify(server, { user: 'demo', title: 'a' });
  // By itself it would ask in an hour.
  const { inbox, idOf, until } = await open(scope, server, { transports: ['poll'], pollInterval: 3_600_000 }, 'polling');
  await inbox.read(idOf('a'));
  await until(({ unread }) => unread === 0, 'the server has said so');
});

test('AListGoesOnAsFarAsItGoes', async (scope) => {
  const server = await scope.server();
  for (let i = 0; i < 45; ++i) await notify(server, { user: 'demo', title: `n${i}` });
  const { inbox, titles } = await open(scope, server);
  const pages = [titles().length];
  for (let i = 0; i < 3; ++i) {
    await Promise.all([inbox.load('inbox'), inbox.load('inbox')]);
    pages.push(titles().length);
  }
  assert.deepEqual(pages, [20, 40, 45, 45], 'a page at a time, and the end');
  assert.deepEqual(titles(), Array.from({ length: 45 }, (_, i) => `n${44 - i}`));
  assert.equal(floorOf(/** @type {InboxState} */ (inbox.snapshot.state), 'unread'), 0, 'what is known of the inbox is known of what is unread');
});

test('PreferencesAndDeliveriesAreTheUsers', async (scope) => {
  const server = await scope.server();
  const { inbox, idOf, until, titles } = await open(scope, server, { user: 'alice' });
  await inbox.savePreferences({ types: { advert: { inbox: false } }, quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' } });
  assert.deepEqual(await inbox.preferences(), { types: { advert: { inbox: false } }, quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' } });
  await notify(server, { user: 'alice', type: 'advert', title: 'buy' });
  await notify(server, { user: 'alice', title: 'hello', body: 'x'.repeat(400) });
  await until(() => titles().join() === 'hello', 'only what is wanted');
  assert.equal((await inbox.get(idOf('hello'))).body.length, 400);
  assert.deepEqual(await inbox.deliveries(idOf('hello')), []);
  await assert.rejects(inbox.savePreferences({ types: {}, quietHours: { from: 'x', to: 'y', timeZone: 'z' } }), (error) => error instanceof WeirError && error.code === 'bad-request');
});
