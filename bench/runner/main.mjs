// The command behind bench/run: chooses what to measure, prints the tables, keeps every figure as JSON.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as paths from './paths.mjs';
import { sideBySide } from './side_by_side.mjs';
import { number, table } from './table.mjs';
import { probe, targets } from './targets.mjs';

const help = `usage: bench/run [options]

Runs Weir (build/release/weir) beside the bare epoll sender, server on core 0 and generator on core 1, and prints
each target's ratio and whether it is met. Exit code 0 when all are met, 1 when one is not.

  --quick            a few minutes: fewer sizes, shorter windows, one repetition
  --only a,b         only these targets: ${Object.keys(targets).join(', ')}
  --peers            instead, the same work against Nchan and two Node servers, side by side
  --bare             without Weir: the yardstick alone, to see what the machine gives
  --repetitions N    of each pair of runs (default 3; 1 with --quick)
  --seconds S        of each measuring window (default 5; 2 with --quick)
  --weir-arg ARG     one more argument for \`weir serve\` (repeatable)
  --markdown         print the tables in Markdown, for docs/benchmarks.md
`;

function readOptions() {
  try {
    return parseArgs({
      options: {
        help: { type: 'boolean' }, quick: { type: 'boolean' }, only: { type: 'string' },
        peers: { type: 'boolean' }, bare: { type: 'boolean' }, repetitions: { type: 'string' },
        seconds: { type: 'string' }, 'weir-arg': { type: 'string', multiple: true },
        markdown: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    console.error(`bench/run: ${error.message}`);
    return process.exit(2);
  }
}

function makeContext(options) {
  const quick = options.quick ?? false;
  const context = {
    quick,
    hasWeir: !options.bare,
    repetitions: Number(options.repetitions ?? (quick ? 1 : 3)),
    seconds: Number(options.seconds ?? (quick ? 2 : 5)),
    options: { weirArguments: options['weir-arg'] ?? [] },
    record: [],
    names: (...names) => names.filter((name) => name !== 'weir' || context.hasWeir),
    async measured(work, name, run) {
      process.stderr.write(`  ${name}: ${work}\n`);
      const figures = await run();
      context.record.push({ work, server: name, ...figures });
      return figures;
    },
    probe: () => context.measured('disk', 'disk', () => probe(context)),
  };
  return context;
}

function machine() {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const descriptors = execFileSync('bash', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  const congestion = fs.readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim();
  return `${os.cpus().length} × ${cpu}, Linux ${os.release()}, ${descriptors} descriptors per process, TCP ${congestion}`;
}

function printTargets(rows, markdown) {
  const verdict = (row) => (row.met === null || row.met === undefined ? '' : row.met ? 'yes' : 'NO');
  console.log(table(
    ['work', 'Weir', 'yardstick', 'held against the target', 'target', 'met'],
    rows.map((row) => [row.work, row.weir, row.yardstick, row.judged, row.target, verdict(row)]),
    markdown,
  ));
  const faulty = rows.filter((row) => row.fault);
  if (faulty.length > 0) console.log('');
  for (const row of faulty) console.log(`${markdown ? '- ' : ''}fault in "${row.work}": ${row.fault}`);
}

function keep(context, disk, rows) {
  fs.mkdirSync(paths.results, { recursive: true });
  const stamp = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  const text = JSON.stringify({ machine: machine(), disk, rows, runs: context.record }, null, 2);
  const file = path.join(paths.results, `${stamp}.json`);
  fs.writeFileSync(file, `${text}\n`);
  fs.writeFileSync(path.join(paths.results, 'latest.json'), `${text}\n`);
  return path.relative(paths.root, file);
}

async function main() {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const chosen = options.only?.split(',') ?? Object.keys(targets);
  const unknown = chosen.filter((name) => !(name in targets));
  if (unknown.length > 0) {
    console.error(`bench/run: no such target: ${unknown.join(', ')}`);
    return 2;
  }
  const context = makeContext(options);
  const disk = await context.probe();
  console.log(`${machine()}\n`);
  console.log(`Disk: 4 KB append + fdatasync p50 ${number(disk.fsync_p50_ms, 'ms')}, p99 ${
    number(disk.fsync_p99_ms, 'ms')}; bare log ${number(disk.bare_log_events_per_second)} events/s\n`);

  if (options.peers) {
    const peers = await sideBySide(context);
    console.log(table(peers.columns, peers.rows, options.markdown));
    for (const fault of peers.faults) console.log(`\nfault: ${fault}`);
    console.error(`figures kept in ${keep(context, disk, peers)}`);
    return peers.faults.length > 0 ? 1 : 0;
  }
  const rows = [];
  for (const name of chosen) rows.push(...(await targets[name](context)));
  // Without Weir there is nothing to hold against a target.
  if (!context.hasWeir) for (const row of rows) Object.assign(row, { weir: '', judged: '', target: '', met: null });
  printTargets(rows, options.markdown);
  console.error(`figures kept in ${keep(context, disk, rows)}`);
  return rows.some((row) => row.met === false) ? 1 : 0;
}

process.exit(await main());
