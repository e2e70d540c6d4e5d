// What the server's answers look like (docs/http-api.md). Times are milliseconds since 1970.

export interface Topic {
  topic: string;
  events: number;
  bytes: number;
  first: string | null;
  last: string | null;
  closed: boolean;
  subscribers: number;
}

export interface TopicList {
  topics: Topic[];
  next?: string | null;
}

export interface TopicInfo extends Topic {
  cursor: string;
  /** Zero: no bound. */
  retention: { age_ms: number; events: number; bytes: number };
}

export interface TopicsEvent {
  time: number;
  interval_ms: number;
  topics: (Topic & { published: number })[];
  omitted: number;
}

export interface Published {
  cursor: string;
  sequence: number | null;
}

export interface PolledEvent {
  cursor?: string;
  topic: string;
  topics?: string[];
  event: string;
  data: string;
  time: string;
  id?: string;
  key?: string;
}

export interface Poll {
  events: PolledEvent[];
  cursor: string;
  more: boolean;
  retry_ms: number;
  gap?: { requested: string; available_from: string; reason: string };
  closed?: boolean;
}

export interface Quantiles {
  p50: number | null;
  p99: number | null;
}

/** A second of the server's life; totals are since its start. */
export interface Sample {
  time: number;
  uptime_seconds: number;
  published: number;
  published_bytes: number;
  delivered: number;
  subscribers: number;
  subscribers_behind: number;
  by_transport: Record<string, number>;
  connections: number;
  commits: number;
  commit_seconds: Quantiles;
  fsync_seconds: Quantiles;
  memory_bytes: number;
  cpu_seconds: number;
  log_bytes: number;
  head: string;
  http_requests: number;
  errors: number;
  gaps: number;
}

export interface SampleHistory {
  interval_ms: number;
  samples: Sample[];
}

export interface ConnectionsEvent {
  time: number;
  total: number;
  by_transport: Record<string, number>;
  opened: number;
  closed: number;
}

export type ConnectionState = 'live' | 'behind' | 'waiting';

export interface Connection {
  client_id: string;
  /** What the client calls itself. */
  given_id: string | null;
  transport: string;
  http: string;
  /** Null over a UNIX socket. */
  address: string | null;
  user: string | null;
  since: number;
  /** A WebSocket's number for it. */
  subscription: number | null;
  topics: string[];
  match: string[];
  filter: string | null;
  fields: string | null;
  max_rate: number | null;
  conflate: string | null;
  state: ConnectionState;
  /** Its socket takes nothing at present. */
  blocked: boolean;
  cursor: string | null;
  lag_events: number | null;
  lag_bytes: number | null;
  /** False: at most so many, for positions of all topics were counted. */
  lag_exact: boolean;
  policy: string;
  shard: number;
}

export interface ConnectionList {
  connections: Connection[];
  total: number;
  next: string | null;
}

export interface Session {
  required: boolean;
  operator: { name: string } | null;
  admin: boolean;
  /** Whose things are asked for where nobody is named; null: nobody's. */
  user?: string | null;
  may_choose_user?: boolean;
  applications?: string[];
  methods: string[];
  expires: number | null;
}

export interface Setting {
  name: string;
  group: string;
  value: unknown;
  default: unknown;
  source: 'default' | 'file' | 'environment' | 'flag';
  /** Where exactly: "/etc/weir.toml:3". */
  place: string | null;
  /** The values that it takes: "50ms to 1h". */
  allowed: string | null;
  help: string;
  reload: boolean;
  secret: boolean;
}

export interface SettingsList {
  version: string;
  settings: Setting[];
  namespaces: Record<string, unknown>[];
  webhooks: Record<string, unknown>[];
}

export interface Grants {
  publish: string[];
  subscribe: string[];
  fields: string[] | null;
  limits: Record<string, number>;
  admin: boolean;
}

export interface AccessTrial {
  valid: boolean;
  kind: 'jwt' | 'key' | 'session' | 'anonymous';
  reason: string | null;
  subject: string | null;
  issuer: string | null;
  expires: number | null;
  claims: Record<string, unknown> | null;
  grants: Grants;
  decisions: { action: 'publish' | 'subscribe'; topic: string; allowed: boolean; why: string }[];
}

export interface ExplainRequest {
  cursor: string;
  client_id?: string;
  token?: string | null;
  topics?: string[];
  match?: string[];
  filter?: string;
}

export interface Explanation {
  event: {
    cursor: string;
    topics: string[];
    event: string;
    time: number;
    private: boolean;
    key: string | null;
    bytes: number;
  } | null;
  verdict: string;
  steps: { check: string; passed: boolean | null; detail: string }[];
}
