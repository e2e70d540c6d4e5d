// Requests to the server that this page came from. A refusal is a Problem, with what the server said; no answer at all is
// Unreachable.

interface ProblemBody {
  code?: string;
  title?: string;
  detail?: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** The name to decide by: "bad-filter". */
    readonly code: string,
    /** Seconds after which to try again, where the server says so. */
    readonly retryAfter: number | null,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`);
  }
}

export class Unreachable extends Error {}

/** What went wrong, in a line. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

async function problemOf(response: Response): Promise<Problem> {
  let body: ProblemBody = {};
  try {
    body = (await response.json()) as ProblemBody;
  } catch {
    // A proxy's page says nothing that the status does not.
  }
  const after = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new Problem(
    response.status,
    body.title ?? `HTTP ${response.status}`,
    body.detail ?? '',
    body.code ?? '',
    Number.isFinite(after) ? after : null,
  );
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, instead of JSON. */
  text?: { type: string; body: string };
  headers?: Readonly<Record<string, string>>;
  /** How the answer is read. */
  as?: 'json' | 'text';
  signal?: AbortSignal;
}

const unauthorizedListeners = new Set<() => void>();

/** Calls back when the server wants to know who is asking (401). */
export function onUnauthorized(listener: () => void): () => void {
  unauthorizedListeners.add(listener);
  return () => unauthorizedListeners.delete(listener);
}

export function reportUnauthorized(): void {
  for (const listener of unauthorizedListeners) listener();
}

/** The answer's JSON, or its text where that was asked for; undefined for an empty answer (204). */
export async function request<T>(path: string, { method = 'GET', json, text, headers, as = 'json', signal }: RequestOptions = {}): Promise<T> {
  const content = text ?? (json === undefined ? undefined : { type: 'application/json', body: JSON.stringify(json) });
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal: signal ?? null,
      headers: { Accept: as === 'json' ? 'application/json' : '*/*', ...(content && { 'Content-Type': content.type }), ...headers },
      ...(content && { body: content.body }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.status === 401) reportUnauthorized();
    throw problem;
  }
  return (response.status === 204 ? undefined : await response[as]()) as T;
}

type QueryValue = string | number | readonly string[] | null | undefined;

/** A path with its query; what is empty is left out. Slashes and stars stay readable. */
export function withQuery(path: string, query: Record<string, QueryValue>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  const text = parameters.toString().replaceAll('%2F', '/');
  return text === '' ? path : `${path}?${text}`;
}
