import { describe, expect, test } from 'vitest';

import { Model } from '../../../clients/ts/src/view/model.ts';
import { dice, makeRun } from '../../test/workflow_run.ts';
import { reduceList, shownRows, withOlder, type ListState } from './list_reducer.ts';
import { beforeEvents, childrenOf, elapsed, reduceExecution } from './reducer.ts';
import { createReplay } from './replay.ts';
import type { Execution, ExecutionRow, WorkflowEvent } from './types.ts';

const seeds = Array.from({ length: 150 }, (_, i) => i + 1);

/** An answer as a reducer makes it too: without what is null, which says the same as nothing. */
const plain = (state: unknown): unknown => JSON.parse(JSON.stringify(state, (_, value: unknown) => (value === null ? undefined : value)));

const first = ({ answers }: ReturnType<typeof makeRun>) => answers[0] as Execution;
const last = ({ answers }: ReturnType<typeof makeRun>) => answers.at(-1) as Execution;

describe('an execution that is made of its events', () => {
  test('is what the server answers, at each of them', () => {
    for (const seed of seeds) {
      const run = makeRun(seed);
      let state = first(run);
      run.events.forEach((event, i) => {
        state = reduceExecution(state, event);
        expect(plain(state), `seed ${seed}, after ${event.type} ${event.nodeId ?? ''}`).toEqual(plain(run.answers[i + 1]));
      });
    }
  });

  test('is the same whatever comes twice, late or in another order, and what is missing is read again', () => {
    for (const seed of seeds) {
      const run = makeRun(seed);
      const random = dice(seed + 1_000_000);
      const model = new Model<Execution>((state, change, type) => reduceExecution(state, { ...(change as unknown as WorkflowEvent), type }));
      model.snapshot(run.answers[Math.floor(random() * run.answers.length)] as Execution);
      // Each event, some of them twice, at places that are a little off; some never.
      const sent = run.events
        .flatMap((event, i) => Array.from({ length: random() < 0.2 ? 2 : 1 }, () => ({ event, at: i + 4 * random() })))
        .filter(() => random() > 0.1)
        .sort((a, b) => a.at - b.at);
      for (const { event } of sent) {
        const before = model.rev;
        const outcome = model.change(event as never, event.type, false);
        expect(model.rev).toBeGreaterThanOrEqual(before);
        // The server answers with whatever is true by then.
        if (outcome === 'missing') model.snapshot(run.answers[Math.min(run.answers.length - 1, event.rev + Math.floor(3 * random()))] as Execution);
        expect(plain(model.state), `seed ${seed} at ${model.rev}`).toEqual(plain(run.answers[model.rev]));
      }
    }
  });

  test('loses nothing to an event that it does not know, and takes none for its own that names no change', () => {
    const run = makeRun(3);
    const state = last(run);
    expect(reduceExecution(state, { type: 'node.log', executionId: state.executionId, nodeId: 'node-0', timestamp: 1, rev: state.rev })).toBe(state);
    const next = reduceExecution(state, { type: 'approval.requested', executionId: state.executionId, nodeId: 'node-0', timestamp: 1, rev: state.rev + 1 });
    expect({ ...next, rev: state.rev }).toEqual(state);
    expect(next.rev).toBe(state.rev + 1);
  });

  test('shows the progress of an attempt, until its node goes on', () => {
    const event = (type: string, more: Partial<WorkflowEvent> = {}): WorkflowEvent => ({ type, executionId: 'e', nodeId: 'n', timestamp: 5, rev: 2, ...more });
    const running = reduceExecution(first(makeRun(1)), event('node.started', { attempt: 1 }));
    const half = reduceExecution(running, event('node.progress', { percent: 50, message: 'half' }));
    expect(half.nodeDetails.n?.progress).toEqual({ percent: 50, message: 'half' });
    expect(half.rev).toBe(running.rev);
    expect(reduceExecution(half, event('node.completed', { rev: 3 })).nodeDetails.n?.progress).toBeUndefined();
  });

  test('knows a container’s children in their order', () => {
    const state = { ...first(makeRun(1)), nodeDetails: Object.fromEntries(['each', 'each/10', 'each/9', 'each/2', 'each-other/1'].map((nodeId) => [nodeId, { nodeId, status: 'running' as const }])) };
    expect(childrenOf(state, 'each').map(({ nodeId }) => nodeId)).toEqual(['each/2', 'each/9', 'each/10']);
  });

  test('has run as long as the server says, or until now', () => {
    expect(elapsed({ startTime: '2026-01-01T00:00:00.000Z', endTime: '2026-01-01T00:00:02.500Z' }, 0)).toBe(2500);
    expect(elapsed({ startTime: '2026-01-01T00:00:00.000Z' }, Date.UTC(2026, 0, 1, 0, 1))).toBe(60_000);
    expect(elapsed({ startTime: '2026-01-01T00:00:00.000Z' }, 0)).toBe(0);
    expect(elapsed({}, 5)).toBeNull();
  });
});

