import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { App } from '../app.tsx';
import type { StreamOptions } from '../live/stream.ts';
import { pages } from '../routes.tsx';
import { paletteScore } from './palette.tsx';
import { sample } from '../../test/events.ts';

// The server's side of the streams: what the pages asked for, and what this test lets come.
const streams = vi.hoisted(() => new Set<StreamOptions>());
vi.mock('../live/stream.ts', async (original) => ({
  ...(await original<object>()),
  openStream: (options: StreamOptions) => {
    streams.add(options);
    options.onLink({ type: 'connecting' });
    return { close: () => streams.delete(options) };
  },
}));

const answers: Record<string, unknown> = {};
let signedIn = true;

function stubServer(): void {
  vi.stubGlobal(
    'fetch',
    vi.fn((address: string, init?: RequestInit) => {
      const path = String(address).split('?')[0] ?? '';
      if (path === '/v1/session' && init?.method === 'POST') {
        const { password } = JSON.parse(String(init.body)) as { password?: string };
        signedIn = password === 'right';
        if (!signedIn) return Promise.resolve(Response.json({ code: 'login-failed', title: 'Login failed' }, { status: 401 }));
      }
      if (path === '/v1/session' && init?.method === 'DELETE') {
        signedIn = false;
        return Promise.resolve(new Response(null, { status: 204 }));
      }
      if (path === '/v1/session') {
        return Promise.resolve(Response.json({ required: 'session' in answers, operator: signedIn ? { name: 'ada' } : null, admin: signedIn, methods: ['password', 'token'], expires: null }));
      }
      if (path in answers) return Promise.resolve(Response.json(answers[path]));
      return Promise.resolve(Response.json({ code: 'not-found', title: 'Not found' }, { status: 404 }));
    }),
  );
}

const system = () => [...streams].find(({ topics }) => topics?.includes('$weir/metrics'));
const goLive = () => act(() => system()?.onLink({ type: 'open', transport: 'sse', pollSeconds: 5 }));
const heading = (name: string) => screen.findByRole('heading', { level: 1, name });

