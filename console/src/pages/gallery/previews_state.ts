// What the gallery's cards show, from one stream of everything below examples/. Anybody may publish there, so what does not
// look like the example's own events is counted and otherwise left out.

import type { LiveEvent } from '../../live/stream.ts';
import { newJob, withChange, type Change, type Job } from '../../../../examples/progress/progress.js';
import { withUpdate, type Prices } from '../../../../examples/stock-ticker/prices.js';
import { withSample, type Courses } from '../../../../examples/metrics-dashboard/metrics_dashboard.js';

export interface Line {
  who: string;
  text: string;
}

export interface Previews {
  /** Events by example. */
  counts: Readonly<Record<string, number>>;
  unread: number;
  alert: Line | null;
  posts: readonly Line[];
  courses: Courses;
  /** The job that was heard of last. */
  job: { topic: string; state: Job } | null;
  prices: Prices;
  messages: readonly Line[];
}

export const noPreviews: Previews = { counts: {}, unread: 0, alert: null, posts: [], courses: new Map(), job: null, prices: new Map(), messages: [] };

const lines = 2;

const exampleOf: Readonly<Record<string, string>> = { notifications: 'notifications', feed: 'live-feed', metrics: 'metrics-dashboard', progress: 'progress', stocks: 'stock-ticker', chat: 'chat' };

type Data = Readonly<Record<string, unknown>>;

function dataOf(text: string): Data | null {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null ? (data as Data) : null;
  } catch {
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function lineOf(who: unknown, text: unknown): Line | null {
  return isText(who) && isText(text) ? { who, text } : null;
}

const withLine = (before: readonly Line[], line: Line | null) => (line ? [...before, line].slice(-lines) : before);

function withData(state: Previews, name: string, { topic, type }: LiveEvent, data: Data): Previews {
  switch (name) {
    case 'notifications':
      if (type === 'badge' && isNumber(data.count)) return { ...state, unread: data.count };
      return type === 'alert' ? { ...state, alert: lineOf(data.title, data.message) ?? state.alert } : state;
    case 'live-feed':
      return { ...state, posts: withLine(state.posts, lineOf(data.author, data.text)) };
    case 'metrics-dashboard':
      if (type !== 'metrics' || !Object.values(data).every(isNumber)) return state;
      return { ...state, courses: withSample(state.courses, data as Record<string, number>) };
    case 'progress': {
      const { progress, stage, status } = data;
      const before = state.job?.topic === topic ? state.job.state : newJob;
      const change: Change = {
        ...(isNumber(progress) ? { progress } : {}),
        ...(isText(stage) ? { stage } : {}),
        ...(status === 'completed' || status === 'failed' ? { status } : {}),
      };
      return { ...state, job: { topic, state: withChange(before, change) } };
    }
    case 'stock-ticker': {
      const { symbol, price, change } = data;
      return isText(symbol) && isNumber(price) && isNumber(change) ? { ...state, prices: withUpdate(state.prices, { symbol, price, change }) } : state;
    }
    case 'chat':
      return { ...state, messages: withLine(state.messages, lineOf(data.name, data.text)) };
    default:
      return state;
  }
}

export function reducePreviews(state: Previews, events: readonly LiveEvent[]): Previews {
  return events.reduce((before, event) => {
    const name = exampleOf[event.topic.split('/')[1] ?? ''];
    if (name === undefined) return before;
    const counted = { ...before, counts: { ...before.counts, [name]: (before.counts[name] ?? 0) + 1 } };
    const data = dataOf(event.data);
    return data === null ? counted : withData(counted, name, event, data);
  }, state);
}
