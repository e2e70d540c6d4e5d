// @ts-check
// Views over a server that keeps the contract, and over one that does not always.
import assert from 'node:assert/strict';
import http from 'node:http';
import nodeTest from 'node:test';

import { Signal, eventually } from '../../../tests/support/deadline.mjs';
import { test } from '../../../tests/support/test.mjs';
import { createView, publish } from '../dist/index.js';
import { Model } from '../dist/view/model.js';
import { quick } from './support/client.mjs';
import { dice, seedOf } from './support/dice.mjs';
import { ViewServer } from './support/view_server.mjs';

/**
 * A view that is connected, and a way to wait for what it shows.
 * @param {import('../../../tests/support/test.mjs').Scope} scope
 * @param {string} url
 * @param {import('../dist/index.js').ViewOptions<any>} [options]
 */
function follow(scope, url, options = {}) {
  const view = createView(url, { ...quick, pollInterval: 20, ...options });
  const signal = new Signal();
  /** @type {import('../dist/index.js').ViewSnapshot<any>[]} */
  const shown = [];
  view.subscribe(() => {
    shown.push(view.snapshot);
    signal.notify();
  });
  scope.closing({ close: () => view.disconnect() });
  /** @param {(snapshot: import('../dist/index.js').ViewSnapshot<any>) => unknown} ask @param {string} what */
  const until = (ask, what) => signal.until(() => ask(view.snapshot), () => `${what}; it shows ${JSON.stringify(view.snapshot)}`);
  const live = () => until(({ status, state }) => status === 'live' && state, 'it is live');
  return { view: view.connect(), shown, until, live, rev: (/** @type {number} */ rev) => until(({ state }) => state?.rev === rev, `revision ${rev}`) };
}

test('AViewLoadsItsStateAndFollowsIt', async (scope) => {
  const server = await ViewServer.start(scope);
  server.change({ unread: 1 });
  const { view, live, rev } = follow(scope, `${server.url}?tab=all`);
  await live();
  assert.deepEqual(view.snapshot.state, server.state());
  server.change({ unread: 2 });
  server.change({ unread: 3, title: 'three' });
  await rev(3);
  assert.equal(view.snapshot.state.unread, 3);
  assert.equal(view.snapshot.state.title, 'three');
  assert.equal(server.asked('').length, 1, 'the state is loaded once');
  assert.equal(server.asked('/stream')[0]?.headers['last-event-id'], '00000000000000aa-1');
  assert.equal(server.asked('/stream')[0]?.query.get('tab'), 'all', 'the query goes along');
});

test('WhatWasMissedComesAsChanges', async (scope) => {
  const server = await ViewServer.start(scope);
  const { live, rev } = follow(scope, server.url);
  await live();
  for (let i = 1; i <= 3; ++i) {
    server.cut();
    server.change({ n: i });
    await rev(i);
  }
  assert.equal(server.asked('').length, 1);
});

test('AHoleLoadsTheStateOnce', async (scope) => {
  const server = await ViewServer.start(scope);
  const { live, rev } = follow(scope, server.url);
  await live();
  /** @type {(value?: unknown) => void} */
  let release = () => {};
  server.hold = new Promise((resolve) => (release = resolve));
  server.lost.add(1);
  for (let i = 1; i <= 5; ++i) server.change({ n: i });
  release();
  await rev(5);
  assert.equal(server.asked('').length, 2, 'once at the start, once for the hole');
});

test('ChangesThatComeWhileTheStateIsLoadedAreNotForgotten', async (scope) => {
  const server = await ViewServer.start(scope);
  const { live, rev, view } = follow(scope, server.url);
  await live();
  server.lost.add(1);
  /** @type {(value?: unknown) => void} */
  let release = () => {};
  server.hold = new Promise((resolve) => (release = resolve));
  server.change({ n: 1 });
  server.change({ n: 2 });
  // The answer that is held is that of revision 2; these are newer.
  while (server.asked('').length < 2) await new Promise((resolve) => setImmediate(resolve));
  server.change({ n: 3 });
  server.change({ m: 4 });
  release();
  await rev(4);
  assert.deepEqual(view.snapshot.state, { ...server.state(), cursor: view.snapshot.state.cursor });
  assert.equal(server.asked('').length, 2);
});

