// Four clients that may each use one transport only, on one topic, and a publisher; all in this page, so that one clock
// measures from the call of publish() to the event's handler.

import { publish, SSEClient, WeirError, type TransportName } from 'weir-client';

import { withQuery } from '../../api/http.ts';
import type { LinkAction } from '../../live/link.ts';
import { followLink } from '../../live/stream.ts';
import { transportNames, type ComparisonAction } from './comparison_state.ts';
import { meteredFetch, meteredWebSocket } from './metering.ts';

const topic = 'examples/transports';
const backoffMax = 4_000;

interface Tick {
  run: string;
  sent: number;
}

export interface ComparisonListener {
  happened: (action: ComparisonAction) => void;
  link: (transport: TransportName, action: LinkAction) => void;
  /** The server refused an event, and the publisher has stopped. */
  refused: (error: WeirError) => void;
}

export interface RunningComparison {
  /** Publishes no more; who is late still gets the rest. */
  quiet: () => void;
  close: () => void;
}

/** The events of this run alone, though other pages may use the same topic. */
const urlOf = (run: string) => withQuery(`/v1/topics/${topic}`, { filter: `data.run == ${JSON.stringify(run)}` });

function follow(transport: TransportName, run: string, { happened, link }: ComparisonListener): SSEClient {
  const meter = {
    request: () => happened({ type: 'request', transport }),
    head: (bytes: number) => happened({ type: 'head', transport, bytes }),
    body: (bytes: number) => happened({ type: 'body', transport, bytes }),
  };
  const client = new SSEClient(urlOf(run), { transports: [transport], fetch: meteredFetch(meter), WebSocket: meteredWebSocket(meter), backoffMax });
  link(transport, { type: 'connecting' });
  followLink(client, (action) => link(transport, action));
  return client
    .on<Tick>('message', ({ sent }) => {
      const at = performance.now();
      happened({ type: 'event', transport, latency: at - sent, at });
    })
    .connect();
}

/** Each follows from now on only once it has been answered: events before that would be missed by some. */
function opened(client: SSEClient): Promise<void> {
  return new Promise((resolve) => client.on('open', () => resolve()));
}

/**
 * Publishes one event after the other, until there is no rate any more. An event that is under way then is still waited for, so that
 * what is counted as published is what comes. The signal ends it at once.
 */
async function publishSteadily(run: string, rate: () => number | null, { happened, refused }: ComparisonListener, signal: AbortSignal): Promise<void> {
  for (let perSecond = rate(); perSecond !== null && !signal.aborted; perSecond = rate()) {
    const sent = performance.now();
    // Counted when it leaves: its answer may come after the event itself.
    happened({ type: 'published' });
    try {
      await publish(topic, { run, sent } satisfies Tick, { attempts: Number.POSITIVE_INFINITY, signal });
    } catch (error) {
      if (!signal.aborted && error instanceof WeirError) refused(error);
      return;
    }
    const wait = sent + 1000 / perSecond - performance.now();
    if (wait > 0) await new Promise((wake) => setTimeout(wake, wait));
  }
}

export function runComparison(run: string, rate: () => number, listener: ComparisonListener): RunningComparison {
  const ending = new AbortController();
  let publishing = true;
  const clients = transportNames.map((transport) => follow(transport, run, listener));
  void Promise.all(clients.map(opened)).then(() => publishSteadily(run, () => (publishing ? rate() : null), listener, ending.signal));
  return {
    quiet() {
      publishing = false;
    },
    close() {
      ending.abort();
      for (const client of clients) client.disconnect();
    },
  };
}
