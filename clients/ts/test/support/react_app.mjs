// @ts-check
// React components over the hooks, bundled for a page: what each shows is its element's text.
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = fileURLToPath(new URL('../..', import.meta.url));

const source = `
  import { StrictMode, createElement, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { NotificationBell, useInbox, usePresence, useSSE, useView } from 'weir-client/react';

  const shown = (id, value) => createElement('output', { id }, JSON.stringify(value));

  function Stream({ url, options = {} }) {
    window.renders = (window.renders ?? 0) + 1;
    const { data, error, isConnected, connect, disconnect, state, transport } = useSSE(url, { ...options, onEvent: (event) => (window.events ??= []).push(event) });
    Object.assign(window, { connectAgain: connect, disconnectNow: disconnect });
    return shown('stream', { data, error: error?.code, isConnected, state, transport });
  }

  function View({ url, options }) {
    const { state, status, error } = useView(url, options);
    return shown('view', { state, status, error: error?.code });
  }

  function Presence({ topic, options }) {
    const { members, total, error } = usePresence(topic, options);
    return shown('presence', { ids: members.map(({ id }) => id), total, error: error?.code });
  }

  function Bell({ options, texts }) {
    const { inbox, state, status } = useInbox(options);
    return createElement('div', null, createElement(NotificationBell, { inbox, texts, language: 'en', onNavigate: ({ url }) => (window.navigated = url) }, 'at the foot'), shown('inbox', { unread: state?.unread, status }));
  }

  const kinds = { Stream, View, Presence, Bell };

  function App() {
    const [shownNow, setShown] = useState(null);
    window.setShown = setShown;
    return shownNow && createElement(kinds[shownNow.kind], shownNow.props);
  }

  createRoot(document.body.appendChild(document.createElement('main'))).render(createElement(StrictMode, null, createElement(App)));
`;

/** One script for a page: window.setShown({kind, props}) shows a component. */
export async function reactApp() {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    // React's checks are in the development build only; strict mode mounts twice there.
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
