import { describe, expect, test, vi } from 'vitest';

import { perFrame } from './frames.ts';

function frames() {
  const waiting = new Map<number, () => void>();
  let id = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    waiting.set(++id, callback);
    return id;
  });
  vi.stubGlobal('cancelAnimationFrame', (which: number) => waiting.delete(which));
  return {
    asked: () => waiting.size,
    draw() {
      const callbacks = [...waiting.values()];
      waiting.clear();
      for (const callback of callbacks) callback();
    },
  };
}

describe('a batch for each frame', () => {
  test('delivers once, in order, all that came before the frame', () => {
    const screen = frames();
    const delivered: number[][] = [];
    const batch = perFrame<number>((values) => delivered.push(values));
    for (let i = 0; i < 5; ++i) batch.add(i);
    expect(delivered).toEqual([]);
    expect(screen.asked()).toBe(1);
    screen.draw();
    expect(delivered).toEqual([[0, 1, 2, 3, 4]]);
    screen.draw();
    expect(delivered).toHaveLength(1);
  });

  test('does not wait for a frame that never comes, as in a hidden page', () => {
    frames();
    let count = 0;
    const batch = perFrame<number>((values) => (count += values.length));
    for (let i = 0; i < 10_000; ++i) batch.add(i);
    expect(count).toBe(8000);
  });

  test('delivers what waits when it is asked to, and asks for no frame any more', () => {
    const screen = frames();
    const delivered: number[][] = [];
    const batch = perFrame<number>((values) => delivered.push(values));
    batch.add(1);
    batch.flush();
    expect(delivered).toEqual([[1]]);
    expect(screen.asked()).toBe(0);
    batch.flush();
    expect(delivered).toHaveLength(1);
  });
});
