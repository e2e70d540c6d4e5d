import { describe, expect, test } from 'vitest';

import { event, events } from '../../test/events.ts';
import { emptyLog, reduceLog, shownEvents, type LogState } from './log_state.ts';
import type { LiveEvent } from './stream.ts';

const small = { events: 100, characters: 1_000_000 };
const add = (state: LogState, added: readonly LiveEvent[]) => reduceLog(state, { type: 'events', events: added });
const texts = (state: LogState) => shownEvents(state).map(({ data }) => data);

describe('the list of a stream', () => {
  test('shows events in their order', () => {
    expect(texts(add(add(emptyLog(small), events(2)), [event({ data: 'last' })]))).toEqual(['event 0', 'event 1', 'last']);
  });

  test('keeps no more than the newest that fit, however many come', () => {
    let state = emptyLog(small);
    for (let i = 0; i < 1000; ++i) {
      state = add(state, [event({ data: String(i) })]);
      expect(state.kept.length).toBeLessThanOrEqual(125);
    }
    expect(state.received).toBe(1000);
    expect(texts(state).at(-1)).toBe('999');
    expect(state.kept.length).toBeGreaterThanOrEqual(100);
  });

  test('is bounded by the size of its events, too, and shows one however large it is', () => {
    const large = 'x'.repeat(400);
    let state = emptyLog({ events: 100, characters: 1000 });
    for (let i = 0; i < 50; ++i) {
      state = add(state, [event({ data: large })]);
      expect(state.characters).toBeLessThanOrEqual(1250 + 400);
      expect(state.characters).toBe(state.kept.reduce((sum, { data }) => sum + data.length, 0));
    }
    state = add(state, [event({ data: 'y'.repeat(5000) })]);
    expect(state.kept.map(({ data }) => data.length)).toEqual([5000]);
  });

  test('finds by data, type, topic, key and cursor, whatever the case', () => {
    const all = [
      event({ data: '{"Total":1}' }),
      event({ event: 'PAID' }),
      event({ topic: 'orders/17' }),
      event({ key: 'customer-9' }),
      event({ cursor: '5f0c9a3be1d24471-42' }),
    ];
    const state = add(emptyLog(small), all);
    const found = ['total', 'paid', 'ORDERS', 'customer', '-42'].map((text) => shownEvents(reduceLog(state, { type: 'search', text })));
    expect(found).toEqual(all.map((each) => [each]));
  });

  test('applies the search to what comes, and gives everything back when it is empty', () => {
    let state = reduceLog(emptyLog(small), { type: 'search', text: 'odd' });
    state = add(state, events(10, (i) => ({ data: i % 2 ? `odd ${i}` : `even ${i}` })));
    expect(texts(state)).toHaveLength(5);
    expect(texts(reduceLog(state, { type: 'search', text: '' }))).toHaveLength(10);
  });

  test('stands still while frozen, counts what waits, and shows it after', () => {
    let state = reduceLog(add(emptyLog(small), events(3)), { type: 'freeze' });
    state = add(state, events(500));
    expect(texts(state)).toHaveLength(3);
    expect(state.waiting).toBe(500);
    state = reduceLog(state, { type: 'follow' });
    expect(state.waiting).toBe(0);
    expect(shownEvents(state)).toBe(state.kept);
  });

  test('counts only what the search finds as waiting', () => {
    let state = reduceLog(emptyLog(small), { type: 'search', text: 'odd' });
    state = reduceLog(state, { type: 'freeze' });
    state = add(state, [event({ data: 'odd' }), event({ data: 'even' })]);
    expect(state.waiting).toBe(1);
  });

  test('is another state only if something has changed', () => {
    const state = emptyLog(small);
    expect(add(state, [])).toBe(state);
    expect(reduceLog(state, { type: 'follow' })).toBe(state);
  });

  test('two thousand events a second for a minute take a small part of it', () => {
    let state = emptyLog();
    const started = performance.now();
    for (let frame = 0; frame < 3600; ++frame) state = add(state, events(33));
    console.log(`120,000 events in ${Math.round(performance.now() - started)} ms`);
    expect(state.received).toBe(3600 * 33);
  });
});
