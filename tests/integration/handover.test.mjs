// @ts-check
// A new server takes over from the one that runs: nobody is refused, nothing is lost, nothing comes
// twice.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

import { Certificates } from '../support/certificates.mjs';
import { publish, request, topicPath } from '../support/client.mjs';
import { Signal, eventually, seconds } from '../support/deadline.mjs';
import { run, Server } from '../support/server.mjs';
import { SseStream } from '../support/sse.mjs';
import { test } from '../support/test.mjs';

/**
 * The server that takes over from another: the same flags and the same port.
 * @param {import('../support/test.mjs').Scope} scope
 * @param {Server} old
 */
async function takeOver(scope, old) {
  const next = new Server({ ...old.options, port: old.port, args: [...(old.options.args ?? []), '--takeover'] });
  scope.servers.push(next);
  scope.defer(() => next.kill());
  await next.start();
  return next;
}

/** A client that comes back as a browser does, and notes what happens to it. */
class Follower {
  /** @type {string[]} */
  data = [];
  refused = 0;
  broken = 0;
  connects = 0;
  stopped = false;
  signal = new Signal();

  /** @param {import('../support/raw.mjs').Address} address @param {string} target */
  constructor(address, target) {
    this.address = address;
    this.target = target;
    this.running = this.#run();
  }

  async #run() {
    /** @type {string | undefined} */
    let last;
    while (!this.stopped) {
      try {
        const stream = await SseStream.open(this.address, this.target, { headers: last ? { 'Last-Event-ID': last } : {} });
        this.stream = stream;
        ++this.connects;
        await stream.welcome();
        stream.onEvent = (frame) => {
          this.data.push(frame.data ?? '');
          last = frame.id;
          this.signal.notify();
        };
        for (const frame of stream.events) {
          this.data.push(frame.data ?? '');
          last = frame.id;
        }
        this.signal.notify();
        if (!(await stream.end(seconds(60)))) ++this.broken;
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ECONNREFUSED') ++this.refused;
        else if (!this.stopped) ++this.broken;
      }
    }
  }

  async stop() {
    this.stopped = true;
    this.stream?.close();
    await this.running;
  }
}

/** One request after another until told to stop; each event is published once. */
class Publisher {
  /** What was acknowledged. @type {string[]} */
  acknowledged = [];
  /** @type {string[]} */
  errors = [];
  stopped = false;
  signal = new Signal();

  /** @param {import('../support/raw.mjs').Address} address @param {string} name @param {http.Agent} agent */
  constructor(address, name, agent) {
    this.address = address;
    this.name = name;
    this.agent = agent;
    this.running = this.#run();
  }

  async #run() {
    for (let i = 0; !this.stopped; ++i) {
      const body = `${this.name}:${i}`;
      try {
        const answer = await request(this.address, 'POST', topicPath('t'), { body, agent: this.agent });
        if (answer.status === 200) this.acknowledged.push(body);
        else this.errors.push(`${answer.status}`);
      } catch (error) {
        this.errors.push(String(/** @type {NodeJS.ErrnoException} */ (error).code ?? error));
      }
      this.signal.notify();
    }
  }

  async stop() {
    this.stopped = true;
    await this.running;
    this.agent.destroy();
  }
}

