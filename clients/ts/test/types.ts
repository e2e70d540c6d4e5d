// Compiled, not run, by package.test.mjs: what the types allow, and what they do not.

import { type Gap, SSEClient, type StreamEvent, WeirError, createView, publish } from 'weir-client';
import { useSSE, useView } from 'weir-client/react';

interface Notice {
  title: string;
}

const client: SSEClient = new SSEClient('/events', { withCredentials: true, token: async () => 'x' })
  .connect()
  .on('message', (data, event) => {
    const unknown: unknown = data;
    const typed: StreamEvent = event;
    // @ts-expect-error: what was published is not known to have any shape
    data.title;
    return [unknown, typed];
  })
  .on<Notice>('notice', ({ title }) => title.length)
  .on('gap', (gap) => {
    const typed: Gap = gap;
    return typed.reason === 'trimmed';
  })
  .on('open', ({ transport }) => transport === 'sse')
  .on('error', ({ error, retryIn }) => (error.code === 'forbidden' ? error.status : retryIn));

const state: 'DISCONNECTED' | 'CONNECTING' | 'OPEN' | 'CLOSED' = client.state;
client.disconnect();

// @ts-expect-error: it is no transport
new SSEClient('/events', { transports: ['carrier pigeon'] });
// @ts-expect-error: the state is the client's to change
client.state = 'OPEN';

interface Inbox {
  unread: number;
}

const view = createView<Inbox>('/api/inbox', { apply: (inbox, change) => ({ ...inbox, unread: Number(change['unread']) }) }).connect();
const unread: number | undefined = view.snapshot.state?.unread;

export async function publishing(): Promise<number | null> {
  try {
    return (await publish('t', { n: 1 }, { event: 'paid', ttl: 60 })).sequence;
  } catch (error) {
    // @ts-expect-error: a code that there is not
    if (error instanceof WeirError && error.code === 'no-such-code') return 0;
    throw error;
  }
}

export function Component(): [Notice | null, boolean, number | undefined] {
  const { data, isConnected } = useSSE<Notice>('/events');
  const { state: inbox } = useView<Inbox>('/api/inbox');
  return [data, isConnected, inbox?.unread];
}

export { state, unread };
