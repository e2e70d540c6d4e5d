// Executions of workflows: a thousand at once with pages that follow them, beside SQLite alone; and a list of a million.
// Server and reader share both cores: the engine, the log and the scripts have threads of their own, and that is what is
// measured.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { runProgram } from './load.mjs';
import { count, row } from './rows.mjs';
import { makeFolder, startServer, stopServer } from './servers.mjs';
import { number } from './table.mjs';

const bothCores = '0,1';
const base = '/api/workflow';
const unlimited = ['--workflow-keep-executions', '0', '--workflow-keep-age', '0'];

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;

class Client {
  constructor(address) {
    const [host, port] = address.split(':');
    this.to = { host, port: Number(port) };
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  }

  ask(method, target, value) {
    return new Promise((resolve, reject) => {
      const headers = value === undefined ? {} : { 'Content-Type': 'application/json' };
      const request = http.request({ ...this.to, method, path: target, headers, agent: this.agent }, (response) => {
        const parts = [];
        response.on('data', (bytes) => parts.push(bytes));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          if (response.statusCode >= 400) reject(new Error(`${method} ${target}: ${response.statusCode} ${text.slice(0, 200)}`));
          else resolve(response.headers['content-type']?.includes('json') ? JSON.parse(text) : text);
        });
      });
      request.on('error', reject);
      request.end(value === undefined ? undefined : JSON.stringify(value));
    });
  }

  async define(definition) {
    await this.ask('PUT', `${base}/definitions/${definition.id}`, definition);
  }

  async figure(name) {
    const text = await this.ask('GET', '/metrics');
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  // One stream. What an event needs, from the moment that it was decided on until it is here, goes to `latencies`;
  // `onType` hears each event's type.
  follow(target, latencies, onType = () => {}) {
    return new Promise((resolve, reject) => {
      const request = http.request({ ...this.to, path: target, agent: false, headers: { Accept: 'text/event-stream' } }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`${target}: ${response.statusCode}`));
        let partial = '';
        response.setEncoding('utf8');
        response.on('data', (text) => {
          const now = performance.timeOrigin + performance.now();
          const blocks = (partial + text).split('\n\n');
          partial = blocks.pop();
          for (const block of blocks) {
            const type = /^event: (\S+)/m.exec(block)?.[1];
            const told = block.indexOf('"timestamp":');
            if (told < 0 || !/^(workflow|node)\./.test(type)) continue;
            latencies.push(now - Number.parseInt(block.slice(told + 12), 10));
            onType(type);
          }
        });
        resolve({ close: () => request.destroy() });
      });
      request.on('error', reject);
      request.end();
    });
  }
}

// A chain, so that every node's start waits for the commit of the one before: fifteen scripts and five waits.
function chainOf(nodes) {
  const ids = Array.from({ length: nodes }, (_, i) => `n${i}`);
  return {
    id: 'chain',
    nodes: ids.map((id, i) => (i % 4 === 3 ? { id, type: 'delay', with: { duration: '10ms' } } : { id, type: 'script', with: { source: 'return 1' } })),
    edges: ids.slice(1).map((to, i) => ({ from: ids[i], to })),
  };
}

function memoryOf(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
}

