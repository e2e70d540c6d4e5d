import { describe, expect, test } from 'vitest';

import { newLink, reduceLink, type LinkAction } from './link.ts';

const after = (...actions: LinkAction[]) => actions.reduce(reduceLink, newLink);
const failed: LinkAction = { type: 'failed', retryAt: 5000, reason: 'Failed to fetch' };

describe('what is said of a connection', () => {
  test('is live only by a transport that brings events as they happen', () => {
    for (const transport of ['sse', 'websocket', 'longpoll']) expect(after({ type: 'open', transport, pollSeconds: 5 }).state).toBe('live');
    expect(after({ type: 'open', transport: 'poll', pollSeconds: 5 })).toMatchObject({ state: 'polling', pollSeconds: 5 });
  });

  test('stays offline through the next tries, until one has an outcome', () => {
    const offline = after({ type: 'open', transport: 'sse', pollSeconds: 5 }, failed, { type: 'connecting' });
    expect(offline).toMatchObject({ state: 'offline', retryAt: 5000 });
    expect(reduceLink(offline, { type: 'open', transport: 'sse', pollSeconds: 5 })).toMatchObject({ state: 'live', reason: null });
  });

  test('is closed when no other try follows', () => {
    expect(after({ type: 'failed', retryAt: null, reason: 'Forbidden' })).toMatchObject({ state: 'closed', reason: 'Forbidden' });
  });

  test('says connecting when a stream ends in order and comes back', () => {
    expect(after({ type: 'open', transport: 'sse', pollSeconds: 5 }, { type: 'connecting' }).state).toBe('connecting');
  });
});
