// One function per piece of work: runs Weir beside its yardstick and returns the rows of the table of targets.
import fs from 'node:fs';
import path from 'node:path';
import { measure, measureInbox, measurePolls, measurePostgres, measureReturn, measureRows, measureTaskFeed, probeDisk, runLoad } from './load.mjs';
import { compareCpu, row } from './rows.mjs';
import { makeFolder, startServer, stopServer, weirCommand } from './servers.mjs';
import { best, figures, interleave, median, pairedRatios } from './statistics.mjs';
import { number } from './table.mjs';
import { crowd, http2, tls, websocket } from './wires.mjs';
import { workflows } from './workflows.mjs';

async function fanout(context) {
  const rows = [];
  const growth = {};
  for (const payload of context.quick ? [64] : [64, 1024]) {
    for (const subscribers of context.quick ? [1000, 10000] : [1000, 10000, 19000]) {
      const work = `fan-out, ${subscribers.toLocaleString('en-US')} subscribers, ${payload} B, CPU per delivery`;
      const seconds = Math.max(context.seconds, subscribers > 1000 ? 4 : 0);
      const compared = await compareCpu(context, work, {
        values: { subscribers, payload, seconds }, figure: 'cpu_us_per_delivery', limit: 1.1,
      });
      rows.push(compared.row);
      if (payload === 64) growth[subscribers] = compared.runs;
    }
  }
  rows.push(...scaling(growth));
  return rows;
}

// What a delivery costs with many subscribers against what it costs with few, out of the fan-out's runs.
function scaling(runsBySubscribers) {
  const counts = Object.keys(runsBySubscribers).map(Number);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const cost = (name, count) => best(figures(runsBySubscribers[count][name], 'cpu_us_per_delivery'));
  const grow = (name) => cost(name, most) / cost(name, fewest);
  if (!runsBySubscribers[most].weir) return [];
  const weir = grow('weir');
  return [row(`scaling, ${fewest.toLocaleString('en-US')} to ${most.toLocaleString('en-US')} subscribers, CPU per delivery grows by`, {
    weir: `${number(weir)} ×`, yardstick: `${number(grow('beside'))} ×`, judged: `${number(weir)} ×`,
    target: '≤ 1.25 ×', met: weir <= 1.25,
  })];
}

async function topics(context) {
  const compared = await compareCpu(context, '5,000 subscribers over 1,000 topics, 64 in flight, CPU per publish', {
    values: { subscribers: 5000, topics: 1000, publishers: 64, 'in-flight': 64, seconds: context.seconds },
    figure: 'cpu_us_per_publish', limit: 1.35,
  });
  return [compared.row];
}

async function merged(context) {
  const values = { subscribers: 1000, publishers: 64, 'in-flight': 64, seconds: context.seconds };
  const compared = await compareCpu(context, 'merged deliveries, 1,000 subscribers, 64 in flight, CPU per delivery', {
    beside: { server: 'bareMerging' }, values, figure: 'cpu_us_per_delivery', limit: 1.3,
  });
  const { runs } = compared;
  if (!runs.weir) return [compared.row];
  const rate = (name) => median(figures(runs[name], 'deliveries_per_second'));
  return [compared.row, row('merged deliveries, the same runs, deliveries per second', {
    weir: number(rate('weir')), yardstick: number(rate('beside')),
    judged: `${number(rate('beside') / rate('weir'))} × slower than bare`,
    target: '≥ 3,000,000 /s and ≤ 1.3 × bare',
    met: rate('weir') >= 3e6 && rate('beside') / rate('weir') <= 1.3, runs: runs.weir,
  })];
}

async function memory(context) {
  const values = { subscribers: 10000, settle: 2, seconds: 0.5 };
  const names = context.names('weir', 'bare');
  const runs = await interleave(names, 1, (name) =>
    context.measured('memory', name, () => measure(name, 'idle', values, context.options)));
  const of = (name) => median(figures(runs[name] ?? [], 'private_bytes_per_subscriber'));
  return [row('private memory per idle subscriber, HTTP/1.1, 10,000 of them', {
    weir: number(of('weir'), 'B'), yardstick: number(of('bare'), 'B'), judged: number(of('weir'), 'B'),
    target: '≤ 700 B', met: of('weir') <= 700, runs: runs[names[0]],
  })];
}

