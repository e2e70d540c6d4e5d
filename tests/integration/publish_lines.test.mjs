// @ts-check
// POST /v1/publish with application/x-ndjson.
import assert from 'node:assert/strict';

import { ChunkDecoder } from '../support/raw.mjs';
import { assertProblem, ndjson, publish, publishMany, request } from '../support/client.mjs';
import { test } from '../support/test.mjs';

const headers = { 'Content-Type': 'application/x-ndjson' };

/** @param {string} bytes */
const chunk = (bytes) => `${Buffer.byteLength(bytes).toString(16)}\r\n${bytes}\r\n`;

test('EachLineHasAnAnswerLineInOrder', async (scope) => {
  const server = await scope.server();
  const events = Array.from({ length: 5000 }, (_, i) => ({ topic: `t/${i % 7}`, data: `${i}` }));
  const answers = await publishMany(server, events);
  assert.deepEqual(answers.map((each) => each.sequence), events.map((_, i) => i + 1));
  const stream = await scope.subscribe(server, '/v1/subscribe?match=t/*&after=earliest');
  assert.deepEqual((await stream.take(5000)).map((each) => each.data), events.map((each) => each.data));
});

test('ABadLineDoesNotTouchTheOthers', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/publish', {
    headers,
    body: '{"topic":"t","data":"a"}\nnot json\n{"topic":"t","data":"b"}\n{"topic":"t","evnt":"b"}\n\n{"topic":"t","data":"c"}',
  });
  const lines = ndjson(answer.text);
  assert.deepEqual(lines.map((each) => each.sequence ?? each.error.code), [1, 'bad-json', 2, 'bad-event', 3]);
  assert.equal(lines[1].line, 2);
  assert.equal(lines[1].error.status, 400);
  assert.equal(lines[3].line, 4);
});

test('LinesAreCommittedAndAnsweredWhileTheBodyIsStillOpen', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const connection = await scope.raw(server);
  await connection.send('POST /v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n');
  await connection.send(chunk('{"topic":"t","data":"one"}\n{"topic":"t","da'));
  assert.equal((await stream.event()).data, 'one');
  const head = await connection.readHead();
  assert.equal(head.status, 200);
  const decoder = new ChunkDecoder();
  let text = '';
  const answers = async (/** @type {number} */ count) =>
    connection.until(() => {
      text += decoder.feed(connection.take(connection.received.length)).toString();
      return ndjson(text.slice(0, text.lastIndexOf('\n') + 1)).length >= count;
    }, `${count} answer lines`);
  await answers(1);
  await connection.send(chunk('ta":"two"}\n'));
  assert.equal((await stream.event()).data, 'two');
  await answers(2);
  await connection.send(`${chunk('{"topic":"t","data":"three"}')}0\r\n\r\n`);
  await answers(3);
  await connection.until(() => {
    text += decoder.feed(connection.take(connection.received.length)).toString();
    return decoder.done;
  }, 'the end of the answer');
  assert.deepEqual(ndjson(text).map((each) => each.sequence), [1, 2, 3]);
});

test('AnswersThatNeedNoCommitWaitForThoseBeforeThem', async (scope) => {
  const server = await scope.server();
  const connection = await scope.raw(server);
  // In one segment: the later lines are done long before the first is on the disk.
  await connection.send(
    'POST /v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n' +
      chunk('{"topic":"t","data":"durable"}\n') +
      chunk('{"topic":"t","data":"fleeting","ephemeral":true}\n') +
      chunk('not json\n') +
      chunk('{"topic":"t","data":"durable"}\n') +
      '0\r\n\r\n',
  );
  await connection.readHead();
  await connection.readEnd();
  const decoder = new ChunkDecoder();
  const lines = ndjson(decoder.feed(connection.take(connection.received.length)).toString());
  assert.deepEqual(lines.map((each) => each.error?.code ?? each.sequence), [1, null, 'bad-json', 2]);
});

test('LinesThatWereAcknowledgedStayWhenTheConnectionBreaks', async (scope) => {
  const server = await scope.server();
  const stream = await scope.subscribe(server, '/v1/topics/t');
  const connection = await scope.raw(server);
  await connection.send('POST /v1/publish HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n');
  await connection.send(chunk('{"topic":"t","data":"one"}\n{"topic":"t","data":"cut'));
  assert.equal((await stream.event()).data, 'one');
  connection.close();
  await publish(server, 't', 'end');
  assert.equal((await stream.event()).data, 'end', 'and the unfinished line is not published');
});

test('AtomicLinesAreAllOrNothing', async (scope) => {
  const server = await scope.server();
  const refused = await request(server, 'POST', '/v1/publish?atomic=true', { headers, body: '{"topic":"t","data":"a"}\n{"topic":"t","data":\n' });
  const problem = assertProblem(refused, 400, 'bad-json');
  assert(problem.line === 2 || /\bline 2\b/.test(problem.detail), refused.text);
  const taken = await request(server, 'POST', '/v1/publish?atomic=true', { headers, body: '{"topic":"t","data":"a"}\n{"topic":"t","data":"b"}\n' });
  assert.equal(taken.status, 200, taken.text);
  assert.match(taken.headers['content-type'] ?? '', /^application\/x-ndjson/);
  assert.deepEqual(ndjson(taken.text).map((each) => each.sequence), [1, 2]);
  const stream = await scope.subscribe(server, '/v1/topics/t?after=earliest');
  assert.deepEqual((await stream.take(2)).map((each) => each.data), ['a', 'b']);
});

test('EphemeralLinesAndClosedTopicsAreAnsweredInTheirPlace', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/publish', {
    headers,
    body: [
      '{"topic":"t","data":"a"}',
      '{"topic":"t","data":"e","ephemeral":true}',
      '{"topic":"t","data":"z","close":true}',
      '{"topic":"t","data":"late"}',
      '{"topic":"u","data":"b"}',
    ].join('\n'),
  });
  const lines = ndjson(answer.text);
  assert.deepEqual(lines.map((each) => (each.error ? each.error.code : each.sequence)), [1, null, 2, 'topic-closed', 3]);
  assert.equal(lines[3].line, 4);
});

test('AnEmptyStreamOfLinesIsAnsweredWithNone', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/publish', { headers, body: '' });
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '');
});

test('LinesMayEndInCarriageReturnAndLineFeed', async (scope) => {
  const server = await scope.server();
  const answer = await request(server, 'POST', '/v1/publish', { headers, body: '{"topic":"t","data":"a"}\r\n\r\n{"topic":"t","data":"b"}\r\n' });
  assert.deepEqual(ndjson(answer.text).map((each) => each.sequence), [1, 2]);
});

test('AStreamOfLinesMayBeLongerThanABodyMayBe', async (scope) => {
  const server = await scope.server({ args: ['--event-bytes-max', '4KiB', '--body-bytes-max', '16KiB'] });
  const data = 'x'.repeat(1000);
  const answers = await publishMany(server, Array.from({ length: 200 }, () => ({ topic: 't', data })));
  assert.equal(answers.at(-1)?.sequence, 200);
});
