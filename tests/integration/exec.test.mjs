// @ts-check
// `weir sub --exec`: a command for each event, and a cursor that only moves when it has succeeded.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { publish, publishMany, sequenceOf } from '../support/client.mjs';
import { Command } from '../support/command.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {string} file @returns {string[]} */
const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
/** @param {string} file */
const cursorOf = (file) => (existsSync(file) ? sequenceOf(readFileSync(file, 'utf8').trim()) : 0);

test('TheCommandGetsEachEventInOrderWithItsData', async (scope) => {
  const server = await scope.server();
  const cwd = scope.tempDir();
  for (const data of ['one', 'two\nlines', '']) await publish(server, 'jobs/1', data, { headers: { 'Weir-Event': 'made' } });
  const { code, stderr } = await run(['sub', 'jobs/1', '--url', server.url, '--after', 'earliest', '--count', '3', '--exec', 'printf "%s %s %s [" $WEIR_TOPIC $WEIR_EVENT $WEIR_CURSOR >> log; cat >> log; echo "]" >> log'], { cwd });
  assert.equal(code, 0, stderr);
  const text = readFileSync(path.join(cwd, 'log'), 'utf8').replace(/[0-9a-f]{16}-/g, '');
  assert.equal(text, 'jobs/1 made 1 [one]\njobs/1 made 2 [two\nlines]\njobs/1 made 3 []\n');
});

test('ACommandThatFailsIsTheEndAndItsEventIsTheNextOnesFirst', async (scope) => {
  const server = await scope.server();
  const cwd = scope.tempDir();
  const cursor = path.join(cwd, 'cursor');
  for (const data of ['one', 'two', 'three']) await publish(server, 't', data);
  const args = ['sub', 't', '--url', server.url, '--after', 'earliest', '--cursor-file', cursor, '--exec', 'read -r data || true; echo "$data" >> log; [ "$data" != two ] || [ -e fixed ]'];
  const failed = await run(args, { cwd });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /the command for [0-9a-f]{16}-2 ended with status 1/);
  assert.equal(cursorOf(cursor), 1);
  writeFileSync(path.join(cwd, 'fixed'), '');
  const again = await run([...args, '--count', '2'], { cwd });
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(linesOf(path.join(cwd, 'log')), ['one', 'two', 'two', 'three']);
  assert.equal(cursorOf(cursor), 3);
});

test('ACommandIsTriedAgainAsOftenAsWanted', async (scope) => {
  const server = await scope.server();
  const cwd = scope.tempDir();
  await publish(server, 't', 'x');
  const { code, stderr } = await run(['sub', 't', '--url', server.url, '--after', 'earliest', '--count', '1', '--retry', '2', '--exec', 'echo try >> log; [ $(wc -l < log) -ge 3 ]'], { cwd });
  assert.equal(code, 0, stderr);
  assert.equal(linesOf(path.join(cwd, 'log')).length, 3);
});

test('KilledInTheMiddleNoEventIsLost', async (scope) => {
  const server = await scope.server();
  const cwd = scope.tempDir();
  const cursor = path.join(cwd, 'cursor');
  const count = 200;
  const answers = await publishMany(server, Array.from({ length: count }, (_, i) => ({ topic: 't', data: `event ${i}` })));
  const args = ['sub', 't', '--url', server.url, '--after', 'earliest', '--cursor-file', cursor, '--jobs', '3', '--exec', 'cat > "$WEIR_CURSOR"'];
  for (const share of [40, 110]) {
    const command = new Command(scope, args, { cwd });
    await eventually(() => cursorOf(cursor) >= share, `${share} are done`, seconds(30));
    command.kill('SIGKILL');
    await command.ended();
  }
  const last = new Command(scope, args, { cwd });
  await eventually(() => cursorOf(cursor) === count, 'all are done', seconds(30));
  last.kill('SIGTERM');
  assert.equal((await last.ended()).code, 143);
  for (const [i, each] of answers.entries()) assert.equal(readFileSync(path.join(cwd, each.cursor), 'utf8'), `event ${i}`);
});

test('ASignalReachesTheCommandAndWhatItHasDoneCounts', async (scope) => {
  const server = await scope.server();
  const cwd = scope.tempDir();
  const cursor = path.join(cwd, 'cursor');
  await publish(server, 't', 'x');
  await publish(server, 't', 'y');
  const command = new Command(scope, ['sub', 't', '--url', server.url, '--after', 'earliest', '--cursor-file', cursor, '--exec', "trap 'echo told > told; exit 0' TERM; mkfifo never; (echo > ready; exec cat never) & wait"], { cwd });
  await eventually(() => existsSync(path.join(cwd, 'ready')), 'the command runs');
  command.kill('SIGTERM');
  assert.equal((await command.ended()).code, 143);
  assert.deepEqual(linesOf(path.join(cwd, 'told')), ['told']);
  assert.equal(cursorOf(cursor), 1, 'the first is done, the second was not begun');
});

test('TheStreamGoesOnAfterARestartOfTheServer', async (scope) => {
  const server = await scope.server();
  const cwd = scope.tempDir();
  const log = path.join(cwd, 'log');
  const cursor = path.join(cwd, 'cursor');
  const command = new Command(scope, ['sub', 't', '--url', server.url, '--cursor-file', cursor, '--exec', 'cat >> log; echo >> log'], { cwd });
  await eventually(() => existsSync(cursor), 'where it began is kept before the first event');
  await publish(server, 't', 'before');
  await eventually(() => linesOf(log).length === 1, 'the first');
  await server.killAndRestart();
  await publish(server, 't', 'after');
  await eventually(() => linesOf(log).length === 2, 'the second', seconds(20));
  assert.deepEqual(linesOf(log), ['before', 'after']);
  command.kill('SIGINT');
  assert.equal((await command.ended()).code, 130);
});

test('ATokenIsSentAndNeverShown', async (scope) => {
  const server = await scope.server();
  const raw = await import('node:http');
  /** @type {(string | undefined)[]} */
  const seen = [];
  const spy = raw.createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401, { 'Content-Type': 'application/problem+json' }).end('{"code":"x","title":"No"}');
  });
  await new Promise((resolve) => spy.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => spy.close());
  const address = /** @type {import('node:net').AddressInfo} */ (spy.address());
  const url = `http://127.0.0.1:${address.port}`;
  for (const args of [['pub', 't', 'x'], ['sub', 't'], ['topics']]) {
    const { code, stdout, stderr } = await run([...args, '--url', url], { env: { WEIR_TOKEN: 's3cret-token' } });
    assert.equal(code, 1, stderr);
    assert(!`${stdout}${stderr}`.includes('s3cret'), stderr);
    const help = await run([args[0], '--help'], { env: { WEIR_TOKEN: 's3cret-token' } });
    assert(!help.stdout.includes('s3cret'));
  }
  assert.deepEqual(seen, Array(3).fill('Bearer s3cret-token'));
  await publish(server, 't', 'x');
});
