// @ts-check
import assert from 'node:assert/strict';
import http from 'node:http';

import { assertOrdered, publish, publishJson, request, sequenceOf } from '../support/client.mjs';
import { seconds, slow } from '../support/deadline.mjs';
import { test } from '../support/test.mjs';

test('WhatWasAcknowledgedBeforeASubscriptionIsNotLive', async (scope) => {
  const server = await scope.server();
  for (let i = 0; i < 100; ++i) {
    const before = await publish(server, 't', 'before');
    const stream = await scope.subscribe(server, '/v1/topics/t');
    const after = await publish(server, 't', 'after');
    assert.equal((await stream.event()).id, after.cursor, `not ${before.cursor}`);
    stream.close();
  }
});

test('WhatIsPublishedAfterTheFirstFrameIsAlwaysSeen', async (scope) => {
  const server = await scope.server();
  await Promise.all(
    Array.from({ length: 20 }, async (_, worker) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      for (let i = 0; i < 10; ++i) {
        const stream = await scope.subscribe(server, `/v1/topics/t${worker}`);
        const { cursor } = await publish(server, `t${worker}`, `${i}`, { agent });
        assert.equal((await stream.event()).id, cursor);
        stream.close();
      }
      agent.destroy();
    }),
  );
});

test('TwoHundredPublishersAndTwentySubscribersAgreeOnOneOrder', async (scope) => {
  const server = await scope.server();
  const publishers = 200;
  const each = slow ? 5 : 20;
  const streams = await Promise.all(Array.from({ length: 20 }, (_, i) => scope.subscribe(server, i % 2 ? '/v1/subscribe?match=p/*' : '/v1/subscribe?match=**')));
  /** @type {Map<string, string>} what was acknowledged: cursor to data */
  const acknowledged = new Map();
  await Promise.all(
    Array.from({ length: publishers }, async (_, p) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      let last = 0;
      for (let i = 0; i < each; ++i) {
        const { cursor, sequence } = await publish(server, `p/${p % 10}`, `${p}:${i}`, { agent });
        assert(sequence > last, 'a publisher\'s own order');
        last = sequence;
        acknowledged.set(cursor, `${p}:${i}`);
      }
      agent.destroy();
    }),
  );
  const total = publishers * each;
  assert.equal(acknowledged.size, total);
  for (const stream of streams) {
    const events = await stream.take(total, seconds(30));
    assertOrdered(events);
    assert.deepEqual(new Map(events.map(({ id = '', data = '' }) => [id, data])).size, total);
    for (const { id = '', data } of events) assert.equal(data, acknowledged.get(id));
    assert.deepEqual(events.map((event) => event.id), streams[0].events.map((event) => event.id));
  }
  /** @type {Map<string, number>} */
  const next = new Map();
  for (const { data = '' } of streams[0].events) {
    const [p, i] = data.split(':');
    assert.equal(Number(i), next.get(p) ?? 0, `publisher ${p} in its own order`);
    next.set(p, Number(i) + 1);
  }
});

test('SubscribersThatComeAndGoUnderLoadAreDeliveredWithoutAHole', async (scope) => {
  const server = await scope.server();
  let done = false;
  let published = 0;
  const publisher = (async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!done) await publish(server, 't', `${published++}`, { agent });
    agent.destroy();
  })();
  publisher.catch(() => {}); // Told below, where it is awaited; after a failure nobody asks.
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (let i = 0; i < 12; ++i) {
        const stream = await scope.subscribe(server, '/v1/topics/t');
        const numbers = (await stream.take(5)).map((event) => Number(event.data));
        assert.deepEqual(numbers, [0, 1, 2, 3, 4].map((k) => numbers[0] + k));
        // The next one goes on from the last id.
        stream.close();
        const seen = Number(stream.events.at(-1)?.data);
        const resumed = await scope.subscribe(server, '/v1/topics/t', { headers: { 'Last-Event-ID': stream.lastId ?? '' } });
        assert.equal(Number((await resumed.event()).data), seen + 1);
        resumed.close();
      }
    }),
  );
  done = true;
  await publisher;
});

test('DeletingAndTrimmingWhilePublishingKeepsTheOrder', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/subscribe?match=**');
  let last = '';
  for (let i = 0; i < 200; ++i) {
    ({ cursor: last } = await publishJson(server, { topic: `t${i % 3}`, data: `${i}` }));
    if (i % 20 === 10) await request(server, 'DELETE', '/v1/topics/t0');
    if (i % 20 === 15) await request(server, 'DELETE', `/v1/topics/t1?before=${last}`);
  }
  await stream.until(() => stream.events.at(-1)?.id === last, 'the last event');
  assertOrdered(stream.events);
  assert.deepEqual(stream.events.map((event) => sequenceOf(event.id ?? '')), Array.from({ length: 200 }, (_, i) => i + 1));
});
