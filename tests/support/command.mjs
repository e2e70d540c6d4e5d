// @ts-check
// A command of the binary, or another program, that runs until it is told to stop.

import { spawn } from 'node:child_process';

import { Signal, seconds } from './deadline.mjs';
import { binary, environment } from './server.mjs';

export class Command {
  output = '';
  errors = '';
  /** @type {{code: number | null, signal: string | null} | undefined} */
  exit;
  #signal = new Signal();

  /**
   * @param {import('./test.mjs').Scope} scope
   * @param {string[]} args
   * @param {{env?: Record<string, string>, cwd?: string, program?: string}} [options]
   */
  constructor(scope, args, { env = {}, cwd, program = binary } = {}) {
    this.child = spawn(program, args, { env: environment(env), cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.on('data', (bytes) => {
      this.output += bytes;
      this.#signal.notify();
    });
    this.child.stderr.on('data', (bytes) => {
      this.errors += bytes;
      this.#signal.notify();
    });
    const closed = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        this.exit = { code, signal };
        this.#signal.notify();
        resolve(undefined);
      });
    });
    scope.defer(async () => {
      this.child.kill('SIGKILL');
      await closed;
    });
  }

  /** @param {() => unknown} ask @param {string} what @param {number} [milliseconds] */
  async until(ask, what, milliseconds = seconds(10)) {
    await this.#signal.until(() => ask() || this.exit, () => `${what}; ${JSON.stringify(this.output.slice(-300))} ${this.errors}`, milliseconds);
  }

  /** @param {number} [milliseconds] */
  async ended(milliseconds) {
    await this.until(() => this.exit, 'the command ends', milliseconds);
    return /** @type {{code: number | null, signal: string | null}} */ (this.exit);
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    this.child.kill(signal);
  }
}
