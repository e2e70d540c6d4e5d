// @ts-check
// `weir doctor` names what a proxy does to streams and the right cure, and GET /v1/doctor/stream keeps within its bounds.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

import { assertProblem, request } from '../support/client.mjs';
import { eventually, seconds, Signal } from '../support/deadline.mjs';
import { nginx, proxy } from '../support/bad_proxy.mjs';
import { binary, environment, run } from '../support/server.mjs';
import { parseBlock, SseStream } from '../support/sse.mjs';
import { test } from '../support/test.mjs';

/**
 * @param {string} url
 * @param {string[]} [args]
 * @returns {Promise<{code: number | null, report: any, problems: Record<string, any>}>}
 */
async function doctor(url, args = ['--idle', '0', '--connections', '3']) {
  const child = spawn(binary, ['doctor', url, '--json', ...args], { env: environment() });
  const signal = new Signal();
  let output = '';
  let errors = '';
  /** @type {number | null | undefined} */
  let code;
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (errors += bytes));
  child.on('close', (status) => {
    code = status;
    signal.notify();
  });
  await signal.until(() => code !== undefined, 'the doctor is done', seconds(40));
  assert.notEqual(output, '', errors);
  const report = JSON.parse(output);
  const problems = Object.fromEntries(report.findings.filter((/** @type {any} */ each) => each.problem).map((/** @type {any} */ each) => [each.name, each]));
  assert.equal(report.healthy, Object.keys(problems).length === 0);
  assert.equal(code, report.healthy ? 0 : 1, errors);
  return { code: code ?? null, report, problems };
}

test('AServerWithoutAProxyIsHealthy', async (scope) => {
  const server = await scope.server();
  const { report } = await doctor(server.url, ['--idle', '1s', '--connections', '20']);
  assert.equal(report.healthy, true, JSON.stringify(report));
  const { measured } = report;
  assert.equal(measured.events, 20);
  assert.deepEqual([measured.lost, measured.duplicated, measured.reordered], [0, 0, 0]);
  assert.equal(measured.held, false);
  assert.equal(measured.compression, '');
  assert.equal(measured.http_to_weir, '1.1');
  assert.equal(measured.cut_after_ms, null);
  assert.equal(measured.idle_tested_ms, 1000);
  assert.equal(measured.connections_granted, 20);
  assert.equal(measured.keepalive_ms, 15000);
});

test('AReportForPeopleSaysWhatItFound', async (scope) => {
  const server = await scope.server();
  const { code, stdout } = await run(['doctor', server.url, '--idle', '0', '--connections', '0']);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^held back +no$/m);
  assert.match(stdout, /^events +20 sent, 0 lost/m);
  assert.match(stdout, /^healthy$/m);
  assert.doesNotMatch(stdout, /\x1b/);
});

test('AProxyThatHoldsSomeBytesIsFoundAndMeasured', async (scope) => {
  const server = await scope.server();
  const { report, problems } = await doctor(await proxy(scope, server, { holds: 16_384 }));
  assert(problems.held, JSON.stringify(report));
  assert(report.measured.held_bytes >= 8_192 && report.measured.held_bytes <= 40_000, `${report.measured.held_bytes}`);
  for (const product of ['nginx: `proxy_buffering off;`', 'Caddy: `flush_interval -1`', 'HAProxy:', 'Cloudflare:']) {
    assert(problems.held.cures.some((/** @type {string} */ cure) => cure.startsWith(product)), product);
  }
});

test('AProxyThatHoldsEverythingIsFound', async (scope) => {
  const server = await scope.server();
  const { report, problems } = await doctor(await proxy(scope, server, { holds: Infinity, headers: { server: 'Caddy' } }));
  assert(problems.held, JSON.stringify(report));
  assert.equal(report.measured.held_bytes, null);
  assert.deepEqual(problems.held.cures, ['Caddy: `flush_interval -1` inside `reverse_proxy`']);
});

