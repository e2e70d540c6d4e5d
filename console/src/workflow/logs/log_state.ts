// A node's log as far as it is known: one piece without holes, which grows at its end. Ranges that were read and texts that came by the
// stream may overlap, repeat or leave something out; offsets, in bytes, say what is new.

import { plainStyle, spansOf, type Span, type Style } from './ansi.ts';

export interface LogLine {
  n: number;
  spans: readonly Span[];
}

export interface LogText {
  /** Where the known piece ends, in bytes. */
  end: number;
  /** Bytes that the server has, as far as was heard. */
  size: number;
  /** Complete lines. */
  lines: readonly LogLine[];
  /** The line that is being written. */
  rest: string;
  style: Style;
  /** Lines that were too many, and are not kept. */
  dropped: number;
}

export const linesMax = 50_000;
const slack = 1.1;
/** A line that has no end is broken here. */
const lineLengthMax = 16_384;

export const emptyLog: LogText = { end: 0, size: 0, lines: [], rest: '', style: plainStyle, dropped: 0 };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function broken(line: string): string[] {
  if (line.length <= lineLengthMax) return [line];
  return Array.from({ length: Math.ceil(line.length / lineLengthMax) }, (_, i) => line.slice(i * lineLengthMax, (i + 1) * lineLengthMax));
}

/** The log with a text that begins at `offset`. What lies beyond a hole only says how much there is. */
export function withText(log: LogText, offset: number, text: string, size = 0): LogText {
  const bytes = encoder.encode(text);
  const known = Math.max(log.size, size, offset + bytes.length);
  if (offset > log.end || offset + bytes.length <= log.end) return known === log.size ? log : { ...log, size: known };
  const fresh = offset === log.end ? text : decoder.decode(bytes.subarray(log.end - offset));
  const parts = (log.rest + fresh).split('\n');
  const rest = parts.pop() ?? '';
  const complete = parts.flatMap(broken);
  let { style } = log;
  let n = log.dropped + log.lines.length;
  const added = complete.map((line): LogLine => {
    const outcome = spansOf(line, style);
    style = outcome.style;
    return { n: ++n, spans: outcome.spans };
  });
  let lines = added.length === 0 ? log.lines : log.lines.concat(added);
  let { dropped } = log;
  if (lines.length > slack * linesMax) {
    dropped += lines.length - linesMax;
    lines = lines.slice(-linesMax);
  }
  return { end: offset + bytes.length, size: known, lines, rest, style, dropped };
}

export const isWhole = (log: LogText): boolean => log.end >= log.size;

/** All lines, the one that is being written included. */
export function linesOf(log: LogText): readonly LogLine[] {
  if (log.rest === '') return log.lines;
  return [...log.lines, { n: log.dropped + log.lines.length + 1, spans: spansOf(log.rest, log.style).spans }];
}
