// The names of docs/errors.md; a test compares the two.

export type ProblemCode =
  | 'bad-request'
  | 'malformed-http'
  | 'head-too-large'
  | 'target-too-long'
  | 'request-timeout'
  | 'http-version'
  | 'expectation-failed'
  | 'transfer-encoding'
  | 'unauthorized'
  | 'invalid-token'
  | 'forbidden'
  | 'foreign-origin'
  | 'too-many-requests'
  | 'too-many-streams'
  | 'keys-unavailable'
  | 'login-failed'
  | 'too-many-revocations'
  | 'login-overload'
  | 'memory-pressure'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'upgrade-required'
  | 'unsupported-media-type'
  | 'presence-off'
  | 'no-connection'
  | 'bad-topic'
  | 'bad-selector'
  | 'bad-filter'
  | 'bad-fields'
  | 'bad-cursor'
  | 'bad-event'
  | 'bad-json'
  | 'too-many-topics'
  | 'event-too-large'
  | 'body-too-large'
  | 'topic-closed'
  | 'idempotency-conflict'
  | 'bad-definition'
  | 'bad-input'
  | 'execution-over'
  | 'execution-runs'
  | 'not-waiting'
  | 'too-many-executions'
  | 'task-conflict'
  | 'stale-attempt'
  | 'too-many-tasks'
  | 'too-many-subscriptions'
  | 'too-many-subscribers'
  | 'too-many-filters'
  | 'too-many-connections'
  | 'too-many-probes'
  | 'too-many-broadcasts'
  | 'publish-overload'
  | 'draining'
  | 'storage-full'
  | 'storage-failed'
  | 'corrupt'
  | 'internal';

/** What goes wrong on this side, or on the way. */
export type ClientCode =
  /** The server could not be reached, or the connection broke. */
  | 'network'
  /** No answer in time, or no sign of life for longer than the heartbeat allows. */
  | 'timeout'
  /** The stream was opened, but something on the way holds its events back. */
  | 'held-back'
  /** The answer is not what this address should give. */
  | 'not-a-stream'
  /** An error status without the server's own words. */
  | 'http'
  /** The server ended the connection; it is taken up again. */
  | 'closed'
  /** The stream is over for good. */
  | 'ended'
  /** The token function failed. */
  | 'token';
