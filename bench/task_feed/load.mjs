// usage: node bench/task_feed/load.mjs --server HOST:PORT --pid PID [--watchers 100] [--idle 5] [--changes 50]
//
// The task feed under watchers: one owner with 12 tasks under way and 30 that have ended, as the polls of weir_bench_polls
// have them, and so many streams. First nothing happens for --idle seconds; then each change is made when the one before
// has reached every stream. Prints the figures as one line of JSON.
import fs from 'node:fs';
import net from 'node:net';
import { parseArgs } from 'node:util';

import { asker } from '../runner/ask.mjs';

const { values } = parseArgs({
  options: {
    server: { type: 'string' }, pid: { type: 'string' },
    watchers: { type: 'string', default: '100' }, idle: { type: 'string', default: '5' }, changes: { type: 'string', default: '50' },
  },
});
if (!values.server || !values.pid) {
  console.error('task_feed: --server and --pid are needed');
  process.exit(2);
}
const [host, port] = values.server.split(':');
const [watchers, idle, changes] = [values.watchers, values.idle, values.changes].map(Number);
const active = 12;
const ended = 30;
const openAtOnce = 200;

const ask = asker(values.server, 1);

async function fill() {
  const ids = [];
  for (let i = 0; i < active + ended; i += 1) {
    const product = { id: `p${i}`, name: `Product ${i}`, status: 'draft', generatedName: `Name ${i}`, subcategoryId: 1, seoDescription: 's'.repeat(300) };
    const { task } = JSON.parse(await ask('POST', '/api/task-feed', { productName: `Product ${i}`, productId: `p${i}`, owner: 'demo', product }));
    await ask('PATCH', `/api/task-feed/${task.id}/progress`, { progress: 40, currentStage: 'describe' });
    if (i < ended) await ask('POST', `/api/task-feed/${task.id}/complete`, {});
    else ids.push(task.id);
  }
  return ids;
}

/** A stream of the feed; `reached` are the bytes since the change that is waited for, `on` is called when it is there. */
function watch(state) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), host);
    let head = '';
    let open = false;
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('close', () => (state.closing ? undefined : state.fail(new Error('the server ended a stream'))));
    socket.on('connect', () => socket.write(`GET /api/task-feed/stream?user=demo HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: text/event-stream\r\n\r\n`));
    let tail = '';
    socket.on('data', (bytes) => {
      state.bytes += bytes.length;
      if (!open) {
        head += bytes;
        if (!head.includes('event: snapshot') || !head.endsWith('\n\n') && !head.endsWith('\n\n\r\n')) return;
        open = true;
        head = '';
        resolve(socket);
        return;
      }
      tail = (tail + bytes).slice(-4_096);
      if (state.marker && tail.includes(state.marker)) {
        tail = '';
        state.reached();
      }
    });
  });
}

const metric = async (name) => Number((await ask('GET', '/metrics')).match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);
/** Of the server, user and system, in seconds. */
function cpuSeconds() {
  const fields = fs.readFileSync(`/proc/${values.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function quantile(times, share) {
  times.sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(share * times.length))];
}

async function main() {
  const ids = await fill();
  const snapshot = Buffer.byteLength(await ask('GET', '/api/task-feed?user=demo'));
  const state = { bytes: 0, marker: '', closing: false, reached() {}, fail() {} };
  const failed = new Promise((_, reject) => { state.fail = reject; });
  failed.catch(() => {});
  const sockets = [];
  for (let first = 0; first < watchers; first += openAtOnce) {
    sockets.push(...await Promise.all(Array.from({ length: Math.min(openAtOnce, watchers - first) }, () => watch(state))));
  }
  const queries = await metric('weir_task_feed_store_queries_total');
  const cpu = cpuSeconds();
  state.bytes = 0;
  await new Promise((resolve) => setTimeout(resolve, idle * 1_000));
  const idleQueries = (await metric('weir_task_feed_store_queries_total')) - queries;
  const idleCpu = cpuSeconds() - cpu;
  const idleBytes = state.bytes;

  const times = [];
  const answered = [];
  const bytes = [];
  for (let i = 0; i < changes; i += 1) {
    state.bytes = 0;
    state.marker = `"currentStage":"stage ${i}"`;
    let left = watchers;
    const all = new Promise((resolve) => {
      state.reached = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
    const start = performance.now();
    await ask('PATCH', `/api/task-feed/${ids[i % 10 + (active - 10)]}/progress`, { currentStage: `stage ${i}` });
    answered.push(performance.now() - start);
    await Promise.race([all, failed]);
    times.push(performance.now() - start);
    bytes.push(state.bytes / watchers);
  }
  state.closing = true;
  for (const socket of sockets) socket.destroy();
  return {
    scenario: 'task_feed', faults: 0, watchers, snapshot_bytes: snapshot,
    idle_queries_per_second: idleQueries / idle, idle_bytes_per_second: idleBytes / idle, idle_cores: idleCpu / idle,
    change_bytes: Math.max(...bytes), answered_p50_ms: quantile(answered, 0.5), change_p50_ms: quantile(times, 0.5), change_p99_ms: quantile(times, 0.99),
  };
}

const figures = await main().catch((error) => ({ scenario: 'task_feed', faults: 1, first_fault: String(error.message ?? error) }));
console.log(JSON.stringify(figures));
process.exit(figures.faults > 0 ? 1 : 0);
