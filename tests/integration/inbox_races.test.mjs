// @ts-check
// Several clients do everything at once to the same inboxes of a real server that dies in between. The counters stay those of
// the rows, and who follows the stream, from one server to the next, has what the list says.
import assert from 'node:assert/strict';

import { postJson, request } from '../support/client.mjs';
import { Signal } from '../support/deadline.mjs';
import { get, Reducer } from '../support/inbox.mjs';
import { randomOf } from '../support/random.mjs';
import { test } from '../support/test.mjs';

const users = ['ann', 'ben'];
const clients = 6;
const kills = 3;
const steps = process.env.WEIR_TEST_SLOW === '1' ? 15 : 40;
const tabs = ['inbox', 'unread', 'archived', 'snoozed'];

/** What clients do at random, each one request after the other, until the server dies under them. */
class Crowd {
  answered = 0;
  signal = new Signal();

  /** @param {any} server @param {(below: number) => number} random */
  constructor(server, random) {
    this.server = server;
    this.random = random;
  }

  async run() {
    await Promise.all(Array.from({ length: clients }, (_, i) => this.#client(i)));
  }

  /** @param {number} number */
  async #client(number) {
    let rev = 0;
    for (let i = 0; i < steps; ++i) {
      const answer = await this.#step(number, rev).catch(() => undefined);
      if (!answer) return;
      assert([200, 201, 404].includes(answer.status), answer.text);
      rev = answer.json.rev ?? rev;
      ++this.answered;
      this.signal.notify();
    }
  }

  /** @param {number} number @param {number} rev the last that this client has heard of */
  async #step(number, rev) {
    const { random, server } = this;
    const user = users[random(users.length)];
    const post = (/** @type {string} */ path, /** @type {object} */ body = {}) => postJson(server, `/api/notifications/${path}?user=${user}`, body);
    const roll = random(10);
    if (roll < 3) {
      const group = random(3) === 0 ? { groupKey: `g${random(2)}` } : {};
      const dedupe = random(4) === 0 ? { dedupeKey: `d${random(4)}` } : {};
      return postJson(server, '/api/notifications', { user, title: `of client ${number}`, ...group, ...dedupe });
    }
    if (roll === 3) return post('read-all', { upToRev: rev });
    if (roll === 4) return post('seen-all');
    const page = await request(server, 'GET', `/api/notifications?user=${user}&tab=${tabs[random(tabs.length)]}&limit=20`);
    const { notifications } = page.json;
    if (notifications.length === 0) return page;
    const { id } = notifications[random(notifications.length)];
    if (roll === 5) return request(server, 'DELETE', `/api/notifications/${id}?user=${user}`);
    if (roll === 6) return post(`${id}/snooze`, { for: 3600 });
    return post(`${id}/${['read', 'unread', 'seen', 'archive', 'unarchive', 'unsnooze'][random(6)]}`);
  }
}

/** A page's state of one user's inbox, over all the streams that bring it up to date. */
class Follower {
  reducer = new Reducer();
  /** @type {any} */
  stream;
  /** @type {string | undefined} */
  #lastId;
  #at = 0;

  /** @param {string} user */
  constructor(user) {
    this.user = user;
  }

  /** @param {import('../support/test.mjs').Scope} scope @param {any} server */
  async open(scope, server) {
    // A stream on which nothing came knows of no cursor of its own.
    this.#lastId = this.stream?.lastId ?? this.#lastId;
    const lastId = this.#lastId;
    this.stream = await scope.subscribe(server, `/api/notifications/stream?user=${this.user}`, { headers: lastId ? { 'Last-Event-ID': lastId } : {} });
    this.#at = 0;
  }

  catchUp() {
    const { events } = this.stream;
    for (; this.#at < events.length; ++this.#at) this.reducer.take(events[this.#at].type, JSON.parse(events[this.#at].data));
    return this.reducer.rev;
  }
}

/** Every page of a tab. @param {any} server @param {string} user @param {string} tab */
async function everything(server, user, tab) {
  /** @type {any[]} */
  const all = [];
  for (let before = ''; ; ) {
    const page = await get(server, `?user=${user}&tab=${tab}&limit=7${before}`);
    all.push(...page.notifications);
    if (page.nextBefore === null) return all;
    before = `&before=${page.nextBefore}`;
  }
}

/** The rows against the counters beside them. @param {any} server @param {string} user */
async function checkCounts(server, user) {
  const [inbox, unread, archived, snoozed] = await Promise.all(tabs.map((tab) => everything(server, user, tab)));
  const counts = await get(server, `/counts?user=${user}`);
  assert.deepEqual(counts.counts, { inbox: inbox.length, unread: unread.length, archived: archived.length, snoozed: snoozed.length });
  assert.equal(counts.unread, inbox.filter((one) => one.readAt === null).length);
  assert.equal(counts.unseen, inbox.filter((one) => one.seenAt === null).length);
  return counts;
}

test('WhateverClientsDoAtOnceTheCountersAreThoseOfTheRowsAlsoOverCrashes', async (scope) => {
  const seed = Number(process.env.WEIR_TEST_SEED ?? Date.now() % 2 ** 32);
  scope.context.diagnostic(`seed ${seed} (WEIR_TEST_SEED)`);
  const random = randomOf(seed);
  const server = await scope.server({ args: ['--notifications-per-user-max', '25'] });
  const followers = users.map((user) => new Follower(user));
  let answered = 0;
  for (let round = 0; round <= kills; ++round) {
    for (const each of followers) await each.open(scope, server);
    const crowd = new Crowd(server, random);
    const running = crowd.run();
    if (round < kills) {
      const enough = clients * (1 + random(steps >> 1));
      await crowd.signal.until(() => crowd.answered >= enough, `${enough} answers`);
      await server.kill();
    }
    await running;
    answered += crowd.answered;
    if (round < kills) await server.start();
    for (const each of followers) {
      const { rev } = await checkCounts(server, each.user);
      // A server that dies takes the end of its streams with it; the next stream has it.
      if (round === kills) {
        await each.stream.until(() => each.catchUp() >= rev, `rev ${rev} of ${each.user}`);
        await each.reducer.check(server, {}, `?user=${each.user}&limit=100`);
      }
      each.catchUp();
      assert.equal(each.reducer.snapshots, 1, 'every later stream went on where the one before had ended');
    }
  }
  assert(answered >= clients * kills, `${answered} requests were answered`);
});