describe('the console', () => {
  beforeEach(() => {
    streams.clear();
    signedIn = true;
    for (const name of Object.keys(answers)) delete answers[name];
    Object.assign(answers, { '/v1/topics': { topics: [], next: null }, '/v1/metrics/history': { interval_ms: 1000, samples: [] } });
    history.replaceState(null, '', '/');
    stubServer();
  });

  test('says in words what is true of its connection', async () => {
    render(<App language="en" />);
    await waitFor(() => expect(screen.getByTestId('state').textContent).toBe('connecting'));
    goLive();
    expect(screen.getByTestId('state').textContent).toBe('live');
    act(() => system()?.onLink({ type: 'open', transport: 'poll', pollSeconds: 5 }));
    expect(screen.getByTestId('state').textContent).toBe('polling every 5 s');
    act(() => system()?.onLink({ type: 'failed', retryAt: Date.now() + 1000, reason: 'Failed to fetch' }));
    expect(screen.getByTestId('state').textContent).toBe('offline');
  });

  test('asks for the history each time that it is live again, and shows the newest figures', async () => {
    render(<App language="en" />);
    await heading('Overview');
    goLive();
    const asked = () => vi.mocked(fetch).mock.calls.filter(([address]) => address === '/v1/metrics/history').length;
    await waitFor(() => expect(asked()).toBe(1));
    act(() => system()?.onLink({ type: 'failed', retryAt: 1, reason: '' }));
    goLive();
    await waitFor(() => expect(asked()).toBe(2));
    const send = (time: number, published: number) =>
      act(() => system()?.onEvent({ n: time, cursor: null, topic: '$weir/metrics', topics: [], type: 'metrics', data: JSON.stringify(sample(time, { published })), time: null, key: null, id: null }));
    send(1000, 0);
    send(2000, 40);
    await waitFor(() => expect(screen.getByTestId('server-published').textContent).toContain('40/s'));
  });

  test('goes to each page from the keyboard: G and its letter', async () => {
    render(<App language="en" />);
    await heading('Overview');
    for (const page of pages) {
      fireEvent.keyDown(document.body, { key: 'g' });
      fireEvent.keyDown(document.body, { key: page.key });
      await heading(page.label.en);
      expect(location.pathname).toBe(page.path);
    }
  });

  test('finds pages, topics and commands in the palette, and closes it when one is chosen', async () => {
    answers['/v1/topics'] = { topics: [{ topic: 'orders/17' }], next: null };
    answers['/v1/topics/orders/17/info'] = { topic: 'orders/17', events: 0, bytes: 0, first: null, last: null, closed: false, subscribers: 0, cursor: '', retention: { age_ms: 0, events: 0, bytes: 0 } };
    render(<App language="en" />);
    await heading('Overview');
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    const input = await screen.findByRole('combobox');
    await userEvent.type(input, 'orders');
    await userEvent.click(await screen.findByRole('option', { name: 'orders/17' }));
    await heading('orders/17');
    expect(screen.queryByRole('combobox')).toBeNull();
  });

  test('finds by the beginning of words, not by letters that lie apart', () => {
    expect(paletteScore('page /', 'over', ['Overview', 'Overview', 'home start'])).toBe(1);
    expect(paletteScore('page /', 'ord', ['Overview', 'Overview', 'home start'])).toBe(0);
    expect(paletteScore('page /', 'STA', ['Обзор', 'Overview', 'home start'])).toBe(0.5);
    expect(paletteScore('topic a/orders', 'orders', ['a/orders'])).toBeGreaterThan(paletteScore('open orders', 'orders', ['Open the topic orders']));
  });

  test('opens a topic that the list does not have by its name', async () => {
    render(<App language="en" />);
    await heading('Overview');
    fireEvent.keyDown(document.body, { key: 'k', metaKey: true });
    await userEvent.type(await screen.findByRole('combobox'), 'a/new one');
    await userEvent.click(await screen.findByRole('option', { name: /Open the topic a\/new one/ }));
    await heading('a/new one');
    expect(location.pathname).toBe('/topics/a/new%20one');
  });

  test('speaks Russian when asked to, on the page and in its title', async () => {
    render(<App language="en" />);
    await heading('Overview');
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    await userEvent.click(await screen.findByRole('option', { name: 'Русский' }));
    await heading('Обзор');
    expect(document.title).toBe('Обзор · Weir');
    expect(document.documentElement.lang).toBe('ru');
    expect(localStorage.getItem('weir.language')).toBe('ru');
  });

  test('in Russian leaves no English on any page', async () => {
    // Names of things that are the same in both.
    const names = /playground\/…|examples\/transports|\b(Weir|SSE|Server-Sent Events|TCP|TLS|Node|POST|WebSocket|HTTP|English|Ctrl K|JWT|API|id|fsync|SIGHUP|demo\/metrics|admin)\b/gi;
    for (const page of pages) {
      history.replaceState(null, '', page.path);
      render(<App language="ru" />);
      await heading(page.label.ru);
      const copy = document.body.cloneNode(true) as HTMLElement;
      for (const element of copy.querySelectorAll('pre, code, kbd, .mono, [lang=en], input, textarea')) element.remove();
      const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) expect(texts.currentNode.textContent?.replace(names, ''), page.path).not.toMatch(/[A-Za-z]{2}/);
      cleanup();
    }
  });

  test('keeps the address while somebody signs in, and goes on there', async () => {
    answers.session = true;
    signedIn = false;
    history.replaceState(null, '', '/access');
    render(<App language="en" />);
    await heading('Sign in');
    expect(streams.size).toBe(0);
    await userEvent.type(screen.getByLabelText('Name'), 'ada');
    await userEvent.type(screen.getByLabelText('Password', { selector: 'input' }), 'wrong');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    expect((await screen.findByTestId('login-failed')).textContent).toBe('The name or the password is wrong.');
    await userEvent.type(screen.getByLabelText('Password', { selector: 'input' }), 'right');
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
    await heading('Access');
  });

  test('asks who is there as soon as the server refuses, and shows nothing more', async () => {
    answers.session = true;
    render(<App language="en" />);
    await heading('Overview');
    goLive();
    signedIn = false;
    vi.mocked(fetch).mockImplementationOnce(() => Promise.resolve(Response.json({ code: 'unauthorized', title: 'Unauthorized' }, { status: 401 })));
    fireEvent.keyDown(document.body, { key: 'g' });
    fireEvent.keyDown(document.body, { key: 's' });
    await heading('Sign in');
    expect(streams.size).toBe(0);
  });

  test('names every control that has no words', async () => {
    render(<App language="en" />);
    await heading('Overview');
    for (const button of within(document.body).getAllByRole('button')) {
      expect(button.textContent?.trim() || button.getAttribute('aria-label'), button.outerHTML).toBeTruthy();
    }
  });
});
