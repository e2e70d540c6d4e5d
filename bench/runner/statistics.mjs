export function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The least of a cost: a busy machine adds to processor time and never takes from it.
export function best(values) {
  const known = values.filter(Number.isFinite);
  return known.length === 0 ? NaN : Math.min(...known);
}

// Runs `measureOne(name)` for each server in turn, `repetitions` times over, so that what else the machine does
// meets all of them alike.
export async function interleave(names, repetitions, measureOne) {
  const runs = Object.fromEntries(names.map((name) => [name, []]));
  for (let i = 0; i < repetitions; i += 1) {
    for (const name of names) runs[name].push(await measureOne(name));
  }
  return runs;
}

export const figures = (runs, name) => runs.map((run) => (run.faults > 0 ? NaN : run[name] ?? NaN));

// The ratio within each repetition, and its median: neighbours in time saw the same machine.
export function pairedRatios(above, below) {
  return above.map((value, i) => value / below[i]);
}

export const firstFault = (runs) => runs.find((run) => run.faults > 0)?.first_fault;
