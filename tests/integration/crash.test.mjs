// @ts-check
// kill -9 at random moments under load: every acknowledged event is there afterwards, in order, once, and every
// subscriber that resumes gets exactly the whole sequence.
//
// WEIR_TEST_CRASH_ROUNDS (50) and WEIR_TEST_SEED choose rounds and moments.
import assert from 'node:assert/strict';
import http from 'node:http';

import { publishJson, request, sequenceOf, topicPath } from '../support/client.mjs';
import { seconds } from '../support/deadline.mjs';
import { randomOf } from '../support/random.mjs';
import { ChunkDecoder, RawConnection } from '../support/raw.mjs';
import { SseStream } from '../support/sse.mjs';
import { test } from '../support/test.mjs';

const rounds = Number(process.env.WEIR_TEST_CRASH_ROUNDS ?? 50);
const firstSeed = Number(process.env.WEIR_TEST_SEED ?? Date.now() % 2 ** 32);
const topics = ['a', 'b', 'c/1', 'c/2'];

/** What publishers were told, over all rounds. */
class Ledger {
  /** @type {Map<string, string>} cursor to data */
  acknowledged = new Map();
  /** @type {(() => void) | undefined} */
  #reached;
  #target = Infinity;

  /** @param {string} cursor @param {string} data */
  add(cursor, data) {
    assert(!this.acknowledged.has(cursor), `one cursor, one event: ${cursor}`);
    this.acknowledged.set(cursor, data);
    if (this.acknowledged.size >= this.#target) this.#reached?.();
  }

  /** @param {number} more */
  after(more) {
    this.#target = this.acknowledged.size + more;
    return new Promise((resolve) => {
      this.#reached = () => resolve(undefined);
    });
  }
}

/**
 * Publishes one event at a time until the server is gone.
 * @param {import('../support/server.mjs').Server} server
 * @param {Ledger} ledger
 * @param {(i: number) => {topic: string, data: string}} next
 */
async function publishSingles(server, ledger, next) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; ; ++i) {
    const { topic, data } = next(i);
    const answer = await request(server, 'POST', topicPath(topic), { body: data, agent }).catch(() => undefined);
    if (answer === undefined) break;
    assert.equal(answer.status, 200, answer.text);
    ledger.add(answer.json.cursor, data);
  }
  agent.destroy();
}

/**
 * Retries under an idempotency key after the crash, as a careful client does: each event comes exactly once.
 * @param {import('../support/server.mjs').Server} server
 * @param {Ledger} ledger
 * @param {{next: number}} state
 */
async function publishOnce(server, ledger, state) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const data = `once:${state.next}`;
    const answer = await request(server, 'POST', topicPath('a'), { body: data, agent, headers: { 'Idempotency-Key': data } }).catch(() => undefined);
    if (answer === undefined) break;
    assert.equal(answer.status, 200, answer.text);
    ledger.add(answer.json.cursor, data);
    ++state.next;
  }
  agent.destroy();
}

/**
 * Publishes lines over one open request, a few at a time, until the server is gone.
 * @param {import('../support/server.mjs').Server} server
 * @param {Ledger} ledger
 * @param {string} name
 */
async function publishLines(server, ledger, name) {
  const connection = await RawConnection.open(server);
  try {
    await connection.send('POST /v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n');
    /** @type {string[]} */
    const sent = [];
    const decoder = new ChunkDecoder();
    let text = '';
    let answered = 0;
    /** @type {import('../support/raw.mjs').Head | undefined} */
    let head;
    for (;;) {
      let lines = '';
      for (let i = 0; i < 20; ++i) {
        const data = `${name}:${sent.length}`;
        sent.push(data);
        lines += `${JSON.stringify({ topic: topics[sent.length % topics.length], data })}\n`;
      }
      await connection.send(`${lines.length.toString(16)}\r\n${lines}\r\n`);
      head ??= await connection.readHead();
      assert.equal(head.status, 200);
      await connection.until(() => {
        text += decoder.feed(connection.take(connection.received.length)).toString();
        for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
          const line = JSON.parse(text.slice(0, end));
          text = text.slice(end + 1);
          assert(line.cursor, JSON.stringify(line));
          ledger.add(line.cursor, sent[answered++]);
        }
        return answered === sent.length;
      }, 'answers to all lines');
    }
  } catch (error) {
    if (/** @type {any} */ (error).code === 'ERR_ASSERTION') throw error;
  } finally {
    connection.close();
  }
}

/** A client that keeps its last id and comes back. */
class Resumer {
  /** @type {[string, string][]} cursor and data of everything received */
  received = [];
  lastId = 'earliest';
  /** @type {SseStream | undefined} */
  stream;
  /** What came out of order, whichever connection it was. @type {string | undefined} */
  wrong;

  /** @param {string} target */
  constructor(target) {
    this.target = target;
  }

  /** @param {import('../support/server.mjs').Server} server */
  async connect(server) {
    this.stream?.close();
    const stream = await SseStream.open(server, this.target, { headers: { 'Last-Event-ID': this.lastId } });
    this.stream = stream;
    for (const early of stream.events) this.#take(early);
    stream.onEvent = (frame) => this.#take(frame);
  }

