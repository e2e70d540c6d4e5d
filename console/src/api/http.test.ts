import { describe, expect, test, vi } from 'vitest';

import { onUnauthorized, Problem, request, Unreachable, withQuery } from './http.ts';
import { encodeTopic, topicOfPage, topicPage } from './topic_path.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  vi.stubGlobal('fetch', vi.fn().mockResolvedValue(new Response(body === undefined ? null : JSON.stringify(body), { status, headers })));

describe('a request', () => {
  test('gives the JSON of the answer, and nothing for an empty one', async () => {
    answer(200, { a: 1 });
    expect(await request('/x')).toEqual({ a: 1 });
    answer(204, undefined);
    expect(await request('/x', { method: 'DELETE' })).toBeUndefined();
  });

  test('that is refused says what the server said', async () => {
    answer(400, { code: 'bad-filter', title: 'Bad filter', detail: 'at character 3' }, { 'Retry-After': '7' });
    const problem = await request('/x').catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ status: 400, code: 'bad-filter', message: 'Bad filter: at character 3', retryAfter: 7 });
  });

  test('that something else answers is a problem by its status', async () => {
    vi.stubGlobal('fetch', vi.fn().mockResolvedValue(new Response('<html>', { status: 502 })));
    await expect(request('/x')).rejects.toMatchObject({ status: 502, title: 'HTTP 502', retryAfter: null });
  });

  test('that nobody answers is not one', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')));
    await expect(request('/x')).rejects.toBeInstanceOf(Unreachable);
  });

  test('that is refused for want of a name tells who listens', async () => {
    const told = vi.fn();
    const end = onUnauthorized(told);
    answer(401, { code: 'unauthorized', title: 'Unauthorized' });
    await expect(request('/x')).rejects.toBeInstanceOf(Problem);
    end();
    await expect(request('/x')).rejects.toBeDefined();
    expect(told).toHaveBeenCalledTimes(1);
  });
});

describe('addresses', () => {
  test('leave out what is empty, and keep slashes and stars readable', () => {
    expect(withQuery('/v1/subscribe', { match: ['a/**', 'b'], last: 0, after: '', filter: null, topic: 'x&y' })).toBe('/v1/subscribe?match=a/**&match=b&last=0&topic=x%26y');
    expect(withQuery('/x', { a: undefined })).toBe('/x');
  });

  test('of topics survive every name', () => {
    for (const topic of ['a', 'orders/17', 'с пробелом/ü?#%', 'a%2Fb', 'https://example.org/books/1']) {
      expect(topicOfPage(topicPage(topic))).toBe(topic);
    }
    expect(encodeTopic('a b/c?')).toBe('a%20b/c%3F');
    expect([topicOfPage('/topics'), topicOfPage('/topics/'), topicOfPage('/topics/%zz')]).toEqual([null, null, null]);
  });
});
