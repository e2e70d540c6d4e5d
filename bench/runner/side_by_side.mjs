// The same work against Weir, the bare sender, Nchan and two Node servers, one column each.
import { measure, measureReturn } from './load.mjs';
import { best, figures, firstFault, interleave, median } from './statistics.mjs';
import { number } from './table.mjs';

const titles = {
  weir: 'Weir', bare: 'bare epoll', nchan: 'Nchan', betterSse: 'better-sse', express: 'express',
};
const withReplay = ['weir', 'bare', 'nchan'];

function work(context) {
  const fanout = (subscribers) => ({
    title: `fan-out, ${subscribers.toLocaleString('en-US')} subscribers, 64 B: CPU µs per delivery`,
    run: (name) => measure(name, 'fanout', {
      subscribers, seconds: Math.max(context.seconds, subscribers > 1000 ? 4 : 0),
    }, context.options),
    show: (runs) => number(best(figures(runs, 'cpu_us_per_delivery'))),
  });
  const returning = context.quick ? 2000 : 10000;
  return [
    fanout(1000),
    fanout(10000),
    ...(context.quick ? [] : [fanout(19000)]),
    {
      title: '1,000 subscribers, 20 events/s: latency p50 / p99 in ms',
      run: (name) => measure(name, 'rate', {
        subscribers: 1000, rate: 20, seconds: context.quick ? 4 : 15,
      }, context.options),
      show: (runs) => `${number(median(figures(runs, 'latency_p50_ms')))} / ${
        number(median(figures(runs, 'latency_p99_ms')))}`,
    },
    {
      title: `${returning.toLocaleString('en-US')} return with 100 missed events each: seconds, CPU µs each`,
      names: withReplay,
      run: (name) => measureReturn(name, { subscribers: returning }, context.options),
      show: (runs) => `${number(median(figures(runs, 'caught_up_seconds')))}, ${
        number(best(figures(runs, 'cpu_us_per_subscriber')))}`,
    },
    {
      title: 'private memory per idle subscriber, 10,000 of them: bytes',
      run: (name) => measure(name, 'idle', { subscribers: 10000, seconds: 0.5 }, context.options),
      show: (runs) => number(best(figures(runs, 'private_bytes_per_subscriber'))),
    },
  ];
}

// Returns the table's columns and rows, and the faults by work and server.
export async function sideBySide(context) {
  const all = context.names('weir', 'bare', 'nchan', 'betterSse', 'express');
  const rows = [];
  const faults = [];
  for (const item of work(context)) {
    const names = all.filter((name) => !item.names || item.names.includes(name));
    const runs = await interleave(names, context.repetitions, (name) =>
      context.measured(item.title, name, () => item.run(name)));
    for (const name of names) {
      const fault = firstFault(runs[name]);
      if (fault) faults.push(`${item.title}: ${titles[name]}: ${fault}`);
    }
    rows.push([item.title, ...all.map((name) => (runs[name] ? item.show(runs[name]) : 'no replay'))]);
  }
  return { columns: ['work', ...all.map((name) => titles[name])], rows, faults };
}
