// @ts-check
// npm's `eventsource-parser`, which many servers' clients are built on, reads what Weir writes however the bytes are cut.
import assert from 'node:assert/strict';
import { createParser } from 'eventsource-parser';

import { publish, publishJson } from '../support/client.mjs';
import { test } from '../support/test.mjs';

const datas = ['plain', 'two\nlines', 'crlf\r\nand\rcr', '', '\n', ' space', 'ü🦦\u2028日', '{"a":[1,2]}', ': not a comment', 'data: not a field', 'x'.repeat(5000)];

/** @param {string} text @param {number[]} cuts */
function parse(text, cuts) {
  /** @type {unknown[]} */
  const seen = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => seen.push({ id, event, data }),
    onRetry: (retry) => seen.push({ retry }),
    onComment: (comment) => seen.push({ comment }),
    onError: (error) => assert.fail(`a field that the standard does not know: ${error.message}`),
  });
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    parser.feed(text.slice(from, cut));
    from = cut;
  }
  return seen;
}

test('EveryCutOfAStreamReadsTheSame', async (scope) => {
  const server = await scope.server({ args: ['--keepalive', '200ms'] });
  const { cursor: first } = await publish(server, 't', 'first');
  for (const data of datas) await publishJson(server, { topic: 't', data, event: data.length % 2 ? 'odd' : undefined, retry: data === 'plain' ? 777 : undefined });
  const connection = await scope.raw(server);
  await connection.send(`GET /v1/topics/t?padding=100 HTTP/1.0\r\nAccept: text/event-stream\r\nLast-Event-ID: ${first}\r\n\r\n`);
  await connection.readHead();
  await connection.until((bytes) => bytes.includes(': keepalive\n\n'), 'everything and a comment');
  const text = connection.received.toString();
  const whole = parse(text, []);
  const events = whole.filter((each) => /** @type {any} */ (each).id !== undefined);
  assert.deepEqual(events.map((each) => /** @type {any} */ (each).data), datas.map((data) => data.replace(/\r\n?/g, '\n')));
  assert(whole.some((each) => /** @type {any} */ (each).retry === 777));
  assert(whole.some((each) => /** @type {any} */ (each).comment === 'keepalive'));
  for (let cut = 1; cut < Math.min(text.length, 1500); ++cut) assert.deepEqual(parse(text, [cut]), whole, `cut at ${cut}`);
  assert.deepEqual(parse(text, Array.from({ length: text.length - 1 }, (_, i) => i + 1)), whole, 'character by character');
});