  /** @param {import('../support/sse.mjs').Frame} frame */
  #take({ id = '', data = '' }) {
    const before = this.received.length === 0 ? 0 : sequenceOf(this.lastId);
    if (sequenceOf(id) <= before) this.wrong ??= `${id} after ${this.lastId}`;
    this.received.push([id, data]);
    this.lastId = id;
  }

  /** @param {string} cursor */
  async reach(cursor) {
    await this.stream?.until(() => this.lastId === cursor, `${this.target} reaches ${cursor}, is at ${this.lastId}`, seconds(20));
    assert.equal(this.wrong, undefined, this.target);
  }
}

test('NothingAcknowledgedIsLostNorRepeatedOverKills', async (scope) => {
  scope.context.diagnostic(`seed ${firstSeed}, ${rounds} rounds (WEIR_TEST_SEED, WEIR_TEST_CRASH_ROUNDS)`);
  const random = randomOf(firstSeed);
  const server = await scope.server({ args: ['--wal-bytes', '1MiB'] });
  const ledger = new Ledger();
  const once = { next: 0 };
  const all = new Resumer('/v1/subscribe?match=**');
  const some = new Resumer('/v1/subscribe?topic=b&match=c/*');
  const one = new Resumer('/v1/topics/a');
  const resumers = [all, some, one];
  for (const each of resumers) scope.closing({ close: () => each.stream?.close() });
  let checked = 0;

  for (let round = 0; round < rounds; ++round) {
    await Promise.all(resumers.map((each) => each.connect(server)));
    const enough = ledger.after(1 + random(300));
    const publishers = Promise.all([
      publishSingles(server, ledger, (i) => ({ topic: topics[i % topics.length], data: `p0.${round}:${i}` })),
      publishSingles(server, ledger, (i) => ({ topic: 'a', data: `p1.${round}:${i}` })),
      publishSingles(server, ledger, (i) => ({ topic: 'b', data: `p2.${round}:${i} ${'x'.repeat(20_000)}` })),
      publishOnce(server, ledger, once),
      publishLines(server, ledger, `p3.${round}`),
      publishLines(server, ledger, `p4.${round}`),
    ]);
    await Promise.race([enough, publishers]);
    // A moment that is not the one right after an answer.
    for (let spin = random(40); spin > 0; --spin) await new Promise((resolve) => setImmediate(resolve));
    if (round % 5 === 4) resumers[random(3)].stream?.close();
    await server.kill();
    await publishers;

    await server.start();
    await Promise.all(resumers.map((each) => each.connect(server)));
    const { cursor } = await publishJson(server, { topics, data: `end:${round}` });
    await Promise.all(resumers.map((each) => each.reach(cursor)));

    // The subscriber of everything: 1, 2, 3 … without a hole, and with what was acknowledged.
    const seen = new Map(all.received.slice(checked));
    for (const [index, [id]] of all.received.slice(checked).entries()) assert.equal(sequenceOf(id), checked + index + 1, `round ${round}`);
    for (const [id, data] of [...ledger.acknowledged].slice(-5000)) {
      if (sequenceOf(id) > checked) assert.equal(seen.get(id), data, `${id} was acknowledged in round ${round}`);
    }
    checked = all.received.length;
  }

  scope.context.diagnostic(`${ledger.acknowledged.size} events acknowledged, ${all.received.length} in the log`);
  const whole = new Map(all.received);
  assert.equal(whole.size, all.received.length);
  for (const [id, data] of ledger.acknowledged) assert.equal(whole.get(id), data, id);
  assert.equal(new Set(all.received.map(([, data]) => data)).size, all.received.length, 'no event twice');
  assertPublisherOrder(all.received);
  const onceSeen = all.received.map(([, data]) => data).filter((data) => data.startsWith('once:'));
  // The very last one may have been committed without its answer having been seen.
  assert.deepEqual(onceSeen, Array.from({ length: onceSeen.length }, (_, i) => `once:${i}`));
  assert(onceSeen.length - once.next <= 1);
  const ids = new Set(some.received.map(([id]) => id));
  assert.equal(ids.size, some.received.length);
  const fresh = new Resumer('/v1/subscribe?match=**');
  scope.closing({ close: () => fresh.stream?.close() });
  await fresh.connect(server);
  await fresh.reach(all.lastId);
  assert.deepEqual(fresh.received, all.received, 'a reader from the start gets the same');
  const partial = new Resumer(some.target);
  scope.closing({ close: () => partial.stream?.close() });
  await partial.connect(server);
  await partial.reach(some.lastId);
  assert.deepEqual(partial.received, some.received, 'and so for some topics');
}, { timeout: 60 + rounds * 5 });

/** @param {[string, string][]} received */
function assertPublisherOrder(received) {
  /** @type {Map<string, number>} */
  const last = new Map();
  for (const [, data] of received) {
    const [publisher, number] = data.split(':');
    const at = Number.parseInt(number, 10);
    assert(at === (last.get(publisher) ?? -1) + 1, `${data.slice(0, 40)} after ${last.get(publisher)}`);
    last.set(publisher, at);
  }
}