test('AnAnswerThatTookItsTimeRewindsNothing', async (scope) => {
  const server = await ViewServer.start(scope);
  server.change({ unread: 7 });
  const { view, live, rev, shown } = follow(scope, server.url);
  await live();
  const old = server.state();
  server.change({ unread: 8 });
  await rev(2);
  view.offer(old);
  server.change({ other: true });
  await rev(3);
  assert.equal(view.snapshot.state.unread, 8);
  assert.equal(server.asked('').length, 1, 'and nothing had to be mended');
  assert(shown.slice(shown.findIndex(({ state }) => state?.rev === 2)).every(({ state }) => state.unread === 8));
  view.offer({ ...server.state(), unread: 9, rev: 4 });
  await rev(4);
  assert.equal(view.snapshot.state.unread, 9, 'a newer one is taken');
});

test('AChangeThatComesTwiceIsTakenOnce', async (scope) => {
  const server = await ViewServer.start(scope);
  /** @type {number[]} */
  const applied = [];
  const { live, rev } = follow(scope, server.url, {
    apply: (state, change) => {
      applied.push(/** @type {number} */ (change.rev));
      return { ...state, ...change };
    },
  });
  await live();
  server.change({ n: 1 });
  server.writeRaw(`id: 00000000000000aa-1\nevent: changed\ndata: {"n":"again","rev":1}\n\n`);
  server.change({ n: 2 });
  await rev(2);
  assert.deepEqual(applied, [1, 2]);
});

test('AnEphemeralEventChangesTheStateAndNotTheRevision', async (scope) => {
  const server = await ViewServer.start(scope);
  server.change({ progress: 0 });
  const { view, live, rev, until } = follow(scope, server.url);
  await live();
  server.pass({ progress: 50 });
  await until(({ state }) => state.progress === 50, 'the progress');
  server.change({ progress: 60 });
  await rev(2);
  server.writeRaw('event: progress\ndata: {"progress":51,"rev":1}\n\n');
  server.change({ done: true });
  await rev(3);
  assert.equal(view.snapshot.state.progress, 60, 'one of an earlier revision is late');
});

test('WithoutStreamsChangesArePolled', async (scope) => {
  const server = await ViewServer.start(scope);
  server.refuseStreams = 502;
  server.change({ n: 1 });
  const { view, rev, until } = follow(scope, server.url);
  await until(({ status }) => status === 'polling', 'it polls');
  server.change({ n: 2 });
  await rev(2);
  server.lost.add(3);
  server.change({ n: 3 });
  server.change({ n: 4 });
  await rev(4);
  assert.equal(view.snapshot.state.n, 4);
  assert.equal(server.asked('').length, 2, 'the same rules hold: a hole loads the state');
  assert(server.asked('/changes').every(({ query }) => query.get('since')?.startsWith('00000000000000aa-')));
});

test('ARestoredServerIsBelieved', async (scope) => {
  const server = await ViewServer.start(scope);
  for (let i = 1; i <= 5; ++i) server.change({ n: i, only: 'before' });
  const { view, live, until } = follow(scope, server.url);
  await live();
  server.restore([{ n: 1 }, { n: 2 }]);
  await until(({ state }) => state.rev === 2, 'the state of the new log, whose revisions are lower');
  assert.equal(view.snapshot.state.only, undefined);
});

test('AServerThatIsAwayIsWaitedFor', async (scope) => {
  const server = await ViewServer.start(scope);
  server.change({ n: 1 });
  let failures = 2;
  const { until, rev } = follow(scope, server.url, { fetch: (...request) => (failures-- > 0 ? Promise.reject(new TypeError('no way')) : fetch(...request)) });
  await until(({ status, error, state }) => status === 'offline' && error?.code === 'network' && state === undefined, 'it says so');
  await rev(1);
});

test('AResourceThatIsNotThereIsSaidAndNotAskedForAgain', async (scope) => {
  const server = await scope.server();
  const { until, view } = follow(scope, `${server.url}/v1/topics/nothing/info`);
  await until(({ status, error }) => status === 'offline' && error?.code === 'not-found', 'it says so');
  assert.equal(view.snapshot.state, undefined);
});

