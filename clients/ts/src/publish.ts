// Publishing: one POST, repeated until it is answered.

import { Backoff } from './backoff.js';
import { Deadline, sleep } from './deadline.js';
import { asError, errorOf } from './error.js';
import { Requester, absolute } from './request.js';
import { headerValue, randomId } from './text.js';
import type { RequestOptions } from './types.js';

export interface PublishOptions extends RequestOptions {
  /** The event's type. Default `message`. */
  event?: string | undefined;
  /** The publisher's own id of the event. */
  id?: string | undefined;
  /** For conflation: a newer event of the same key replaces this one for slow readers. */
  key?: string | undefined;
  /** Seconds after which it is not delivered any more. */
  ttl?: number | undefined;
  /** Only for those whose token grants a topic of it. */
  private?: boolean | undefined;
  /** Only to whoever is connected; not stored. Not repeated after a failure, for it could come twice. */
  ephemeral?: boolean | undefined;
  /** When it happened. Default: now. */
  time?: Date | undefined;
  /** The last event of its topic. */
  close?: boolean | undefined;
  /** The same key again is the same event. Default: a new one for each call, so that repeating is harmless. */
  idempotencyKey?: string | undefined;
  /** How often it is tried, in all. Default 5. */
  attempts?: number | undefined;
  /** Milliseconds for each try. Default 10000. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface Published {
  /** The event's place; of an ephemeral one the log's head. */
  cursor: string;
  /** null for an ephemeral event. */
  sequence: number | null;
}

/**
 * Publishes one event and resolves when it is durable. `data`: text and bytes as they are, anything else as JSON. Rejects with a WeirError:
 * at once if trying again cannot help, else after the last attempt.
 */
export async function publish(topic: string, data: unknown, options: PublishOptions = {}): Promise<Published> {
  const { server = '', ephemeral = false, attempts = ephemeral ? 1 : 5, timeout = 10_000, signal = new AbortController().signal } = options;
  const url = absolute(`${server}/v1/topics/${topic.split('/').map(encodeURIComponent).join('/')}`);
  const init = { method: 'POST', body: bodyOf(data), headers: headersOf(data, options) };
  const requester = new Requester(options);
  const backoff = new Backoff(500, 10_000);
  for (let attempt = 1; ; ++attempt) {
    const deadline = new Deadline(signal);
    deadline.set(timeout);
    try {
      const response = await requester.send(url, { ...init, signal: deadline.signal });
      if (!response.ok) throw await errorOf(response);
      return (await response.json()) as Published;
    } catch (thrown) {
      const error = asError(thrown, deadline.passed ? 'timeout' : 'network');
      if (signal.aborted || !error.retryable || attempt >= attempts) throw error;
      await sleep(backoff.afterFailure(error.retryAfter), signal);
    } finally {
      deadline.close();
    }
  }
}

function bodyOf(data: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') return data;
  return data instanceof Uint8Array ? new Uint8Array(data) : JSON.stringify(data);
}

function headersOf(data: unknown, { event, id, key, ttl, private: isPrivate, ephemeral, time, close, idempotencyKey }: PublishOptions): Record<string, string> {
  const type = typeof data === 'string' ? 'text/plain' : data instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
  const headers: Record<string, string> = { 'Content-Type': type };
  const set = (name: string, value: string | number | boolean | undefined) => {
    if (value !== undefined && value !== false) headers[name] = headerValue(String(value));
  };
  set('Weir-Event', event);
  set('Weir-Id', id);
  set('Weir-Key', key);
  set('Weir-Ttl', ttl);
  set('Weir-Private', isPrivate);
  set('Weir-Ephemeral', ephemeral);
  set('Weir-Time', time?.toISOString());
  set('Weir-Close', close);
  if (!ephemeral) set('Idempotency-Key', idempotencyKey ?? randomId());
  return headers;
}
