// The same events as answers to requests: at once, or when an event comes (long polling).

import { Deadline } from '../deadline.js';
import { WeirError, errorOf, isProblem, mediaType } from '../error.js';
import { resumedAt, withParameter } from '../request.js';
import type { EventMeta, Gap } from '../types.js';
import { type Ending, type Link, type Transport, failure } from './transport.js';

/**
 * Seconds that the polls of a series wait, one after the other. The first does not, so that it is soon known whether the server is there; the second
 * a little, so that it is soon known whether waiting works; the others less than what proxies usually allow.
 */
const waits = [0, 5, 25];

export interface PollAnswer {
  readonly events: readonly (EventMeta & { readonly cursor?: string; readonly event?: string; readonly data: unknown })[];
  readonly cursor: string;
  readonly more?: boolean;
  readonly retry_ms?: number;
  readonly gap?: Gap;
  /** Nothing will come after these events. */
  readonly closed?: boolean;
}

/** Asks again and again. */
const polling = (long: boolean): Transport => async (link) => {
  for (let turn = 0; ; turn = Math.min(turn + 1, waits.length - 1)) {
    const wait = long ? (waits[turn] ?? 0) : 0;
    await link.visible();
    if (link.signal.aborted) return { why: 'closed' };
    const answer = await ask(link, wait);
    if ('why' in answer) return answer;
    link.opened();
    if (!long || wait > 0) link.alive();
    deliver(link, answer);
    if (answer.closed) return { why: 'ended' };
    // Only a long poll that has waited knows whether to wait with the next.
    if (answer.more || (long && (turn === 0 || !answer.retry_ms))) continue;
    await link.sleep(pauseAfter(answer, long ? undefined : link.options.pollInterval));
  }
};

/** What the application wants, else what the server names, which has spread it already: not all pages are to ask at once. */
function pauseAfter({ retry_ms: named }: PollAnswer, wanted: number | undefined): number {
  return wanted === undefined && named !== undefined ? named : (wanted ?? 5_000) * (0.8 + 0.4 * Math.random());
}

export const poll = polling(false);
export const longPoll = polling(true);

async function ask(link: Link, wait: number): Promise<PollAnswer | Ending> {
  const deadline = new Deadline(link.signal);
  const { poll: place = { url: link.url }, openTimeout } = link.options;
  deadline.set(openTimeout + wait * 1000);
  try {
    const url = resumedAt(place.url, link.cursor, place.cursorParameter);
    if (wait > 0) withParameter(url, 'wait', wait);
    const response = await link.requester.send(url, { headers: { Accept: 'application/json' }, signal: deadline.signal });
    if (response.status === 204) return { why: 'ended' };
    if (!response.ok) return { why: isProblem(response) ? 'refused' : 'failed', error: await errorOf(response) };
    // The body of an answer that is no JSON may have no end.
    const answer = mediaType(response) === 'application/json' ? ((await response.json()) as Partial<PollAnswer> | null) : null;
    if (!Array.isArray(answer?.events) || typeof answer.cursor !== 'string') throw new WeirError('not-a-stream', 'The answer is none to a poll');
    return answer as PollAnswer;
  } catch (thrown) {
    return failure(thrown, deadline);
  } finally {
    deadline.close();
  }
}

function deliver(link: Link, { events, cursor, gap }: PollAnswer): void {
  if (gap) link.event({ type: 'gap', data: JSON.stringify(gap), lastEventId: link.cursor, control: true });
  for (const { event = 'message', data, cursor: id, ...meta } of events) {
    link.event({ type: event, data: typeof data === 'string' ? data : JSON.stringify(data), id, lastEventId: id ?? link.cursor, meta });
  }
  if (!link.signal.aborted) link.cursor = cursor;
}
