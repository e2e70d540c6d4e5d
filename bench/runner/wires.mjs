// The same work over the other wires: WebSocket beside the bare sender's, TLS and HTTP/2 beside Weir's own event
// streams over plain HTTP/1.1, which is what they add to.
import { measure } from './load.mjs';
import { compareCpu, count, latencyRow, row } from './rows.mjs';
import { interleave, median, figures } from './statistics.mjs';
import { number } from './table.mjs';

const streamsPerConnection = 1000;
const overHttp2 = { wire: 'http2', 'streams-per-connection': streamsPerConnection };
const plain = { server: 'weir', words: 'plain SSE' };

// CPU per delivery and, from the same runs, latency, with few and with many subscribers.
async function fanout(context, name, { limit, ...sides }) {
  const rows = [];
  for (const subscribers of context.quick ? [1000] : [1000, 10000]) {
    const work = `fan-out over ${name}, ${count(subscribers)} subscribers, 64 B`;
    const seconds = Math.max(context.seconds, subscribers > 1000 ? 4 : 0);
    const { row: cost, runs } = await compareCpu(context, `${work}, CPU per delivery`, {
      ...sides, values: { subscribers, seconds }, figure: 'cpu_us_per_delivery', limit,
    });
    rows.push(cost, latencyRow(`${work}, latency p50 / p99`, runs));
  }
  return rows;
}

// Private memory of each of 10,000 that wait, beside as many event streams over plain HTTP/1.1.
async function memory(context, name, { server, values = {} }, limit) {
  if (!context.hasWeir) return [];
  const work = `private memory per idle subscriber, ${name}, 10,000 of them`;
  const sides = { weir: { server, values }, beside: { server: 'weir', values: {} } };
  const waiting = { subscribers: 10000, settle: 4, seconds: 0.5 };
  const runs = await interleave(Object.keys(sides), 1, (side) => {
    const { server: kind, values: own } = sides[side];
    return context.measured(side === 'beside' ? `${work}: plain SSE` : work, kind, () =>
      measure(kind, 'idle', { ...waiting, ...own }, context.options));
  });
  const of = (side) => median(figures(runs[side], 'private_bytes_per_subscriber'));
  const opening = (side) => number(median(figures(runs[side], 'connect_cpu_us_per_subscriber')), 'µs');
  return [
    row(work, {
      weir: number(of('weir'), 'B'), yardstick: `${number(of('beside'), 'B')}, plain SSE`,
      judged: number(of('weir'), 'B'), target: `≤ ${count(limit)} B`, met: of('weir') <= limit, runs: Object.values(runs).flat(),
    }),
    row(`CPU to let a subscriber in, ${name}, the same runs`, {
      weir: opening('weir'), yardstick: `${opening('beside')}, plain SSE`, judged: '', runs: Object.values(runs).flat(),
    }),
  ];
}

// CPU per POST of 64 B, each answered when it is on disk, and how long the answers take.
async function publish(context, work, sides) {
  if (!context.hasWeir) return [];
  const { row: cost, runs } = await compareCpu(context, `${work}, CPU per publish`, {
    ...sides, scenario: 'publish', values: { seconds: context.seconds }, figure: 'cpu_us_per_publish',
  });
  const perSecond = (of) => `${number(median(figures(of, 'publishes_per_second')))} /s`;
  cost.weir += ` (${perSecond(runs.weir)})`;
  cost.yardstick += ` (${perSecond(runs.beside)})`;
  return [cost, latencyRow(`${work}, p50 / p99 of the answer`, runs)];
}

export async function websocket(context) {
  const values = { wire: 'websocket' };
  return [
    ...await fanout(context, 'WebSocket', {
      weir: { values }, beside: { server: 'bareWebSocket', words: 'bare', values }, limit: 1.1,
    }),
    ...await memory(context, 'WebSocket', { server: 'weir', values }, 700),
  ];
}

export async function tls(context) {
  if (!context.hasWeir) return [];
  return [
    ...await fanout(context, 'TLS', { weir: { server: 'weirTls' }, beside: plain }),
    ...await memory(context, 'TLS', { server: 'weirTls' }, 16384),
    ...await publish(context, 'durable publish over TLS, 64 connections, single POSTs', {
      weir: { server: 'weirTls', values: { publishers: 64 } },
      beside: { server: 'weir', words: 'plain', values: { publishers: 64 } },
    }),
  ];
}

export async function http2(context) {
  if (!context.hasWeir) return [];
  const streams = `HTTP/2, ${count(streamsPerConnection)} streams a connection`;
  return [
    ...await fanout(context, streams, { weir: { values: overHttp2 }, beside: plain }),
    ...await memory(context, streams, { server: 'weir', values: overHttp2 }, 1024),
    ...await publish(context, 'durable publish over HTTP/2, one connection, 100 streams in flight', {
      weir: { values: { 'publish-wire': 'http2', publishers: 1, depth: 100 } },
      beside: { server: 'weir', words: '100 connections of HTTP/1.1', values: { publishers: 100 } },
    }),
  ];
}

// Far more subscribers than a process has descriptors: what each costs, how long it takes to let them in, and how long
// until all of them have an event. Not in a quick run, whose machine may not have half a gigabyte for it.
export async function crowd(context) {
  if (!context.hasWeir || context.quick) return [];
  const subscribers = 500_000;
  const connections = subscribers / streamsPerConnection;
  const options = { ...context.options, weirArguments: [
    ...context.options.weirArguments, '--subscribers-max', String(subscribers + 1000),
    '--connections-max', String(connections + 1000), '--http2-streams-max', String(streamsPerConnection),
  ] };
  const work = `${count(subscribers)} HTTP/2 streams on ${count(connections)} connections`;
  const run = await context.measured(work, 'weir', () =>
    measure('weir', 'crowd', { ...overHttp2, subscribers, events: 5 }, options));
  const bytes = run.private_bytes_per_subscriber;
  const everybody = `${number(run.deliveries)} of ${number(subscribers * 5)}`;
  return [
    row(`${work}, private memory of each`, {
      weir: number(bytes, 'B'), yardstick: `${number(run.private_bytes / 2 ** 20, 'MiB')} in all`,
      judged: number(bytes, 'B'), target: '≤ 1,024 B', met: bytes <= 1024, runs: [run],
    }),
    row(`${work}, time to let them all in`, {
      weir: number(run.connect_seconds, 's'), judged: `${number(run.cpu_us_per_subscriber, 'µs')} CPU each`, runs: [run],
    }),
    row(`${work}, an event to all of them, one after another: median and longest time to the last`, {
      weir: `${number(run.everybody_median_ms, 'ms')}, ${number(run.everybody_max_ms, 'ms')}`,
      yardstick: `${number(run.cpu_us_per_delivery, 'µs')} CPU per delivery`,
      judged: `${everybody} deliveries`, target: 'none missed', met: run.deliveries === subscribers * 5, runs: [run],
    }),
  ];
}