async function execute(context, { executions, nodes, pages }) {
  const server = await startServer('weir', { ...context.options, weirArguments: [...context.options.weirArguments, '--workflow-running-max', String(executions)], cores: bothCores });
  const streams = [];
  try {
    const client = new Client(server.address);
    await client.define(chainOf(nodes));
    const before = { commits: await client.figure('weir_commits_total'), memory: memoryOf(server.child.pid)('VmRSS') };
    const latencies = [];
    let ended = 0;
    let over = () => {};
    const all = new Promise((resolve) => { over = resolve; });
    for (let i = 0; i < pages; i += 1) {
      streams.push(await client.follow(`${base}/executions/stream`, latencies, (type) => {
        if (i > 0 || !/^workflow\.(completed|failed|cancelled)$/.test(type)) return;
        ended += 1;
        if (ended === executions) over();
      }));
    }
    const start = performance.now();
    await Promise.all(Array.from({ length: executions }, async (_, i) => {
      const { executionId, cursor } = await client.ask('POST', `${base}/execute`, { workflowId: 'chain' });
      // Every tenth is looked at.
      if (i % 10 === 0) streams.push(await client.follow(`${base}/executions/${executionId}/stream?after=${cursor}`, latencies));
    }));
    await all;
    const seconds = (performance.now() - start) / 1000;
    const memory = memoryOf(server.child.pid)('VmHWM') - before.memory;
    const commits = (await client.figure('weir_commits_total')) - before.commits;
    const { stats, executions: rows } = await client.ask('GET', `${base}/executions?limit=${executions}&fields=stats,executions.rev`);
    // What an execution told is counted by its rev: its own beginning and end, and those of its nodes at least.
    const revs = rows.map((each) => each.rev);
    latencies.sort((a, b) => a - b);
    const faults = stats.completed === executions && revs.length === executions && Math.min(...revs) >= 2 * nodes + 2 ? 0 : 1;
    return {
      seconds, commits, transitions: revs.reduce((sum, rev) => sum + rev, 0), memory, streams: streams.length, events: latencies.length,
      latency_p50_ms: quantile(latencies, 0.5), latency_p99_ms: quantile(latencies, 0.99),
      faults, first_fault: faults ? `not all have run as they should: ${JSON.stringify(stats)}` : undefined,
    };
  } finally {
    for (const each of streams) each.close();
    await stopServer(server);
  }
}

