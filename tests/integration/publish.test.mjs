// @ts-check
import assert from 'node:assert/strict';

import { assertProblem, epochOf, ndjson, postJson, publish, publishJson, request, sequenceOf, topicPath } from '../support/client.mjs';
import { test } from '../support/test.mjs';

test('APublishIsAnsweredWithItsCursorAndSequence', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/topics/news', { body: 'hello' });
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
  assert.deepEqual(Object.keys(answer.json), ['cursor', 'sequence']);
  assert.equal(answer.json.sequence, 1);
  assert.equal(sequenceOf(answer.json.cursor), 1);
  const second = await publish(server, 'other', 'hello');
  assert.equal(second.sequence, 2);
  assert.equal(epochOf(second.cursor), epochOf(answer.json.cursor));
});

test('ARawBodyArrivesByteForByteWhateverItsContentType', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/raw');
  const bodies = ['hello', '{"a":1}', ' leading', 'trailing ', 'a=1&b=2', '', 'ünïcödé 🦦', '1e400'];
  for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'application/x-ndjson']) {
    for (const body of bodies) await publish(server, 'raw', body, { headers: { 'Content-Type': type } });
  }
  const events = await stream.take(bodies.length * 4);
  assert.deepEqual(events.map((each) => each.data), [...bodies, ...bodies, ...bodies, ...bodies]);
  for (const event of events) assert.equal(event.type, 'message');
});

test('HeadersOfARawPublishSayTheRest', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/orders/17');
  const { cursor } = await publish(server, 'orders/17', 'x', {
    headers: { 'Weir-Event': 'paid', 'Weir-Id': 'invoice 4', 'Weir-Key': 'k', 'Weir-Time': '1700000000000', 'Weir-Ttl': '3600' },
  });
  const event = await stream.event();
  assert.equal(event.type, 'paid');
  assert.equal(event.id, cursor, 'the cursor and not the publisher\'s id');
});

test('HeadersThatMakeNoSenseAreRefused', async (scope) => {
  const server = await scope.server();
  /** @type {Record<string, string>[]} */
  const wrong = [
    { 'Weir-Event': 'e'.repeat(257) },
    { 'Weir-Ttl': '' },
    { 'Weir-Ttl': '0' },
    { 'Weir-Ttl': '-1' },
    { 'Weir-Ttl': 'soon' },
    { 'Weir-Ttl': 'nan' },
    { 'Weir-Ttl': 'inf' },
    { 'Weir-Private': 'perhaps' },
    { 'Weir-Ephemeral': 'perhaps' },
    { 'Weir-Close': 'perhaps' },
    { 'Weir-Time': 'yesterday' },
    { 'Weir-Time': '2026-02-30T00:00:00Z' },
    { 'Weir-Id': 'i'.repeat(1025) },
  ];
  for (const headers of wrong) {
    const answer = await request(server, 'POST', '/v1/topics/t', { headers, body: 'x' });
    assert.equal(answer.status, 400, `${JSON.stringify(headers)}: ${answer.text}`);
    assertProblem(answer, 400, 'bad-event');
  }
  assert.equal((await publish(server, 't', 'x')).sequence, 1, 'nothing of these was published');
});

test('AnEventTypeOf256BytesIsDelivered', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publish(server, 't', 'x', { headers: { 'Weir-Event': 'e'.repeat(256) } });
  assert.equal((await stream.event()).type, 'e'.repeat(256));
});

test('AJsonPublishDeliversStringsAsTextAndOtherValuesAsTheyWereWritten', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const written = ['"text \\u00e9\\n2"', '{"total" : "9.90", "b":[1, 2]}', '1e400', '-0.0', '123456789012345678901234567890', 'null', 'true', '[]', '"\\ud83e\\udda6"', '""'];
  const expected = ['text é\n2', '{"total" : "9.90", "b":[1, 2]}', '1e400', '-0.0', '123456789012345678901234567890', 'null', 'true', '[]', '🦦', ''];
  for (const data of written) {
    const answer = await request(server, 'POST', '/v1/publish', {
      headers: { 'Content-Type': 'application/json' },
      body: `{"topic":"t","event":"e","data":${data}}`,
    });
    assert.equal(answer.status, 200, answer.text);
  }
  await publishJson(server, { topic: 't' });
  const events = await stream.take(written.length + 1);
  assert.deepEqual(events.map((each) => each.data), [...expected, '']);
});

