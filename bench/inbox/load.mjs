// usage: node bench/inbox/load.mjs --server HOST:PORT --pid PID [--users 1000] [--each 50] [--reads 2000]
//
// The inbox under load: fills the inboxes of so many users by HTTP, asks for counts and lists one after the other, tells
// everybody at once, and prints the figures as one line of JSON. What the server says is held against what was sent.
import fs from 'node:fs';
import { parseArgs } from 'node:util';

import { asker } from '../runner/ask.mjs';

const { values } = parseArgs({
  options: {
    server: { type: 'string' }, pid: { type: 'string' },
    users: { type: 'string', default: '1000' }, each: { type: 'string', default: '50' }, reads: { type: 'string', default: '2000' },
  },
});
if (!values.server || !values.pid) {
  console.error('inbox: --server and --pid are needed');
  process.exit(2);
}
const [users, each, reads] = [values.users, values.each, values.reads].map(Number);
const perRequest = 1_000;
const inFlight = 4;
// As far from each other as the baseline's, so that neighbours in a page are no help.
const stride = 7_919;

const ask = asker(values.server, inFlight);
const nameOf = (number) => `user-${number}`;

const seconds = (from) => (performance.now() - from) / 1_000;

async function fill() {
  const requests = [];
  for (let round = 0; round < each; round += 1) {
    for (let first = 0; first < users; first += perRequest) {
      requests.push({ first, count: Math.min(perRequest, users - first) });
    }
  }
  const title = 't'.repeat(24);
  const body = 'b'.repeat(120);
  let next = 0;
  const send = async () => {
    while (next < requests.length) {
      const { first, count } = requests[next];
      next += 1;
      await ask('POST', '/api/notifications', {
        users: Array.from({ length: count }, (_, i) => nameOf(first + i)), type: 'message', title, body, actionUrl: '/orders/17',
      });
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, send));
  return seconds(start);
}

function quantile(times, share) {
  times.sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(share * times.length))];
}

async function read(target, check) {
  const times = [];
  for (let i = 0; i < reads; i += 1) {
    const user = nameOf((i * stride) % users);
    const start = performance.now();
    const answer = await ask('GET', `${target}${target.includes('?') ? '&' : '?'}user=${user}`);
    times.push(performance.now() - start);
    check(JSON.parse(answer), user);
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function expect(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what} is ${actual}, not ${expected}`);
}

const metric = (text, name) => Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);

/** Until the last user has it. */
async function broadcast() {
  const told = metric(await ask('GET', '/metrics'), 'weir_notifications_total');
  const start = performance.now();
  await ask('POST', '/api/notifications', { everyone: true, type: 'message', title: 'To all', body: 'b'.repeat(120) });
  for (;;) {
    const now = metric(await ask('GET', '/metrics'), 'weir_notifications_total');
    if (now === told + users) return seconds(start);
    if (now > told + users) throw new Error(`${now - told} were told where there are ${users}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const privateBytes = () => [...fs.readFileSync(`/proc/${values.pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+:\s+(\d+) kB/gm)]
  .reduce((sum, [, size]) => sum + Number(size) * 1_024, 0);

async function main() {
  const before = privateBytes();
  const filled = await fill();
  const counts = await read('/api/notifications/counts', (answer, user) => expect(answer.unread, each, `what ${user} has not read`));
  const list = await read('/api/notifications?limit=50', (answer, user) => expect(answer.notifications.length, Math.min(each, 50), `the list of ${user}`));
  const all = await broadcast();
  await read('/api/notifications/counts', (answer, user) => expect(answer.unread, each + 1, `what ${user} has not read after the broadcast`));
  return {
    scenario: 'inbox', faults: 0, rows: users * each, fill_seconds: filled, rows_per_second: (users * each) / filled,
    counts_p50_ms: counts.p50, counts_p99_ms: counts.p99, list_p50_ms: list.p50, list_p99_ms: list.p99,
    broadcast_seconds: all, broadcast_per_second: users / all, private_bytes_before: before, private_bytes: privateBytes(),
  };
}

const figures = await main().catch((error) => ({ scenario: 'inbox', faults: 1, first_fault: String(error.message ?? error) }));
console.log(JSON.stringify(figures));
process.exit(figures.faults > 0 ? 1 : 0);
