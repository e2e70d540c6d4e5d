// @ts-check
// The rules of an inbox's state: what comes by stream, by page and by snapshot, in whatever order, is what the server has.
import assert from 'node:assert/strict';
import test from 'node:test';

import { eventually } from '../../../tests/support/deadline.mjs';
import { floorOf, listOf } from '../dist/inbox/index.js';
import { Arrivals } from '../dist/inbox/arrivals.js';
import { foreseen } from '../dist/inbox/pending.js';
import { applyChange, withPage } from '../dist/inbox/state.js';
import { dice, seedOf } from './support/dice.mjs';
import { InboxModel } from './support/inbox_model.mjs';

/** @typedef {import('../dist/inbox/index.js').InboxState} InboxState */
/** @typedef {import('../dist/inbox/index.js').InboxTab} InboxTab */
/** @typedef {import('./support/inbox_model.mjs').Told} Told */

/** As a view applies them: what is not newer is dropped. @param {InboxState} state @param {readonly Told[]} told @returns {InboxState} */
const after = (state, told) => told.reduce((before, { type, change }) => (change.rev > before.rev ? applyChange(before, change, type) : before), state);

/** @param {readonly {id: string}[]} list */
const ids = (list) => list.map(({ id }) => id);

/** @type {readonly InboxTab[]} */
const tabs = ['inbox', 'unread', 'archived', 'snoozed'];

/** @param {InboxState} state @param {InboxModel} model */
function same(state, model) {
  const { unread, unseen, rev } = model.numbers;
  assert.deepEqual([state.unread, state.unseen, state.rev], [unread, unseen, rev]);
  for (const tab of tabs) {
    const floor = floorOf(state, tab);
    if (floor === undefined) continue;
    const shape = (/** @type {import('../dist/inbox/index.js').InboxNotification} */ one) => [one.id, one.title, one.count, one.readAt, one.seenAt, one.archivedAt, one.snoozedUntil];
    assert.deepEqual(listOf(state, tab).map(shape), model.all(tab).filter(({ order }) => order >= floor).map(shape), tab);
  }
}

test('WhateverHappensTheStateIsTheServersAsFarAsItIsKnown', () => {
  const seed = seedOf('inbox');
  for (let round = 0; round < 12; ++round) {
    const { next, below, pick } = dice(seed + round);
    const chance = (/** @type {number} */ share) => next() < share;
    const model = new InboxModel();
    for (let i = 0; i < 12; ++i) model.tell();
    /** @type {InboxState} */
    let state = chance(0.5) ? model.page('inbox', 5) : /** @type {InboxState} */ (model.snapshot(5));
    /** Told and not heard yet. @type {Told[]} */
    let coming = [];
    /** Pages that are on their way. @type {{tab: InboxTab, before: number | undefined, page: import('../dist/inbox/index.js').InboxList}[]} */
    let pages = [];
    let fitted = 0;
    const act = () => {
      ++model.now;
      const known = [...model.rows.keys()];
      const id = known.length > 0 ? pick(known) : undefined;
      const one = id === undefined ? undefined : model.rows.get(id);
      const what = below(9);
      if (what < 2 || !id || !one) return model.tell();
      if (what === 2) return isOpen(one) ? model.tell({ id, title: `Again ${model.rev}` }) : model.tell();
      if (what === 3) return model.update(id, { readAt: one.readAt === null ? model.now : null, seenAt: one.seenAt ?? model.now });
      if (what === 4) return model.update(id, { archivedAt: one.archivedAt === null ? model.now : null, snoozedUntil: null });
      if (what === 5) return one.snoozedUntil === null ? model.update(id, { archivedAt: null, snoozedUntil: model.now + 5 }) : model.tell({ id, title: one.title });
      if (what === 6) return model.remove(id);
      return model.markAll(below(model.rev + 1), what === 7);
    };
    const isOpen = (/** @type {import('../dist/inbox/index.js').InboxNotification} */ one) => one.archivedAt === null && one.snoozedUntil === null;
    for (let step = 0; step < 120; ++step) {
      const what = below(10);
      if (what < 5) coming.push(...act());
      else if (what < 7) {
        const count = below(coming.length + 1);
        state = after(state, coming.slice(0, count));
        coming = coming.slice(count);
      } else if (what === 7) {
        const tab = pick(tabs);
        const before = floorOf(state, tab);
        if (before !== 0) pages.push({ tab, before, page: model.page(tab, 3, before) });
      } else if (what === 8 && pages.length > 0) {
        const [{ tab, before, page }] = /** @type {[typeof pages[0]]} */ (pages.splice(below(pages.length), 1));
        const more = withPage(state, tab, before, page);
        if (more) ++fitted;
        state = more ?? state;
      } else if (chance(0.1)) {
        state = /** @type {InboxState} */ (model.snapshot(5));
        coming = [];
      }
      if (coming.length === 0 && chance(0.3)) same(state, model);
    }
    state = after(state, coming);
    same(state, model);
    assert(fitted > 0, 'some pages fit');
  }
});

