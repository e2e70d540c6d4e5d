// @ts-check
// A publisher's trace goes through to the subscriber, and to an OpenTelemetry collector where one is configured.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import { publish, publishJson, request } from '../support/client.mjs';
import { Signal } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const sampled = `00-${traceId}-00f067aa0ba902b7-01`;
const unsampled = `00-${traceId}-00f067aa0ba902b7-00`;

/** A collector that keeps what it is sent. @param {import('../support/test.mjs').Scope} scope */
async function startCollector(scope) {
  const collector = {
    url: '',
    /** @type {any[]} */
    spans: [],
    /** @type {any[]} */
    resources: [],
    /** @type {http.IncomingMessage[]} */
    requests: [],
    refusals: 0,
    signal: new Signal(),
    /** @param {(span: any) => boolean} wanted */
    span: (wanted) => collector.signal.until(() => collector.spans.find(wanted), () => `a span; there are ${JSON.stringify(collector.spans)}`),
  };
  const server = http.createServer((incoming, answer) => {
    /** @type {Buffer[]} */
    const pieces = [];
    incoming.on('data', (piece) => pieces.push(piece));
    incoming.on('end', () => {
      if (collector.refusals > 0) {
        --collector.refusals;
        answer.writeHead(503).end();
        return;
      }
      collector.requests.push(incoming);
      for (const resource of JSON.parse(Buffer.concat(pieces).toString()).resourceSpans) {
        collector.resources.push(resource.resource);
        for (const scopeSpans of resource.scopeSpans) collector.spans.push(...scopeSpans.spans);
      }
      answer.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
      collector.signal.notify();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  collector.url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
  return collector;
}

/** @param {any} span @param {string} name */
const attribute = (span, name) => Object.values(span.attributes.find((/** @type {any} */ each) => each.key === name)?.value ?? {})[0];

test('WithoutACollectorTheTraceGoesThroughAsItIs', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'one', { headers: { traceparent: sampled } });
  await publish(server, 't', 'two', { headers: { traceparent: 'nonsense' } });
  await publishJson(server, [
    { topic: 't', data: 'three', traceparent: unsampled },
    { topic: 't', data: 'four' },
  ]);
  const [one, two, three, four] = await stream.take(4);
  assert.equal(one.traceparent, sampled);
  assert.equal(two.traceparent, undefined);
  assert.equal(three.traceparent, unsampled);
  assert.equal(four.data, 'four');
});

test('AReplayAfterARestartStillHasTheTrace', async (scope) => {
  const server = await scope.server();
  await publish(server, 't', 'one', { headers: { traceparent: sampled } });
  await server.killAndRestart();
  const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.equal((await stream.event()).traceparent, sampled);
});

test('PublishAndDeliveryAreSpansOfThePublishersTrace', async (scope) => {
  const collector = await startCollector(scope);
  const headers = path.join(scope.tempDir(), 'headers');
  writeFileSync(headers, '# of the collector\nX-Collector-Key: abc\n');
  const server = await scope.server({ args: ['--otlp-endpoint', collector.url, '--otlp-headers-file', headers] });
  const stream = await scope.subscribe(server, '/v1/topics/orders');
  await publish(server, 'orders', 'not traced');
  await publish(server, 'orders', 'not sampled', { headers: { traceparent: unsampled } });
  await publish(server, 'orders', 'traced', { headers: { traceparent: sampled } });
  const [, notSampled, traced] = await stream.take(3);
  assert.equal(notSampled.traceparent, unsampled);

  const published = await collector.span((span) => span.name === 'publish');
  assert.deepEqual([published.traceId, published.parentSpanId, published.kind], [traceId, '00f067aa0ba902b7', 4]);
  assert.equal(attribute(published, 'messaging.destination.name'), 'orders');
  assert(BigInt(published.endTimeUnixNano) > BigInt(published.startTimeUnixNano));
  const delivered = await collector.span((span) => span.name === 'deliver');
  assert.deepEqual([delivered.traceId, delivered.parentSpanId, delivered.kind], [traceId, published.spanId, 5]);
  assert.equal(attribute(delivered, 'weir.subscribers'), '1');
  // The subscriber's own span hangs below the publish.
  assert.equal(traced.traceparent, `00-${traceId}-${published.spanId}-01`);
  assert.equal(collector.spans.length, 2, 'what is not sampled is not recorded');
  assert.equal(attribute(collector.resources[0], 'service.name'), 'weir');
  assert.equal(collector.requests[0].url, '/v1/traces');
  assert.equal(collector.requests[0].headers['x-collector-key'], 'abc');
});

test('OneInSoManyPublishesBeginsATrace', async (scope) => {
  const collector = await startCollector(scope);
  const server = await scope.server({ args: ['--otlp-endpoint', collector.url, '--trace-one-in', '2'] });
  const stream = await scope.subscribe(server, '/v1/topics/t');
  for (const data of ['a', 'b', 'c', 'd']) await publish(server, 't', data);
  const traced = (await stream.take(4)).filter((frame) => frame.traceparent !== undefined);
  assert.equal(traced.length, 2);
  await collector.signal.until(() => collector.spans.length >= 4, 'four spans');
  const roots = collector.spans.filter((span) => span.name === 'publish');
  assert.deepEqual(roots.map((span) => span.parentSpanId), [undefined, undefined]);
  assert.notEqual(roots[0].traceId, roots[1].traceId);
});

test('APublishThatFailsIsASpanWithAnError', async (scope) => {
  const collector = await startCollector(scope);
  const server = await scope.server({ args: ['--otlp-endpoint', collector.url] });
  await publish(server, 't', 'last', { headers: { 'Weir-Close': 'true' } });
  const refused = await request(server, 'POST', '/v1/topics/t', { body: 'late', headers: { traceparent: sampled } });
  assert.equal(refused.status, 409);
  const span = await collector.span((each) => each.status !== undefined);
  assert.equal(span.status.code, 2);
});

test('ACollectorThatIsAwayForAMomentGetsTheSpansAllTheSame', async (scope) => {
  const collector = await startCollector(scope);
  collector.refusals = 1;
  const server = await scope.server({ args: ['--otlp-endpoint', collector.url] });
  await publish(server, 't', 'one', { headers: { traceparent: sampled } });
  await server.logged(/traces\.export_failed.*status=503/);
  await collector.span((span) => span.name === 'publish');
  await server.logged(/traces\.export_recovered/);
  const metrics = await request(server, 'GET', '/metrics');
  assert.match(metrics.text, /^weir_trace_export_failures_total 1$/m);
  assert.match(metrics.text, /^weir_trace_spans_dropped_total 0$/m);
});

test('StoppingSendsWhatWaits', async (scope) => {
  const collector = await startCollector(scope);
  const server = await scope.server({ args: ['--otlp-endpoint', collector.url] });
  await publish(server, 't', 'one', { headers: { traceparent: sampled } });
  await server.stop();
  assert.equal(collector.spans.length, 1);
});