for (const secure of [false, true]) {
  test(`AHandOver${secure ? 'UnderTls' : ''}LosesNothingAndRefusesNobody`, async (scope) => {
    const certificates = secure ? new Certificates(scope.tempDir()) : undefined;
    const pair = certificates?.issue('weir');
    const server = await scope.server({
      ...(certificates && pair ? { listenOptions: '?tls', tls: certificates.client() } : {}),
      args: ['--shards', '2', '--handover-timeout', '500ms', ...(pair ? ['--tls-certificate', pair.certificate, '--tls-key', pair.key] : [])],
    });
    const address = { host: server.host, port: server.port, tls: server.tls };
    const followers = Array.from({ length: 20 }, () => new Follower(address, '/v1/topics/t?after=earliest'));
    await eventually(() => followers.every((each) => each.connects === 1), 'all follow');
    const agents = (/** @type {boolean} */ keepAlive) => (secure ? new https.Agent({ keepAlive }) : new http.Agent({ keepAlive }));
    const publishers = ['a', 'b', 'c'].map((name, i) => new Publisher(address, name, agents(i !== 2)));
    scope.defer(() => Promise.all([...followers, ...publishers].map((each) => each.stop())));
    const [steady] = publishers;
    await steady.signal.until(() => steady.acknowledged.length > 50, '50 publishes');

    const next = await takeOver(scope, server);
    assert.equal((await server.exited()).code, 0, 'the old one ends by itself');
    const before = steady.acknowledged.length;
    await steady.signal.until(() => steady.acknowledged.length > before + 50, '50 publishes to the new one');
    await eventually(() => followers.every((each) => each.connects >= 2), 'all have come back');
    for (const each of publishers) await each.stop();

    for (const each of publishers) assert.deepEqual(each.errors, [], `publisher ${each.name}`);
    const expected = publishers.flatMap((each) => each.acknowledged).sort();
    for (const follower of followers) {
      await follower.signal.until(() => follower.data.length >= expected.length, () => `${follower.data.length} of ${expected.length} events`);
      assert.deepEqual([...follower.data].sort(), expected, 'every event once');
      assert.equal(follower.refused, 0);
      assert.equal(follower.broken, 0);
      await follower.stop();
    }
    assert.notEqual(next.pid, undefined);
  }, { timeout: 90 });
}

test('ASessionIsResumedByTheServerThatTookOver', async (scope) => {
  const certificates = new Certificates(scope.tempDir());
  const { certificate, key } = certificates.issue('weir');
  const server = await scope.server({ listenOptions: '?tls', tls: certificates.client(), args: ['--tls-certificate', certificate, '--tls-key', key] });
  const agent = new https.Agent({ keepAlive: false });
  await request(server, 'GET', '/healthz', { agent });
  const next = await takeOver(scope, server);
  await request(next, 'GET', '/healthz', { agent });
  const { text } = await request(next, 'GET', '/metrics', { agent });
  assert.match(text, /^weir_tls_resumed_total [1-9]/m);
  agent.destroy();
});

test('UnixSocketsAreHandedOverToo', async (scope) => {
  const file = path.join(scope.tempDir(), 'weir.sock');
  const server = await scope.server({ listen: [`unix:${file}`] });
  const address = { host: 'localhost', port: 0, path: file };
  await publish(address, 't', '1');
  const before = statSync(file).ino;
  const next = await takeOver(scope, server);
  await server.exited();
  assert.equal(statSync(file).ino, before, 'the same file');
  assert.equal((await publish(address, 't', '2')).sequence, 2);
  await next.stop();
  assert(!existsSync(file), 'the last one removes it');
});

test('ManyHandOversInARowKeepTheLog', async (scope) => {
  let server = await scope.server({ args: ['--shards', '1', '--handover-timeout', '200ms'] });
  for (let i = 1; i <= 5; ++i) {
    assert.equal((await publish(server, 't', String(i))).sequence, i);
    const next = await takeOver(scope, server);
    assert.equal((await server.exited()).code, 0);
    server = next;
    // As many shards as sockets, fewer and more.
    server.options.args = ['--shards', String((i % 3) + 1), '--handover-timeout', '200ms'];
  }
});

test('WhereNobodyRunsATakeoverIsAnOrdinaryStart', async (scope) => {
  const server = await scope.server({ args: ['--takeover'] });
  await server.logged(/nobody_to_take_over/);
  await publish(server, 't', 'x');
  await server.killAndRestart();
  assert.equal((await publish(server, 't', 'x')).sequence, 2, 'a socket that was left behind is no hindrance');
  const without = await run(['serve', '--takeover', '--listen', '127.0.0.1:0']);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /takeover: data_dir/);
});

test('ASuccessorThatCannotStartLeavesTheOldServerAlone', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const bad = await run(['serve', '--takeover', '--data-dir', server.options.dataDir ?? '', '--listen', `127.0.0.1:${server.port}?tls`, '--tls-certificate', '/nowhere.pem']);
  assert.equal(bad.code, 2);
  await publish(server, 't', 'x');
  assert.equal((await stream.take(1))[0].data, 'x');
  assert.equal(statSync(`${server.options.dataDir}/handover.sock`).mode & 0o777, 0o600);
});
