// The server's own figures: the samples of the last minutes, and what can be said of the time between two of them.

import type { ConnectionsEvent, Sample } from '../api/types.ts';

/** Ten minutes of a sample a second. */
export const samplesMax = 600;

export interface SystemState {
  /** By time, the newest last. */
  samples: readonly Sample[];
  connections: ConnectionsEvent | null;
}

export type SystemAction =
  | { type: 'history'; samples: readonly Sample[] }
  | { type: 'sample'; sample: Sample }
  | { type: 'connections'; connections: ConnectionsEvent };

export const emptySystem: SystemState = { samples: [], connections: null };

export function reduceSystem(state: SystemState, action: SystemAction): SystemState {
  switch (action.type) {
    case 'history': {
      // Of the same time the server's history knows as much as the samples that came; older ones may be of another process.
      const first = action.samples[0];
      const last = action.samples.at(-1);
      if (first === undefined || last === undefined) return state;
      const before = state.samples.filter((sample) => sample.time < first.time);
      const after = state.samples.filter((sample) => sample.time > last.time);
      return { ...state, samples: [...before, ...action.samples, ...after].slice(-samplesMax) };
    }
    case 'sample': {
      const newest = state.samples.at(-1);
      if (newest !== undefined && action.sample.time <= newest.time) return state;
      return { ...state, samples: [...state.samples, action.sample].slice(-samplesMax) };
    }
    case 'connections':
      return { ...state, connections: action.connections };
  }
}

/** What happened a second between two samples. */
export interface Rates {
  published: number;
  publishedBytes: number;
  delivered: number;
  requests: number;
  commits: number;
  errors: number;
  gaps: number;
  /** Cores that were busy. */
  cores: number;
}

// Over a longer pause a mean would show what nobody measured.
const pauseMax = 15_000;

/** Null where the two are not of one run of the server, or too far apart: totals begin anew with each start. */
export function ratesBetween(before: Sample, after: Sample): Rates | null {
  const milliseconds = after.time - before.time;
  if (milliseconds <= 0 || milliseconds > pauseMax || after.uptime_seconds < before.uptime_seconds) return null;
  const perSecond = (name: 'published' | 'published_bytes' | 'delivered' | 'http_requests' | 'commits' | 'errors' | 'gaps' | 'cpu_seconds') =>
    Math.max(0, ((after[name] - before[name]) * 1000) / milliseconds);
  return {
    published: perSecond('published'),
    publishedBytes: perSecond('published_bytes'),
    delivered: perSecond('delivered'),
    requests: perSecond('http_requests'),
    commits: perSecond('commits'),
    errors: perSecond('errors'),
    gaps: perSecond('gaps'),
    cores: perSecond('cpu_seconds'),
  };
}

/** The rates at each sample; null at the first, and after a pause or a restart. */
export function ratesOf(samples: readonly Sample[]): (Rates | null)[] {
  return samples.map((sample, i) => {
    const before = samples[i - 1];
    return before === undefined ? null : ratesBetween(before, sample);
  });
}
