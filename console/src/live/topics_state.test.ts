import { describe, expect, test } from 'vitest';

import { topic } from '../../test/events.ts';
import type { Topic, TopicsEvent } from '../api/types.ts';
import { emptyTopics, rateAt, reduceTopics, visibleTopics, type TopicsState } from './topics_state.ts';

const change = (time: number, topics: (Topic & { published?: number })[], omitted = 0): TopicsEvent => ({
  time,
  interval_ms: 1000,
  topics: topics.map((each) => ({ published: 0, ...each })),
  omitted,
});
const list = (...topics: Topic[]) => reduceTopics(emptyTopics, { type: 'list', topics });
const apply = (state: TopicsState, event: TopicsEvent) => reduceTopics(state, { type: 'changes', event });

describe('the list of topics', () => {
  test('takes changes as absolute values', () => {
    const state = apply(list(topic('a', { events: 5 })), change(1000, [topic('a', { events: 9 }), topic('b')]));
    expect(state.topics.get('a')?.events).toBe(9);
    expect(state.topics.has('b')).toBe(true);
    expect(apply(state, change(1000, [topic('a', { events: 9 })])).topics.get('a')?.events).toBe(9);
  });

  test('forgets a topic that holds nothing and has no subscribers', () => {
    const state = apply(list(topic('a'), topic('b')), change(1000, [topic('a', { events: 0 }), topic('b', { events: 0, subscribers: 1 })]));
    expect([...state.topics.keys()]).toEqual(['b']);
  });

  test('a rate is over when nothing is told of it any more', () => {
    const state = apply(list(topic('a')), change(10_000, [{ ...topic('a'), published: 50 }]));
    const row = state.topics.get('a');
    expect(row && rateAt(row, 10_000)).toBe(50);
    expect(row && rateAt(row, 12_000)).toBe(50);
    expect(row && rateAt(row, 13_000)).toBe(0);
  });

  test('is stale when something was left out, until it is loaded again', () => {
    const state = apply(list(topic('a')), change(1000, [], 12));
    expect(state.stale).toBe(true);
    expect(reduceTopics(state, { type: 'list', topics: [] }).stale).toBe(false);
  });

  test('a list that is loaded again leaves no topic behind, and keeps rates', () => {
    let state = apply(list(topic('a'), topic('gone')), change(10_000, [{ ...topic('a'), published: 7 }]));
    state = reduceTopics(state, { type: 'list', topics: [topic('a', { events: 70 })] });
    expect([...state.topics.keys()]).toEqual(['a']);
    expect(state.topics.get('a')).toMatchObject({ events: 70, rate: 7 });
  });

  test('is searched by name and ordered by any column, ties by name', () => {
    const state = list(topic('b/x', { bytes: 5 }), topic('a/x', { bytes: 5 }), topic('c', { bytes: 9 }));
    const names = (search: string, order: Parameters<typeof visibleTopics>[2]) => visibleTopics(state, search, order, 0).map((row) => row.topic);
    expect(names('', 'topic')).toEqual(['a/x', 'b/x', 'c']);
    expect(names('', 'bytes')).toEqual(['c', 'a/x', 'b/x']);
    expect(names(' /X', 'topic')).toEqual(['a/x', 'b/x']);
  });
});
