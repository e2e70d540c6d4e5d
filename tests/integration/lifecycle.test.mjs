// @ts-check
// Starting, stopping, reloading.
import assert from 'node:assert/strict';
import net from 'node:net';

import { publish, publishMany, request } from '../support/client.mjs';
import { eventually, seconds } from '../support/deadline.mjs';
import { run } from '../support/server.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/server.mjs').Server} server @returns {Promise<string>} */
function connectError(server) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: server.host, port: server.port });
    socket.on('connect', () => {
      socket.destroy();
      resolve('');
    });
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code ?? 'error'));
  });
}

test('DrainingEndsStreamsAfterAWholeEventAndSaysSo', async (scope) => {
  const server = await scope.server();
  const streams = await Promise.all([
    ...Array.from({ length: 10 }, () => scope.subscribe(server, '/v1/topics/t')),
    scope.subscribe(server, '/events'),
    scope.subscribe(server, '/v1/topics/t', { version: '1.0' }),
  ]);
  await publish(server, 't', 'x');
  const idle = await scope.raw(server);
  await idle.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await idle.readResponse();
  server.signal('SIGTERM');
  const times = new Set();
  for (const stream of streams) {
    const drain = await stream.control('drain');
    assert(drain.retry !== undefined, 'with a retry');
    times.add(drain.retry);
    assert.equal(await stream.end(), true, 'a clean end');
    assert.equal(stream.frames.at(-1)?.type, 'drain', 'and nothing after it');
  }
  assert(times.size > 1, 'spread over the window');
  await idle.readEnd();
  assert.equal((await server.exited()).code, 0);
  assert.equal(await connectError(server), 'ECONNREFUSED');
});

test('DrainingEndsASlowReadersStreamAfterAWholeEventToo', async (scope) => {
  const server = await scope.server();
  const reader = await scope.subscribe(server, '/v1/topics/t');
  reader.pause();
  const events = Array.from({ length: 100 }, (_, i) => ({ topic: 't', data: `${i} ${'x'.repeat(100_000)}` }));
  const cursors = (await publishMany(server, events)).map((each) => each.cursor);
  server.signal('SIGTERM');
  await eventually(async () => (await connectError(server)) === 'ECONNREFUSED', 'the listener is closed');
  server.signal('SIGHUP');  // There is nothing left to reload for, and no reason to hurry.
  reader.resume();
  assert((await reader.control('drain')).retry !== undefined, 'with a retry');
  assert.equal(await reader.end(), true, 'a clean end');
  const seen = reader.events.map((each) => each.id);
  assert(seen.length < cursors.length, 'it does not get everything first');
  assert.deepEqual(seen, cursors.slice(0, seen.length));
  assert.equal((await server.exited()).code, 0);
});

test('ARequestThatHasArrivedWhenTheDrainBeginsIsAnswered', async (scope) => {
  const server = await scope.server();
  const connections = [];
  for (let i = 0; i < 20; ++i) {
    const connection = await scope.raw(server);
    await connection.send('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await connection.readResponse();
    connections.push(connection);
  }
  // Stopped, the server finds requests and signal together when it goes on.
  server.signal('SIGSTOP');
  for (const connection of connections) await connection.send('POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx');
  server.signal('SIGTERM');
  server.signal('SIGCONT');
  for (const connection of connections) assert.equal((await connection.readResponse()).status, 200);
  assert.equal((await server.exited()).code, 0);
});

test('AStopDoesNotWaitForClientsThatWereToldToClose', async (scope) => {
  const server = await scope.server({ args: ['--drain-timeout', '60s'] });
  const connection = await scope.raw(server);
  await connection.send('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await connection.readResponse();
  server.signal('SIGTERM');
  // The connection is still open on this side; a linger of the server's takes five seconds.
  const start = Date.now();
  assert.equal((await server.exited()).code, 0);
  assert(Date.now() - start < seconds(4), `${Date.now() - start} ms`);
});

test('DrainingAnswersThePublishThatIsUnderWay', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const connection = await scope.raw(server);
  await connection.send('POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nhalf');
  const lines = await scope.raw(server);
  await lines.send('POST /v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n19\r\n{"topic":"t","data":"1"}\n\r\n');
  await stream.event();
  server.signal('SIGTERM');
  await stream.control('drain');
  await eventually(async () => (await connectError(server)) === 'ECONNREFUSED', 'the listener is closed');
  await connection.send('half');
  const answer = await connection.readResponse();
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.field('connection'), 'close');
  await lines.send('19\r\n{"topic":"t","data":"2"}\n\r\n0\r\n\r\n');
  const lineAnswers = (await lines.readResponse()).text.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(lineAnswers.length, 2);
  for (const each of lineAnswers) assert(each.cursor, JSON.stringify(each));
  assert.equal((await server.exited()).code, 0);
  await server.start();
  const replay = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await replay.take(3)).map((each) => each.data).sort(), ['1', '2', 'halfhalf']);
});

