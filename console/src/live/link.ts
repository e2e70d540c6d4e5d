// Whether live data comes, in words that are true: what the page says of its connection.

export type LinkState =
  | 'connecting'
  /** Events come as they happen. */
  | 'live'
  /** Nothing but polls goes through. */
  | 'polling'
  /** There is no connection; another try comes by itself. */
  | 'offline'
  /** Nothing will come: refused, or ended by the server, or closed here. */
  | 'closed';

export interface Link {
  state: LinkState;
  /** Seconds between polls, while polling. */
  pollSeconds: number | null;
  /** When the next try comes, in milliseconds since 1970, while offline. */
  retryAt: number | null;
  /** Why it is closed or offline, in the server's words. */
  reason: string | null;
}

export type LinkAction =
  | { type: 'connecting' }
  | { type: 'open'; transport: string; pollSeconds: number | null }
  | { type: 'failed'; retryAt: number | null; reason: string | null }
  | { type: 'closed'; reason: string | null };

export const newLink: Link = { state: 'connecting', pollSeconds: null, retryAt: null, reason: null };

export function reduceLink(link: Link, action: LinkAction): Link {
  switch (action.type) {
    case 'connecting':
      // A try after a failure is no news until it has an outcome.
      return link.state === 'offline' ? link : newLink;
    case 'open':
      return action.transport === 'poll' ? { ...newLink, state: 'polling', pollSeconds: action.pollSeconds } : { ...newLink, state: 'live' };
    case 'failed':
      return { ...newLink, state: action.retryAt === null ? 'closed' : 'offline', retryAt: action.retryAt, reason: action.reason };
    case 'closed':
      return { ...newLink, state: 'closed', reason: action.reason };
  }
}
