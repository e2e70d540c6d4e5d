// @ts-check
// The parser against the vectors that all of Weir's parsers are held to, however the bytes are cut.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import nodeTest from 'node:test';

import { EventStreamParser } from '../dist/parser.js';
import { dice, seedOf } from './support/dice.mjs';

/**
 * @typedef {object} Vector
 * @property {number} n
 * @property {string} name
 * @property {string} stream_b64
 * @property {string[]} [chunks_b64]
 * @property {string} [initialLastEventId]
 * @property {{events: {type: string, data: string, lastEventId: string}[], retry: number | null, lastEventIdAtEof: string}} expect
 */

/** @type {{parser: Vector[]}} */
const { parser: vectors } = JSON.parse(readFileSync(new URL('../../../tests/data/event_stream_vectors.json', import.meta.url), 'utf8'));

/** @param {Iterable<Uint8Array>} chunks @param {{lastEventId?: string, lengthMax?: number}} [options] */
function parse(chunks, options) {
  /** @type {Vector['expect']} */
  const result = { events: [], retry: null, lastEventIdAtEof: '' };
  const parser = new EventStreamParser(
    {
      onEvent: ({ type, data, lastEventId }) => result.events.push({ type, data, lastEventId }),
      onRetry: (milliseconds) => (result.retry = milliseconds),
    },
    options,
  );
  for (const chunk of chunks) parser.feed(chunk);
  result.lastEventIdAtEof = parser.lastEventId;
  return result;
}

/** @param {Buffer} bytes @param {number[]} cuts ascending */
function cut(bytes, cuts) {
  return [...cuts, bytes.length].map((to, i) => bytes.subarray(i === 0 ? 0 : cuts[i - 1], to));
}

/** @param {number | null} retry what no client waits longer than */
const capped = (retry) => (retry === null ? null : Math.min(retry, 86_400_000));

for (const { n, name, stream_b64, chunks_b64, initialLastEventId, expect } of vectors) {
  nodeTest(`Vector ${n}: ${name}`, () => {
    const bytes = Buffer.from(stream_b64, 'base64');
    const { events, retry, lastEventIdAtEof } = expect;
    const expected = { events, retry: capped(retry), lastEventIdAtEof };
    const options = initialLastEventId === undefined ? {} : { lastEventId: initialLastEventId };
    /** @param {Iterable<Uint8Array>} chunks @param {string} how */
    const check = (chunks, how) => assert.deepEqual(parse(chunks, options), expected, how);
    check([bytes], 'whole');
    check(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)), 'byte by byte');
    // Every place in short streams, some in long ones.
    const step = Math.max(1, Math.floor(bytes.length / 500));
    for (let at = 1; at < bytes.length; at += step) check(cut(bytes, [at]), `cut at ${at}`);
    if (chunks_b64) check(chunks_b64.map((chunk) => Buffer.from(chunk, 'base64')), 'in its chunks');
  });
}

nodeTest('AnyCutsOfAnyStreamReadTheSame', () => {
  const seed = seedOf('parser');
  const { below, pick } = dice(seed);
  const pieces = ['data', 'data:', 'data: ', 'id', 'id:', 'id: ', 'event:', 'retry: ', ':', ' ', '\n', '\r', '\r\n', '\n\n', '\0', 'x', '7', '🦦', 'ü', '\u2028', '\ufeff', 'a longer piece of text'].map((text) => Buffer.from(text));
  const broken = [Buffer.from([0xff]), Buffer.from([0xf0, 0x9f]), Buffer.from([0xe2, 0x80]), Buffer.from([0xc3])];
  for (let round = 0; round < 2000; ++round) {
    const bytes = Buffer.concat(Array.from({ length: below(40) }, () => (below(12) === 0 ? pick(broken) : pick(pieces))));
    const cuts = [...new Set(Array.from({ length: below(12) }, () => below(bytes.length + 1)))].sort((a, b) => a - b);
    assert.deepEqual(parse(cut(bytes, cuts)), parse([bytes]), `seed ${seed}, round ${round}: ${bytes.toString('base64')} cut at ${cuts}`);
  }
});

nodeTest('AnEndlessLineIsRefusedInsteadOfKept', () => {
  const piece = new Uint8Array(1000).fill(0x78);
  /** @param {string} start */
  const endless = function* (start) {
    yield Buffer.from(start);
    for (let i = 0; i < 1000; ++i) yield piece;
  };
  for (const start of ['data: ', 'x', 'data: x\ndata: ']) {
    assert.throws(() => parse(endless(start), { lengthMax: 50_000 }), { code: 'event-too-large' }, start);
  }
});

nodeTest('ManyShortLinesOfOneEventAreRefusedTogether', () => {
  const lines = Buffer.from('data: 0123456789\n'.repeat(100));
  assert.throws(() => parse(Array.from({ length: 100 }, () => lines), { lengthMax: 50_000 }), { code: 'event-too-large' });
});

nodeTest('AnEndlessCommentCostsNothing', () => {
  const piece = new Uint8Array(1000).fill(0x78);
  const chunks = [Buffer.from('id: 7\n\n:'), ...Array.from({ length: 1000 }, () => piece), Buffer.from('\ndata: after\n\n')];
  assert.deepEqual(parse(chunks, { lengthMax: 5_000 }).events, [{ type: 'message', data: 'after', lastEventId: '7' }]);
});
