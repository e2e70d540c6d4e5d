// @ts-check
// Nothing that a publisher sends can become anything but its own data.
import assert from 'node:assert/strict';
import { createParser } from 'eventsource-parser';

import { assertProblem, postJson, publish, publishJson, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';

const tricky = [
  '',
  ' ',
  '\n',
  '\n\n',
  '\n\n\n',
  'a\n',
  '\na',
  'a\nb',
  'a\r\nb',
  'a\rb',
  'a\r\n',
  'a\r',
  'a\r\r\nb',
  'a\n\rb',
  ' leading space',
  'trailing space ',
  '\ttab',
  ': comment',
  'data: x',
  'id: injected',
  'x\nid: injected\nevent: injected\nretry: 1\n\ndata: second event\n\n',
  'x\r\rdata: second\r\r',
  'x\r\n\r\nevent: system\r\ndata: {}\r\n\r\n',
  'line\u2028separator\u2029paragraph\u0085next\u000bvertical\u000cform',
  'NUL \u0000 inside',
  '\ufeffbyte order mark',
  'emoji 🦦👩‍👩‍👧‍👦 and ünïcödé, 日本語, العربية',
  '{"json":"\\n","deep":[[[]]]}',
  'x'.repeat(70_000),
];

/** What a reader of the stream gets for data: its line ends are all line feeds. @param {string} data */
const received = (data) => data.replace(/\r\n?/g, '\n');

test('DataArrivesAsItWasWithItsLineEndsAsLineFeeds', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  for (const data of tricky) await publish(server, 't', Buffer.from(data));
  for (const data of tricky) await publishJson(server, { topic: 't', data });
  const events = await stream.take(2 * tricky.length);
  const expected = [...tricky, ...tricky].map(received);
  for (const [i, event] of events.entries()) {
    assert.equal(event.data, expected[i], JSON.stringify(expected[i].slice(0, 100)));
    assert.equal(event.type, 'message');
  }
  const replay = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await replay.take(2 * tricky.length)).map((each) => each.raw), events.map((each) => each.raw), 'the replay is the same bytes');
});

test('AnIndependentParserReadsTheSame', async (scope) => {
  const server = await scope.server();
  for (const data of tricky) await publish(server, 't', data);
  const connection = await scope.raw(server);
  await connection.send('GET /v1/topics/t?after=earliest HTTP/1.0\r\nAccept: text/event-stream\r\n\r\n');
  await connection.readHead();
  /** @type {string[]} */
  const datas = [];
  const parser = createParser({
    onEvent: (event) => {
      if (event.id !== undefined) datas.push(event.data);
    },
  });
  const decoder = new TextDecoder();
  await connection.until(() => {
    parser.feed(decoder.decode(connection.take(connection.received.length), { stream: true }));
    return datas.length >= tricky.length;
  }, 'all events');
  assert.deepEqual(datas, tricky.map(received));
});

test('ATypeOrIdCannotHoldALineEndOrNul', async (scope) => {
  const server = await scope.server();
  for (const member of ['event', 'id']) {
    for (const bad of ['a\nb', 'a\rb', 'a\r\nb', '\n', 'a\u0000b', 'x\ndata: injected']) {
      assertProblem(await postJson(server, '/v1/publish', { topic: 't', data: 'x', [member]: bad }), 400, 'bad-event');
    }
  }
  const connection = await scope.raw(server);
  await connection.send('POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nWeir-Event: a\rdata: injected\r\nContent-Length: 1\r\n\r\nx');
  assert.equal((await connection.readResponse()).status, 400);
  assert.equal((await publish(server, 't', 'x')).sequence, 1);
});

test('ATypeMayBeAnythingElse', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const types = ['a b', ' leading', 'trailing ', 'data: x', ':', 'ünï', '🦦', 'system', 'gap', 'e\u2028e', 'message'];
  for (const event of types) await publishJson(server, { topic: 't', data: 'x', event });
  const events = await stream.take(types.length);
  assert.deepEqual(events.map((each) => each.type), types);
  for (const event of events) assert(event.id, 'an event that was published has an id whatever its type');
});

test('ATypeInAHeaderIsReadAsUtf8', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const connection = await scope.raw(server);
  await connection.send(Buffer.from('POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nWeir-Event: оплачен 🦦\r\nContent-Length: 1\r\n\r\nx'));
  assert.equal((await connection.readResponse()).status, 200);
  assert.equal((await stream.event()).type, 'оплачен 🦦');
});

test('DataThatIsNotUtf8NeverBreaksTheStream', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  for (const bytes of [[0xff], [0xc3, 0x0a, 0x41], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0x80, 0x0d, 0x0a, 0x80]]) {
    const answer = await request(server, 'POST', '/v1/topics/t', { body: Buffer.from(bytes) });
    if (answer.status === 200) await stream.event();
    else assertProblem(answer, 400);
  }
  const { cursor } = await publish(server, 't', 'after');
  await stream.until(() => stream.events.some((each) => each.id === cursor), 'the event after');
});

test('ACharacterThatIsCutOverManyWritesStaysWhole', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const data = '🦦é日'.repeat(2000);
  const bytes = Buffer.from(data);
  const connection = await scope.raw(server);
  await connection.send(`POST /v1/topics/t HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`);
  for (let i = 0; i < bytes.length; i += 997) await connection.send(bytes.subarray(i, i + 997));
  assert.equal((await connection.readResponse()).status, 200);
  assert.equal((await stream.event()).data, data);
});