test('AnEventWithSeveralTopicsIsOneEventOfEach', async (scope) => {
  const server = await scope.server();
  const one = await scope.subscribe(server, '/v1/topics/a');
  const two = await scope.subscribe(server, '/v1/topics/b');
  const both = await scope.subscribe(server, '/v1/subscribe?topic=a&topic=b&match=*');
  const { cursor } = await publishJson(server, { topics: ['a', 'b'], data: 'x' });
  const end = await publishJson(server, { topics: ['b', 'a'], data: 'end' });
  for (const stream of [one, two, both]) {
    const events = await stream.take(2);
    assert.deepEqual(events.map((each) => [each.id, each.data]), [[cursor, 'x'], [end.cursor, 'end']]);
  }
});

test('AnArrayIsPublishedInOneCommitAllOrNothing', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const refused = await postJson(server, '/v1/publish', [{ topic: 't', data: 'a' }, { topic: 't', data: 'b', event: 'x\ny' }]);
  assertProblem(refused, 400, 'bad-event');
  const answers = await publishJson(server, [{ topic: 't', data: '1' }, { topic: 'u', data: '2' }, { topic: 't', data: '3' }]);
  assert.deepEqual(answers.map((/** @type {any} */ each) => each.sequence), [1, 2, 3]);
  const events = await stream.take(2);
  assert.deepEqual(events.map((each) => each.data), ['1', '3']);
});

