// @ts-check
// weir backup, weir restore and weir inspect beside a server that is in use.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import { assertOrdered, epochOf, publish, publishMany, request, sequenceOf, topicPath } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {string[]} args */
async function succeeds(...args) {
  const ended = await run(args);
  assert.equal(ended.code, 0, `weir ${args.join(' ')}: ${ended.stderr}${ended.stdout}`);
  return ended.stdout;
}

/** A server with something in every part of its log. @param {import('../support/test.mjs').Scope} scope */
async function used(scope) {
  const directory = scope.tempDir();
  const dataDir = path.join(directory, 'data');
  const server = await scope.server({ dataDir, configPath: path.join(directory, 'weir.toml'), config: '[[namespace]]\nname = "orders"\ntopics = ["orders/**"]\n' });
  await publishMany(server, Array.from({ length: 500 }, (_, i) => ({ topic: i % 3 === 0 ? `orders/${i % 7}` : 'news', data: `${i}` })));
  await publish(server, 'finite', 'the end', { headers: { 'Weir-Close': 'true' } });
  return { directory, dataDir, server, out: path.join(directory, 'backup.db') };
}

/** Publishes as fast as one connection goes until told to stop. */
class Publisher {
  /** @type {{cursor: string, data: string}[]} */
  acknowledged = [];
  #stopped = false;
  #done;

  /** @param {import('../support/server.mjs').Server} server @param {string} topic */
  constructor(server, topic) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.#done = (async () => {
      for (let i = 0; !this.#stopped; ++i) {
        const data = `${topic} ${i} ${'x'.repeat(2000)}`;
        const { cursor } = await publish(server, topic, data, { agent });
        this.acknowledged.push({ cursor, data });
      }
      agent.destroy();
    })();
  }

  async stop() {
    this.#stopped = true;
    await this.#done;
  }
}

test('ABackupMadeUnderLoadHoldsEveryEventAcknowledgedBeforeItBeganInOrderOnce', async (scope) => {
  const { directory, dataDir, server, out } = await used(scope);
  const publishers = ['load/a', 'load/b', 'load/c', 'load/d'].map((topic) => new Publisher(server, topic));
  await eventually(() => publishers.every(({ acknowledged }) => acknowledged.length > 200), 'the publishers are at it', seconds(30));
  const before = publishers.map(({ acknowledged }) => acknowledged.length);
  // So slow that it is sure to be overtaken.
  const said = await succeeds('backup', '--data-dir', dataDir, '--rate', '4MiB', out);
  const after = publishers.map(({ acknowledged }) => acknowledged.length);
  for (const [i, count] of after.entries()) assert(count > before[i] + 20, `${count - before[i]} events were published meanwhile`);
  await Promise.all(publishers.map((each) => each.stop()));
  assert.match(said, /everything up to [0-9a-f]{16}-\d+/);

  const restoredDir = path.join(directory, 'restored');
  await succeeds('restore', out, '--data-dir', restoredDir);
  const restored = await scope.server({ dataDir: restoredDir });
  const stream = scope.closing(await scope.subscribe(restored, '/v1/subscribe?match=load/**&after=earliest'));
  const head = (await request(restored, 'GET', '/v1/stats')).json.cursor;
  const last = Math.max(...publishers.map(({ acknowledged }, i) => sequenceOf(acknowledged[before[i] - 1].cursor)));
  assert(sequenceOf(head) >= last);
  await stream.until(() => {
    const newest = stream.events.at(-1)?.id;
    return newest !== undefined && sequenceOf(newest) >= last;
  }, 'everything of before is delivered', seconds(30));
  assertOrdered(stream.events);
  const delivered = new Map(stream.events.map((each) => [sequenceOf(each.id ?? ''), each.data]));
  for (const [i, { acknowledged }] of publishers.entries()) {
    for (const { cursor, data } of acknowledged.slice(0, before[i])) assert.equal(delivered.get(sequenceOf(cursor)), data);
  }
});

test('ARestoredLogTellsOldCursorsOfAGapAndTheSameEpochDoesNot', async (scope) => {
  const { directory, dataDir, server, out } = await used(scope);
  const { cursor } = await publish(server, 'news', 'the last one');
  await succeeds('backup', '--data-dir', dataDir, out);

  const renewed = path.join(directory, 'renewed');
  assert.match(await succeeds('restore', out, '--data-dir', renewed), /a new epoch: clients with older cursors are told of a gap/);
  const other = await scope.server({ dataDir: renewed });
  const stream = await scope.subscribe(other, topicPath('news').concat(`?after=${cursor}`));
  const gap = await stream.control('gap');
  assert.equal(gap.json.reason, 'epoch');
  assert.notEqual(epochOf(gap.json.available_from), epochOf(cursor));
  assert.equal((await stream.event()).data, '1');

  const same = path.join(directory, 'same');
  await succeeds('restore', out, '--data-dir', same, '--same-epoch');
  const again = await scope.server({ dataDir: same });
  const resumed = await scope.subscribe(again, topicPath('news').concat(`?after=${cursor}`));
  const next = await publish(again, 'news', 'after the restore');
  assert.equal(sequenceOf(next.cursor), sequenceOf(cursor) + 1);
  assert.equal((await resumed.event()).data, 'after the restore');
  assert(!resumed.frames.some((each) => each.type === 'gap'));
  const refused = await request(again, 'POST', topicPath('finite'), { body: 'more' });
  assert.equal(refused.status, 409, 'what has ended has ended in the copy, too');
});

