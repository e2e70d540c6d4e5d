import { describe, expect, test } from 'vitest';

import { makeRun } from '../../test/workflow_run.ts';
import { indentAfter, offsetOf } from './definitions/editor.tsx';
import { aboutEvent } from './execution/events_table.tsx';
import { spanTree } from './execution/spans.tsx';
import { scaleOf } from './execution/timeline.tsx';
import { fieldsOf, initialValues, inputOf } from './form/schema.ts';
import { edgeLabel, edgeState } from './graph/edges.ts';
import { placesOf } from './graph/layout.ts';
import { plainStyle, spansOf } from './logs/ansi.ts';
import { emptyLog, isWhole, linesMax, linesOf, withText } from './logs/log_state.ts';
import type { Execution, JsonSchema, NodeStatus } from './types.ts';

const textOf = (log: Parameters<typeof linesOf>[0]) => linesOf(log).map(({ spans }) => spans.map(({ text }) => text).join(''));

describe('a node’s log', () => {
  test('is one text, whatever overlaps or comes twice', () => {
    const whole = 'first\nsecond: žluťoučký\nthird';
    const bytes = new TextEncoder().encode(whole).length;
    let log = withText(emptyLog, 0, whole.slice(0, 10), bytes);
    expect(isWhole(log)).toBe(false);
    log = withText(log, 0, whole.slice(0, 4));
    log = withText(log, 3, whole.slice(3));
    log = withText(log, 0, whole);
    expect(textOf(log)).toEqual(whole.split('\n'));
    expect(log.end).toBe(bytes);
    expect(isWhole(log)).toBe(true);
  });

  test('takes nothing that would leave a hole, but knows that there is more', () => {
    const log = withText(emptyLog, 100, 'late');
    expect(textOf(log)).toEqual([]);
    expect(log.size).toBe(104);
    expect(isWhole(log)).toBe(false);
  });

  test('keeps the newest lines and their numbers, and breaks a line without an end', () => {
    const lines = Array.from({ length: linesMax + 10_000 }, (_, i) => `line ${i + 1}\n`).join('');
    const log = withText(emptyLog, 0, lines);
    expect(log.lines).toHaveLength(linesMax);
    expect(log.dropped).toBe(10_000);
    expect(log.lines.at(-1)?.n).toBe(linesMax + 10_000);
    expect(withText(emptyLog, 0, `${'x'.repeat(40_000)}\n`).lines).toHaveLength(3);
  });

  test('has the colours of a terminal, and none of its other tricks', () => {
    const { spans, style } = spansOf('\u001b[1;31mred\u001b[0m plain \u001b[32mgreen', plainStyle);
    expect(spans).toEqual([
      { text: 'red', className: 'ansi-red ansi-bold' },
      { text: ' plain ', className: '' },
      { text: 'green', className: 'ansi-green' },
    ]);
    expect(spansOf('goes on', style).spans).toEqual([{ text: 'goes on', className: 'ansi-green' }]);
    expect(spansOf('\u001b]0;title\u0007a\u001b[2Jb\u001b]8;;http://example.com\u001b\\c\u0000', plainStyle).spans.map(({ text }) => text).join('')).toBe('abc');
    expect(spansOf('10%\r20%\r30%\r', plainStyle).spans.map(({ text }) => text).join('')).toBe('30%');
    expect(spansOf('\u001b[38;5;196mx\u001b[48;2;0;200;0my', plainStyle).spans.map(({ className }) => className)).toEqual(['ansi-red', 'ansi-red ansi-on-green']);
  });
});

describe('a form made of a schema', () => {
  const schema: JsonSchema = {
    type: 'object',
    required: ['name', 'count'],
    properties: {
      name: { type: 'string', title: 'Name', description: 'Whose' },
      count: { type: 'integer', minimum: 1 },
      ratio: { type: 'number', default: 0.5 },
      mode: { enum: ['fast', 'slow'], default: 'slow' },
      dry: { type: 'boolean', default: true },
      tags: { type: 'array', items: { type: 'string' } },
    },
  };
  const fields = fieldsOf(schema) ?? [];

  test('has a field for each property, filled with its default', () => {
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['name', 'text', true],
      ['count', 'number', true],
      ['ratio', 'number', false],
      ['mode', 'choice', false],
      ['dry', 'boolean', false],
      ['tags', 'json', false],
    ]);
    expect(initialValues(fields)).toEqual({ name: '', count: '', ratio: '0.5', mode: '"slow"', dry: true, tags: '' });
  });

  test('makes values of the types that the schema names', () => {
    const { input, problems } = inputOf(fields, { ...initialValues(fields), name: 'a', count: '3', tags: '["x"]', dry: false });
    expect(problems).toEqual({});
    expect(input).toEqual({ name: 'a', count: 3, ratio: 0.5, mode: 'slow', dry: false, tags: ['x'] });
  });

  test('says what is missing and what is no value', () => {
    expect(inputOf(fields, { name: ' ', count: '1.5', ratio: 'much', tags: '[' }).problems).toEqual({ name: 'required', count: 'integer', ratio: 'number', tags: 'json' });
  });

  test('is JSON where a schema is not an object’s, and nothing where there is none', () => {
    expect(fieldsOf({ type: 'array' })).toBeNull();
    expect(fieldsOf(undefined)).toEqual([]);
    expect(fieldsOf({ type: 'object', properties: {} })).toEqual([]);
  });
});

