// @ts-check
// One test with its servers, directories and connections, all of which end with it.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import nodeTest from 'node:test';

import { seconds, within } from './deadline.mjs';
import { RawConnection } from './raw.mjs';
import { Server } from './server.mjs';
import { SseStream } from './sse.mjs';
import { onWire, Skipped } from './wire.mjs';

export class Scope {
  /** @type {(() => unknown)[]} */
  #cleanups = [];
  /** @type {{close(): unknown}[]} */
  #connections = [];
  /** @type {Server[]} */
  servers = [];

  /** @param {import('node:test').TestContext} context */
  constructor(context) {
    this.context = context;
  }

  /** Runs at the end of the test, last come first served. @param {() => unknown} cleanup */
  defer(cleanup) {
    this.#cleanups.push(cleanup);
  }

  tempDir() {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'weir-test-'));
    this.defer(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  }

  /**
   * A server on a port of its own, with a data directory unless `memory`.
   * @param {import('./server.mjs').ServerOptions & {memory?: boolean}} [options]
   */
  async server({ memory = false, ...options } = {}) {
    const directory = this.tempDir();
    const server = new Server({
      ...onWire(options),
      dataDir: options.dataDir ?? (memory ? undefined : path.join(directory, 'data')),
      configPath: options.configPath ?? path.join(directory, 'weir.toml'),
    });
    this.servers.push(server);
    this.defer(() => server.kill());
    return server.start();
  }

  /** @param {Server} server */
  async raw(server) {
    return this.closing(await RawConnection.open(server));
  }

  /**
   * An event stream, after its first frame: from here on nothing that is published is missed.
   * @param {Server} server
   * @param {string} target
   * @param {{headers?: Record<string, string>, version?: string}} [options]
   */
  async subscribe(server, target, options) {
    const stream = this.closing(await SseStream.open(server, target, options));
    await stream.welcome();
    return stream;
  }

  /**
   * Closes a connection before the servers are stopped, so that they have nothing to drain.
   * @template {{close(): unknown}} T
   * @param {T} connection
   */
  closing(connection) {
    this.#connections.push(connection);
    return connection;
  }

  /** @param {boolean} passed */
  async close(passed) {
    try {
      for (const connection of this.#connections.splice(0)) await connection.close();
      if (passed) for (const server of this.servers) await server.stop();
    } finally {
      for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
    }
  }

  report() {
    for (const server of this.servers) {
      const tail = server.log.split('\n').slice(-60).join('\n');
      this.context.diagnostic(`log of ${server.url}:\n${tail}`);
    }
  }
}

/**
 * A test named with a sentence. `body` gets a Scope; if it passes every server still running must stop cleanly.
 * @param {string} name
 * @param {(scope: Scope) => unknown} body
 * @param {{timeout?: number}} [options] timeout in seconds
 */
export function test(name, body, { timeout = 60 } = {}) {
  nodeTest(name, async (context) => {
    const scope = new Scope(context);
    let passed = false;
    try {
      await within(Promise.resolve(body(scope)), 'the test ends', seconds(timeout));
      passed = true;
      await scope.close(true);
    } catch (error) {
      if (error instanceof Skipped) return context.skip(error.message);
      scope.report();
      throw error;
    } finally {
      if (!passed) await scope.close(false);
    }
  });
}
