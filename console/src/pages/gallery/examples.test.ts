import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';

import { withPost } from '../../../../examples/live-feed/live_feed.js';
import { points, withSample } from '../../../../examples/metrics-dashboard/metrics_dashboard.js';
import { newJob, withChange, type Change } from '../../../../examples/progress/progress.js';
import { changeText, withUpdate, type Prices } from '../../../../examples/stock-ticker/prices.js';
import { event } from '../../../test/events.ts';
import { examples } from './examples.ts';
import { tokens } from './highlight.ts';
import { noPreviews, reducePreviews } from './previews_state.ts';
import { produce, type ProducedEvent } from './producing.ts';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../../examples');
const sourceOf = (name: string, file: string) => readFileSync(path.join(folder, name, file), 'utf8');

describe('a job', () => {
  const after = (...changes: Change[]) => changes.reduce(withChange, newJob);

  test('never goes back, whatever comes twice or late', () => {
    expect(after({ progress: 40, stage: 'a' }, { progress: 20, stage: 'b' })).toEqual({ progress: 40, stage: 'b', status: 'running' });
    expect(after({ progress: 400 }).progress).toBe(100);
  });

  test('is over when it is over', () => {
    const done = after({ progress: 40, stage: 'a' }, { status: 'completed' });
    expect(done).toEqual({ progress: 100, stage: 'a', status: 'completed' });
    expect(after({ progress: 40 }, { status: 'failed' }, { progress: 80 }, { status: 'completed' })).toMatchObject({ progress: 40, status: 'failed' });
  });
});

test('a feed keeps the newest first, and the position after them', () => {
  let saved = withPost({ posts: [], cursor: '' }, { author: 'a', text: '1' }, 'e-1');
  for (let i = 2; i <= 40; ++i) saved = withPost(saved, { author: 'a', text: String(i) }, `e-${i}`);
  expect([saved.posts.length, saved.posts[0]?.text, saved.posts.at(-1)?.text, saved.cursor]).toEqual([30, '40', '11', 'e-40']);
});

test('a dashboard keeps the last minute of each figure, and draws it to the right edge', () => {
  let courses = withSample(new Map(), { load: 1 });
  const before = courses;
  courses = withSample(courses, { load: 2, memory: 50 });
  expect([...courses]).toEqual([
    ['load', [1, 2]],
    ['memory', [50]],
  ]);
  expect(before.get('load')).toEqual([1]);
  for (let i = 0; i < 70; ++i) courses = withSample(courses, { load: i });
  expect(courses.get('load')).toHaveLength(60);
  const drawn = points([0, 5, 10]).split(' ').map((point) => point.split(',').map(Number));
  expect(drawn.map(([, y]) => y)).toEqual([30, 16, 2]);
  expect(drawn.at(-1)?.[0]).toBe(100);
  expect(points([0])).toBe('100,30');
});

test('a ticker has each symbol once, in order, with its newest price', () => {
  const update = (symbol: string, price: number) => ({ symbol, price, change: 0 });
  const prices = [update('B', 1), update('A', 2), update('B', 3)].reduce<Prices>(withUpdate, new Map());
  expect([...prices.values()]).toEqual([update('A', 2), update('B', 3)]);
  expect([1.239, -1.239, 0.001, -0.001].map(changeText)).toEqual(['▲ +1.24 %', '▼ −1.24 %', '0.00 %', '0.00 %']);
});

describe('the cards', () => {
  const data = (topic: string, type: string, value: unknown) => event({ topic: `examples/${topic}`, event: type, data: JSON.stringify(value) });

  test('show what came last to each example', () => {
    const state = reducePreviews(noPreviews, [
      data('notifications/ada', 'alert', { title: 'T', message: 'M' }),
      data('notifications/ada', 'badge', { count: 3 }),
      data('notifications/ada', 'badge', { count: 0 }),
      ...[1, 2, 3].map((n) => data('feed', 'message', { author: 'a', text: String(n) })),
      data('metrics', 'metrics', { load: 1.5 }),
      data('progress/1', 'progress', { progress: 70, stage: 's' }),
      data('progress/2', 'progress', { progress: 20, stage: 's' }),
      data('stocks', 'price_update', { symbol: 'A', price: 1, change: 0 }),
      data('chat/room/123', 'message', { name: 'n', text: 'hi', at: 0 }),
    ]);
    expect(state.counts).toEqual({ notifications: 3, 'live-feed': 3, 'metrics-dashboard': 1, progress: 2, 'stock-ticker': 1, chat: 1 });
    expect([state.unread, state.alert]).toEqual([0, { who: 'T', text: 'M' }]);
    expect(state.posts.map(({ text }) => text)).toEqual(['2', '3']);
    expect(state.courses.get('load')).toEqual([1.5]);
    expect(state.job).toEqual({ topic: 'examples/progress/2', state: { progress: 20, stage: 's', status: 'running' } });
    expect(state.prices.get('A')?.price).toBe(1);
    expect(state.messages).toEqual([{ who: 'n', text: 'hi' }]);
  });

  test('count what is not theirs to understand, and go on', () => {
    const odd = ['hello', '7', 'null', '[]', '{"symbol":true}', '{"count":"many"}', '{"load":"high"}', '{"name":{}}'];
    const topics = ['notifications/ada', 'feed', 'metrics', 'stocks', 'chat/room/123'];
    const events = topics.flatMap((topic) => odd.map((text) => event({ topic: `examples/${topic}`, event: topic === 'metrics' ? 'metrics' : 'badge', data: text })));
    const state = reducePreviews(noPreviews, [...events, event({ topic: 'examples/other', data: '{}' })]);
    expect(state).toMatchObject({ ...noPreviews, counts: { notifications: 8, 'live-feed': 8, 'metrics-dashboard': 8, 'stock-ticker': 8, chat: 8 } });
    expect(state.counts.other).toBeUndefined();
  });
});

