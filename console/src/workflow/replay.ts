// A run's past: any moment of it, made from its own events. States are kept at intervals, so that a moment costs few events.

import { beforeEvents, reduceEvents } from './reducer.ts';
import type { Execution, WorkflowEvent } from './types.ts';

const interval = 64;

export interface Replay {
  readonly length: number;
  /** After the first `count` events. */
  at: (count: number) => Execution;
  /** When that was, in milliseconds since 1970. */
  timeAt: (count: number) => number;
  /** How many events had come by then. */
  countAt: (time: number) => number;
}

export function createReplay(execution: Execution, events: readonly WorkflowEvent[]): Replay {
  const kept: Execution[] = [beforeEvents(execution)];
  const at = (count: number): Execution => {
    const wanted = Math.min(Math.max(0, count), events.length);
    const mark = Math.floor(wanted / interval);
    while (kept.length <= mark) {
      const from = kept.length - 1;
      kept.push(reduceEvents(kept[from] as Execution, events.slice(from * interval, (from + 1) * interval)));
    }
    return reduceEvents(kept[mark] as Execution, events.slice(mark * interval, wanted));
  };
  const timeAt = (count: number) => events[Math.min(Math.max(1, count), events.length) - 1]?.timestamp ?? 0;
  return {
    length: events.length,
    at,
    timeAt,
    countAt(time) {
      let low = 0;
      let high = events.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((events[middle]?.timestamp ?? 0) <= time) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}