test('DrainingTakesNoLongerThanItsWindow', async (scope) => {
  const server = await scope.server({ args: ['--drain-timeout', '1s'] });
  const connection = await scope.raw(server);
  await connection.send('POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nhalf');
  const stalled = await scope.subscribe(server, '/v1/topics/t');
  stalled.pause();
  for (let i = 0; i < 5; ++i) await publishMany(server, Array.from({ length: 100 }, () => ({ topic: 't', data: 'x'.repeat(10_000) })));
  const start = Date.now();
  server.signal('SIGTERM');
  const { code } = await server.exited();
  assert.equal(code, 0);
  assert(Date.now() - start < seconds(5), `${Date.now() - start} ms`);
});

test('UnderLoadAStopLosesNothingThatWasAcknowledged', async (scope) => {
  const server = await scope.server();
  /** @type {string[]} */
  const acknowledged = [];
  let refused = 0;
  const publishers = Promise.all(
    Array.from({ length: 8 }, async (_, p) => {
      for (let i = 0; ; ++i) {
        const answer = await request(server, 'POST', '/v1/topics/t', { body: `${p}:${i}` }).catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(answer.json.cursor);
        else return ++refused;
      }
    }),
  );
  await eventually(() => acknowledged.length > 200, '200 publishes');
  server.signal('SIGTERM');
  assert.equal((await server.exited()).code, 0);
  await publishers;
  assert.equal(refused, 8);
  await server.start();
  const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  await stream.until(() => stream.events.length >= acknowledged.length, 'all of them');
  const ids = new Set(stream.events.map((each) => each.id));
  for (const cursor of acknowledged) assert(ids.has(cursor), `${cursor} is there`);
});

test('SigintStopsToo', async (scope) => {
  const server = await scope.server();
  server.signal('SIGINT');
  assert.equal((await server.exited()).code, 0);
});

test('ReloadTakesOriginsAndKeepaliveAndKeepsStreams', async (scope) => {
  const server = await scope.server({ config: 'cors_origin = ["https://old.example"]\nkeepalive = "1h"\n' });
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const allowed = async (/** @type {string} */ origin) => (await request(server, 'GET', '/healthz', { headers: { Origin: origin } })).headers['access-control-allow-origin'] === origin;
  assert.equal(await allowed('https://old.example'), true);
  server.writeConfig('cors_origin = ["https://new.example"]\nkeepalive = "200ms"\n');
  server.signal('SIGHUP');
  await eventually(() => allowed('https://new.example'), 'the new origin');
  assert.equal(await allowed('https://old.example'), false);
  const fresh = await scope.subscribe(server, '/v1/topics/t');
  await fresh.until(() => fresh.comments.length > 0, 'a keepalive after the new time');
  await publish(server, 't', 'x');
  await stream.take(1);
});

test('AReloadThatCannotBeReadChangesNothing', async (scope) => {
  const server = await scope.server({ config: 'cors_origin = ["https://old.example"]\n' });
  const before = server.currentLog.length;
  server.writeConfig('cors_origin = ["https://new.example"]\nkeepalive = "soon"\n');
  server.signal('SIGHUP');
  await eventually(() => /keepalive/.test(server.currentLog.slice(before)), 'the log says why');
  const answer = await request(server, 'GET', '/healthz', { headers: { Origin: 'https://old.example' } });
  assert.equal(answer.headers['access-control-allow-origin'], 'https://old.example');
});

test('ASecondServerOnADataDirectoryRefusesToStartAndSaysWhoHoldsIt', async (scope) => {
  const server = await scope.server();
  const second = await run(['serve', '--listen', '127.0.0.1:0', '--data-dir', server.options.dataDir ?? '']);
  assert.notEqual(second.code, 0);
  assert.match(second.stderr, new RegExp(`\\b${server.pid}\\b`), 'it names the process');
  assert.equal((await publish(server, 't', 'x')).sequence, 1, 'the first one goes on');
  await server.killAndRestart();
  assert.equal((await publish(server, 't', 'x')).sequence, 2, 'a lock does not outlive its process');
});

test('WithoutADataDirectoryItSaysThatEventsAreInMemory', async (scope) => {
  const server = await scope.server({ memory: true });
  await server.logged(/memory/);
  assert.equal((await request(server, 'GET', '/v1/stats')).json.durable, false);
  const durable = await scope.server();
  assert.equal((await request(durable, 'GET', '/v1/stats')).json.durable, true);
});

