import { describe, expect, test } from 'vitest';

import { notice, remaining, type Pace, type Paces } from './pace.ts';

const moving = (progress: number, attempt = 1) => [{ id: 'a', attempt, progress, status: 'processing' as const }];

/** What is seen of progress that comes once a second. */
function watch(steps: readonly number[], attempt = 1): { pace: Pace | undefined; now: number } {
  let paces: Paces = new Map();
  steps.forEach((progress, i) => (paces = notice(paces, moving(progress, attempt), i * 1000)));
  return { pace: paces.get('a'), now: (steps.length - 1) * 1000 };
}

describe('the time that is left', () => {
  test('is told where the progress is even', () => {
    const { pace, now } = watch([0, 5, 10, 15, 20, 25]);
    expect(remaining(pace, now)).toBe(15_000);
    expect(remaining(pace, now + 600), 'and runs down between two steps').toBe(14_400);
  });

  test.each([
    ['too little was seen', [0, 20, 40]],
    ['it has hardly moved', [0, 1, 2, 3, 4, 5]],
    ['it became slow', [0, 20, 40, 60, 61, 62, 63]],
    ['it jumps', [0, 1, 2, 3, 60, 90]],
  ])('is not told where %s', (_, steps) => {
    const { pace, now } = watch(steps);
    expect(remaining(pace, now)).toBeNull();
  });

  test('is not told of a task that has gone silent, nor below nothing', () => {
    const { pace, now } = watch([0, 20, 40, 60, 80, 98]);
    expect(remaining(pace, now + 90)).toBeGreaterThan(0);
    expect(remaining(pace, now + 500)).toBeNull();
    const slow = watch([0, 5, 10, 15, 20, 25]);
    expect(remaining(slow.pace, slow.now + 3_100)).toBeNull();
  });

  test('begins anew with another attempt, and ends with the task', () => {
    const { pace } = watch([0, 5, 10, 15, 20, 25]);
    const again = notice(new Map([['a', pace as Pace]]), moving(3, 2), 9_000);
    expect(again.get('a')?.seen).toEqual([{ at: 9_000, progress: 3 }]);
    expect(notice(again, [{ id: 'a', attempt: 2, progress: 3, status: 'stalled' }], 10_000).size).toBe(0);
  });

  test('keeps the last sightings only, and none where nothing has moved', () => {
    const { pace } = watch(Array.from({ length: 90 }, (_, i) => i));
    expect(pace?.seen).toHaveLength(24);
    const paces: Paces = new Map([['a', pace as Pace]]);
    expect(notice(paces, moving(89), 99_000).get('a')).toBe(pace);
  });
});
