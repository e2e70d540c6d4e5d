import { describe, expect, test } from 'vitest';

import { sample } from '../../test/events.ts';
import { emptySystem, ratesBetween, ratesOf, reduceSystem, samplesMax } from './system_state.ts';

const second = 1000;

describe('rates', () => {
  test('are what was counted, by the time between', () => {
    const rates = ratesBetween(sample(10 * second, { published: 100, cpu_seconds: 1 }), sample(12 * second, { published: 300, cpu_seconds: 2 }));
    expect(rates?.published).toBe(100);
    expect(rates?.cores).toBe(0.5);
  });

  test('are not told over a restart, where the totals begin anew', () => {
    const before = sample(10 * second, { published: 1_000_000, uptime_seconds: 500 });
    const after = sample(12 * second, { published: 5, uptime_seconds: 1 });
    expect(ratesBetween(before, after)).toBeNull();
  });

  test('are not told over a pause, nor backwards, nor of no time', () => {
    expect(ratesBetween(sample(second), sample(60 * second))).toBeNull();
    expect(ratesBetween(sample(2 * second), sample(second, { uptime_seconds: 9 }))).toBeNull();
    expect(ratesBetween(sample(second), sample(second))).toBeNull();
  });

  test('are one for each sample, the first unknown', () => {
    const rates = ratesOf([sample(second), sample(2 * second, { delivered: 7 }), sample(3 * second, { delivered: 7 })]);
    expect(rates.map((each) => each?.delivered ?? null)).toEqual([null, 7, 0]);
  });
});

describe('the samples', () => {
  const times = (state: { samples: readonly { time: number }[] }) => state.samples.map(({ time }) => time);

  test('take the history in, and keep what came meanwhile once', () => {
    let state = reduceSystem(emptySystem, { type: 'sample', sample: sample(5 * second) });
    state = reduceSystem(state, { type: 'sample', sample: sample(6 * second) });
    state = reduceSystem(state, { type: 'history', samples: [3, 4, 5].map((time) => sample(time * second)) });
    expect(times(state)).toEqual([3, 4, 5, 6].map((time) => time * second));
  });

  test('keep what was before a restart in front of the new history', () => {
    let state = reduceSystem(emptySystem, { type: 'history', samples: [1, 2].map((time) => sample(time * second)) });
    state = reduceSystem(state, { type: 'history', samples: [8, 9].map((time) => sample(time * second, { uptime_seconds: time - 7 })) });
    expect(times(state)).toEqual([1, 2, 8, 9].map((time) => time * second));
  });

  test('do not go back, nor grow without end', () => {
    let state = emptySystem;
    for (let i = 1; i <= samplesMax + 50; ++i) state = reduceSystem(state, { type: 'sample', sample: sample(i * second) });
    expect(state.samples).toHaveLength(samplesMax);
    expect(reduceSystem(state, { type: 'sample', sample: sample(second) })).toBe(state);
  });

  test('of an empty history change nothing', () => {
    expect(reduceSystem(emptySystem, { type: 'history', samples: [] })).toBe(emptySystem);
  });
});