describe('the graph', () => {
  const at = (statuses: Record<string, NodeStatus>, next: Record<string, string[]> = {}): Execution => ({
    ...(makeRun(1).answers[0] as Execution),
    nodeDetails: Object.fromEntries(Object.entries(statuses).map(([nodeId, status]) => [nodeId, { nodeId, status, ...(next[nodeId] ? { nextNodeIds: next[nodeId] } : {}) }])),
  });
  const edge = { from: 'a', to: 'b' };

  test('shows an edge as the run passes it', () => {
    expect(edgeState(edge, at({}))).toBe('idle');
    expect(edgeState(edge, at({ a: 'running' }))).toBe('idle');
    expect(edgeState(edge, at({ a: 'completed' }))).toBe('idle');
    expect(edgeState(edge, at({ a: 'completed', b: 'running' }))).toBe('active');
    expect(edgeState(edge, at({ a: 'completed', b: 'completed' }))).toBe('taken');
    expect(edgeState(edge, at({ a: 'completed', b: 'skipped' }))).toBe('not-taken');
    expect(edgeState({ ...edge, on: 'failure' }, at({ a: 'completed', b: 'running' }))).toBe('not-taken');
    expect(edgeState({ ...edge, on: 'failure' }, at({ a: 'failed', b: 'running' }))).toBe('active');
    expect(edgeState(edge, at({ a: 'completed', b: 'running' }, { a: ['c'] }))).toBe('not-taken');
    const branched = at({ a: 'completed', b: 'running' });
    const chose = { ...branched, nodeDetails: { ...branched.nodeDetails, a: { nodeId: 'a', status: 'completed' as const, case: 'small' } } };
    expect(edgeState({ ...edge, case: 'big' }, chose)).toBe('not-taken');
    expect(edgeState({ ...edge, case: 'small' }, chose)).toBe('active');
  });

  test('names an edge by its condition', () => {
    expect(edgeLabel(edge)).toBe('');
    expect(edgeLabel({ ...edge, on: 'success' })).toBe('');
    expect(edgeLabel({ ...edge, on: 'failure', case: 'big' })).toBe('big · failure');
  });

  test('is laid out in the order of its edges, without cards above each other', () => {
    const nodes = ['a', 'b', 'c', 'd'].map((id) => ({ id, type: 'delay' }));
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'a', to: 'c' },
      { from: 'b', to: 'd' },
      { from: 'c', to: 'd' },
      { from: 'd', to: 'nobody' },
    ];
    const places = placesOf(nodes, edges, 'LR');
    const place = (id: string) => places.get(id) ?? { x: Number.NaN, y: Number.NaN };
    expect(place('a').x).toBeLessThan(place('b').x);
    expect(place('b').x).toBe(place('c').x);
    expect(Math.abs(place('b').y - place('c').y)).toBeGreaterThan(66);
    expect(place('d').x).toBeGreaterThan(place('c').x);
    expect(placesOf(nodes, edges, 'TB').get('d')?.y).toBeGreaterThan(placesOf(nodes, edges, 'TB').get('a')?.y ?? 0);
  });
});

describe('what is shown of a run', () => {
  test('a timeline is as long as the run is, by the server’s times', () => {
    const run = makeRun(2);
    const ended = run.answers.at(-1) as Execution;
    expect(scaleOf(run.answers[0] as Execution, 5)).toBeNull();
    expect(scaleOf(ended, 0)?.length).toBe(Math.max(100, ended.executionTime ?? 0));
  });

  test('a child’s spans stand below its node’s', () => {
    const span = (nodeId: string, attempt = 1, parentId: string | null = null) => ({ spanId: `${nodeId}#${attempt}`, nodeId, parentId, name: nodeId, attempt, startTime: '2026-01-01T00:00:00Z' });
    const spans = [span('a'), span('each'), span('each/0', 1, 'each'), span('a', 2), span('each/0', 2, 'each'), span('x', 1, 'gone')];
    expect(spanTree(spans).map(({ span: { spanId }, depth }) => `${depth} ${spanId}`)).toEqual(['0 a#1', '0 each#1', '1 each/0#1', '1 each/0#2', '0 a#2', '0 x#1']);
  });

  test('an event tells what is not in another column', () => {
    expect(aboutEvent({ type: 'node.completed', executionId: 'e', nodeId: 'n', timestamp: 1, rev: 2, attempt: 1, nextNodeIds: ['m'] })).toBe('attempt 1, nextNodeIds ["m"]');
  });
});

describe('the editor', () => {
  test('goes on where the line began, deeper after what opens a block', () => {
    expect(['a: 1', '  a:', '  - id: x', 'nodes:', '    - a:'].map(indentAfter)).toEqual(['', '    ', '    ', '  ', '        ']);
  });

  test('finds the place of a problem', () => {
    const text = 'ab\ncd\nef';
    expect([offsetOf(text, 1, 1), offsetOf(text, 2, 2), offsetOf(text, 2, 99), offsetOf(text, 9, 1)]).toEqual([0, 4, 5, 8]);
  });
});
