// The servers that are measured: how each is started, on core 0, and which processes it is.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import * as paths from './paths.mjs';

const serverCore = '0';
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const running = new Set();

process.on('exit', () => {
  for (const server of running) server.child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function freePort() {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export function makeFolder(name) {
  fs.mkdirSync(paths.scratch, { recursive: true });
  return fs.mkdtempSync(path.join(paths.scratch, `${name}-`));
}

export function weirCommand(address, folder, extra = []) {
  return [
    paths.weir, 'serve', '--listen', address, '--data-dir', path.join(folder, 'data'),
    '--shards', '1', '--durability', 'fsync', ...extra,
  ];
}

// A certificate of its own for each server: it costs a few milliseconds, and no key outlives its run.
function tlsCommand(address, folder, extra = []) {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-keyout', key, '-out', certificate,
  ], { stdio: 'pipe' });
  return weirCommand(`${address}?tls`, folder, ['--tls-certificate', certificate, '--tls-key', key, ...extra]);
}

function nginxCommand(address, folder) {
  const template = fs.readFileSync(path.join(paths.peers, 'nginx.conf.template'), 'utf8');
  const file = path.join(folder, 'nginx.conf');
  fs.writeFileSync(file, template.replaceAll('@FOLDER@', folder).replaceAll('@LISTEN@', address));
  return ['nginx', '-p', folder, '-e', path.join(folder, 'error.log'), '-c', file];
}

const node = (script) => (address) => ['node', path.join(paths.peers, script), address];

// command(address, folder) -> argv; `load` are options that the generator needs for this server; connect(port) is how
// it is connected to, if not plainly.
export const kinds = {
  weir: { command: (address, folder, options) => weirCommand(address, folder, options.weirArguments) },
  weirTls: {
    command: (address, folder, options) => tlsCommand(address, folder, options.weirArguments),
    load: { tls: 'yes' }, connect: (port) => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }),
  },
  bare: { command: (address) => [path.join(paths.programs, 'weir_bench_bare'), '--listen', address] },
  bareMerging: {
    command: (address) => [
      path.join(paths.programs, 'weir_bench_bare'), '--listen', address, '--merge', 'yes',
    ],
  },
  bareWebSocket: {
    command: (address) => [
      path.join(paths.programs, 'weir_bench_bare'), '--listen', address, '--wire', 'websocket',
    ],
  },
  nchan: { command: nginxCommand, load: { 'numbered-ids': 'no' }, hasWorker: true },
  betterSse: { command: node('better_sse_server.mjs'), load: { 'numbered-ids': 'no' } },
  express: { command: node('express_server.mjs'), load: { 'numbered-ids': 'no' } },
};

const connectPlainly = (port) => net.connect(port, '127.0.0.1');

async function accepts(port, connect = connectPlainly) {
  return new Promise((resolve) => {
    const socket = connect(port);
    socket.on(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', () => {
      // Asking /readyz, not just connecting: a server may listen before it can serve.
      socket.write('GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1').startsWith('HTTP/1.1 200'));
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

function childrenOf(pid) {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean);
}

// Starts a server and waits until it is ready. `folder` (its own, by default a new one) is removed by `stop`
// unless it was given; `cores` are those it runs on.
export async function startServer(name, options = {}) {
  const kind = kinds[name];
  const ownFolder = !options.folder;
  const folder = options.folder ?? makeFolder(name);
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const log = fs.openSync(path.join(folder, 'server.log'), 'a');
  const child = spawn('taskset', ['-c', options.cores ?? serverCore, ...kind.command(address, folder, options)], {
    stdio: ['ignore', log, log],
  });
  fs.closeSync(log);
  const server = { name, child, address, folder, ownFolder };
  running.add(server);
  const deadline = Date.now() + startTimeoutMs;
  while (!(await accepts(port, kind.connect))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const text = fs.readFileSync(path.join(folder, 'server.log'), 'utf8');
      throw new Error(`${name} did not start:\n${text.slice(-2000)}`);
    }
    await sleep(20);
  }
  // taskset becomes the server, so the child's id is the server's.
  const pids = [child.pid, ...(kind.hasWorker ? childrenOf(child.pid) : [])];
  server.load = { server: address, pid: pids.join(','), ...kind.load };
  return server;
}

export async function stopServer(server) {
  const ended = new Promise((resolve) => server.child.once('exit', resolve));
  if (server.child.exitCode === null) {
    server.child.kill('SIGTERM');
    const patience = setTimeout(() => server.child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(patience);
  }
  running.delete(server);
  if (server.ownFolder) fs.rmSync(server.folder, { recursive: true, force: true });
}
