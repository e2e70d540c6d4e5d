// @ts-check
// The hooks where a page is rendered on a server: nothing is connected, and addresses may be relative.
import assert from 'node:assert/strict';
import test from 'node:test';

import { createElement } from 'react';
import { renderToString } from 'react-dom/server';

import { NotificationBell, useInbox, usePresence, useSSE, useView } from '../dist/react/index.js';

test('OnAServerTheHooksShowTheBeginningAndConnectNothing', () => {
  const real = globalThis.fetch;
  /** @type {unknown[]} */
  const asked = [];
  globalThis.fetch = (...request) => {
    asked.push(request);
    return Promise.reject(new TypeError('no network on a server'));
  };
  try {
    const html = renderToString(
      createElement(() => {
        const { data, error, isConnected, state } = useSSE('/v1/topics/t', { share: true });
        const view = useView('/api/notifications');
        const { members, total } = usePresence('rooms/1');
        const inbox = useInbox({ user: 'alice' });
        assert.deepEqual([inbox.status, inbox.state], ['loading', undefined]);
        return JSON.stringify({ data, error, isConnected, state, status: view.status, loaded: view.state !== undefined, members, total });
      }),
    );
    const shown = JSON.parse(html.replaceAll('&quot;', '"'));
    assert.deepEqual(shown, { data: null, error: null, isConnected: false, state: 'DISCONNECTED', status: 'loading', loaded: false, members: [], total: 0 });
    assert.match(renderToString(createElement(NotificationBell, { theme: 'dark', user: 'alice' })), /^<weir-bell manual="" theme="dark"><\/weir-bell>$/);
    assert.deepEqual(asked, []);
  } finally {
    globalThis.fetch = real;
  }
});