// The disk is probed beside each run: it is what the target refers to, and it changes from minute to minute.
async function publish(context) {
  if (!context.hasWeir) return [];
  const probes = [];
  const single = [];
  const pipelined = [];
  for (let i = 0; i < context.repetitions; i += 1) {
    probes.push(await context.probe());
    for (const [runs, depth] of [[single, 1], [pipelined, 16]]) {
      runs.push(await context.measured('publish', 'weir', () => measure(
        'weir', 'publish', { publishers: 64, depth, seconds: context.seconds }, context.options)));
    }
  }
  const cpu = best(figures(single, 'cpu_us_per_publish'));
  const p99 = median(figures(single, 'latency_p99_ms'));
  const fsync = median(figures(probes, 'fsync_p50_ms'));
  const slowFsync = median(figures(probes, 'fsync_p99_ms'));
  const perSecond = (runs) => `${number(median(figures(runs, 'publishes_per_second')))} /s`;
  return [
    row('durable publish, 64 connections, single POSTs, CPU per publish', {
      weir: number(cpu, 'µs'), judged: `${number(cpu, 'µs')} (${perSecond(single)})`, target: '≤ 14 µs',
      met: cpu <= 14, runs: single,
    }),
    row('the same, p99 of the answer', {
      weir: number(p99, 'ms'), yardstick: `fsync p50 ${number(fsync, 'ms')}, p99 ${number(slowFsync, 'ms')}`,
      judged: `${number(p99 / fsync)} × fsync p50, ${number(p99 / slowFsync)} × p99`, target: '≤ 3 × fsync p50',
      met: p99 <= 3 * fsync, runs: single,
    }),
    row('durable publish, 64 connections, 16 in flight each, CPU per publish', {
      weir: number(best(figures(pipelined, 'cpu_us_per_publish')), 'µs'), judged: perSecond(pipelined),
      target: '', met: null, runs: pipelined,
    }),
  ];
}

async function batches(context) {
  if (!context.hasWeir) return [];
  const rows = [];
  for (const [scenario, work] of [
    ['batches', 'durable publish, NDJSON, 256 × 200 B a POST, events per second'],
    ['stream', 'durable publish, NDJSON, 256 × 200 B a chunk of an endless POST, events per second'],
  ]) {
    const probes = [];
    const runs = [];
    for (let i = 0; i < context.repetitions; i += 1) {
      probes.push(await context.probe());
      runs.push(await context.measured(work, 'weir', () => measure(
        'weir', scenario, { publishers: 8, seconds: context.seconds }, context.options)));
    }
    const bareLog = figures(probes, 'bare_log_events_per_second');
    const ratio = median(pairedRatios(figures(runs, 'events_per_second'), bareLog));
    // 400,000 where the bare log does 867,000.
    rows.push(row(work, {
      weir: number(median(figures(runs, 'events_per_second'))), yardstick: `bare log ${number(median(bareLog))}`,
      judged: `${number(ratio)} × bare log`, target: '≥ 0.46 × bare log', met: ratio >= 0.46, runs,
    }));
  }
  return rows;
}

async function returns(context) {
  const subscribers = context.quick ? 5000 : 19000;
  const count = subscribers.toLocaleString('en-US');
  const rows = [];
  for (const [restart, limit, how] of [[false, 2, ''], [true, 6, ', server restarted, replay from disk']]) {
    const work = `${count} return with 100 missed events each${how}`;
    const names = restart ? context.names('weir') : context.names('weir', 'bare');
    const runs = await interleave(names, context.quick ? 1 : context.repetitions, (name) =>
      context.measured(work, name, () => measureReturn(name, { restart, subscribers }, context.options)));
    const seconds = (name) => median(figures(runs[name] ?? [], 'caught_up_seconds'));
    if (names.length === 0) continue;
    rows.push(row(work, {
      weir: number(seconds('weir'), 's'), yardstick: runs.bare ? number(seconds('bare'), 's') : '',
      judged: number(seconds('weir'), 's'), target: `≤ ${limit} s`, met: seconds('weir') <= limit,
      runs: Object.values(runs).flat(),
    }));
  }
  return rows;
}