test('JsonThatIsNotAPublishIsRefusedWithTheReason', async (scope) => {
  const server = await scope.server();
  /** @type {[string, string][]} */
  const wrong = [
    ['', 'bad-json'],
    ['{', 'bad-json'],
    ['{"topic":"t"} x', 'bad-json'],
    ['{"topic":"t","data":1e}', 'bad-json'],
    [`${'['.repeat(200_000)}`, 'bad-json'],
    [`{"topic":"t","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'bad-json'],
    ['{"data":1}', ''],
    ['[]', 'bad-event'],
    ['"text"', 'bad-event'],
    ['{"topic":"t","dta":1}', 'bad-event'],
    ['{"topic":"t","topics":["t"]}', 'bad-event'],
    ['{"topics":[]}', ''],
    ['{"topic":17}', 'bad-event'],
    ['{"topic":""}', 'bad-topic'],
    ['{"topic":"a\\nb"}', 'bad-topic'],
    ['{"topic":"a\\u0000b"}', 'bad-topic'],
    [`{"topic":"${'t'.repeat(1025)}"}`, 'bad-topic'],
    ['{"topic":"t","event":"a\\rb"}', 'bad-event'],
    ['{"topic":"t","event":"a\\u0000b"}', 'bad-event'],
    ['{"topic":"t","id":"a\\nb"}', 'bad-event'],
    ['{"topic":"t","retry":-1}', 'bad-event'],
    ['{"topic":"t","retry":1.5}', 'bad-event'],
    ['{"topic":"t","ttl":0}', 'bad-event'],
    ['{"topic":"t","private":"yes"}', 'bad-event'],
    ['{"topic":"t","time":"now"}', 'bad-event'],
  ];
  for (const [body, code] of wrong) {
    const answer = await request(server, 'POST', '/v1/publish', { headers: { 'Content-Type': 'application/json' }, body });
    assert.equal(answer.status, 400, `${body.slice(0, 80)}: ${answer.text}`);
    assertProblem(answer, 400, code === '' ? undefined : code);
  }
  assert.equal((await publish(server, 't', 'x')).sequence, 1);
});

test('AMediaTypeThatCannotBePublishedIs415', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/publish', { headers: { 'Content-Type': 'application/xml' }, body: '<a/>' });
  assertProblem(answer, 415, 'unsupported-media-type');
});

test('AnEphemeralEventReachesWhoIsThereAndNobodyLater', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const head = await publish(server, 't', 'durable');
  const answer = await request(server, 'POST', '/v1/topics/t', { headers: { 'Weir-Ephemeral': 'true', 'Weir-Event': 'progress' }, body: '50%' });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, { cursor: head.cursor, sequence: null });
  await postJson(server, '/v1/publish', { topic: 't', data: 'j', ephemeral: true });
  await publish(server, 't', 'end');
  const events = await stream.take(4);
  assert.deepEqual(events.map((each) => each.data), ['durable', '50%', 'j', 'end']);
  assert.deepEqual(events.map((each) => each.id !== undefined), [true, false, false, true]);
  assert.equal(sequenceOf(/** @type {string} */ (events[3].id)), head.sequence + 1, 'it takes no place in the log');
  const later = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await later.take(2)).map((each) => each.data), ['durable', 'end']);
});

test('AnEventIsNotDeliveredAfterItsTimeToLive', async (scope) => {
  const server = await scope.server();
  const live = await scope.subscribe(server, '/v1/topics/t');
  const published = Date.now();
  await publish(server, 't', 'short', { headers: { 'Weir-Ttl': '0.3' } });
  await publish(server, 't', 'long', { headers: { 'Weir-Ttl': '3600' } });
  await live.take(2);
  /** Whether a new reader still gets the short one. */
  const seen = async () => {
    const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
    await stream.until(() => stream.events.some((each) => each.data === 'long'), 'the long one');
    stream.close();
    return stream.events.some((each) => each.data === 'short');
  };
  while (await seen()) assert(Date.now() - published < 5000, 'it expires');
  assert(Date.now() - published >= 300, 'and not early');
});

test('APrivateEventIsStored', async (scope) => {
  const server = await scope.server();
  const raw = await publish(server, 't', 'p', { headers: { 'Weir-Private': 'true' } });
  const json = await publishJson(server, { topic: 't', data: 'p', private: true });
  assert.deepEqual([raw.sequence, json.sequence], [1, 2]);
  const info = await request(server, 'GET', `${topicPath('t')}/info`);
  assert.equal(info.json.events, 2);
});

test('ARetryIsPassedOn', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  await publishJson(server, { topic: 't', data: 'x', retry: 1234 });
  assert.equal((await stream.event()).retry, 1234);
});

test('AnEventsTimeIsTakenInBothForms', async (scope) => {
  const server = await scope.server();
  for (const time of [1700000000000, '2023-11-14T22:13:20Z', '2023-11-14T22:13:20.123+02:00']) {
    await publishJson(server, { topic: 't', data: 'x', time });
    await publish(server, 't', 'x', { headers: { 'Weir-Time': String(time) } });
  }
});

test('AClosedTopicTakesNoEphemeralEventsEither', async (scope) => {
  const server = await scope.server();
  await publish(server, 't', 'end', { headers: { 'Weir-Close': 'true' } });
  const answer = await request(server, 'POST', '/v1/topics/t', { headers: { 'Weir-Ephemeral': 'true' }, body: 'x' });
  assertProblem(answer, 409, 'topic-closed');
  const lines = await request(server, 'POST', '/v1/publish', {
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: '{"topic":"t","data":"x","ephemeral":true}\n{"topic":"open","data":"x"}\n',
  });
  assert.deepEqual(ndjson(lines.text).map((each) => each.error?.code ?? each.sequence), ['topic-closed', 2]);
  const both = await request(server, 'POST', '/v1/topics/u', { headers: { 'Weir-Ephemeral': 'true', 'Weir-Close': 'true' }, body: 'x' });
  assertProblem(both, 400, 'bad-event');
});

test('AtomicIsTrueOrFalse', async (scope) => {
  const server = await scope.server();
  const body = '{"topic":"t","data":"x"}';
  for (const type of ['application/json', 'application/x-ndjson']) {
    const answer = await request(server, 'POST', '/v1/publish?atomic=banana', { headers: { 'Content-Type': type }, body });
    assertProblem(answer, 400, 'bad-request');
  }
});

test('AClosedTopicEndsItsStreamsRefusesPublishesAndAnswers204AtItsEnd', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/run/1');
  const first = await publish(server, 'run/1', 'working');
  const last = await publish(server, 'run/1', 'done', { headers: { 'Weir-Close': 'true', 'Weir-Event': 'completed' } });
  assert.deepEqual((await stream.take(2)).map((each) => [each.type, each.data, each.id]), [
    ['message', 'working', first.cursor],
    ['completed', 'done', last.cursor],
  ]);
  assert.equal(await stream.end(), true, 'a clean end');
  assertProblem(await request(server, 'POST', '/v1/topics/run/1', { body: 'more' }), 409, 'topic-closed');
  assertProblem(await postJson(server, '/v1/publish', [{ topic: 'other', data: 1 }, { topic: 'run/1', data: 1 }]), 409, 'topic-closed');
  const accept = { Accept: 'text/event-stream' };
  const again = await request(server, 'GET', '/v1/topics/run/1', { headers: { ...accept, 'Last-Event-ID': last.cursor } });
  assert.equal(again.status, 204);
  assert.equal((await request(server, 'HEAD', '/v1/topics/run/1', { headers: { ...accept, 'Last-Event-ID': last.cursor } })).status, 204);
  // Who has not seen the end yet gets it, and then the stream ends too.
  const late = await scope.subscribe(server, '/v1/topics/run/1', { headers: { 'Last-Event-ID': first.cursor } });
  assert.deepEqual((await late.take(1)).map((each) => each.data), ['done']);
  assert.equal(await late.end(), true);
  // Still so after a restart.
  await server.killAndRestart();
  assertProblem(await request(server, 'POST', '/v1/topics/run/1', { body: 'more' }), 409, 'topic-closed');
  assert.equal((await request(server, 'GET', '/v1/topics/run/1', { headers: { ...accept, 'Last-Event-ID': last.cursor } })).status, 204);
});
