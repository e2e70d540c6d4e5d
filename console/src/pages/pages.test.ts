import { describe, expect, test } from 'vitest';

import paths from '../paths.json';
import { hiddenPages, pages } from '../routes.tsx';
import { explainRequest } from './explain/explain_page.tsx';
import { emptyMachine, logLine, parseMachineSample, reduceMachine } from './overview/machine_state.ts';
import { groupSettings, textOf } from './settings/settings_page.tsx';
import { cursorBefore, parseCursor } from './topic/cursors.ts';

describe('the table of pages', () => {
  test('names the addresses for which the server gives out the console', () => {
    const served = (path: string) => (path.endsWith('*') ? paths.includes(path.slice(0, -1)) : paths.includes(path));
    for (const { path } of [...pages, ...hiddenPages]) expect(served(path), path).toBe(true);
    expect(paths).toHaveLength(pages.length + hiddenPages.length);
  });

  test('gives each page a key and a name of its own in each language', () => {
    for (const of of [({ key }) => key, ({ label }) => label.en, ({ label }) => label.ru] as ((page: (typeof pages)[number]) => string)[]) {
      expect(new Set(pages.map(of)).size).toBe(pages.length);
    }
  });
});

describe('the figures of the machine', () => {
  const data = (second: number, percent = 5) =>
    JSON.stringify({
      time: new Date(second * 1000).toISOString(),
      cpu: { percent, cores: 2 },
      memory: { used: 1, total: 2 },
      load: { one: 0.1, five: 0.2, fifteen: 0.3 },
      network: { received: 1, sent: 2 },
    });

  test('are taken only whole: anybody may publish such an event', () => {
    expect(parseMachineSample(data(1))?.cpu.percent).toBe(5);
    for (const bad of ['', 'null', '[]', '{}', '{"time":"x"}', data(1).replace('"cores":2', '"cores":"2"'), data(1).replace(/"time":"[^"]*"/, '"time":"soon"')]) {
      expect(parseMachineSample(bad), bad).toBeNull();
    }
  });

  test('begin anew after a pause, and never hold more than a minute', () => {
    const after = (seconds: number[]) => seconds.reduce((state, second) => reduceMachine(state, { type: 'sample', data: data(second) }), emptyMachine);
    expect(after([1, 2, 3]).samples).toHaveLength(3);
    expect(after([1, 2, 60]).samples).toHaveLength(1);
    expect(after(Array.from({ length: 200 }, (_, i) => i)).samples).toHaveLength(60);
  });

  test('come with lines of its logs, which are shown without their wrapping', () => {
    expect(logLine('{"time":"x","file":"/var/log/syslog","line":"all is well"}')).toBe('syslog: all is well');
    for (const other of ['text', '{}', '{"file":1,"line":"x"}', 'null']) expect(logLine(other)).toBeNull();
  });

  test('tell the clock', () => {
    const state = reduceMachine(emptyMachine, { type: 'clock', data: '{"time":"2026-01-01T00:00:00.000Z"}' });
    expect(state.clock).toBe(Date.UTC(2026, 0, 1));
    expect(reduceMachine(state, { type: 'clock', data: '{}' })).toBe(state);
  });
});

describe('cursors', () => {
  test('are looked into, and made for what stands before an event', () => {
    expect(parseCursor(' 5f0c9a3be1d24471-42 ')).toEqual({ epoch: '5f0c9a3be1d24471', sequence: 42 });
    expect(cursorBefore({ epoch: '5f0c9a3be1d24471', sequence: 42 })).toBe('5f0c9a3be1d24471-41');
    expect(cursorBefore({ epoch: '5f0c9a3be1d24471', sequence: 0 })).toBe('5f0c9a3be1d24471-0');
    for (const bad of ['', 'earliest', '5f0c-1', '5f0c9a3be1d24471-', '5f0c9a3be1d24471-1x']) expect(parseCursor(bad)).toBeNull();
  });
});

describe('a question to explain', () => {
  const question = { cursor: ' c ', by: 'subscription', clientId: 'id', token: '', topics: 'a, b\nc,', match: '', filter: ' ' } as const;

  test('names a client or a subscription, never both', () => {
    expect(explainRequest({ ...question, by: 'client' })).toEqual({ cursor: 'c', client_id: 'id' });
    expect(explainRequest(question)).toEqual({ cursor: 'c', token: null, topics: ['a', 'b', 'c'], match: [] });
    expect(explainRequest({ ...question, token: 't', filter: 'key' })).toMatchObject({ token: 't', filter: 'key' });
  });
});

describe('settings', () => {
  const setting = (name: string, changes = {}) =>
    ({ name, group: 'g', value: 1, default: 1, source: 'default', place: null, allowed: null, help: `help of ${name}`, reload: false, secret: false, ...changes }) as const;

  test('are grouped in their order, and found by name and help', () => {
    const settings = [setting('b'), setting('a', { group: 'other' }), setting('c', { source: 'file' })];
    expect([...groupSettings(settings, '', false).keys()]).toEqual(['g', 'other']);
    expect([...groupSettings(settings, 'HELP OF A', false).values()].flat().map(({ name }) => name)).toEqual(['a']);
    expect([...groupSettings(settings, '', true).values()].flat().map(({ name }) => name)).toEqual(['c']);
  });

  test('have values that can be read', () => {
    expect([null, ['a', 'b'], true, 0, { a: 1 }].map(textOf)).toEqual(['', 'a, b', 'true', '0', '{"a":1}']);
  });
});
