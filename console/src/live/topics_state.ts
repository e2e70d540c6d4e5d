// The list of topics, kept true by the server's own stream: a list that was asked for, and then each change as absolute
// values.

import type { Topic, TopicsEvent } from '../api/types.ts';

export interface TopicRow extends Topic {
  /** Events a second at the last change that was told; it counts until `rateUntil`. */
  rate: number;
  rateUntil: number;
}

export interface TopicsState {
  topics: ReadonlyMap<string, TopicRow>;
  /** Whether the list was loaded since the stream is live. */
  loaded: boolean;
  /** Something was left out of a change: the list has to be asked for again. */
  stale: boolean;
}

export type TopicsAction =
  | { type: 'list'; topics: readonly Topic[] }
  | { type: 'changes'; event: TopicsEvent }
  | { type: 'deleted'; topic: string };

export const emptyTopics: TopicsState = { topics: new Map(), loaded: false, stale: false };

// A rate is told with the topic's changes. Without a word for this many intervals it is over.
const intervalsShown = 2.5;

export function reduceTopics(state: TopicsState, action: TopicsAction): TopicsState {
  switch (action.type) {
    case 'list': {
      const topics = new Map<string, TopicRow>();
      for (const topic of action.topics) {
        const known = state.topics.get(topic.topic);
        topics.set(topic.topic, { ...topic, rate: known?.rate ?? 0, rateUntil: known?.rateUntil ?? 0 });
      }
      return { topics, loaded: true, stale: false };
    }
    case 'changes': {
      const { event } = action;
      const topics = new Map(state.topics);
      for (const { published, ...topic } of event.topics) {
        if (topic.events === 0 && topic.subscribers === 0 && !topic.closed) {
          topics.delete(topic.topic);
          continue;
        }
        const rate = event.interval_ms > 0 ? (published * 1000) / event.interval_ms : 0;
        topics.set(topic.topic, { ...topic, rate, rateUntil: event.time + intervalsShown * event.interval_ms });
      }
      return { ...state, topics, stale: state.stale || event.omitted > 0 };
    }
    case 'deleted': {
      const topics = new Map(state.topics);
      topics.delete(action.topic);
      return { ...state, topics };
    }
  }
}

export type TopicsOrder = 'topic' | 'events' | 'bytes' | 'rate' | 'subscribers';

export const rateAt = (row: TopicRow, now: number): number => (now <= row.rateUntil ? row.rate : 0);

/** Those whose name holds the text, ordered; what is equal by name. */
export function visibleTopics(state: TopicsState, search: string, order: TopicsOrder, now: number): TopicRow[] {
  const text = search.trim().toLowerCase();
  const rows = [...state.topics.values()].filter((row) => text === '' || row.topic.toLowerCase().includes(text));
  const byName = (a: TopicRow, b: TopicRow) => (a.topic < b.topic ? -1 : Number(a.topic > b.topic));
  const value = (row: TopicRow) => (order === 'rate' ? rateAt(row, now) : order === 'topic' ? 0 : row[order]);
  return rows.sort((a, b) => value(b) - value(a) || byName(a, b));
}
