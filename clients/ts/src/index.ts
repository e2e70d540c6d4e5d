export { SSEClient, type ClientStatus, type EventHandler } from './client.js';
export { WeirError, type ErrorCode } from './error.js';
export { EventStreamParser, type ParsedEvent, type ParserHandlers } from './parser.js';
export { createPresence, type Presence, type PresenceMember, type PresenceOptions, type PresenceSnapshot } from './presence.js';
export type { ClientCode, ProblemCode } from './problem_codes.js';
export { publish, type Published, type PublishOptions } from './publish.js';
export type {
  ConnectionState,
  EventMeta,
  FailureEvent,
  Gap,
  OpenEvent,
  RequestOptions,
  SSEClientOptions,
  StreamEvent,
  TokenSource,
  TransportName,
  WebSocketConstructor,
  WebSocketLike,
} from './types.js';
export type { Accept, Apply, Change, Revisioned } from './view/model.js';
export { createView, type View, type ViewOptions, type ViewSnapshot, type ViewStatus } from './view/view.js';