test('AnAddressThatIsTakenOrIsNoneIsToldInOneLine', async (scope) => {
  const blocker = net.createServer();
  await new Promise((resolve) => blocker.listen(0, '127.0.0.1', () => resolve(undefined)));
  scope.defer(() => blocker.close());
  const { port } = /** @type {net.AddressInfo} */ (blocker.address());
  const taken = await run(['serve', '--listen', `127.0.0.1:${port}`]);
  assert.notEqual(taken.code, 0);
  assert.match(taken.stderr, new RegExp(`${port}`));
  const nonsense = await run(['serve', '--listen', 'nonsense']);
  assert.equal(nonsense.code, 2);
});

test('EveryAddressThatIsGivenIsListenedOn', async (scope) => {
  const server = await scope.server({ args: ['--listen', '127.0.0.2:0'] });
  const urls = await eventually(() => {
    const all = [...server.currentLog.matchAll(/https?:\/\/([^\s":]+):(\d+)/g)];
    return all.length >= 2 ? all : undefined;
  }, 'both addresses are told');
  for (const [, host, port] of urls) assert.equal((await request({ host, port: Number(port) }, 'GET', '/healthz')).status, 200);
});

test('ConfigShowTellsTheSettingsThatCount', async (scope) => {
  const directory = scope.tempDir();
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${directory}/weir.toml`, 'keepalive = "7s"\nretry = "3s"\n');
  const shown = await run(['config', 'show', '--config', `${directory}/weir.toml`, '--header-timeout', '9s'], { env: { WEIR_RETRY: '4s' } });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^keepalive\s*=\s*"7s"/m);
  assert.match(shown.stdout, /^retry\s*=\s*"4s"/m);
  assert.match(shown.stdout, /^header_timeout\s*=\s*"9s"/m);
  const again = `${directory}/again.toml`;
  writeFileSync(again, shown.stdout);
  const checked = await run(['config', 'check', again]);
  assert.equal(checked.code, 0, `what it shows is a configuration: ${checked.stderr}`);
});

test('ConfigCheckNamesThePlaceOfAMistake', async (scope) => {
  const directory = scope.tempDir();
  const { writeFileSync } = await import('node:fs');
  const file = `${directory}/weir.toml`;
  for (const [text, hint] of [
    ['keepalive = "7s"\nkeepalve = "7s"\n', /weir\.toml:2.*keepalive/],
    ['keepalive = "soon"\n', /weir\.toml:1.*soon/],
    ['keepalive = \n', /weir\.toml:1/],
    ['cors_origin = ["*"]\ncors_credentials = true\n', /cors_origin/],
  ]) {
    writeFileSync(file, /** @type {string} */ (text));
    const checked = await run(['config', 'check', file]);
    assert.notEqual(checked.code, 0);
    assert.match(checked.stderr, /** @type {RegExp} */ (hint));
    assert.equal(checked.stderr.trimEnd().split('\n').length, 1, `one line: ${checked.stderr}`);
  }
  writeFileSync(file, 'keepalive = "7s"\n');
  assert.equal((await run(['config', 'check', file])).code, 0);
});

test('BadUsageIsExit2AndOneLine', async () => {
  for (const args of [['no-such-command'], ['serve', '--no-such-flag'], ['serve', '--keepalive', 'soon'], ['serve', '--keepalive'], ['serve', '--shards', '-1'], ['serve', 'surplus'], ['config'], []]) {
    const { code, stderr, stdout } = await run(args);
    assert.equal(code, 2, `weir ${args.join(' ')}: ${stderr}`);
    assert.equal(stderr.trimEnd().split('\n').length, 1, `one line: ${stderr}`);
    assert.equal(stdout, '');
  }
});

test('AVariableThatIsNoSettingIsWarnedOf', async (scope) => {
  // Other software may use the prefix, so it is no reason not to start.
  const server = await scope.server({ env: { WEIR_KEEPALVE: '1s' } });
  await server.logged(/WEIR_KEEPALVE.*WEIR_KEEPALIVE/);
  const bad = await run(['serve'], { env: { WEIR_KEEPALIVE: 'soon' } });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /WEIR_KEEPALIVE/);
});

test('HelpAndVersionAreForPeople', async () => {
  const help = await run(['--help']);
  assert.equal(help.code, 0);
  for (const command of ['serve', 'pub', 'sub', 'topics', 'config', 'version']) assert.match(help.stdout, new RegExp(`\\b${command}\\b`));
  assert.doesNotMatch(help.stdout, /\x1b\[/, 'no colours but on a terminal');
  const serve = await run(['serve', '--help']);
  assert.equal(serve.code, 0);
  for (const flag of ['--listen', '--data-dir', '--config', '--keepalive', '--cors-origin', '--cors-credentials', '--event-bytes-max', '--header-timeout', '--body-timeout', '--durability', '--shards']) {
    assert(serve.stdout.includes(flag), flag);
  }
  const version = await run(['version']);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
});