test('AChangeThatIsAppliedTwiceDoesNoHarm', () => {
  const model = new InboxModel();
  model.tell();
  /** @type {InboxState} */
  let state = model.page('inbox', 20);
  for (const { type, change } of [...model.tell(), ...model.markAll(2, true), ...model.tell({ id: 'x' }), ...model.remove('x')]) {
    state = applyChange(applyChange(state, change, type), change, type);
  }
  same(state, model);
});

test('TextsThatAStreamHasCutStayWholeUntilThereAreOthers', () => {
  const model = new InboxModel();
  model.tell({ id: 'a', body: 'the whole of a long text' });
  const whole = /** @type {InboxState} */ (model.page('inbox', 20));
  const [{ change }] = /** @type {[Told]} */ (model.update('a', { readAt: 5 }));
  const cut = { ...change, notification: { ...change.notification, body: 'the whole…' } };
  const read = applyChange(whole, cut, 'notification.updated').notifications[0];
  assert.deepEqual([read?.body, read?.readAt, read?.data], ['the whole of a long text', 5, { of: 'a' }]);
  const [again] = /** @type {[Told]} */ (model.tell({ id: 'a', body: 'another' }));
  const regrouped = applyChange(whole, again.change, again.type).notifications[0];
  assert.deepEqual([regrouped?.body, regrouped?.count], ['another', 2]);
});

test('APageThatWasReadTooLongAgoIsNotTaken', () => {
  const model = new InboxModel();
  for (let i = 0; i < 30; ++i) model.tell();
  /** @type {InboxState} */
  let state = model.page('inbox', 20);
  const before = floorOf(state, 'inbox');
  const page = model.page('inbox', 20, before);
  for (let i = 0; i < 300; ++i) state = after(state, model.tell());
  assert.equal(withPage(state, 'inbox', before, page), undefined, 'more happened than is remembered');
  assert.equal(withPage(state, 'inbox', (before ?? 0) - 1, model.page('inbox', 20)), undefined, 'and one from elsewhere does not fit either');
});

test('WhatIsForeseenChangesNoNumber', () => {
  const model = new InboxModel();
  model.tell({ id: 'a' });
  model.tell({ id: 'b' });
  const state = /** @type {InboxState} */ (model.page('inbox', 20));
  const seen = foreseen(state, [
    { of: ({ id }) => id === 'a', as: (one) => ({ ...one, readAt: 7 }) },
    { of: ({ id }) => id === 'b', as: () => undefined },
  ]);
  assert.deepEqual([ids(listOf(seen, 'inbox')), ids(listOf(seen, 'unread')), seen.unread], [['a'], [], 2]);
  assert.equal(foreseen(state, []), state);
});

/** What is told of a series of events, each with how it came. */
function arrivals() {
  /** @type {[string, string[]][]} */
  const told = [];
  const all = new Arrivals(({ kind, notifications }) => told.push([kind, ids(notifications)]));
  let sequence = 0;
  /** @param {Told[]} events @param {{transport?: import('../dist/index.js').TransportName, meta?: boolean}} [how] */
  const take = (events, { transport = 'sse', meta = false } = {}) => {
    for (const { type, change } of events) {
      const id = type === 'alert' ? undefined : `e-${++sequence}`;
      all.take(change, { type, data: '', lastEventId: '', ...(id ? { id } : {}), ...(meta ? { meta: { topic: 't', time: '' } } : {}) }, transport);
    }
  };
  return { all, told, take };
}

