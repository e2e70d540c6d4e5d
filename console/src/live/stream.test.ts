import { describe, expect, test } from 'vitest';

import { liveEvent, subscriptionUrl, transportsFor } from './stream.ts';

describe('a stream', () => {
  test('asks for whole events of all that is wanted', () => {
    expect(subscriptionUrl({ topics: ['a', 'b/c'], match: ['d/**'], last: 5, filter: 'key == "x"' })).toBe(
      '/v1/subscribe?topic=a&topic=b/c&match=d/**&last=5&filter=key+%3D%3D+%22x%22&envelope=json',
    );
  });

  test('holds none of a browser’s few connections over HTTP/1.1', () => {
    expect(transportsFor('http/1.1')[0]).toBe('websocket');
    expect(transportsFor('')[0]).toBe('websocket');
    expect(transportsFor('h2')[0]).toBe('sse');
    for (const protocol of ['http/1.1', 'h2', 'h3']) expect(new Set(transportsFor(protocol)).size).toBe(4);
  });

  test('gives events with all that is known of them, and null for what is not', () => {
    const wire = { cursor: '5f0c9a3be1d24471-7', topic: 't', event: 'paid', data: 'x', time: '2026-01-01T00:00:00.000Z', key: 'k' };
    expect(liveEvent(wire)).toMatchObject({ cursor: wire.cursor, topics: ['t'], type: 'paid', data: 'x', time: Date.UTC(2026, 0, 1), key: 'k', id: null });
    expect(liveEvent({ topic: 't' })).toMatchObject({ cursor: null, type: 'message', data: '', time: null, key: null });
    expect(liveEvent({ topic: 't' }).n).toBeGreaterThan(liveEvent(wire).n - 3);
  });
});