// A transition changes a node's row and its execution's, and is told to two streams: four rows.
async function plainCommits(context, { transitions, commits }) {
  const folder = makeFolder('rows');
  try {
    return await runProgram('weir_bench_rows', ['commits', '--folder', folder, '--commits', String(commits), '--rows', String(4 * transitions)]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function atOnce(context) {
  const sizes = { executions: context.quick ? 200 : 1000, nodes: 20, pages: 10 };
  const work = `${count(sizes.executions)} executions of ${sizes.nodes} nodes at once`;
  const runs = [];
  const yardsticks = [];
  for (let i = 0; i < context.repetitions; i += 1) {
    const run = await context.measured(work, 'weir', () => execute(context, sizes));
    runs.push(run);
    yardsticks.push(await context.measured(`${work}: rows`, 'sqlite', () => plainCommits(context, run)));
  }
  const middle = [...runs].sort((a, b) => a.seconds - b.seconds)[Math.floor(runs.length / 2)];
  const plain = yardsticks[runs.indexOf(middle)];
  const watched = `${count(sizes.pages)} pages of the list and ${count(middle.streams - sizes.pages)} of one execution open`;
  return [
    row(`${work}, ${watched}: transitions per second`, {
      weir: `${number(middle.transitions / middle.seconds)} /s`,
      yardstick: `${number(middle.transitions / plain.seconds)} /s, their rows alone in as many commits of SQLite`,
      judged: `${number(middle.seconds / plain.seconds)} × the rows' time`, runs: [...runs, ...yardsticks],
    }),
    row('the same run: from the first start to the last end', {
      weir: number(middle.seconds, 's'), yardstick: `${count(middle.commits)} commits, rows alone ${number(plain.seconds, 's')}`, judged: '',
    }),
    row('the same run: from a transition to a page, p50 / p99', {
      weir: `${number(middle.latency_p50_ms)} / ${number(middle.latency_p99_ms)} ms`, yardstick: `${count(middle.events)} events read`, judged: '',
    }),
    row('the same run: memory at its highest, beyond that of the idle server', { weir: `${number(middle.memory / 2 ** 20)} MiB`, judged: '' }),
  ];
}

// Three executions of the server's own, one of each end, of which the rest are copies.
async function prepare(server) {
  const client = new Client(server.address);
  const script = (source) => [{ id: 'a', type: 'script', with: { source } }, { id: 'b', type: 'delay', with: { duration: '0s' } }, { id: 'c', type: 'script', with: { source: 'return 3' } }];
  const edges = [{ from: 'a', to: 'b' }, { from: 'b', to: 'c' }];
  await client.define({ id: 'good', nodes: script('return 1'), edges });
  await client.define({ id: 'bad', nodes: script('error("no")'), edges });
  await client.define({ id: 'long', nodes: [{ id: 'a', type: 'approval', with: { title: 'Never' } }, ...script('return 1').slice(1)], edges });
  for (const [workflowId, status] of [['good', 'completed'], ['bad', 'failed'], ['long', 'cancelled']]) {
    const { executionId } = await client.ask('POST', `${base}/execute`, { workflowId });
    if (workflowId === 'long') await client.ask('POST', `${base}/executions/${executionId}/cancel`, {});
    for (;;) {
      if ((await client.ask('GET', `${base}/executions/${executionId}`)).status === status) break;
    }
  }
}

async function list(context) {
  const executions = context.quick ? 20_000 : 1_000_000;
  const folder = makeFolder('executions');
  const options = { ...context.options, folder, weirArguments: [...context.options.weirArguments, ...unlimited], cores: bothCores };
  const work = `a list of ${count(executions)} executions`;
  try {
    let server = await startServer('weir', options);
    try {
      await prepare(server);
    } finally {
      await stopServer(server);
    }
    const filled = await context.measured(`${work}: fill`, 'sqlite', () => runProgram('weir_bench_rows', ['executions', '--database', path.join(folder, 'data/log.db'), '--count', String(executions)]));
    if (filled.faults > 0) return [row(work, { weir: '', judged: '', runs: [filled] })];
    server = await startServer('weir', options);
    try {
      const client = new Client(server.address);
      const rows = [];
      const middle = Math.floor(executions / 2);
      for (const [what, query] of [
        ['the first page', ''],
        ['a page in the middle', `&before=${middle}`],
        ['the last page', '&before=52'],
        ['those that failed', '&status=failed'],
        ['those cancelled, in the middle', `&status=cancelled&before=${middle}`],
        ['two statuses', '&status=failed,cancelled'],
        ['of one workflow', '&workflowId=workflow-7'],
        ['of one workflow, failed, in the middle', `&workflowId=workflow-7&status=failed&before=${middle}`],
      ]) {
        const run = await context.measured(`${work}: ${what}`, 'weir', () => pageTimes(client, `${base}/executions?limit=50${query}`, context.quick ? 50 : 300, executions));
        rows.push(row(`${work}, 50 a page: ${what}, p50 / p99`, {
          weir: `${number(run.p50_ms)} / ${number(run.p99_ms)} ms`, yardstick: `${number(run.least_p50_ms)} / ${number(run.least_p99_ms)} ms, /healthz`,
          judged: number(run.p99_ms, 'ms'), target: '< 20 ms', met: run.p99_ms < 20, runs: [run],
        }));
      }
      return rows;
    } finally {
      await stopServer(server);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// One after the other, on one connection, as a page asks for them; in turns with the least that the server can be
// asked for, which says what the machine adds.
async function pageTimes(client, target, times, executions) {
  const timed = async (what, took) => {
    const start = performance.now();
    const answer = await client.ask('GET', what);
    took.push(performance.now() - start);
    return answer;
  };
  const pages = [];
  const least = [];
  for (let i = 0; i < times; i += 1) {
    const page = await timed(target, pages);
    await timed('/healthz', least);
    const right = page.executions.length > 0 && (target.includes('workflowId') || page.stats.total === executions + 3);
    if (!right) return { faults: 1, first_fault: `${target}: ${page.executions.length} of ${page.stats.total}` };
  }
  for (const each of [pages, least]) each.sort((a, b) => a - b);
  return { p50_ms: quantile(pages, 0.5), p99_ms: quantile(pages, 0.99), least_p50_ms: quantile(least, 0.5), least_p99_ms: quantile(least, 0.99) };
}

export async function workflows(context) {
  if (!context.hasWeir) return [];
  return [...(await atOnce(context)), ...(await list(context))];
}