test('ARealNginxThatIgnoresTheHeaderIsToldToStopBuffering', async (scope) => {
  const server = await scope.server();
  const { report, problems } = await doctor(await nginx(scope, server, 'proxy_ignore_headers X-Accel-Buffering;'));
  assert(problems.held, JSON.stringify(report));
  assert.equal(report.measured.product, 'nginx');
  assert.equal(problems.held.cures.length, 1);
  assert.match(problems.held.cures[0], /^nginx: `proxy_buffering off;`.*proxy_ignore_headers X-Accel-Buffering/s);
});

test('ARealNginxWithItsDefaultsPassesStreamsOnThanksToTheHeader', async (scope) => {
  const server = await scope.server();
  const { report } = await doctor(await nginx(scope, server, ''));
  assert.equal(report.healthy, true, JSON.stringify(report));
  const advice = report.findings.find((/** @type {any} */ each) => each.name === 'old-http-to-server');
  assert.match(advice.cures[0], /proxy_http_version 1\.1;/);
});

test('ARealNginxThatCompressesIsToldWhere', async (scope) => {
  const server = await scope.server();
  const { report } = await doctor(await nginx(scope, server, 'gzip on; gzip_types text/event-stream; gzip_min_length 1; gzip_http_version 1.0; gzip_proxied any;'));
  assert.equal(report.measured.compression, 'gzip', JSON.stringify(report));
  const finding = report.findings.find((/** @type {any} */ each) => each.name.startsWith('compress'));
  assert.match(finding.cures[0], /^nginx: `gzip off;`/);
});

test('ARealNginxThatCutsSilenceIsToldHowLong', async (scope) => {
  const server = await scope.server();
  const { report, problems } = await doctor(await nginx(scope, server, 'proxy_read_timeout 1s;'), ['--idle', '4s', '--connections', '0']);
  assert(problems['idle-cut'], JSON.stringify(report));
  assert(report.measured.cut_after_ms > 500 && report.measured.cut_after_ms < 3_500, `${report.measured.cut_after_ms}`);
  assert.match(problems['idle-cut'].cures[0], /^nginx: `proxy_read_timeout 1h;`/);
});

test('CompressionThatHoldsIsAProblemAndCompressionThatFlushesIsNot', async (scope) => {
  const server = await scope.server();
  const holding = await doctor(await proxy(scope, server, { gzip: true }));
  assert(holding.problems['compression-holds'], JSON.stringify(holding.report));
  const flushing = await doctor(await proxy(scope, server, { gzip: true, flushes: true }));
  assert.equal(flushing.report.healthy, true, JSON.stringify(flushing.report));
  assert.equal(flushing.report.measured.compression, 'gzip');
});

test('ACutOfSilenceIsMeasured', async (scope) => {
  const server = await scope.server();
  const { report, problems } = await doctor(await proxy(scope, server, { cutsAfter: 700 }), ['--idle', '3s', '--connections', '0']);
  assert(problems['idle-cut'], JSON.stringify(report));
  assert(report.measured.cut_after_ms > 500 && report.measured.cut_after_ms < 2_500);
});

test('ALimitOnConnectionsIsFound', async (scope) => {
  const server = await scope.server();
  const { report, problems } = await doctor(await proxy(scope, server, { limit: 4 }), ['--idle', '0', '--connections', '10']);
  assert(problems['few-connections'], JSON.stringify(report));
  assert.equal(report.measured.connections_granted, 4);
});

test('AProxyThatLosesOrRepeatsEventsIsFound', async (scope) => {
  const server = await scope.server();
  const losing = await doctor(await proxy(scope, server, { changes: (text) => (/"n":7,/.test(text) ? '' : text) }));
  assert(losing.problems.damaged, JSON.stringify(losing.report));
  assert.equal(losing.report.measured.lost, 1);
  const repeating = await doctor(await proxy(scope, server, { changes: (text) => (/"n":7,/.test(text) ? text + text : text) }));
  assert.equal(repeating.report.measured.duplicated, 1);
  assert(repeating.problems.damaged);
});

