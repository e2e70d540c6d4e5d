// Requests to the server: addresses, headers and the token.

import { WeirError, asError, errorOf } from './error.js';
import type { RequestOptions } from './types.js';

/** A relative address is the page's. */
export const absolute = (url: string | URL) => new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);

/** Where a server's paths begin, by an address of it: everything before `/v1/…`, `/api/…` or `/events`. */
export function serverOf(address: string): string {
  const url = absolute(address);
  const before = /^(.*?)\/(?:v1|api|events)(?:\/|$)/.exec(url.pathname);
  return url.origin + (before?.[1] ?? '');
}

export class Requester {
  readonly #options: RequestOptions;
  #token: Promise<string> | undefined;

  constructor(options: RequestOptions) {
    this.#options = options;
  }

  get hasToken(): boolean {
    return this.#options.token !== undefined;
  }

  /** The token in use; `fresh` asks for another one. */
  token(fresh = false): Promise<string> {
    const { token = '' } = this.#options;
    if (!fresh && this.#token) return this.#token;
    const asked = Promise.resolve()
      .then(() => (typeof token === 'function' ? token() : token))
      .catch((thrown: unknown) => {
        if (this.#token === asked) this.#token = undefined;
        throw asError(thrown, 'token');
      });
    return (this.#token = asked);
  }

  /** The next request asks for a new one. */
  forgetToken(): void {
    this.#token = undefined;
  }

  /** What each request carries. */
  async headers(): Promise<Record<string, string>> {
    const headers = { ...this.#options.headers };
    if (this.hasToken) headers['Authorization'] = `Bearer ${await this.token()}`;
    return headers;
  }

  /**
   * A request whose token is renewed once if it is refused. Authorization goes to no other origin: fetch takes it away from a
   * redirect that leads there (Fetch, 4.4).
   */
  async send(url: string | URL, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const once = async () =>
      (this.#options.fetch ?? fetch)(url, {
        cache: 'no-store',
        credentials: this.#options.withCredentials ? 'include' : 'same-origin',
        ...init,
        headers: { ...(await this.headers()), ...init.headers },
      });
    const response = await once();
    if (response.status !== 401 || typeof this.#options.token !== 'function') return response;
    void response.body?.cancel().catch(() => {});
    await this.token(true);
    return once();
  }

  /** Brings a new token to an open stream of this server. */
  async renew(server: string, clientId: string, signal: AbortSignal): Promise<void> {
    const response = await (this.#options.fetch ?? fetch)(`${server}/v1/connections/${encodeURIComponent(clientId)}/token`, {
      method: 'POST',
      credentials: this.#options.withCredentials ? 'include' : 'same-origin',
      headers: { Authorization: `Bearer ${await this.token(true)}` },
      signal,
    });
    if (!response.ok) throw await errorOf(response);
  }

  /** A GET whose answer must be JSON. */
  async json(url: string | URL, signal?: AbortSignal): Promise<unknown> {
    const response = await this.send(url, { headers: { Accept: 'application/json' }, ...(signal ? { signal } : {}) });
    if (!response.ok) throw await errorOf(response);
    try {
      return await response.json();
    } catch (thrown) {
      throw signal?.aborted ? asError(thrown) : new WeirError('not-a-stream', 'The answer is no JSON', { cause: thrown });
    }
  }
}

/** The places in a query that name where to begin. */
const startParameters = ['after', 'last', 'lastEventId', 'last_event_id'];

/** Whether an address asks for what comes from now on. */
export function beginsNow({ searchParams }: URL): boolean {
  return startParameters.every((name) => (searchParams.get(name) ?? 'latest') === 'latest');
}

/** The address with a parameter more. The rest of the query stays as it was written. */
export function withParameter(url: URL, name: string, value: string | number): URL {
  url.search += `${url.search === '' ? '' : '&'}${name}=${encodeURIComponent(value)}`;
  return url;
}

/** The address with a cursor in the place of its own beginning; as it is where there is none. */
export function resumedAt(address: string, cursor: string, parameter = 'after'): URL {
  const url = absolute(address);
  if (cursor === '') return url;
  const named = new Set([...startParameters, parameter]);
  url.search = url.search.slice(1).split('&').filter((each) => each !== '' && !named.has(each.split('=')[0] ?? '')).join('&');
  return withParameter(url, parameter, cursor);
}
