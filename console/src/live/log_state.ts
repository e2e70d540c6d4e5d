// The events of a stream as a page shows them: the newest that fit, those that match a search, and a view that stands
// still while somebody reads.

import type { LiveEvent } from './stream.ts';

export interface LogLimits {
  events: number;
  characters: number;
}

export const logLimits: LogLimits = { events: 5000, characters: 16 * 1024 * 1024 };

/** How far above the limit the list may grow before it is cut: cutting at every event would copy it each time. */
const slack = 1.25;

export interface LogState {
  limits: LogLimits;
  /** All that are kept, the oldest first, and how many characters of data they hold. */
  kept: readonly LiveEvent[];
  characters: number;
  /** Those of `kept` that match the search: what is shown while following. */
  matching: readonly LiveEvent[];
  search: string;
  /** What is shown while it stands still; null while it follows. */
  frozen: readonly LiveEvent[] | null;
  /** Matching events that came since it stands still. */
  waiting: number;
  received: number;
}

export type LogAction =
  | { type: 'events'; events: readonly LiveEvent[] }
  | { type: 'search'; text: string }
  | { type: 'freeze' }
  | { type: 'follow' }
  | { type: 'clear' };

export function emptyLog(limits: LogLimits = logLimits): LogState {
  return { limits, kept: [], characters: 0, matching: [], search: '', frozen: null, waiting: 0, received: 0 };
}

export function matches(event: LiveEvent, search: string): boolean {
  if (search === '') return true;
  const text = search.toLowerCase();
  return [event.data, event.type, event.topic, event.cursor ?? '', event.key ?? ''].some((each) => each.toLowerCase().includes(text));
}

const charactersOf = (events: readonly LiveEvent[]) => events.reduce((sum, event) => sum + event.data.length, 0);

/** How many of the oldest have to go. */
function surplus(kept: readonly LiveEvent[], characters: number, limits: LogLimits): number {
  if (kept.length <= slack * limits.events && characters <= slack * limits.characters) return 0;
  let drop = Math.max(0, kept.length - limits.events);
  let left = characters - charactersOf(kept.slice(0, drop));
  // One event is shown however large it is.
  while (left > limits.characters && drop < kept.length - 1) {
    left -= kept[drop]?.data.length ?? 0;
    ++drop;
  }
  return drop;
}

function withEvents(state: LogState, events: readonly LiveEvent[]): LogState {
  let kept = state.kept.concat(events);
  let characters = state.characters + charactersOf(events);
  const found = events.filter((event) => matches(event, state.search));
  let matching = state.search === '' ? kept : state.matching.concat(found);
  const drop = surplus(kept, characters, state.limits);
  if (drop > 0) {
    characters -= charactersOf(kept.slice(0, drop));
    kept = kept.slice(drop);
    const oldest = kept[0]?.n ?? 0;
    matching = state.search === '' ? kept : matching.filter((event) => event.n >= oldest);
  }
  return {
    ...state,
    kept,
    characters,
    matching,
    waiting: state.frozen === null ? 0 : state.waiting + found.length,
    received: state.received + events.length,
  };
}

export function reduceLog(state: LogState, action: LogAction): LogState {
  switch (action.type) {
    case 'events':
      return action.events.length === 0 ? state : withEvents(state, action.events);
    case 'search': {
      const matching = action.text === '' ? state.kept : state.kept.filter((event) => matches(event, action.text));
      // Who searches wants to see what is found, so a view that stands still shows it, too.
      return { ...state, search: action.text, matching, frozen: state.frozen === null ? null : matching, waiting: 0 };
    }
    case 'freeze':
      return state.frozen === null ? { ...state, frozen: state.matching, waiting: 0 } : state;
    case 'follow':
      return state.frozen === null ? state : { ...state, frozen: null, waiting: 0 };
    case 'clear':
      return { ...emptyLog(state.limits), search: state.search };
  }
}

/** What is on the page, the oldest first. */
export const shownEvents = (state: LogState): readonly LiveEvent[] => state.frozen ?? state.matching;
