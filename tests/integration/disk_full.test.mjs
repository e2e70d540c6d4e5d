// @ts-check
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { assertProblem, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

/** @param {string[]} args */
const mount = (args) => spawnSync('mount', args, { encoding: 'utf8' });

test('AFullDiskIs507LosesNothingAndRecovers', async (scope) => {
  const directory = scope.tempDir();
  const mounted = mount(['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', directory]);
  if (mounted.error || mounted.status !== 0) {
    scope.context.skip(`a small file system cannot be mounted here: ${(mounted.stderr ?? String(mounted.error)).trim()}`);
    return;
  }
  scope.defer(() => spawnSync('umount', ['-l', directory]));
  const server = await scope.server({ dataDir: `${directory}/data`, args: ['--wal-bytes', '1MiB'] });
  const live = await scope.subscribe(server, '/v1/topics/t');
  /** @type {string[]} */
  const acknowledged = [];
  const publish = async () => {
    const answer = await request(server, 'POST', '/v1/topics/t', { body: `${acknowledged.length} ${'x'.repeat(50_000)}` });
    if (answer.status === 200) acknowledged.push(answer.json.cursor);
    return answer;
  };
  const full = await eventually(async () => {
    const answer = await publish();
    return answer.status === 200 ? undefined : answer;
  }, 'the disk is full', seconds(30));
  assertProblem(full, 507, 'storage-full');
  assert(acknowledged.length > 20, `${acknowledged.length} fitted`);

  // What is there is served, also to who comes now.
  await live.take(acknowledged.length);
  const reader = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await reader.take(acknowledged.length)).map((each) => each.id), acknowledged);
  assert.equal((await request(server, 'GET', '/healthz')).status, 200);

  const more = mount(['-o', 'remount,size=64m', directory]);
  assert.equal(more.status, 0, more.stderr);
  await eventually(async () => (await publish()).status === 200, 'it recovers when space returns', seconds(30));
  for (let i = 0; i < 20; ++i) assert.equal((await publish()).status, 200);
  assert.deepEqual((await live.take(21)).map((each) => each.id), acknowledged.slice(-21));

  await server.killAndRestart();
  const after = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await after.take(acknowledged.length)).map((each) => each.id), acknowledged);
});

test('AKillOnAFullDiskLosesNothing', async (scope) => {
  const directory = scope.tempDir();
  const mounted = mount(['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', directory]);
  if (mounted.error || mounted.status !== 0) {
    scope.context.skip(`a small file system cannot be mounted here: ${(mounted.stderr ?? String(mounted.error)).trim()}`);
    return;
  }
  scope.defer(() => spawnSync('umount', ['-l', directory]));
  const server = await scope.server({ dataDir: `${directory}/data`, args: ['--wal-bytes', '1MiB'] });
  /** @type {string[]} */
  const acknowledged = [];
  await eventually(async () => {
    const answer = await request(server, 'POST', '/v1/topics/t', { body: 'x'.repeat(50_000) });
    if (answer.status === 200) acknowledged.push(answer.json.cursor);
    return answer.status === 507;
  }, 'the disk is full', seconds(30));
  await server.kill();
  assert.equal(mount(['-o', 'remount,size=64m', directory]).status, 0);
  await server.start();
  const reader = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await reader.take(acknowledged.length)).map((each) => each.id), acknowledged);
});
