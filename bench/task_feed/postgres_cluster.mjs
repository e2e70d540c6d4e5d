// A PostgreSQL of the machine's own packages, for as long as something is measured in it: a new cluster in a folder of its
// own, reached by nothing but a UNIX socket in that folder, as durable as PostgreSQL is by default.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { makeFolder } from '../runner/servers.mjs';

const installed = '/usr/lib/postgresql';
const programs = ['initdb', 'postgres', 'psql', 'pgbench'];
const account = 'postgres';
const patienceMs = 30_000;
// PostgreSQL refuses to run as root, and runs as the account that its package made.
const isRoot = process.getuid() === 0;
const asAccount = isRoot ? [`--reuid=${account}`, `--regid=${account}`, '--clear-groups'] : [];

// What the caller's shell says about other databases must not reach this one.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')));

/** The newest PostgreSQL there is, as { version, bin }; or { missing }, a word on why none can be run. */
function findPostgres() {
  const versions = fs.existsSync(installed) ? fs.readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : [];
  const version = versions.find((each) => programs.every((name) => fs.existsSync(path.join(installed, each, 'bin', name))));
  if (!version) return { missing: 'not installed' };
  if (isRoot) {
    try {
      execFileSync('id', [account], { stdio: 'ignore' });
    } catch {
      return { missing: `not as root without an account ${account}` };
    }
  }
  return { version, bin: path.join(installed, version, 'bin') };
}

function canWrite(folder) {
  try {
    if (isRoot) execFileSync('chown', [account, folder]);
    execFileSync('setpriv', [...asAccount, 'test', '-w', folder]);
    return true;
  } catch {
    return false;
  }
}

// SIGINT is a fast shutdown. The kernel sends it when this process ends, however that happens.
async function startServer({ bin }, data) {
  const child = spawn('setpriv', [
    ...asAccount, '--pdeathsig', 'INT', path.join(bin, 'postgres'), '-D', data,
    '-c', 'listen_addresses=', '-c', `unix_socket_directories=${data}`,
  ], { stdio: ['ignore', 'ignore', 'pipe'], env: environment });
  let log = '';
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`PostgreSQL did not start: ${log.slice(-400)}`)));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-4_096);
      if (log.includes('ready to accept connections')) resolve();
    });
  });
  return child;
}

async function stopServer(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const patience = setTimeout(() => child.kill('SIGQUIT'), patienceMs);
  await ended;
  clearTimeout(patience);
}

class Cluster {
  #bin;
  #folder;
  #pid;
  #environment;

  constructor(bin, folder, data, pid) {
    this.#bin = bin;
    this.#folder = folder;
    this.#pid = pid;
    this.#environment = { ...environment, PGHOST: data, PGUSER: account, PGDATABASE: 'postgres' };
  }

  #run(program, rest) {
    return execFileSync(path.join(this.#bin, program), rest, { env: this.#environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The first column of what a query answers, a text per row. */
  query(sql) {
    const lines = this.#run('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-c', sql]).split('\n');
    return lines.slice(0, -1);
  }

  /** Repeats a script of pgbench for so many seconds, statements prepared; how long each time took, in milliseconds. */
  repeat(name, script, seconds) {
    const file = path.join(this.#folder, `${name}.sql`);
    fs.writeFileSync(file, script);
    this.#run('pgbench', ['-n', '-l', `--log-prefix=${path.join(this.#folder, name)}`, '-M', 'prepared', '-T', String(seconds), '-f', file]);
    const log = fs.readdirSync(this.#folder).find((each) => new RegExp(`^${name}\\.\\d+$`).test(each));
    const lines = fs.readFileSync(path.join(this.#folder, log), 'utf8').trim().split('\n');
    return lines.map((line) => Number(line.split(' ')[2]) / 1_000);
  }

  /** Processor time of all its processes, those that have ended too, in seconds: user and system. */
  cpuSeconds() {
    const ticks = (pid, ...fields) => {
      const values = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      return fields.reduce((sum, field) => sum + Number(values[field]), 0);
    };
    for (;;) {
      try {
        const ended = ticks(this.#pid, 11, 12, 13, 14);
        const children = fs.readFileSync(`/proc/${this.#pid}/task/${this.#pid}/children`, 'utf8').trim().split(' ');
        return children.reduce((sum, pid) => sum + ticks(pid, 11, 12), ended) / 100;
      } catch (error) {
        // One has ended in between, and counts among the ended now.
        if (!['ENOENT', 'ESRCH'].includes(error.code) || !fs.existsSync(`/proc/${this.#pid}`)) throw error;
      }
    }
  }
}

/** What `use` makes of a new cluster, which is gone afterwards; or { missing } where there can be none. */
export async function withCluster(use) {
  const postgres = findPostgres();
  if (postgres.missing) return postgres;
  const folder = makeFolder('postgres');
  try {
    if (!canWrite(folder)) return { missing: `its account cannot write to ${folder}` };
    const data = path.join(folder, 'data');
    execFileSync('setpriv', [
      ...asAccount, path.join(postgres.bin, 'initdb'), '-D', data, '--username', account, '--auth', 'trust', '--no-locale', '--encoding', 'UTF8',
    ], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    const child = await startServer(postgres, data);
    try {
      return { version: postgres.version, ...await use(new Cluster(postgres.bin, folder, data, child.pid)) };
    } finally {
      await stopServer(child);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