async function stalled(context) {
  if (!context.hasWeir) return [];
  const values = {
    subscribers: 200, stalled: 20, rate: 500, payload: 1024,
    seconds: context.quick ? 8 : 30, 'stalled-seconds': context.quick ? 8 : 60,
  };
  // What the store keeps in memory grows in that minute too, whoever reads; so the readers' part is what five
  // times as many of them add. A small window of recent events, so that it is full before.
  const options = { ...context.options, weirArguments: [...context.options.weirArguments, '--ring-bytes', '4MiB'] };
  const more = values.stalled * 5;
  const run = await context.measured('stalled', 'weir', () => measure('weir', 'rate', values, options));
  const control = await context.measured('stalled', 'weir', () => measure('weir', 'rate', { ...values, stalled: more }, options));
  const grown = (each) => each.private_bytes_stalled - each.private_bytes_before;
  const growth = (grown(control) - grown(run)) / (more - values.stalled);
  const frame = values.payload + 64;
  const work = `a tenth of 200 readers stalled ${values['stalled-seconds']} s at 500 × 1 KB/s`;
  return [
    row(`${work}, p99 of the rest`, {
      weir: number(run.stalled_latency_p99_ms, 'ms'), yardstick: `without ${number(run.latency_p99_ms, 'ms')}`,
      judged: `${number(run.stalled_p99_ratio)} ×`, target: '≤ 1.2 × without', met: run.stalled_p99_ratio <= 1.2,
      runs: [run],
    }),
    row(`${work}, memory growth per stalled reader`, {
      weir: number(growth, 'B'), yardstick: `kernel ${number(run.tcp_growth_per_stalled_bytes, 'B')}`,
      judged: number(growth, 'B'), target: `≤ 1 frame (${frame} B)`, met: growth <= frame, runs: [run, control],
    }),
    row(`${work}, stalled readers get everything on return`, {
      weir: number(run.stalled_catch_up_seconds, 's'), judged: run.faults === 0 ? 'everything' : 'not everything',
      target: 'everything', met: run.faults === 0, runs: [run],
    }),
  ];
}

async function idle(context) {
  if (!context.hasWeir) return [];
  const seconds = context.quick ? 20 : 60;
  const run = await context.measured('idle', 'weir', () => measure(
    'weir', 'idle', { subscribers: 19000, settle: 3, seconds }, context.options));
  return [row(`idle with 19,000 subscribers for ${seconds} s, heartbeats included, share of a core`, {
    weir: number(run.server_cpu_percent, '%'), yardstick: `${number(run.keepalives)} heartbeats`,
    judged: number(run.server_cpu_percent, '%'), target: '< 0.5 %', met: run.server_cpu_percent < 0.5, runs: [run],
  })];
}

