// @ts-check
// The task feed: that what its events make of a snapshot is the next snapshot.
import assert from 'node:assert/strict';
import test from 'node:test';

import { reduceTaskFeed, taskFeedUrl } from '../dist/tasks/index.js';
import { acceptTaskFeed } from '../dist/tasks/reduce.js';
import { Model } from '../dist/view/model.js';
import { dice, seedOf } from './support/dice.mjs';
import { TaskOwner } from './support/task_owner.mjs';

/** @typedef {import('../dist/tasks/index.js').Task} Task */
/** @typedef {import('../dist/tasks/index.js').TaskFeedState} TaskFeedState */
/** @typedef {import('./support/task_owner.mjs').Told} Told */

/** @returns {Model<TaskFeedState>} */
const newModel = () => new Model(reduceTaskFeed, 'rev', acceptTaskFeed, true);

/** Without what passes. @param {any} state */
const lasting = ({ activeTasks, ...rest }) => ({ ...rest, activeTasks: activeTasks.map((/** @type {Task} */ { progress: _, currentStage: __, ...task }) => task) });

/** Something that may happen to the owner now. @param {TaskOwner} owner @param {ReturnType<typeof dice>} dice @returns {Told[]} */
function happen(owner, { below, pick }) {
  const open = [...owner.tasks.values()].filter((task) => TaskOwner.choices(task).length > 0);
  if (open.length === 0 || below(100) < (open.length < 14 ? 30 : 4)) return owner.add(`t${String(owner.tasks.size).padStart(3, '0')}`);
  const task = pick(open);
  return owner.act(task.id, pick(TaskOwner.choices(task)), 1 + below(30));
}

test('WhateverIsLostLateOrRepeatedTheFeedEndsAsTheServersSnapshot', () => {
  const seed = seedOf('task feed');
  const random = dice(seed);
  const { below } = random;
  for (let round = 0; round < 30; ++round) {
    const owner = new TaskOwner();
    const model = newModel();
    const where = () => `seed ${seed}, round ${round}, revision ${model.rev} of ${owner.rev}`;
    /** The log of the owner's changes, and what a snapshot said at each revision. @type {Told[]} */
    const log = [];
    const states = [owner.snapshot()];
    /** How far of the log has come. */
    let cursor = 0;
    /** A snapshot that is on its way. @type {TaskFeedState | undefined} */
    let loading;
    /** @type {Told[]} */
    const passing = [];
    /** The furthest of each attempt that was shown since its task came into the window. @type {Map<string, number>} */
    let furthest = new Map();
    /** Between two events of one revision the state is neither the one nor the other. */
    let between = false;
    const look = () => {
      const state = model.state;
      if (!state) return;
      const shown = state.activeTasks.map(({ id, attempt, progress }) => /** @type {const} */ ([`${id} ${attempt}`, progress]));
      for (const [key, progress] of shown) assert(progress >= (furthest.get(key) ?? 0), `${key} went back to ${progress}: ${where()}`);
      furthest = new Map(shown);
      if (!between) assert.deepEqual(lasting(state), lasting(states[model.rev]), where());
    };
    const load = () => (loading ??= owner.snapshot());
    const answer = () => {
      if (!loading) return;
      const state = loading;
      loading = undefined;
      if (model.snapshot(state) === 'missing') load();
      // With it come the changes that had waited, maybe but the first of a revision.
      between ||= model.rev > state.rev;
      look();
    };
    /** @param {Told} told */
    const pass = ({ type, data }) => {
      model.change(data, type, true);
      look();
    };
    /** Whether the event before belongs to the same revision. @param {number} at */
    const joins = (at) => log[at]?.data.rev === log[at - 1]?.data.rev;
    /** @param {number} at */
    const take = (at) => {
      const { type, data } = /** @type {Told} */ (log[at]);
      const outcome = model.change(data, type, false);
      if (outcome === 'missing') load();
      if (outcome !== 'dropped') between = joins(at + 1);
      look();
    };
    load();
    for (let step = 0; step < 250; ++step) {
      for (const told of happen(owner, random)) (told.passing ? passing : log).push(told);
      states[owner.rev] ??= owner.snapshot();
      switch (below(8)) {
        case 0:
          // What passes is lost, late or out of order.
          passing.splice(0, below(3));
          passing.reverse();
          break;
        case 1:
          for (const told of passing.splice(0)) pass(told);
          break;
        case 2:
          // The answer to a request that was made now or before.
          load();
          if (below(2) === 0) answer();
          break;
        case 3:
          answer();
          break;
        case 4: {
          // Again what had come already, from some place on, as after a cursor that was lost.
          let from = Math.max(0, cursor - below(6));
          while (joins(from)) --from;
          for (let at = from; at < cursor; ++at) take(at);
          break;
        }
        case 5: {
          // Whole revisions are left out; what is left of one that has begun comes with the cursor.
          while (cursor < log.length && joins(cursor)) take(cursor++);
          const to = log[cursor + below(5)]?.data.rev;
          while (cursor < log.length && log[cursor]?.data.rev < to) ++cursor;
          break;
        }
        default:
          for (let n = below(6); n > 0 && cursor < log.length; --n) take(cursor++);
      }
    }
    // In the end everything comes, and of what passes the last.
    while (cursor < log.length) take(cursor++);
    while (loading) answer();
    for (const { id, progress, currentStage, attempt } of owner.snapshot().activeTasks) pass({ type: 'task.progress', data: { id, progress, currentStage, attempt }, passing: true });
    assert.deepEqual(model.state, owner.snapshot(), where());
  }
});

test('AChangeOfATaskThatIsNotInTheWindowBringsOnlyTheTotals', () => {
  const owner = new TaskOwner();
  const model = newModel();
  for (let i = 0; i < 12; ++i) owner.add(`t${i + 10}`);
  model.snapshot(owner.snapshot());
  for (const { data, type } of owner.act('t10', 'claim')) model.change(data, type, false);
  assert.deepEqual(model.state, owner.snapshot());
  assert.equal(model.state?.totals.processing, 1);
  assert(model.state?.activeTasks.every(({ id }) => id !== 't10'));
});

test('ALateProgressOfAnEarlierAttemptIsNone', () => {
  const owner = new TaskOwner();
  const model = newModel();
  owner.add('a');
  owner.act('a', 'claim');
  owner.act('a', 'progress', 10);
  model.snapshot(owner.snapshot());
  const [late] = owner.act('a', 'progress', 20);
  assert(late?.passing);
  for (const what of ['fail', 'retry', 'claim']) for (const { data, type } of owner.act('a', what)) model.change(data, type, false);
  model.change(late.data, late.type, true);
  assert.deepEqual([model.state?.activeTasks[0]?.attempt, model.state?.activeTasks[0]?.progress], [2, 0]);
});

test('TheAddressSaysWhoseAndWhat', () => {
  assert.equal(taskFeedUrl(), '/api/task-feed');
  assert.equal(taskFeedUrl({ server: 'https://e.example/weir', user: 'ada & co' }), 'https://e.example/weir/api/task-feed?user=ada+%26+co');
  const { searchParams } = new URL(taskFeedUrl({ server: 'http://x', fields: ['productName', 'id'] }));
  // What the order needs is asked for whatever is wanted.
  assert.deepEqual(searchParams.get('fields')?.split(',').sort(), ['attempt', 'createdAt', 'currentStage', 'id', 'productName', 'progress', 'rev', 'status', 'updatedAt']);
});