test('AViewThatIsConnectedAgainKnowsWhatItMissed', async (scope) => {
  const server = await ViewServer.start(scope);
  const { view, live, rev } = follow(scope, server.url);
  await live();
  view.disconnect();
  server.change({ n: 1 });
  view.connect();
  await rev(1);
  // Disconnected while a hole is being filled: it still is one.
  server.lost.add(2);
  server.hold = new Promise(() => {});
  server.change({ n: 2 });
  server.change({ n: 3 });
  await eventually(() => server.asked('').length === 2, 'the state is asked for');
  view.disconnect();
  server.hold = Promise.resolve();
  view.connect();
  await rev(3);
});

test('WhatCountsTheChangesMayHaveAnotherName', async (scope) => {
  // A list: each change names the revision of the member that it is about, and the list's.
  const list = new Model((state, change) => ({ ...state, [String(change['id'])]: change['rev'] }), 'listRev');
  list.snapshot({ a: 7, listRev: 1 });
  assert.equal(list.change({ id: 'b', rev: 40, listRev: 2 }, 'changed', false), 'applied');
  assert.equal(list.change({ id: 'b', rev: 40, listRev: 2 }, 'changed', false), 'dropped');
  assert.equal(list.change({ id: 'c', rev: 1, listRev: 4 }, 'changed', false), 'missing');
  assert.equal(list.snapshot({ a: 7, b: 41, listRev: 3 }), 'applied');
  assert.deepEqual([list.rev, list.state], [4, { a: 7, b: 41, c: 1, listRev: 3 }]);

  const server = await ViewServer.start(scope);
  server.change({ n: 1 });
  const { view, live, until } = follow(scope, server.url, { revision: 'listRev', apply: (state, change) => ({ ...state, n: change['n'] }) });
  await live();
  server.writeRaw(`id: 00000000000000aa-9\nevent: changed\ndata: {"n":5,"rev":99,"listRev":0}\n\n`);
  await until(({ state }) => state.n === 5, 'a revision of another name is none of the view');
  assert.equal(view.snapshot.state.rev, 1);
});

test('AViewCanBeMadeOfATopic', async (scope) => {
  // The state is somebody's who publishes each change and keeps the sum of them; the changes are the topic's events.
  const weir = await scope.server({ args: ['--retry', '50ms'] });
  const state = { n: 0, rev: 0, cursor: '' };
  const change = async () => {
    const rev = state.rev + 1;
    const { cursor } = await publish('things/1', { n: rev * 10, rev }, { server: weir.url });
    Object.assign(state, { n: rev * 10, rev, cursor });
  };
  await change();
  const server = http.createServer((_, response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(state)));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const { view, live, rev, shown } = follow(scope, `http://127.0.0.1:${port}/thing`, { stream: `${weir.url}/v1/topics/things/1` });
  await live();
  for (let round = 0; round < 3; ++round) {
    await change();
    await weir.killAndRestart();
    await change();
    await rev(state.rev);
  }
  assert.equal(view.snapshot.state.n, 70);
  const revs = shown.map((each) => each.state?.rev ?? 0);
  assert.deepEqual(revs, [...revs].sort((a, b) => a - b), 'never back');
});

nodeTest('WhateverComesInWhateverOrderTheModelEndsRight', () => {
  const seed = seedOf('view model');
  const { below } = dice(seed);
  for (let round = 0; round < 500; ++round) {
    const total = 1 + below(20);
    /** The state at each revision: value r for one of three members. @type {any[]} */
    const states = [{ rev: 0 }];
    for (let rev = 1; rev <= total; ++rev) states.push({ ...states[rev - 1], [`m${below(3)}`]: rev, rev });
    const change = (/** @type {number} */ rev) => Object.fromEntries(Object.entries(states[rev]).filter(([name, value]) => name === 'rev' || states[rev - 1][name] !== value));
    const model = new Model();
    let newest = -1;
    model.snapshot(states[0]);
    for (let step = 0; step < 60; ++step) {
      const rev = 1 + below(total);
      const before = model.rev;
      if (below(4) === 0) model.snapshot(states[rev]);
      else model.change(change(rev), 'changed', false);
      assert(model.rev >= before, `seed ${seed}: never back`);
      assert.deepEqual(model.state, states[model.rev], `seed ${seed}, round ${round}: the state is that of its revision`);
      newest = Math.max(newest, model.rev);
    }
    model.snapshot(states[total]);
    assert.deepEqual(model.state, states[total]);
  }
});