describe('a replay', () => {
  test('shows each moment as the server would have answered then', () => {
    for (const seed of seeds.slice(0, 40)) {
      const run = makeRun(seed);
      const replay = createReplay(last(run), run.events);
      const random = dice(seed);
      expect(replay.length).toBe(run.events.length);
      // In any order: a slider is moved back and forth.
      for (let i = 0; i < 30; ++i) {
        const at = Math.floor(random() * (run.events.length + 1));
        expect(plain(replay.at(at)), `seed ${seed} at ${at}`).toEqual(plain(run.answers[at]));
      }
    }
  });

  test('of thousands of events costs no more for a late moment than for an early one', () => {
    const state = { ...first(makeRun(1)) };
    const events = Array.from({ length: 5_000 }, (_, i): WorkflowEvent => ({ type: 'node.started', executionId: 'e', nodeId: `each/${i}`, timestamp: i, rev: i + 1 }));
    const replay = createReplay(state, events);
    expect(Object.keys(replay.at(5_000).nodeDetails)).toHaveLength(5_000);
    expect(Object.keys(replay.at(4_999).nodeDetails)).toHaveLength(4_999);
    expect(Object.keys(replay.at(1).nodeDetails)).toHaveLength(1);
    expect([replay.countAt(-1), replay.countAt(0), replay.countAt(4_999), replay.countAt(9_999)]).toEqual([0, 1, 5_000, 5_000]);
  });

  test('begins with nothing done', () => {
    const run = makeRun(7);
    expect(plain(beforeEvents(last(run)))).toEqual(plain(first(run)));
  });
});

