// @ts-check
// The real binary as a child process.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Signal, seconds, within } from './deadline.mjs';

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = path.resolve(repository, process.env.WEIR_BINARY ?? 'build/dev/weir');

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * What the binary sees of this process's environment: no WEIR_ variable, because those are settings.
 * @param {Record<string, string>} [extra]
 */
export function environment(extra = {}) {
  /** @type {Record<string, string | undefined>} */
  const clean = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith('WEIR_') && !name.startsWith('NODE_')) clean[name] = value;
  }
  return { ...clean, ...extra };
}

/**
 * Runs the binary to its end.
 * @param {string[]} args
 * @param {{input?: string, env?: Record<string, string>, cwd?: string}} [options]
 * @returns {Promise<{code: number | null, stdout: string, stderr: string}>}
 */
export async function run(args, { input = '', env = {}, cwd } = {}) {
  const child = spawn(binary, args, { env: environment(env), cwd });
  running.add(child);
  /** @type {Buffer[]} */
  const stdout = [];
  /** @type {Buffer[]} */
  const stderr = [];
  child.stdout.on('data', (bytes) => stdout.push(bytes));
  child.stderr.on('data', (bytes) => stderr.push(bytes));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  try {
    const code = await within(
      new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', resolve);
      }),
      `weir ${args.join(' ')} ends`,
    );
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  } finally {
    running.delete(child);
    child.kill('SIGKILL');
  }
}

/**
 * @typedef {object} ServerOptions
 * @property {string[]} [args] further flags
 * @property {string} [dataDir] none: events are kept in memory
 * @property {string} [config] text of a TOML file, written to `configPath`
 * @property {string} [configPath]
 * @property {Record<string, string>} [env]
 * @property {string} [host]
 * @property {string} [listenOptions] of the first address: "?tls&role=public"
 * @property {string[]} [listen] whole addresses instead of it
 * @property {import('node:tls').ConnectionOptions} [tls] how a client connects where `listenOptions` have tls
 * @property {number} [port] 0: any free one, kept over restarts
 * @property {string} [logLevel]
 * @property {import('./wire.mjs').Wire} [wire] how requests and event streams go to it
 */

export class Server {
  /** Everything that all processes of this server wrote to stderr and stdout. */
  log = '';
  port = 0;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Promise<{code: number | null, signal: string | null}>} */
  #exit = Promise.resolve({ code: 0, signal: null });
  #signal = new Signal();
  #logStart = 0;

  /** @param {ServerOptions} options */
  constructor(options) {
    this.options = options;
    this.host = options.host ?? '127.0.0.1';
    this.port = options.port ?? 0;
    if (options.config !== undefined) this.writeConfig(options.config);
  }

  /** @param {string} text */
  writeConfig(text) {
    assert(this.options.configPath, 'a configuration needs a place');
    writeFileSync(this.options.configPath, text);
  }

  get url() {
    return `${this.tls ? 'https' : 'http'}://${this.host}:${this.port}`;
  }

  get tls() {
    return this.options.tls;
  }

  get wire() {
    return this.options.wire;
  }

  get pid() {
    assert(this.#child?.pid, 'the server runs');
    return this.#child.pid;
  }

  get running() {
    return this.#child !== undefined;
  }

  /** What the current process has logged. */
  get currentLog() {
    return this.log.slice(this.#logStart);
  }

  arguments() {
    const { args = [], dataDir, config, configPath, logLevel } = this.options;
    const addresses = this.options.listen ?? [`${this.host}:${this.port}${this.options.listenOptions ?? ''}`];
    const all = ['serve', ...addresses.flatMap((each) => ['--listen', each])];
    if (dataDir !== undefined) all.push('--data-dir', dataDir);
    if (config !== undefined && configPath !== undefined) all.push('--config', configPath);
    if (logLevel !== undefined) all.push('--log-level', logLevel);
    return [...all, ...args];
  }

  /** Starts the process and waits until it says that it listens. */
  async start() {
    assert(!this.#child, 'started once at a time');
    assert(existsSync(binary), `${binary} exists; build it or set WEIR_BINARY`);
    const child = spawn(binary, this.arguments(), { env: environment(this.options.env), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(child);
    this.#logStart = this.log.length;
    for (const pipe of [child.stdout, child.stderr]) {
      pipe?.on('data', (bytes) => {
        this.log += bytes.toString();
        this.#signal.notify();
      });
    }
    let ended = false;
    this.#exit = new Promise((resolve) => {
      child.on('error', (error) => {
        this.log += String(error);
      });
      child.on('close', (code, signal) => {
        running.delete(child);
        if (this.#child === child) this.#child = undefined;
        ended = true;
        resolve({ code, signal });
        this.#signal.notify();
      });
    });
    const url = await this.#signal.until(
      () => {
        const line = this.currentLog.split('\n').find((each) => each.includes('listening') && /(https?:\/\/|unix:)[^\s"]+/.test(each));
        const match = line?.match(/(https?:\/\/|unix:)[^\s"]+/);
        // A line may arrive in two pieces: take it only whole.
        if (match && this.currentLog.includes(`${line}\n`)) return new URL(match[0]);
        assert(!ended, `the server ended before it listened:\n${this.currentLog}`);
        return undefined;
      },
      () => `the server says that it listens; it said:\n${this.currentLog}`,
      seconds(15),
    );
    this.port = Number(url.port);
    return this;
  }

  /** @param {RegExp} pattern @param {number} [milliseconds] */
  async logged(pattern, milliseconds) {
    return this.#signal.until(() => this.currentLog.match(pattern), () => `a log line like ${pattern} in:\n${this.currentLog}`, milliseconds);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    process.kill(this.pid, signal);
  }

  /** Waits for the end of the process. @param {number} [milliseconds] */
  async exited(milliseconds = seconds(15)) {
    return within(this.#exit, () => `the server ends; it said:\n${this.currentLog}`, milliseconds);
  }

  /** Stops as an operator does, and holds the server to a clean end. */
  async stop() {
    if (!this.#child) return;
    this.signal('SIGTERM');
    const { code, signal } = await this.exited(seconds(20));
    assert.equal(code, 0, `exit code after SIGTERM (signal ${signal})`);
    this.checkSanitizers();
  }

  checkSanitizers() {
    assert.doesNotMatch(this.log, /(AddressSanitizer|ThreadSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:|\bWEIR_CHECK\b)/);
  }

  /** kill -9 */
  async kill() {
    if (!this.#child) return;
    this.#child.kill('SIGKILL');
    await this.exited();
  }

  /** kill -9, then the same directory and the same port again. */
  async killAndRestart() {
    await this.kill();
    await this.start();
  }

  /** Resident memory in bytes. */
  residentBytes() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(status.match(/VmRSS:\s+(\d+) kB/)?.[1]) * 1024;
  }
}
