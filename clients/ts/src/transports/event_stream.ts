// Server-Sent Events over fetch: what EventSource does, with headers, tokens, errors that say something, and an eye on silence.

import { Deadline } from '../deadline.js';
import { WeirError, errorOf, isProblem, mediaType } from '../error.js';
import { EventStreamParser } from '../parser.js';
import { absolute, withParameter } from '../request.js';
import { headerValue } from '../text.js';
import { type Link, type Transport, controlTypes, failure, silenceMax } from './transport.js';

export const eventStream: Transport = async (link) => {
  const deadline = new Deadline(link.signal);
  deadline.set(link.options.openTimeout);
  try {
    const response = await open(link, deadline.signal);
    deadline.set(undefined);
    if (response.status === 204) return { why: 'ended' };
    if (response.status !== 200) {
      // Only the server itself is believed when it refuses: what a proxy says may hold for streams alone.
      return { why: isProblem(response) ? 'refused' : 'failed', error: await errorOf(response) };
    }
    if (mediaType(response) !== 'text/event-stream' || !response.body) {
      throw new WeirError('not-a-stream', `The answer is no event stream but "${response.headers.get('Content-Type') ?? ''}"`);
    }
    link.opened();
    await read(link, response.body.getReader(), deadline);
    return { why: 'closed' };
  } catch (thrown) {
    return failure(thrown, deadline);
  } finally {
    deadline.close();
  }
};

function open(link: Link, signal: AbortSignal): Promise<Response> {
  const url = absolute(link.url);
  const { heartbeat } = link.options;
  if (heartbeat > 0 && !url.searchParams.has('heartbeat')) withParameter(url, 'heartbeat', heartbeat);
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (link.cursor !== '') headers['Last-Event-ID'] = headerValue(link.cursor);
  return link.requester.send(url, { headers, signal });
}

async function read(link: Link, reader: ReadableStreamDefaultReader<Uint8Array>, deadline: Deadline): Promise<void> {
  const limit = silenceMax(link);
  // A server that has not shown that it gives signs of life owes none.
  let watched = false;
  const parser = new EventStreamParser(
    {
      onEvent({ type, data, id, lastEventId }) {
        const control = id === undefined && controlTypes.includes(type);
        watched ||= control;
        link.event({ type, data, id, lastEventId, control });
      },
      onRetry: (milliseconds) => link.retry(milliseconds),
    },
    { lastEventId: link.cursor, lengthMax: link.options.eventLengthMax },
  );
  let seen = parser.lastEventId;
  const quiet = setTimeout(() => link.quiet(), link.options.openTimeout);
  deadline.signal.addEventListener('abort', () => clearTimeout(quiet));
  for (;;) {
    const { done, value } = await reader.read();
    if (done || link.signal.aborted) return;
    clearTimeout(quiet);
    link.alive();
    parser.feed(value);
    // A block may bring an id and no event.
    if (parser.lastEventId !== seen && !link.signal.aborted) link.cursor = seen = parser.lastEventId;
    if (watched) deadline.set(limit);
  }
}