test('RestoreRefusesADirectoryWithAnythingInItAndChangesNothing', async (scope) => {
  const { directory, dataDir, out } = await used(scope);
  await succeeds('backup', '--data-dir', dataDir, out);
  const target = path.join(directory, 'target');
  await succeeds('restore', out, '--data-dir', target);
  const before = readFileSync(path.join(target, 'log.db'));
  for (const into of [dataDir, target]) {
    const { code, stderr } = await run(['restore', out, '--data-dir', into]);
    assert.equal(code, 1);
    assert.match(stderr, /^weir: .*is not empty.*\n$/);
  }
  assert.deepEqual(readFileSync(path.join(target, 'log.db')), before);
});

test('BackupNeverReplacesAFileAndLeavesNothingHalf', async (scope) => {
  const { directory, dataDir, out } = await used(scope);
  writeFileSync(out, 'precious');
  const { code, stderr } = await run(['backup', '--data-dir', dataDir, out]);
  assert.equal(code, 1);
  assert.match(stderr, /File exists/);
  assert.equal(readFileSync(out, 'utf8'), 'precious');
  const nowhere = await run(['backup', '--data-dir', path.join(directory, 'nothing'), `${out}2`]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /there is no .*log\.db/);
  const bad = await run(['backup', '--data-dir', dataDir, '--rate', 'fast', `${out}2`]);
  assert.equal(bad.code, 2);
  assert.deepEqual(readdirSync(directory).filter((name) => name.startsWith('backup')), ['backup.db']);
});

test('ABackupIsReadableForItsOwnerOnly', async (scope) => {
  const { dataDir, out } = await used(scope);
  await succeeds('backup', '--data-dir', dataDir, out);
  assert.equal(statSync(out).mode & 0o777, 0o600);
  assert(!existsSync(`${out}-wal`));
});

test('InspectTellsTheFiguresOfARunningServerAndOfAStoppedOne', async (scope) => {
  const { dataDir, server } = await used(scope);
  for (const running of [true, false]) {
    const stats = running ? (await request(server, 'GET', '/v1/stats')).json : undefined;
    const pid = running ? server.pid : 0;
    if (!running) await server.stop();
    const report = JSON.parse(await succeeds('inspect', dataDir, '--check', '--json'));
    if (stats) {
      assert.equal(report.head, stats.cursor);
      assert.equal(report.floor, stats.available_from);
      assert.equal(report.events, stats.log_events);
      assert.equal(report.bytes, stats.log_bytes);
      assert.match(report.in_use_by, new RegExp(`^pid ${pid} since 20`));
    } else {
      assert.equal(report.in_use_by, null);
      assert.equal(report.clean, true);
    }
    assert.equal(report.version, 2);
    assert.equal(report.events, 501);
    assert.equal(report.topics, 9);
    assert.equal(report.closed_topics, 1);
    assert.deepEqual(report.namespaces.map((/** @type {{name: string, events: number}} */ each) => [each.name, each.events]), [['', 334], ['orders', 167]]);
    assert.equal(report.largest_topics[0].topic, 'news');
    assert.equal(report.largest_topics[0].events, 333);
    assert.equal(report.check.sound, true, JSON.stringify(report.check));
  }
  const text = await succeeds('inspect', dataDir, '--topics', '2', '--check');
  assert.match(text, /^state +closed in good order$/m);
  assert.match(text, /^check +sound: \d+ rows, 501 events$/m);
  assert.match(text, /^news +333 /m);
});

test('InspectFindsDamageAndSaysSoByItsExitStatus', async (scope) => {
  const { dataDir, server } = await used(scope);
  await publish(server, 'victim', `needle ${'v'.repeat(3000)}`);
  await server.stop();
  const file = path.join(dataDir, 'log.db');
  const bytes = readFileSync(file);
  const at = bytes.indexOf('needle');
  assert(at > 0);
  bytes[at] ^= 1;
  writeFileSync(file, bytes);
  const { code, stdout } = await run(['inspect', dataDir, '--check', '--json']);
  assert.equal(code, 1);
  const { check } = JSON.parse(stdout);
  assert.equal(check.sound, false);
  assert.equal(check.damage.length, 1);
  assert.match(check.damage[0], /fails its checksum/);
  // Without --check it reads what it needs and no more.
  assert.equal((await run(['inspect', dataDir])).code, 0);

  writeFileSync(file, bytes.subarray(0, 5000));
  const cut = await run(['inspect', dataDir, '--check']);
  assert.equal(cut.code, 1);
  assert.match(cut.stderr + cut.stdout, /damaged|malformed|DAMAGED/);
});

test('AServerRefusesALogOfANewerVersionAndSaysWhy', async (scope) => {
  const { dataDir, server } = await used(scope);
  await server.stop();
  const file = path.join(dataDir, 'log.db');
  const bytes = readFileSync(file);
  bytes.writeUInt32BE(99, 60); // user_version, by SQLite's file format.
  writeFileSync(file, bytes);
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir]);
  assert.equal(code, 1);
  assert.match(stderr, /version 99, and this program knows versions up to 2: a newer weir has written it/);
  assert.deepEqual(readFileSync(file), bytes);
});
