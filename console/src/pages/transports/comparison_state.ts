// What is known of the four transports while they follow the same topic.

import type { TransportName } from 'weir-client';

export const transportNames = ['sse', 'websocket', 'longpoll', 'poll'] as const satisfies readonly TransportName[];

/** The chart's resolution and length. */
export const slotMs = 500;
export const slotCount = 60;
/** The latencies that the quantiles are of: the newest. */
export const latenciesKept = 500;

export interface Column {
  requests: number;
  bodyBytes: number;
  headBytes: number;
  events: number;
  /** Milliseconds, oldest first. */
  latencies: readonly number[];
  /** Events that came in each slot, oldest first; the last one goes on. */
  arrivals: readonly number[];
}

export interface Comparison {
  published: number;
  /** The number of the chart's newest slot. */
  slot: number;
  columns: Readonly<Record<TransportName, Column>>;
}

export type ComparisonAction =
  | { type: 'published' }
  | { type: 'request'; transport: TransportName }
  | { type: 'head' | 'body'; transport: TransportName; bytes: number }
  /** `at`: when it came, in milliseconds of the clock that `latency` was measured with. */
  | { type: 'event'; transport: TransportName; latency: number; at: number }
  | { type: 'time'; at: number };

const emptyColumn: Column = { requests: 0, bodyBytes: 0, headBytes: 0, events: 0, latencies: [], arrivals: Array.from({ length: slotCount }, () => 0) };

export const newComparison = (at: number): Comparison => ({
  published: 0,
  slot: Math.floor(at / slotMs),
  columns: { sse: emptyColumn, websocket: emptyColumn, longpoll: emptyColumn, poll: emptyColumn },
});

function change(state: Comparison, transport: TransportName, make: (column: Column) => Partial<Column>): Comparison {
  const column = state.columns[transport];
  return { ...state, columns: { ...state.columns, [transport]: { ...column, ...make(column) } } };
}

/** The chart moves on to the slot of this time. */
function atTime(state: Comparison, at: number): Comparison {
  const passed = Math.min(Math.floor(at / slotMs) - state.slot, slotCount);
  if (passed <= 0) return state;
  const moved = (column: Column): Column => ({ ...column, arrivals: [...column.arrivals.slice(passed), ...Array.from({ length: passed }, () => 0)] });
  const { sse, websocket, longpoll, poll } = state.columns;
  return { ...state, slot: Math.floor(at / slotMs), columns: { sse: moved(sse), websocket: moved(websocket), longpoll: moved(longpoll), poll: moved(poll) } };
}

function reduceOne(state: Comparison, action: ComparisonAction): Comparison {
  switch (action.type) {
    case 'published':
      return { ...state, published: state.published + 1 };
    case 'request':
      return change(state, action.transport, ({ requests }) => ({ requests: requests + 1 }));
    case 'head':
      return change(state, action.transport, ({ headBytes }) => ({ headBytes: headBytes + action.bytes }));
    case 'body':
      return change(state, action.transport, ({ bodyBytes }) => ({ bodyBytes: bodyBytes + action.bytes }));
    case 'event':
      return change(atTime(state, action.at), action.transport, ({ events, latencies, arrivals }) => ({
        events: events + 1,
        latencies: [...latencies, action.latency].slice(-latenciesKept),
        arrivals: [...arrivals.slice(0, -1), (arrivals.at(-1) ?? 0) + 1],
      }));
    case 'time':
      return atTime(state, action.at);
  }
}

export type ComparisonUpdate = { type: 'begin'; at: number } | { type: 'actions'; actions: readonly ComparisonAction[] };

export function reduceComparison(state: Comparison, update: ComparisonUpdate): Comparison {
  return update.type === 'begin' ? newComparison(update.at) : update.actions.reduce(reduceOne, state);
}

/** The value below which this share of them is; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
