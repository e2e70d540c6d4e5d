import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { event, events } from '../../test/events.ts';
import { show } from '../../test/render.tsx';
import { emptyLog, reduceLog, type LogAction, type LogState } from '../live/log_state.ts';
import { createStore, type Store } from '../live/store.ts';
import type { LiveEvent } from '../live/stream.ts';
import { EventBrowser } from './event_browser.tsx';
import { PublishForm } from './publish_form.tsx';

const rows = () => screen.queryAllByRole('option').map((row) => row.textContent ?? '');

let log: Store<LogState, LogAction>;
const come = (...added: LiveEvent[]) => act(() => log.dispatch({ type: 'events', events: added }));

describe('the browser of events', () => {
  beforeEach(() => {
    log = createStore(reduceLog, emptyLog());
    // A window of 600 pixels, which is all that the virtual list needs to know.
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
    vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(800);
  });
  const open = () => show(<EventBrowser log={log} label="Events" empty={<p>nothing yet</p>} />);

  test('says that there is nothing, then shows what comes, the newest first', () => {
    open();
    expect(screen.getByText('nothing yet')).toBeTruthy();
    come(event({ data: 'one' }), event({ data: 'two' }));
    expect(rows().map((text) => /(one|two)/.exec(text)?.[1])).toEqual(['two', 'one']);
  });

  test('makes elements only for what is in sight', () => {
    open();
    come(...events(5000));
    expect(rows().length).toBeGreaterThan(20);
    expect(rows().length).toBeLessThan(80);
    expect(screen.getByTestId('events-count').textContent).toBe('5,000 received, 5,000 kept here');
  });

  test('stands still while paused, counts what came, and shows it when it follows again', async () => {
    open();
    come(event({ data: 'first' }));
    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    come(event({ data: 'second' }), event({ data: 'third' }));
    expect(rows()).toHaveLength(1);
    await userEvent.click(screen.getByRole('button', { name: '2 newer events' }));
    expect(rows()).toHaveLength(3);
  });

  test('finds text, and says when there is none', async () => {
    open();
    come(event({ data: 'apple' }), event({ data: 'pear' }));
    await userEvent.type(screen.getByRole('searchbox'), 'PEA');
    expect(rows()).toHaveLength(1);
    await userEvent.type(screen.getByRole('searchbox'), 'zzz');
    expect(screen.getByText('No event here holds that text.')).toBeTruthy();
  });

  test('is used from the keyboard: arrows choose, the details show the data as a tree, Escape closes them', () => {
    open();
    come(event({ data: '{"total":9.9,"items":[1,2]}', cursor: '5f0c9a3be1d24471-1' }), event({ data: 'text' }));
    const list = screen.getByRole('listbox');
    fireEvent.keyDown(list, { key: 'ArrowDown' });
    expect(screen.getByTestId('event-details').textContent).toContain('text');
    fireEvent.keyDown(list, { key: 'ArrowDown' });
    expect(screen.getByTestId('event-details').textContent).toContain('5f0c9a3be1d24471-1');
    expect(screen.getByText('9.9')).toBeTruthy();
    expect(screen.getByRole('option', { selected: true })).toBeTruthy();
    fireEvent.keyDown(list, { key: 'Escape' });
    expect(screen.queryByTestId('event-details')).toBeNull();
  });

  test('speaks Russian, with the right forms', () => {
    show(<EventBrowser log={log} label="События" empty={null} />, { language: 'ru' });
    come(event());
    act(() => log.dispatch({ type: 'freeze' }));
    come(...events(3));
    expect(screen.getByRole('button', { name: '3 новых события' })).toBeTruthy();
  });
});

describe('the form that publishes', () => {
  const answers = (status: number, body: unknown) => {
    const type = status === 200 ? 'application/json' : 'application/problem+json';
    const fetch = vi.fn().mockImplementation(() => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } })));
    vi.stubGlobal('fetch', fetch);
    return fetch;
  };
  const outcome = () => screen.getByTestId('publish-answer').textContent ?? '';

  test('says as what the server acknowledged it', async () => {
    const fetch = answers(200, { cursor: '5f0c9a3be1d24471-7', sequence: 7 });
    show(<PublishForm topic="a b/c" fixed full data="x" />);
    await userEvent.type(screen.getByTestId('publish-type'), 'paid');
    await userEvent.click(screen.getByTestId('publish-send'));
    await waitFor(() => expect(outcome()).toMatch(/^Acknowledged as 5f0c9a3be1d24471-7 in [\d.]+ ms$/));
    const [address, init] = fetch.mock.calls[0] as [URL, { headers: Record<string, string> }];
    expect(String(address)).toMatch(/\/v1\/topics\/a%20b\/c$/);
    expect(init.headers).toMatchObject({ 'Weir-Event': 'paid' });
  });

  test('shows a refusal in the server’s words', async () => {
    answers(409, { code: 'topic-closed', title: 'Topic closed', detail: 'it has ended' });
    show(<PublishForm topic="t" />);
    await userEvent.click(screen.getByTestId('publish-send'));
    await waitFor(() => expect(outcome()).toBe('Topic closed: it has ended'));
  });

  test('claims nothing when nobody answered', async () => {
    vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')));
    show(<PublishForm topic="t" />);
    await userEvent.click(screen.getByTestId('publish-send'));
    await waitFor(() => expect(outcome()).toMatch(/nothing is known/));
  });
});
