// What the pieces of work have in common: rows of the table of targets, and two servers measured in turns.
import { measure } from './load.mjs';
import { best, figures, firstFault, interleave, median, pairedRatios } from './statistics.mjs';
import { number } from './table.mjs';

// A row: what was done, Weir's figure, the yardstick's, what is held against the target, the target, whether
// it is met. A fault in any run makes the row unmet, and says why.
export function row(work, { weir, yardstick = '', judged, target = '', met = null, runs = [] }) {
  const fault = firstFault(runs);
  return { work, weir, yardstick, judged, target, met: fault ? false : met, fault };
}

export const count = (value) => value.toLocaleString('en-US');

// Server processor time per `figure`, Weir beside another (the bare sender, if nothing is said) that does the same
// work: the ratio of the best runs, and in brackets the range of the ratios within each repetition. Each side is
// { server, values, words }: a kind of server, options of the generator, and how the row calls it.
export async function compareCpu(context, work, { weir = {}, beside = {}, scenario = 'fanout', values, figure, limit }) {
  const sides = {
    weir: { server: 'weir', ...weir },
    beside: { server: 'bare', words: 'bare', ...beside },
  };
  const runs = await interleave(context.hasWeir ? ['weir', 'beside'] : ['beside'], context.repetitions, (name) => {
    const { server, values: own, words } = sides[name];
    return context.measured(words ? `${work}: ${words}` : work, server, () =>
      measure(server, scenario, { ...values, ...own }, context.options));
  });
  const costs = (name) => figures(runs[name] ?? [], figure);
  const { words } = sides.beside;
  const ratio = best(costs('weir')) / best(costs('beside'));
  const ratios = pairedRatios(costs('weir'), costs('beside'));
  return {
    runs,
    row: row(work, {
      weir: number(best(costs('weir')), 'µs'),
      yardstick: `${number(best(costs('beside')), 'µs')}${words === 'bare' ? '' : `, ${words}`}`,
      judged: `${number(ratio)} × ${words} (${number(Math.min(...ratios))}–${number(Math.max(...ratios))})`,
      target: limit ? `≤ ${limit} × ${words}` : '',
      met: limit ? ratio <= limit : null,
      runs: Object.values(runs).flat(),
    }),
  };
}

// The latencies of runs that compareCpu made, for information.
export function latencyRow(work, runs) {
  const time = (of, figure) => number(median(figures(of, figure)));
  const times = (of) => `${time(of, 'latency_p50_ms')} / ${time(of, 'latency_p99_ms')} ms`;
  const all = Object.values(runs).flat();
  return row(work, { weir: times(runs.weir ?? []), yardstick: times(runs.beside), judged: '', runs: all });
}
