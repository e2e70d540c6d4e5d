// @ts-check
// The whole server over HTTP/2: nothing of what it does may depend on the version of HTTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { assertOrdered, assertProblem, publish, publishMany, request } from '../support/client.mjs';
import { eventually, seconds, within } from '../support/deadline.mjs';
import { Http2Session } from '../support/http2.mjs';
import { test } from '../support/test.mjs';

/** @param {import('../support/test.mjs').Scope} scope @param {import('../support/server.mjs').Server} server @param {object} [options] */
async function connect(scope, server, options) {
  return scope.closing(await Http2Session.open(server, options));
}

/** @param {string} program @param {string[]} args */
async function output(program, args) {
  const child = spawn(program, args);
  /** @type {Buffer[]} */
  const parts = [];
  child.stdout.on('data', (bytes) => parts.push(bytes));
  child.stderr.on('data', (bytes) => parts.push(bytes));
  await within(new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }), `${program} ends`, seconds(30));
  return Buffer.concat(parts).toString();
}

test('AnEventPublishedOverHttp2ReachesTheStreamsOfItsOwnConnectionAndOfOthers', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server);
  const stream = await session.subscribe('/v1/topics/news');
  const old = await scope.subscribe(server, '/v1/topics/news');
  const answer = await session.request('POST', '/v1/topics/news', { body: 'hello' });
  assert.equal(answer.status, 200, answer.text);
  const [event] = await stream.take(1);
  assert.equal(event.data, 'hello');
  assert.equal(event.id, answer.json.cursor);
  assert.equal((await old.event()).id, answer.json.cursor);
});

test('ManyStreamsOfOneConnectionGetEveryEventAndCountAsSubscribersAndOneConnection', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server, { window: 1 << 24 });
  const streams = await Promise.all(Array.from({ length: 500 }, (_, i) => session.subscribe(`/v1/subscribe?topic=all&topic=own/${i}`)));
  const stats = await session.request('GET', '/v1/stats');
  assert.equal(stats.json.subscribers, 500);
  assert.equal(stats.json.connections, 1);
  const events = Array.from({ length: 20 }, (_, i) => ({ topic: 'all', data: `${i}` }));
  events.push(...streams.map((_, i) => ({ topic: `own/${i}`, data: `own ${i}` })));
  await publishMany(server, events);
  for (const [i, stream] of streams.entries()) {
    const taken = await stream.take(21, seconds(30));
    assertOrdered(taken);
    assert.deepEqual(taken.map((each) => each.data), [...Array.from({ length: 20 }, (_, k) => `${k}`), `own ${i}`]);
  }
});

test('AStreamResumesOverHttp2WhereItWasLeftOverHttp11', async (scope) => {
  const server = await scope.server();
  const old = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'one');
  const { id } = await old.event();
  old.close();
  await publish(server, 't', 'two');
  const session = await connect(scope, server);
  const stream = await session.subscribe('/v1/topics/t', { 'last-event-id': id });
  await publish(server, 't', 'three');
  const events = await stream.take(2);
  assert.deepEqual(events.map((each) => each.data), ['two', 'three']);
  assert(stream.frames.some((frame) => frame.type === 'recovery'));
});

test('AStreamThatIsNotReadDoesNotDisturbTheOthersOfItsConnection', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server, { window: 1 << 26 });
  const slow = await session.subscribe('/v1/topics/t');
  const quick = await session.subscribe('/v1/topics/t');
  slow.stream.pause();
  const filler = 'x'.repeat(10_000);
  const cursors = await publishMany(server, Array.from({ length: 500 }, (_, i) => ({ topic: 't', data: `${i} ${filler}` })));
  const all = await quick.take(500, seconds(30));
  assertOrdered(all);
  assert(slow.events.length < 500, 'the other one has its window full');
  const { json } = await session.request('GET', '/v1/stats');
  assert.equal(json.subscribers_behind, 1);
  slow.stream.resume();
  const late = await slow.take(500, seconds(30));
  assertOrdered(late);
  assert.equal(late.at(-1)?.id, cursors.at(-1)?.cursor);
});

test('BodiesAreTakenAndRefusedAsOverHttp11', async (scope) => {
  const server = await scope.server({ args: ['--event-bytes-max', '1MiB', '--header-bytes-max', '4KiB', '--target-bytes-max', '1KiB'] });
  const session = await connect(scope, server);
  const stream = await session.subscribe('/v1/topics/big');
  const data = 'y'.repeat(1024 * 1024);
  assert.equal((await session.request('POST', '/v1/topics/big', { body: data })).status, 200);
  assert.equal((await stream.take(1))[0].data, data);
  const lines = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ topic: 'lines', data: `${i}` })).join('\n');
  const answer = await session.request('POST', '/v1/publish', { headers: { 'content-type': 'application/x-ndjson' }, body: `${lines}\n` });
  assert.equal(answer.text.trim().split('\n').length, 1000);

  const problem = async (/** @type {number} */ status, /** @type {Promise<any>} */ asked) => assertProblem(await asked, status);
  await problem(413, session.request('POST', '/v1/topics/big', { body: `${data}z` }));
  await problem(404, session.request('GET', '/nowhere'));
  await problem(405, session.request('DELETE', '/healthz'));
  await problem(431, session.request('GET', '/healthz', { headers: { 'x-large': 'x'.repeat(5000) } }));
  await problem(414, session.request('GET', `/v1/topics/t?x=${'x'.repeat(2000)}`));
  await problem(400, session.request('POST', '/v1/publish', { headers: { 'content-type': 'application/json' }, body: '{' }));
  const head = await session.request('HEAD', '/healthz');
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal((await session.request('GET', '/healthz')).status, 200, 'the connection is as it was');
});