test('WhatComesLiveIsToldOneByOne', () => {
  const model = new InboxModel();
  const { all, told, take } = arrivals();
  all.loaded(0);
  take(model.tell({ id: 'a' }));
  take(model.update('a', { readAt: 1 }));
  take(model.tell({ id: 'b' }));
  const [again] = /** @type {[Told]} */ (model.tell({ id: 'c' }));
  take([again, again]);
  take([{ type: 'alert', change: { rev: 3, notification: { id: 'now', order: 0 } } }]);
  assert.deepEqual(told, [['live', ['a']], ['live', ['b']], ['live', ['c']], ['alert', ['now']]], 'each once');
});

test('WhatAReconnectBringsIsToldInOneWord', async () => {
  const model = new InboxModel();
  const { all, told, take } = arrivals();
  all.loaded(0);
  const missed = [...model.tell({ id: 'a' }), ...model.tell({ id: 'b' }), ...model.tell({ id: 'c' }), ...model.update('b', { readAt: 1 })];
  all.connected();
  all.connected(missed.length);
  take(missed);
  take(model.tell({ id: 'd' }));
  await eventually(() => told.length === 2, 'what was missed is told');
  assert.deepEqual(told, [['live', ['d']], ['missed', ['a', 'c']]], 'but for what was read elsewhere meanwhile');
});

test('OfWhatAReconnectBringsNothingIsToldThatWasDealtWithElsewhere', async () => {
  const model = new InboxModel();
  const { all, told, take } = arrivals();
  all.loaded(0);
  const missed = [...model.tell({ id: 'a' }), ...model.tell({ id: 'b' }), ...model.markAll(2, true), ...model.tell({ id: 'c' }), ...model.tell({ id: 'd' }), ...model.update('c', { snoozedUntil: 9 })];
  all.connected();
  all.connected(missed.length);
  take(missed);
  await eventually(() => told.length > 0, 'what was missed is told');
  assert.deepEqual(told, [['missed', ['d']]], 'the others were read, all at once, or put aside');
});

test('PollsTellNothingAndWhatATabHasMissedOfAnotherComesTogether', async () => {
  const model = new InboxModel();
  const { all, told, take } = arrivals();
  all.loaded(0);
  take(model.tell({ id: 'a' }), { transport: 'poll', meta: true });
  take([{ type: 'alert', change: { rev: 1, notification: { id: 'now', order: 0 } } }], { transport: 'poll', meta: true });
  take([...model.tell({ id: 'b' }), ...model.tell({ id: 'c' })], { meta: true });
  await eventually(() => told.length > 0, 'what was missed is told');
  assert.deepEqual(told, [['missed', ['b', 'c']]]);
});

test('ASnapshotInTheMiddleOfAStreamTellsWhatItHasMore', async () => {
  const model = new InboxModel();
  const { all, told, take } = arrivals();
  model.tell({ id: 'old' });
  all.take(model.snapshot(20), { type: 'snapshot', data: '', lastEventId: '', id: 'e-1' }, 'sse');
  model.tell({ id: 'a' });
  model.tell({ id: 'b' });
  model.update('a', { readAt: 1, seenAt: 1 });
  all.take(model.snapshot(20), { type: 'snapshot', data: '', lastEventId: '', id: 'e-9' }, 'sse');
  take(model.tell({ id: 'c' }));
  all.stop();
  const { told: later, all: other } = arrivals();
  other.loaded(1);
  other.take(model.snapshot(20), { type: 'snapshot', data: '', lastEventId: '', id: 'e-9' }, 'sse');
  await eventually(() => later.length > 0, 'what was missed is told');
  assert.deepEqual(later, [['missed', ['b', 'c']]], 'the oldest first');
  assert.deepEqual(told, [['live', ['c']]], 'and nothing after the end');
});