test('WhatIsNoWeirIsSaidToBeNone', async (scope) => {
  const server = await scope.server();
  const { problems } = await doctor(`${server.url}/elsewhere`);
  assert.match(problems['no-stream'].text, /not Weir's/);
  await server.stop();
  const away = await doctor(server.url);
  assert.match(away.problems.unreachable.text, /cannot connect/);
});

test('TheProbingStreamIsNumberedAndEnds', async (scope) => {
  const server = await scope.server();
  const { text } = await request(server, 'GET', '/v1/doctor/stream?count=3&interval=5&bytes=500');
  const blocks = text.split('\n\n').filter((block) => block !== '').map(parseBlock);
  assert.deepEqual(blocks.map((each) => each.type), ['doctor', 'probe', 'probe', 'probe']);
  assert.equal(JSON.parse(String(blocks[0].data)).http, '1.1');
  assert.deepEqual(blocks.slice(1).map((each) => JSON.parse(String(each.data)).n), [1, 2, 3]);
  for (const { raw, id } of blocks.slice(1)) {
    assert.equal(id, undefined);
    assert.equal(raw.length + 2, 500);
  }
  const head = await request(server, 'HEAD', '/v1/doctor/stream');
  assert.equal(head.headers['x-content-type-options'], 'nosniff');
  assert.equal(head.status, 200);
  assert.equal(head.headers['x-accel-buffering'], 'no');
  assert.equal(head.headers['x-content-type-options'], 'nosniff');
});

test('WhatAProbingStreamMayBeAskedForIsBounded', async (scope) => {
  const server = await scope.server();
  for (const query of ['count=0', 'count=10001', 'interval=4', 'interval=60001', 'bytes=65537', 'pause=900001', 'count=x', 'count=1000&bytes=65536', 'count=10000&interval=60000']) {
    assertProblem(await request(server, 'GET', `/v1/doctor/stream?${query}`), 400, 'bad-request');
  }
});

test('OneProbingStreamTooManyIs503AndAPlaceIsFreeAgainWhenOneEnds', async (scope) => {
  const server = await scope.server({ args: ['--doctor-streams-max', '2'] });
  const streams = [];
  for (let i = 0; i < 2; ++i) streams.push(await SseStream.open(server, '/v1/doctor/stream?count=2&pause=60000'));
  const refused = await request(server, 'GET', '/v1/doctor/stream');
  assertProblem(refused, 503, 'too-many-probes');
  const { text } = await request(server, 'GET', '/metrics');
  assert.match(text, /^weir_doctor_streams 2$/m);
  assert.match(text, /^weir_doctor_streams_refused_total 1$/m);
  for (const stream of streams) await stream.close();
  await eventually(async () => (await request(server, 'GET', '/v1/doctor/stream?count=1')).status === 200, 'a place is free');
});

test('AnAddressHasNotAllProbingStreamsButItsShare', async (scope) => {
  const server = await scope.server({ args: ['--doctor-streams-max', '4', '--doctor-streams-per-address', '2', '--trusted-proxies', '127.0.0.1'] });
  const from = (/** @type {string} */ address) => ({ headers: { 'X-Forwarded-For': address } });
  const streams = [];
  for (let i = 0; i < 2; ++i) streams.push(await SseStream.open(server, '/v1/doctor/stream?count=2&pause=60000', from('198.51.100.1')));
  assertProblem(await request(server, 'GET', '/v1/doctor/stream', from('198.51.100.1')), 429, 'too-many-streams');
  const { text } = await request(server, 'GET', '/metrics');
  assert.match(text, /^weir_doctor_streams_refused_total 1$/m);
  assert.equal((await request(server, 'GET', '/v1/doctor/stream?count=1', from('198.51.100.2'))).status, 200, 'another address has its own');
  for (const stream of streams) await stream.close();
  await eventually(async () => (await request(server, 'GET', '/v1/doctor/stream?count=1', from('198.51.100.1'))).status === 200, 'a place is free');
});

test('AStopEndsProbingStreams', async (scope) => {
  const server = await scope.server();
  const stream = scope.closing(await SseStream.open(server, '/v1/doctor/stream?count=2&pause=60000'));
  await eventually(() => stream.blocks.length >= 2, 'the first frame');
  const start = performance.now();
  await server.stop();
  assert(performance.now() - start < seconds(5));
});
