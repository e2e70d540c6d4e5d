// Errors with a name to decide by: the server's own (application/problem+json) and the client's.

import type { ClientCode, ProblemCode } from './problem_codes.js';

export type ErrorCode = ProblemCode | ClientCode;

export interface WeirErrorDetails {
  /** The HTTP status, where there was an answer. */
  status?: number | undefined;
  /** Whether the same may succeed later. */
  retryable?: boolean | undefined;
  /** Milliseconds that the server asks to wait. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, { status, retryable = false, retryAfter, cause }: WeirErrorDetails = {}) {
    super(message, { cause });
    this.name = 'WeirError';
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
  }
}

const problemBytesMax = 65_536;

/** Statuses that say "later": 408, 425, 429 and the server's own troubles. */
const mayPass = (status: number) => status >= 500 || status === 408 || status === 425 || status === 429;

/** Whether an error is the server's own word, not that of something on the way to it. */
export const isProblem = (response: Response) => mediaType(response) === 'application/problem+json';

export const mediaType = (response: Response) => (response.headers.get('Content-Type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** What an answer that is no success says. Reads its body. */
export async function errorOf(response: Response): Promise<WeirError> {
  const { status } = response;
  const retryAfter = retryAfterOf(response);
  if (isProblem(response)) {
    try {
      const problem: unknown = JSON.parse(await textOf(response));
      const { code, title, detail, retryable = mayPass(status) } = problem as Record<string, string | undefined> & { retryable?: boolean };
      const message = [title, detail].filter((text) => text).join(': ');
      return new WeirError(code as ProblemCode, message, { status, retryable, retryAfter });
    } catch {
      // Cut off on its way: the status must do.
    }
  }
  return new WeirError('http', `The server answered ${status} ${response.statusText}`.trim(), { status, retryable: mayPass(status), retryAfter });
}

/** Milliseconds. A date is read by the clock of the server that gave it. */
export function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('Retry-After');
  if (text === null) return undefined;
  if (/^\s*[0-9]+\s*$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  const now = Date.parse(headers.get('Date') ?? '');
  return Number.isNaN(until) ? undefined : Math.max(0, until - (Number.isNaN(now) ? Date.now() : now));
}

async function textOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader && text.length < problemBytesMax) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  void reader?.cancel().catch(() => {});
  return text;
}

/** Whatever was thrown, as an error of this client. */
export function asError(thrown: unknown, code: ClientCode = 'network'): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new WeirError(code, reason, { retryable: true, cause: thrown });
}