describe('the list of executions', () => {
  const stats = (total: number) => ({ total, running: total });
  const rowOf = ({ executionId, workflowId, workflowName, status, rev, startTime, endTime, executionTime, error, nodesExecuted, nodeDetails }: Execution): ExecutionRow =>
    ({ executionId, workflowId, workflowName, status, rev, startTime, endTime, executionTime, error, nodesExecuted, nodeDetails }) as ExecutionRow;
  const listOf = (rows: ExecutionRow[], more: Partial<ListState> = {}): ListState => ({ executions: rows, stats: stats(rows.length), nextBefore: null, cursor: '', listRev: 0, ...more });
  /** As the list has them: a row knows nothing of a node's children. */
  const withoutChildren = (row: ExecutionRow): ExecutionRow => ({ ...row, nodeDetails: Object.fromEntries(Object.entries(row.nodeDetails).filter(([id]) => !id.includes('/'))) });
  const noFilter = { status: '', workflowId: '', text: '' } as const;

  test('is each execution’s own state, however their events mix', () => {
    const runs = seeds.slice(0, 12).map(makeRun);
    const random = dice(99);
    const at = runs.map(() => 0);
    let listRev = 0;
    let state = listOf([]);
    for (;;) {
      const open = runs.map((_, i) => i).filter((i) => (at[i] ?? 0) < (runs[i]?.events.length ?? 0));
      if (open.length === 0) break;
      const which = open[Math.floor(random() * open.length)] ?? 0;
      const event = runs[which]?.events[at[which] ?? 0] as WorkflowEvent;
      at[which] = (at[which] ?? 0) + 1;
      state = reduceList(state, { ...event, listRev: ++listRev, stats: stats(runs.length) });
    }
    expect(state.listRev).toBe(listRev);
    expect(state.stats.total).toBe(12);
    const wanted = runs.map((run) => withoutChildren(rowOf(last(run)))).sort((a, b) => (a.executionId < b.executionId ? 1 : -1));
    expect(plain(shownRows(state, noFilter).map((row) => rowOf(row as unknown as Execution)))).toEqual(plain(wanted));
  });

  test('joins older pages on without rewinding what came meanwhile', () => {
    const runs = [1, 2, 3, 4].map(makeRun);
    const id = (i: number) => (runs[i] as (typeof runs)[number]).events[0]?.executionId ?? '';
    const running = (i: number) => rowOf((runs[i] as (typeof runs)[number]).answers[2] as Execution);
    let state = listOf([running(3), running(2)], { nextBefore: '2' });
    // The page of older ones was read; while it was on its way, one of its rows ended.
    const page = { executions: [running(1), running(0)], stats: stats(4), nextBefore: null, cursor: '', listRev: 0 };
    for (const event of runs[1]?.events.slice(0) ?? []) state = reduceList(state, { ...event, workflowId: 'made-up', listRev: state.listRev + 1 });
    expect(shownRows(state, noFilter)).toHaveLength(2);
    state = withOlder(state, page);
    const rows = shownRows(state, noFilter);
    expect(rows.map(({ executionId }) => executionId)).toEqual([id(3), id(2), id(1), id(0)]);
    expect(rows[2]?.status).toBe(last(runs[1] as (typeof runs)[number]).status);
    expect(rows[3]?.status).toBe(running(0).status);
  });

  test('says that it has to be read again when a row is told of that it does not know', () => {
    const run = makeRun(5);
    const event = { ...(run.events.at(-1) as WorkflowEvent), listRev: 1 };
    expect(reduceList(listOf([]), event).stale).toBe(true);
    expect(reduceList(listOf([rowOf(last(makeRun(6)))], { nextBefore: '1' }), event).stale, 'older than what was read').toBeUndefined();
    expect(reduceList(listOf([]), event, { status: 'running', workflowId: '' }).stale, 'it does not fit').toBeUndefined();
    expect(reduceList(listOf([]), { ...event, nodeId: 'a', type: 'node.started' }).stale).toBeUndefined();
  });

  test('counts what the list is of', () => {
    const run = makeRun(8);
    const event = { ...(run.events.at(-1) as WorkflowEvent), stats: stats(9), workflowStats: stats(2) };
    const list = listOf([rowOf(run.answers[2] as Execution)]);
    expect(reduceList(list, event).stats.total).toBe(9);
    expect(reduceList(list, event, { status: '', workflowId: 'made-up' }).stats.total).toBe(2);
    expect(reduceList(list, event, { status: '', workflowId: 'other' }).stats.total).toBe(1);
  });

  test('shows what fits: by status, workflow and text', () => {
    const rows = seeds.slice(0, 20).map((seed) => rowOf(last(makeRun(seed))));
    const state = listOf(rows);
    const failed = rows.filter(({ status }) => status === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(shownRows(state, { ...noFilter, status: 'failed' })).toHaveLength(failed.length);
    expect(shownRows(state, { ...noFilter, workflowId: 'other' })).toHaveLength(0);
    expect(shownRows(state, { ...noFilter, text: ' MADE ' })).toHaveLength(20);
    expect(shownRows(state, { ...noFilter, text: rows[4]?.executionId ?? '' })).toHaveLength(1);
  });
});