describe('the list of examples', () => {
  test('has every folder with a producer, and every file of it', () => {
    const folders = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'producer.js')));
    expect(examples.map(({ name }) => name).sort()).toEqual(folders.sort());
    for (const { name, files } of examples) expect([...files].sort(), name).toEqual(readdirSync(path.join(folder, name)).filter((file) => /\.jsx?$/.test(file)).sort());
  });

  test('is of about a page each, without a way for data to become markup', () => {
    for (const { name, files } of examples) {
      for (const file of files) {
        const source = sourceOf(name, file);
        expect(source.split('\n').length, `${name}/${file}`).toBeLessThan(75);
        expect(source, `${name}/${file}`).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet/);
      }
    }
  });
});

describe('highlighting', () => {
  test('loses nothing of any example', () => {
    for (const { name, files } of examples) {
      for (const file of files) {
        const source = sourceOf(name, file);
        expect(tokens(source).map(({ text }) => text).join('')).toBe(source);
      }
    }
  });

  test('tells apart what is what', () => {
    const kinds = (source: string) => tokens(source).filter(({ kind }) => kind !== 'plain').map(({ kind, text }) => [kind, text]);
    expect(kinds("const a = 'return // no'; // const b\n")).toEqual([['keyword', 'const'], ['string', "'return // no'"], ['comment', '// const b']]);
    expect(kinds('x(/[/"]+/, 1_000) /* for */')).toContainEqual(['number', '1_000']);
    expect(kinds('`a ${b} c`')).toEqual([['string', '`a ${b} c`']]);
    expect(kinds('constant of_ forEach')).toEqual([]);
    expect(kinds("if (/'/.test(a)) return 'b'")).toEqual([['keyword', 'if'], ['string', "/'/"], ['keyword', 'return'], ['string', "'b'"]]);
  });
});

describe('producing', () => {
  const published: { path: string; headers: Record<string, string>; body: string }[] = [];
  const serve = (answer: (count: number) => Response | Promise<Response>) => {
    published.length = 0;
    return async (input: RequestInfo | URL, init?: RequestInit) => {
      published.push({ path: new URL(String(input)).pathname, headers: init?.headers as Record<string, string>, body: String(init?.body) });
      return answer(published.length);
    };
  };
  const ok = () => Response.json({ cursor: 'e-1', sequence: 1 });
  const three = async function* () {
    for (let i = 1; i <= 3; ++i) yield [{ topic: 'examples/t', event: 'e', data: { i }, close: i === 3 }] satisfies ProducedEvent[];
  };

  test('publishes each event with its options, and ends with the producer', async () => {
    vi.stubGlobal('fetch', serve(ok));
    await produce({ every: 0, events: three }, 'id', new AbortController().signal);
    expect(published.map(({ path, body }) => [path, body])).toEqual([1, 2, 3].map((i) => ['/v1/topics/examples/t', `{"i":${i}}`]));
    expect(published.map(({ headers }) => headers['Weir-Close'])).toEqual([undefined, undefined, 'true']);
  });

  test('stops where the server refuses, and says why', async () => {
    const refusal = { code: 'forbidden', title: 'Forbidden', detail: 'not you', retryable: false };
    vi.stubGlobal('fetch', serve(() => new Response(JSON.stringify(refusal), { status: 403, headers: { 'Content-Type': 'application/problem+json' } })));
    await expect(produce({ every: 0, events: three }, 'id', new AbortController().signal)).rejects.toThrow('not you');
    expect(published).toHaveLength(1);
  });

  test('stops when it is told to', async () => {
    const ending = new AbortController();
    const server = serve((count) => {
      if (count === 2) ending.abort();
      return ok();
    });
    vi.stubGlobal('fetch', server);
    await produce({ every: 0, events: three }, 'id', ending.signal);
    expect(published.length).toBe(2);
  });
});
