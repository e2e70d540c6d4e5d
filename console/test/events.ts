import type { Sample, Topic } from '../src/api/types.ts';
import { liveEvent, type LiveEvent, type WireEvent } from '../src/live/stream.ts';

export const event = (wire: Partial<WireEvent> = {}): LiveEvent => liveEvent({ topic: 't', data: '', ...wire });

export const events = (count: number, wire: (i: number) => Partial<WireEvent> = () => ({})): LiveEvent[] =>
  Array.from({ length: count }, (_, i) => event({ data: `event ${i}`, ...wire(i) }));

export const topic = (name: string, changes: Partial<Topic> = {}): Topic => ({
  topic: name,
  events: 1,
  bytes: 10,
  first: '5f0c9a3be1d24471-1',
  last: '5f0c9a3be1d24471-1',
  closed: false,
  subscribers: 0,
  ...changes,
});

export const sample = (time: number, changes: Partial<Sample> = {}): Sample => ({
  time,
  uptime_seconds: time / 1000,
  published: 0,
  published_bytes: 0,
  delivered: 0,
  subscribers: 0,
  subscribers_behind: 0,
  by_transport: {},
  connections: 0,
  commits: 0,
  commit_seconds: { p50: null, p99: null },
  fsync_seconds: { p50: null, p99: null },
  memory_bytes: 0,
  cpu_seconds: 0,
  log_bytes: 0,
  head: '5f0c9a3be1d24471-0',
  http_requests: 0,
  errors: 0,
  gaps: 0,
  ...changes,
});