async function start(context) {
  if (!context.hasWeir) return [];
  const events = context.quick ? 1_000_000 : 10_000_000;
  const folder = makeFolder('start');
  try {
    const server = await startServer('weir', { ...context.options, folder });
    const filled = await context.measured('start: fill', 'weir', () => runLoad('batches', {
      ...server.load, publishers: 8, payload: 64, batch: 250, events,
    }));
    await stopServer(server);
    if (filled.faults > 0) return [row('start', { weir: '', judged: '', target: '', met: false, runs: [filled] })];
    const times = { warm: [], cold: [] };
    for (let i = 0; i < 3; i += 1) {
      for (const cache of ['warm', 'cold']) {
        const command = weirCommand(server.address, folder, context.options.weirArguments);
        const cold = cache === 'cold' ? { cold: path.join(folder, 'data') } : {};
        times[cache].push(await context.measured(`start, ${cache}`, 'weir', () => runLoad(
          'start', { server: server.address, ...cold }, ['taskset', '-c', '0', ...command])));
      }
    }
    const ready = (cache) => median(figures(times[cache], 'ready_ms'));
    return [row(`ready after exec on a log of ${events.toLocaleString('en-US')} events`, {
      weir: number(ready('warm'), 'ms'), yardstick: `cold page cache ${number(ready('cold'), 'ms')}`,
      judged: number(ready('warm'), 'ms'), target: '< 100 ms', met: ready('warm') < 100,
      runs: [...times.warm, ...times.cold],
    })];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// A new server takes over from the one that runs, under subscribers and publishers.
async function handover(context) {
  if (!context.hasWeir) return [];
  const server = await startServer('weir', context.options);
  try {
    const values = context.quick ? { subscribers: 1000, rate: 100 } : { subscribers: 5000, rate: 500 };
    const command = weirCommand(server.address, server.folder, [...context.options.weirArguments, '--takeover']);
    const run = await context.measured('handover', 'weir', () => runLoad('handover', { ...server.load, ...values }, ['taskset', '-c', '0', ...command]));
    const met = run.lost === 0 && run.refused === 0 && run.broken_streams === 0;
    return [row(`hand-over to a new server under ${values.subscribers.toLocaleString('en-US')} subscribers and ${values.rate} events/s: lost events, refused connections`, {
      weir: `${run.lost} and ${run.refused}`,
      yardstick: `gap in delivery ${number(run.median_gap_ms, 'ms')}, longest ${number(run.longest_gap_ms, 'ms')}; longest publish ${number(run.longest_publish_ms, 'ms')}`,
      judged: `${run.lost} and ${run.refused}`, target: '0 and 0', met, runs: [run],
    })];
  } finally {
    await stopServer(server);
  }
}

// The rows of an inbox, beside the same rows in plain SQLite. No targets: the figures say what the rules, the events and
// HTTP cost on top.
async function inbox(context) {
  if (!context.hasWeir) return [];
  const values = { users: context.quick ? 2_000 : 100_000, each: 50 };
  const work = `${values.users.toLocaleString('en-US')} users with ${values.each} notifications each`;
  const rows = await context.measured(work, 'sqlite', () => measureRows(values));
  const weir = await context.measured(work, 'weir', () => measureInbox(values, context.options));
  const ratio = (name, invert = false) => `${number(invert ? rows[name] / weir[name] : weir[name] / rows[name])} × plain SQLite`;
  const times = (of, name) => `${number(of[`${name}_p50_ms`])} / ${number(of[`${name}_p99_ms`])} ms`;
  const entry = (what, of, judged) => row(`${work}: ${what}`, { weir: of(weir), yardstick: `${of(rows)}, plain SQLite`, judged, runs: [weir, rows] });
  return [
    entry('to fill, notifications per second', (of) => `${number(of.rows_per_second)} (${number(of.fill_seconds, 's')})`, `${ratio('rows_per_second', true)} slower`),
    entry('the store, events included, per notification', (of) => number(of.bytes_per_row, 'B'), ratio('bytes_per_row')),
    entry('counts, p50 / p99', (of) => times(of, 'counts'), ''),
    entry('a list of 50, p50 / p99', (of) => times(of, 'list'), ''),
    row(`${work}: one more for everyone, until the last has it`, {
      weir: `${number(weir.broadcast_seconds, 's')} (${number(weir.broadcast_per_second)} /s)`, judged: '', runs: [weir],
    }),
    row(`${work}: private memory of the server, before and after`, {
      weir: `${number(weir.private_bytes_before / 2 ** 20)} and ${number(weir.private_bytes / 2 ** 20)} MiB`, judged: '', runs: [weir],
    }),
  ];
}

// A feed that many watch, beside the same feed polled from a database: as it is often begun (every 2 s, everything joined),
// and as it is then mended (every 5 s, the columns of a card). No targets: they are different ways. The database is SQLite,
// and PostgreSQL where there is one.
async function taskFeed(context) {
  if (!context.hasWeir) return [];
  const rows = [];
  for (const watchers of context.quick ? [1, 100] : [1, 100, 10_000]) {
    const work = `a task feed that ${watchers.toLocaleString('en-US')} watch`;
    const polls = await context.measured(work, 'sqlite', () => measurePolls({ watchers, polls: context.quick ? 50 : 500 }));
    const weir = await context.measured(work, 'weir', () => measureTaskFeed({ watchers, idle: context.quick ? 1 : 10, changes: context.quick ? 10 : 100 }, context.options));
    const postgres = await context.measured(work, 'postgres', () => measurePostgres({ watchers, seconds: context.quick ? 1 : 5 }));
    const runs = [weir, polls, postgres];
    const polled = (show) => [`SQLite: ${show(polls)}`, `PostgreSQL: ${postgres.missing ?? show(postgres)}`].join('; ');
    const idle = (of, name) => `${number(of[`${name}_queries_per_second`])} queries/s, ${number(of[`${name}_bytes_per_second`] / 1_024)} KiB/s, ${number(of[`${name}_cores`], 'cores')}`;
    const poll = (of, name) => `${number(of[`${name}_bytes`])} B, ${number(of[`${name}_p50_ms`])} / ${number(of[`${name}_p99_ms`])} ms a poll`;
    const written = (of) => (of.change_p50_ms ? `, the write alone ${number(of.change_p50_ms)} / ${number(of.change_p99_ms)} ms` : '');
    rows.push(
      row(`${work}: while nothing changes`, { weir: idle(weir, 'idle'), yardstick: polled((of) => `${idle(of, 'before')}, mended ${idle(of, 'after')}`), judged: '', runs }),
      row(`${work}: a change, until the last has it`, {
        weir: `${number(weir.change_bytes)} B each, ${number(weir.change_p50_ms)} / ${number(weir.change_p99_ms)} ms`,
        yardstick: polled((of) => `${poll(of, 'before')}, up to 2 s later, mended ${poll(of, 'after')}, up to 5 s${written(of)}`),
        judged: '', runs,
      }),
    );
  }
  return rows;
}

// In the order of the table; the names are those of --only.
export const targets = {
  fanout, topics, memory, publish, merged, batches, return: returns, stalled, idle, start, handover, websocket, tls, http2,
  crowd, workflows, inbox, task_feed: taskFeed,
};

// Probes the disk that the data directories are on.
export async function probe(context) {
  const folder = makeFolder('disk');
  try {
    return await probeDisk(folder, context.quick ? 1 : 2);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
