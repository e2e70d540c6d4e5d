import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';
import { severityIcons } from 'weir-client/bell';
import type { Inbox, InboxNotification, InboxPreferences } from 'weir-client/inbox';

import { show } from '../../../test/render.tsx';
import { NotificationRow } from './notification_row.tsx';
import { isOn, PreferencesForm, switched } from './preferences_form.tsx';

const nothing: InboxPreferences = { types: {}, quietHours: null };

describe('preferences', () => {
  test('say only what is otherwise than it would be', () => {
    const noMail = switched(nothing, '*', 'email', false);
    expect(noMail.types).toEqual({ '*': { email: false } });
    expect([isOn(noMail, 'message', 'email'), isOn(noMail, 'message', 'inbox')]).toEqual([false, true]);
    const butMessages = switched(noMail, 'message', 'email', true);
    expect(butMessages.types).toEqual({ '*': { email: false }, message: { email: true } });
    expect(switched(butMessages, 'message', 'email', false).types).toEqual({ '*': { email: false }, message: {} });
    expect(switched(noMail, '*', 'email', true).types).toEqual({ '*': {} });
  });

  test('are shown, changed and saved as a whole', async () => {
    const saved = vi.fn().mockResolvedValue(undefined);
    const inbox = { preferences: () => Promise.resolve({ types: { review: { push: false } }, quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' } }), savePreferences: saved } as unknown as Inbox;
    show(<PreferencesForm inbox={inbox} />);
    expect((await screen.findByLabelText<HTMLInputElement>('review: Push')).checked).toBe(false);
    await userEvent.click(screen.getByLabelText('review: Mail'));
    await userEvent.type(screen.getByLabelText('Type'), 'message{Enter}');
    await userEvent.click(screen.getByLabelText('message: Inbox'));
    await userEvent.click(screen.getByRole('button', { name: 'Take review away' }));
    fireEvent.change(screen.getByLabelText('From'), { target: { value: '23:30' } });
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(saved).toHaveBeenCalledWith({ types: { message: { inbox: false } }, quietHours: { from: '23:30', to: '07:00', timeZone: 'Europe/Berlin' } });
  });

  test('that are refused say why', async () => {
    const inbox = { preferences: () => Promise.resolve(nothing), savePreferences: () => Promise.reject(new Error('timeZone is a name')) } as unknown as Inbox;
    show(<PreferencesForm inbox={inbox} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Save' }));
    expect((await screen.findByTestId('preferences-error')).textContent).toContain('timeZone is a name');
  });
});

describe('a notification', () => {
  const one: InboxNotification = {
    id: 'ntf_1', userId: 'u', rev: 1, order: 1, type: 'message', title: 'Hello', body: 'World', severity: 'info', actionUrl: null, actions: [{ label: 'Elsewhere', url: 'https://example.org/' }, { label: 'Odd', url: 'javascript:alert(1)' }],
    groupKey: null, dedupeKey: null, count: 3, createdAt: 1000, seenAt: null, readAt: null, archivedAt: null, snoozedUntil: null, expiresAt: null,
  };
  const row = (changes: Partial<InboxNotification>) => {
    const inbox = { read: vi.fn().mockResolvedValue(undefined), archive: vi.fn().mockResolvedValue(undefined), remove: vi.fn().mockResolvedValue(undefined) };
    show(<NotificationRow one={{ ...one, ...changes }} inbox={inbox as unknown as Inbox} act={(command) => void command(inbox as unknown as Inbox)} now={61_000} />);
    return inbox;
  };

  test('offers what can be done where it is', async () => {
    const inbox = row({});
    expect(screen.getByText('1 min. ago')).toBeTruthy();
    expect(screen.getByTitle('3 times')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Archive' }));
    expect(inbox.archive).toHaveBeenCalledWith('ntf_1');
    expect(screen.queryByRole('button', { name: 'Delete' })).toBeNull();
  });

  test.each(['info', 'success', 'warning', 'critical'] as const)('of severity %s has the sign that the bell gives it', (severity) => {
    row({ severity });
    expect(screen.getByRole('img').querySelector('path')?.getAttribute('d')).toBe(severityIcons[severity]);
  });

  test('in the archive is brought back or deleted', async () => {
    const inbox = row({ archivedAt: 5 });
    await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
    expect(inbox.remove).toHaveBeenCalledWith('ntf_1');
    expect(screen.queryByText('unread')).toBeNull();
  });

  test('leads to the web, and never to a script', async () => {
    const inbox = row({});
    expect(screen.getByText('Odd').closest('a')?.getAttribute('href')).toBeNull();
    const link = screen.getByRole('link', { name: 'Elsewhere' });
    expect(link.getAttribute('href')).toBe('https://example.org/');
    link.addEventListener('click', (event) => event.preventDefault());
    await userEvent.click(link);
    expect(inbox.read).toHaveBeenCalledWith('ntf_1');
  });
});
