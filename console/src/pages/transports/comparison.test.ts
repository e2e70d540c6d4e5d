import { describe, expect, test, vi } from 'vitest';

import { latenciesKept, newComparison, quantile, reduceComparison, slotCount, slotMs, type ComparisonAction } from './comparison_state.ts';
import { meteredFetch, type Meter } from './metering.ts';

const after = (...actions: ComparisonAction[]) => reduceComparison(newComparison(0), { type: 'actions', actions });

describe('a comparison', () => {
  test('keeps each transport’s own account', () => {
    const { columns, published } = after(
      { type: 'published' },
      { type: 'request', transport: 'poll' },
      { type: 'request', transport: 'poll' },
      { type: 'head', transport: 'poll', bytes: 100 },
      { type: 'body', transport: 'poll', bytes: 20 },
      { type: 'body', transport: 'poll', bytes: 3 },
      { type: 'event', transport: 'sse', latency: 4, at: 10 },
    );
    expect(published).toBe(1);
    expect(columns.poll).toMatchObject({ requests: 2, headBytes: 100, bodyBytes: 23, events: 0, latencies: [] });
    expect(columns.sse).toMatchObject({ requests: 0, bodyBytes: 0, events: 1, latencies: [4] });
    expect(columns.longpoll).toEqual(newComparison(0).columns.longpoll);
  });

  test('has all charts move with time, whether events come or not', () => {
    const state = after(
      { type: 'event', transport: 'sse', latency: 1, at: 0 },
      { type: 'event', transport: 'sse', latency: 1, at: slotMs - 1 },
      { type: 'event', transport: 'poll', latency: 1, at: slotMs },
      { type: 'time', at: 3 * slotMs },
    );
    expect(state.columns.sse.arrivals.slice(-4)).toEqual([2, 0, 0, 0]);
    expect(state.columns.poll.arrivals.slice(-4)).toEqual([0, 1, 0, 0]);
    for (const { arrivals } of Object.values(state.columns)) expect(arrivals).toHaveLength(slotCount);
    const later = reduceComparison(state, { type: 'actions', actions: [{ type: 'time', at: 1e9 }] });
    expect(later.columns.sse.arrivals).toEqual(Array.from({ length: slotCount }, () => 0));
    expect(reduceComparison(later, { type: 'actions', actions: [{ type: 'time', at: 5 }] })).toBe(later);
  });

  test('keeps the newest latencies, and begins anew', () => {
    const many = Array.from({ length: latenciesKept + 5 }, (_, i) => ({ type: 'event', transport: 'websocket', latency: i, at: 0 }) as const);
    const state = after(...many);
    expect(state.columns.websocket.events).toBe(latenciesKept + 5);
    expect([state.columns.websocket.latencies.length, state.columns.websocket.latencies[0]]).toEqual([latenciesKept, 5]);
    expect(reduceComparison(state, { type: 'begin', at: 0 })).toEqual(newComparison(0));
  });
});

test('a quantile is the value that this share does not exceed', () => {
  expect(quantile([], 0.5)).toBeNull();
  expect(quantile([7], 0.95)).toBe(7);
  expect([0.5, 0.95, 1].map((share) => quantile([5, 1, 4, 2, 3], share))).toEqual([3, 5, 5]);
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0.5, 0.95].map((share) => quantile(hundred, share))).toEqual([50, 95]);
});

test('a metered request is the same request, counted: the head once, the body piece by piece', async () => {
  const counted = { requests: 0, head: 0, body: 0 };
  const meter: Meter = { request: () => ++counted.requests, head: (bytes) => (counted.head += bytes), body: (bytes) => (counted.body += bytes) };
  const pieces = ['data: ä\n\n', 'data: b\n\n'];
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  const answer = vi.fn().mockResolvedValueOnce(new Response(body, { status: 200, headers: { 'X-A': 'bc' } })).mockResolvedValueOnce(new Response(null, { status: 204 }));
  vi.stubGlobal('fetch', answer);
  const response = await meteredFetch(meter)('/x', { method: 'GET' });
  expect(counted).toEqual({ requests: 1, head: 'x-a: bc\r\n'.length, body: 0 });
  expect([response.status, response.headers.get('X-A'), await response.text()]).toEqual([200, 'bc', pieces.join('')]);
  expect(counted.body).toBe(pieces.join('').length + 1);
  expect((await meteredFetch(meter)('/x')).status).toBe(204);
  expect(answer).toHaveBeenCalledWith('/x', { method: 'GET' });
});