test('LinesWhoseAnswersAreNotReadWaitForAllUploadsOfTheirConnectionTogether', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server, { settings: { initialWindowSize: 0 } });
  // Two bytes each, and answers of some two hundred: 8 MB for each upload.
  const lines = 40_000;
  const body = 'x\n'.repeat(lines);
  const uploads = Array.from({ length: 6 }, (_, i) => {
    const length = i % 2 === 0 ? { 'content-length': `${body.length}` } : {};
    return session.request('POST', '/v1/publish', { headers: { 'content-type': 'application/x-ndjson', ...length }, body });
  });
  const stats = async () => (await request(server, 'GET', '/v1/stats')).json;
  await eventually(async () => (await stats()).http2_bodies_waited_total > 0, 'the bodies wait');
  session.session.settings({ initialWindowSize: 1 << 20 });
  for (const answer of await Promise.all(uploads)) {
    const answers = answer.text.trimEnd().split('\n');
    assert.equal(answers.length, lines);
    assert.equal(JSON.parse(answers[lines - 1]).line, lines);
  }
});

test('DrainingEndsTheStreamsOfAConnectionByTheContractAndThenTheConnection', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server);
  const idle = await connect(scope, server);
  const streams = await Promise.all(Array.from({ length: 20 }, () => session.subscribe('/v1/topics/t')));
  await publish(server, 't', 'x');
  server.signal('SIGTERM');
  for (const stream of streams) {
    assert.equal(await stream.end(), true, 'a clean end');
    assert.equal(stream.frames.at(-1)?.type, 'drain');
    assert.equal(stream.events.length, 1);
  }
  await session.end();
  await idle.end();
  assert.deepEqual([...new Set([...session.goaways, ...idle.goaways])], [0], 'nobody did anything wrong');
  assert.equal((await server.exited()).code, 0);
});

test('AfterAKillAClientOfHttp2ResumesWithoutALoss', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server);
  const stream = await session.subscribe('/v1/topics/t');
  await publish(server, 't', 'before');
  const [{ id }] = await stream.take(1);
  await server.kill();
  assert.equal(await stream.end(), false);
  await server.start();
  await publish(server, 't', 'after');
  const again = await connect(scope, server);
  const resumed = await again.subscribe('/v1/topics/t', { 'last-event-id': id });
  assert.equal((await resumed.take(1))[0].data, 'after');
});

test('AClientThatGivesUpAStreamIsNoSubscriberAnyMore', async (scope) => {
  const server = await scope.server();
  const session = await connect(scope, server);
  const streams = await Promise.all(Array.from({ length: 10 }, () => session.subscribe('/v1/topics/t')));
  for (const stream of streams.slice(0, 9)) stream.close();
  await eventually(async () => (await session.request('GET', '/v1/stats')).json.subscribers === 1, 'one is left');
  session.close();
  await eventually(async () => (await request(server, 'GET', '/v1/stats')).json.subscribers === 0, 'none is left');
});

test('RapidResetsEndTheConnectionAndAreCounted', async (scope) => {
  const server = await scope.server({ args: ['--http2-streams-max', '10', '--http2-resets-per-second', '1'] });
  const session = await connect(scope, server);
  for (let i = 0; i < 100 && !session.closed; ++i) {
    const stream = session.session.closed || session.session.destroyed ? undefined : session.session.request({ ':path': '/v1/topics/t', accept: 'text/event-stream' });
    if (!stream) break;
    stream.on('error', () => {});
    const gone = new Promise((resolve) => stream.on('close', resolve));
    stream.on('response', () => stream.close(8));
    await within(gone, 'the stream is given up');
  }
  await session.end();
  assert(session.goaways.includes(11), 'ENHANCE_YOUR_CALM');
  const { text } = await request(server, 'GET', '/metrics');
  assert.match(text, /^weir_http2_calmed_total 1$/m);
  assert.match(text, /^weir_http2_connections_total 1$/m);
});

test('CurlSpeaksHttp2WithPriorKnowledge', async (scope) => {
  const server = await scope.server();
  const answer = await output('curl', ['-sv', '--http2-prior-knowledge', '-d', 'hello', `${server.url}/v1/topics/t`]);
  assert.match(answer, /^< HTTP\/2 200/m);
  assert.match(answer, /"sequence":1/);
  const events = await output('curl', ['-sN', '--http2-prior-knowledge', '-m', '2', '-H', 'Accept: text/event-stream', `${server.url}/v1/topics/t?after=earliest`]);
  assert.match(events, /^data: hello$/m);
});

test('CurlSeesWhyALargeUploadIsRefused', async (scope) => {
  const server = await scope.server();
  const file = path.join(scope.tempDir(), 'large');
  writeFileSync(file, Buffer.alloc(10 * 1024 * 1024, 'x'));
  for (const [target, status] of [['/v1/topics/t', '413'], ['/nowhere', '404']]) {
    const answer = await output('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--http2-prior-knowledge', '--data-binary', `@${file}`, `${server.url}${target}`]);
    assert.equal(answer, status);
  }
});

if (existsSync('/usr/bin/h2load')) {
  test('H2loadFindsNoRequestThatFails', async (scope) => {
    const server = await scope.server();
    const report = await output('/usr/bin/h2load', ['-n', '2000', '-c', '4', '-m', '50', `${server.url}/healthz`]);
    assert.match(report, /2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored/);
  });
}
