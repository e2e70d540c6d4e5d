// Runs the load generator on core 1 and reads the figures that it prints.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import * as paths from './paths.mjs';
import { makeFolder, startServer, stopServer } from './servers.mjs';

const generatorCore = '1';

function run(argv, cores = generatorCore) {
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', cores, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.on('data', (bytes) => { out += bytes; });
    child.stderr.on('data', (bytes) => { errors += bytes; });
    child.on('error', reject);
    child.on('close', () => {
      const line = out.trim().split('\n').pop();
      try {
        resolve(JSON.parse(line));
      } catch {
        // Nothing could be measured: that is a fault of its own, not the end of the whole run.
        resolve({ faults: 1, first_fault: errors.trim().slice(-400) || 'the generator printed no figures' });
      }
    });
  });
}

const flags = (values) => Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)]);

export function runLoad(scenario, values, rest = []) {
  const tail = rest.length > 0 ? ['--', ...rest] : [];
  return run([path.join(paths.programs, 'weir_bench_load'), scenario, ...flags(values), ...tail]);
}

// Another program of the suite, on any core.
export function runProgram(name, rest) {
  return run([path.join(paths.programs, name), ...rest], '0,1');
}

export function probeDisk(folder, seconds) {
  return run([path.join(paths.programs, 'weir_bench_disk'), ...flags({ folder, seconds })]);
}

// The inboxes of so many users: in a fresh server, and as rows of plain SQLite.
export async function measureInbox(values, options) {
  const folder = makeFolder('inbox');
  try {
    const server = await startServer('weir', { ...options, folder });
    let figures;
    try {
      const { server: address, pid } = server.load;
      figures = await run(['node', path.join(paths.root, 'bench/inbox/load.mjs'), ...flags({ server: address, pid, ...values })]);
    } finally {
      await stopServer(server);
    }
    // Once the server has brought everything from its write-ahead log to its place; with what was told to all.
    const bytes = fs.statSync(path.join(folder, 'data/log.db')).size;
    return { ...figures, bytes_per_row: bytes / (values.users * (values.each + 1)) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// A program that needs nothing but a folder.
async function measureInFolder(program, values) {
  const folder = makeFolder(program);
  try {
    return await run([path.join(paths.programs, program), ...flags({ folder, ...values })]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export const measureRows = (values) => measureInFolder('weir_bench_inbox_rows', values);

// A feed of tasks under watchers: in a fresh server, and polled from plain SQLite and from PostgreSQL.
export async function measureTaskFeed(values, options) {
  const server = await startServer('weir', options);
  try {
    const { server: address, pid } = server.load;
    return await run(['node', path.join(paths.root, 'bench/task_feed/load.mjs'), ...flags({ server: address, pid, ...values })]);
  } finally {
    await stopServer(server);
  }
}

export const measurePolls = (values) => measureInFolder('weir_bench_polls', values);
// Who asks is on one core with PostgreSQL: where each query wakes the other core, a poll takes up to three times the
// processor time, and a yardstick is to have its best.
export const measurePostgres = (values) => run(['node', path.join(paths.root, 'bench/task_feed/postgres.mjs'), ...flags(values)]);

// One scenario against a fresh server.
export async function measure(name, scenario, values, options) {
  const server = await startServer(name, options);
  try {
    return await runLoad(scenario, { ...server.load, ...values });
  } finally {
    await stopServer(server);
  }
}

// The publishes that a return will miss, then the return itself. With `restart` the server is stopped and
// started on the same data between the two, so that nothing of the log is left in its memory.
export async function measureReturn(name, { restart = false, ...values }, options) {
  let server = await startServer(name, options);
  try {
    const missed = 100;
    const backlog = await runLoad('backlog', { ...server.load, missed });
    if (backlog.faults > 0) return backlog;
    if (restart) {
      const { folder } = server;
      server.ownFolder = false;
      await stopServer(server);
      server = await startServer(name, { ...options, folder });
      server.ownFolder = true;
    }
    return await runLoad('return', {
      ...server.load, ...values, missed, 'first-missed': backlog.first_missed, 'last-id': backlog.last_id,
    });
  } finally {
    await stopServer(server);
  }
}
