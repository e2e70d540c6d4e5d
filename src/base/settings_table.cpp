#include "base/settings_table.hpp"

#include <array>

#include "base/settings_check.hpp"

namespace weir::base {
namespace {

using enum SettingKind;

template <auto... Path>
constexpr auto field() {
  using T = std::remove_reference_t<decltype((std::declval<Settings&>().*....*Path))>;
  return SettingField<T>{[](Settings& s) -> T& { return (s.*....*Path); },
                         [](const Settings& s) -> const T& { return (s.*....*Path); }};
}

constexpr std::uint64_t kSecond = 1'000;
constexpr std::uint64_t kHour = 3'600 * kSecond;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kKiB = 1ULL << 10;
constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;

constexpr std::array<std::string_view, 3> kDurabilities = {"fsync", "buffered", "memory"};
constexpr std::array<std::string_view, 4> kSlowConsumers = {"catch-up", "conflate",
                                                            "drop-to-latest", "disconnect"};
constexpr std::array<std::string_view, 2> kOverloads = {"refuse", "defer"};
constexpr std::array<std::string_view, 3> kPresences = {"off", "list", "events"};
constexpr std::array<std::string_view, 5> kLogLevels = {"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
constexpr std::array<std::string_view, 3> kClientVerify = {"none", "optional", "required"};
constexpr std::array<std::string_view, 2> kTlsVersions = {"1.2", "1.3"};

constexpr std::string_view kPlaces = "Where it listens and writes";
constexpr std::string_view kLog = "The log";
constexpr std::string_view kStreams = "Streams";
constexpr std::string_view kPolls = "Polls";
constexpr std::string_view kWebSocket = "WebSocket";
constexpr std::string_view kHttp = "HTTP";
constexpr std::string_view kTls = "TLS";
constexpr std::string_view kOperation = "Stopping and telling";

const std::array kPlacesRows = {
    Setting{.name = "listen",
            .group = kPlaces,
            .kind = kStringList,
            .field = field<&Settings::listen>(),
            .check = check_listen,
            .help = "Addresses to listen on, each host:port or unix:/path. `[::1]:3000` is IPv6, "
                    "`:3000` is every address of the machine, port 0 takes a free one. Options "
                    "follow a question mark, as in `:443?tls&role=public`; docs/listening.md tells "
                    "all."},
    Setting{.name = "trusted_proxies",
            .group = kPlaces,
            .kind = kStringList,
            .field = field<&Settings::trusted_proxies>(),
            .check = check_address_block,
            .reloadable = true,
            .help = "Addresses and blocks (`10.0.0.0/8`) of the proxies whose PROXY protocol "
                    "header is believed. Others cannot connect where `proxy_protocol` is on; who "
                    "may open a UNIX socket is trusted."},
    Setting{
        .name = "data_dir",
        .group = kPlaces,
        .kind = kString,
        .field = field<&Settings::data_dir>(),
        .help =
            "Directory of the durable log; made if it is missing, used by one server at a time. "
            "Without one, events are kept in memory and are gone when the server stops."},
    Setting{.name = "config",
            .group = kPlaces,
            .kind = kString,
            .field = field<&Settings::config>(),
            .help = "TOML file to read settings from. Only a flag or the environment can name it."},
    Setting{.name = "shards",
            .group = kPlaces,
            .kind = kInteger,
            .field = field<&Settings::shards>(),
            .min = 0,
            .max = 1024,
            .help =
                "Event loops, each a thread with its own connections. 0 is one per core that the "
                "process may run on."},
};

const std::array kLogRows = {
    Setting{
        .name = "durability",
        .group = kLog,
        .kind = kChoice,
        .field = field<&Settings::durability>(),
        .choices = kDurabilities,
        .namespaced = true,
        .help =
            "When a publish is answered: `fsync`, when its event is on disk; `buffered`, when the "
            "system's page cache has it, which a power cut can lose; `memory`, at once, and the "
            "event is never stored. Without `data_dir` it is always `memory`."},
    Setting{
        .name = "retention_age",
        .group = kLog,
        .kind = kDuration,
        .field = field<&Settings::retention, &Retention::age>(),
        .max = 3'650 * kDay,
        .reloadable = true,
        .namespaced = true,
        .help =
            "Events older than this are removed. 0 is without this limit; of age, count and bytes, "
            "whichever is reached first counts."},
    Setting{.name = "retention_events",
            .group = kLog,
            .kind = kInteger,
            .field = field<&Settings::retention, &Retention::events>(),
            .reloadable = true,
            .namespaced = true,
            .help = "More events than this are not kept: the oldest go. 0 is without this limit."},
    Setting{
        .name = "retention_bytes",
        .group = kLog,
        .kind = kBytes,
        .field = field<&Settings::retention, &Retention::bytes>(),
        .reloadable = true,
        .namespaced = true,
        .help =
            "More bytes of events than this are not kept: the oldest go. 0 is without this limit."},
    Setting{.name = "memory_bytes",
            .group = kLog,
            .kind = kBytes,
            .field = field<&Settings::memory_bytes>(),
            .min = kMiB,
            .help = "What the log may hold when it is kept in memory only."},
    Setting{
        .name = "ring_bytes",
        .group = kLog,
        .kind = kBytes,
        .field = field<&Settings::ring_bytes>(),
        .min = kMiB,
        .help =
            "Recent events kept in memory, so that readers who are a little behind need no disk."},
    Setting{.name = "publish_queue_bytes",
            .group = kLog,
            .kind = kBytes,
            .field = field<&Settings::publish_queue_bytes>(),
            .min = kMiB,
            .help = "Events that may wait for the disk. Beyond it a publish is refused with 503."},
    Setting{.name = "wal_bytes",
            .group = kLog,
            .kind = kBytes,
            .field = field<&Settings::wal_bytes>(),
            .min = kMiB,
            .max = 4 * kGiB,
            .help = "Size at which the write-ahead log is copied into the database file."},
    Setting{.name = "idempotency_window",
            .group = kLog,
            .kind = kDuration,
            .field = field<&Settings::idempotency_window>(),
            .min = kSecond,
            .max = 30 * kDay,
            .help = "How long a publish with the same `Idempotency-Key` gets the first answer "
                    "again instead "
                    "of publishing twice."},
};

const std::array kStreamRows = {
    Setting{
        .name = "keepalive",
        .group = kStreams,
        .kind = kDuration,
        .field = field<&Settings::keepalive>(),
        .min = 50,
        .max = kHour,
        .reloadable = true,
        .help = "After so much silence a stream gets a comment, so that proxies do not close it."},
    Setting{
        .name = "retry",
        .group = kStreams,
        .kind = kDuration,
        .field = field<&Settings::retry>(),
        .max = kHour,
        .reloadable = true,
        .help =
            "How long a browser waits before it reconnects (`retry:`). Each connection gets its "
            "own "
            "value within 20 % of it, so that a restart does not bring everybody back at once."},
    Setting{
        .name = "connection_lifetime",
        .group = kStreams,
        .kind = kDuration,
        .field = field<&Settings::connection_lifetime>(),
        .max = 30 * kDay,
        .reloadable = true,
        .help =
            "A stream ends after about so long, after a whole event; clients resume. 0 is without "
            "end."},
    Setting{
        .name = "slow_consumer",
        .group = kStreams,
        .kind = kChoice,
        .field = field<&Settings::slow_consumer>(),
        .choices = kSlowConsumers,
        .reloadable = true,
        .namespaced = true,
        .help =
            "What a subscriber gets that reads slower than is published: `catch-up`, everything, "
            "later; `conflate`, only the newest event of each key; `drop-to-latest`, a `gap` event "
            "and what comes from then on; `disconnect`, the end of its connection."},
    Setting{.name = "subscribers_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::subscribers_max>(),
            .min = 1,
            .max = 10'000'000,
            .reloadable = true,
            .help = "Open streams. Beyond it `overload` says what happens."},
    Setting{
        .name = "overload",
        .group = kStreams,
        .kind = kChoice,
        .field = field<&Settings::overload>(),
        .choices = kOverloads,
        .reloadable = true,
        .help =
            "What one subscriber too many gets: `refuse`, 503 with Retry-After, after which a "
            "browser's EventSource gives up; `defer`, 200 with a long `retry:` and the end, after "
            "which it comes back."},
    Setting{.name = "subscription_topics_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::subscription_topics_max>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "Topics and patterns in one subscription."},
    Setting{.name = "filters_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::filters_max>(),
            .max = 1'000'000,
            .reloadable = true,
            .help = "Different filters, lists of fields and grants of private events that one "
                    "shard works out for "
                    "each event; subscribers with the same ones share the work. One more is "
                    "refused with 503. "
                    "0 allows none."},
    Setting{.name = "presence",
            .group = kStreams,
            .kind = kChoice,
            .field = field<&Settings::presence>(),
            .choices = kPresences,
            .reloadable = true,
            .namespaced = true,
            .help =
                "Whether who is subscribed to a topic can be asked for: `off`; `list`, by `GET "
                "/v1/presence`; `events`, also told to the topic's subscribers as it changes. It "
                "counts for streams that are opened from then on."},
    Setting{.name = "presence_window",
            .group = kStreams,
            .kind = kDuration,
            .field = field<&Settings::presence_window>(),
            .min = 100,
            .max = 60 * kSecond,
            .reloadable = true,
            .help = "Who came and who went is told together, so often. Who came and went within it "
                    "is not told."},
    Setting{.name = "presence_events_max",
            .group = kStreams,
            .kind = kInteger,
            .field = field<&Settings::presence_events_max>(),
            .max = 1'000,
            .reloadable = true,
            .help = "`presence.joined` and `presence.left` events of one topic in one window, on "
                    "each shard. More are replaced by one `presence.changed`."},
};

const std::array kPollRows = {
    Setting{.name = "poll_events",
            .group = kPolls,
            .kind = kInteger,
            .field = field<&Settings::poll_events>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "Events in one answer to a poll that does not say `limit`."},
    Setting{.name = "poll_events_max",
            .group = kPolls,
            .kind = kInteger,
            .field = field<&Settings::poll_events_max>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "What `limit` may ask for. More is refused with 400."},
    Setting{.name = "poll_bytes_max",
            .group = kPolls,
            .kind = kBytes,
            .field = field<&Settings::poll_bytes_max>(),
            .min = kKiB,
            .max = 64 * kMiB,
            .reloadable = true,
            .help = "An answer to a poll ends before the event that would make it larger, and says "
                    "that there is more. A single event is always given."},
    Setting{.name = "poll_wait_max",
            .group = kPolls,
            .kind = kDuration,
            .field = field<&Settings::poll_wait_max>(),
            .min = kSecond,
            .max = kHour,
            .reloadable = true,
            .help = "What `wait` of a long poll may ask for. More is refused with 400."},
    Setting{.name = "poll_interval",
            .group = kPolls,
            .kind = kDuration,
            .field = field<&Settings::poll_interval>(),
            .max = kHour,
            .reloadable = true,
            .help =
                "How long a client that polls is told to wait before the next poll, when it has "
                "everything. Each answer gets its own value within 20 % of it."},
};

const std::array kWebSocketRows = {
    Setting{.name = "websocket_message_bytes_max",
            .group = kWebSocket,
            .kind = kBytes,
            .field = field<&Settings::websocket_message_bytes_max>(),
            .min = kKiB,
            .max = 64 * kMiB,
            .reloadable = true,
            .help = "A client's message, after decompression. A larger one closes its connection "
                    "with 1009."},
    Setting{.name = "websocket_subscriptions_max",
            .group = kWebSocket,
            .kind = kInteger,
            .field = field<&Settings::websocket_subscriptions_max>(),
            .min = 1,
            .max = 10'000,
            .reloadable = true,
            .help = "Subscriptions of one WebSocket, that of its address included. One more is "
                    "answered with an error."},
    Setting{.name = "websocket_compression",
            .group = kWebSocket,
            .kind = kBoolean,
            .field = field<&Settings::websocket_compression>(),
            .reloadable = true,
            .help = "Takes up a client's offer of permessage-deflate, without context takeover. An "
                    "event is compressed once for all."},
};

const std::array kHttpRows = {
    Setting{.name = "cors_origin",
            .group = kHttp,
            .kind = kStringList,
            .field = field<&Settings::cors_origin>(),
            .check = check_origin,
            .reloadable = true,
            .help =
                "Origins whose pages may use this server, exactly as a browser sends them: "
                "scheme://host[:port]. `*` is every origin, and only without `cors_credentials`."},
    Setting{.name = "cors_credentials",
            .group = kHttp,
            .kind = kBoolean,
            .field = field<&Settings::cors_credentials>(),
            .reloadable = true,
            .help = "Pages of these origins may send cookies and authorization."},
    Setting{.name = "event_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::event_bytes_max>(),
            .min = 1,
            .max = 64 * kMiB,
            .reloadable = true,
            .help = "Data of one event. A larger one is refused with 413."},
    Setting{.name = "body_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::body_bytes_max>(),
            .min = 1,
            .max = kGiB,
            .reloadable = true,
            .help = "Body of one request; an NDJSON stream may be longer. A larger one is refused "
                    "with 413. "
                    "Not given, it grows with `event_bytes_max`."},
    Setting{.name = "header_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::header_bytes_max>(),
            .min = kKiB,
            .max = kMiB,
            .reloadable = true,
            .help = "Request line and headers together. More is refused with 431."},
    Setting{.name = "headers_max",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::headers_max>(),
            .min = 10,
            .max = 10'000,
            .reloadable = true,
            .help = "Headers of one request. More are refused with 431."},
    Setting{.name = "target_bytes_max",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::target_bytes_max>(),
            .min = 64,
            .max = kMiB,
            .reloadable = true,
            .help = "Path and query of one request. A longer one is refused with 414."},
    Setting{.name = "header_timeout",
            .group = kHttp,
            .kind = kDuration,
            .field = field<&Settings::header_timeout>(),
            .min = 50,
            .max = kHour,
            .reloadable = true,
            .help = "From the first byte of a request to the end of its headers; then 408. A new "
                    "connection on which nothing comes is closed after it, too."},
    Setting{.name = "body_timeout",
            .group = kHttp,
            .kind = kDuration,
            .field = field<&Settings::body_timeout>(),
            .min = 50,
            .max = kDay,
            .reloadable = true,
            .help = "How long a body may bring nothing; then 408. A body that is not a stream of "
                    "lines must also come with 16 KiB a second on the whole."},
    Setting{.name = "idle_timeout",
            .group = kHttp,
            .kind = kDuration,
            .field = field<&Settings::idle_timeout>(),
            .min = 50,
            .max = kDay,
            .reloadable = true,
            .help = "How long a connection may wait for its next request before it is closed."},
    Setting{.name = "connections_max",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::connections_max>(),
            .min = 1,
            .max = 10'000'000,
            .reloadable = true,
            .help = "Open connections. One more is refused with 503."},
    Setting{.name = "send_buffer_bytes",
            .group = kHttp,
            .kind = kBytes,
            .field = field<&Settings::send_buffer_bytes>(),
            .min = 4 * kKiB,
            .max = 64 * kMiB,
            .help =
                "The system's send buffer of each connection: what a subscriber that does not read "
                "costs."},
    Setting{.name = "http2_streams_max",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::http2_streams_max>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Requests and event streams at once on one HTTP/2 connection. More are refused "
                    "with REFUSED_STREAM. New connections follow a change."},
    Setting{.name = "http2_resets_per_second",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::http2_resets_per_second>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Streams that one HTTP/2 connection may give up in a second, in the long run; "
                    "`http2_streams_max` and ten seconds' worth at once. More end it with "
                    "ENHANCE_YOUR_CALM."},
    Setting{.name = "http2_control_frames_per_second",
            .group = kHttp,
            .kind = kInteger,
            .field = field<&Settings::http2_control_frames_per_second>(),
            .min = 1,
            .max = 1'000'000,
            .reloadable = true,
            .help = "Frames of one HTTP/2 connection that carry nothing (PING, SETTINGS, PRIORITY, "
                    "WINDOW_UPDATE, empty DATA) in a second, in the long run; `http2_streams_max` "
                    "and ten seconds' worth at once, and two for each DATA frame that the server "
                    "sends. More end it with ENHANCE_YOUR_CALM."},
};

const std::array kTlsRows = {
    Setting{.name = "tls_certificate",
            .group = kTls,
            .kind = kString,
            .field = field<&Settings::tls_certificate>(),
            .reloadable = true,
            .help = "PEM file of the server's certificate and the chain that leads to its root."},
    Setting{.name = "tls_key",
            .group = kTls,
            .kind = kString,
            .field = field<&Settings::tls_key>(),
            .reloadable = true,
            .help = "PEM file of the certificate's private key, without a pass phrase. Not given, "
                    "it stands in the certificate's file."},
    Setting{.name = "tls_client_ca",
            .group = kTls,
            .kind = kString,
            .field = field<&Settings::tls_client_ca>(),
            .reloadable = true,
            .help = "PEM file of the authorities that clients' certificates have to come from."},
    Setting{.name = "tls_client_verify",
            .group = kTls,
            .kind = kChoice,
            .field = field<&Settings::tls_client_verify>(),
            .choices = kClientVerify,
            .reloadable = true,
            .help = "`none`: clients are not asked for a certificate; `optional`: one that is sent "
                    "has to be valid; `required`: without a valid one there is no connection."},
    Setting{.name = "tls_min_version",
            .group = kTls,
            .kind = kChoice,
            .field = field<&Settings::tls_min_version>(),
            .choices = kTlsVersions,
            .reloadable = true,
            .help = "The oldest TLS that is spoken."},
    Setting{.name = "tls_ticket_rotation",
            .group = kTls,
            .kind = kDuration,
            .field = field<&Settings::tls_ticket_rotation>(),
            .min = kSecond,
            .max = 7 * kDay,
            .reloadable = true,
            .help = "How long a key that encrypts session tickets is used. A client can resume its "
                    "session for as long; a key that was replaced still reads for one more time."},
    Setting{.name = "tls_kernel",
            .group = kTls,
            .kind = kBoolean,
            .field = field<&Settings::tls_kernel>(),
            .reloadable = true,
            .help = "Asks the kernel to encrypt (kTLS) where it can."},
};

const std::array kOperationRows = {
    Setting{.name = "drain_timeout",
            .group = kOperation,
            .kind = kDuration,
            .field = field<&Settings::drain_timeout>(),
            .max = kHour,
            .reloadable = true,
            .help = "How long a stop (SIGTERM) may take to end streams and finish publishes."},
    Setting{.name = "handover_timeout",
            .group = kOperation,
            .kind = kDuration,
            .field = field<&Settings::handover_timeout>(),
            .min = 100,
            .max = kHour,
            .reloadable = true,
            .help = "The same where a new server takes over (`--takeover`); streams come back to "
                    "it spread over this time."},
    Setting{.name = "takeover",
            .group = kOperation,
            .kind = kBoolean,
            .field = field<&Settings::takeover>(),
            .help = "Takes listeners and log over from the server that runs on the same data "
                    "directory, if there is one, without refusing a connection."},
    Setting{.name = "log_level",
            .group = kOperation,
            .kind = kChoice,
            .field = field<&Settings::log_level>(),
            .choices = kLogLevels,
            .reloadable = true,
            .help = "The least important lines that are logged."},
    Setting{.name = "log_format",
            .group = kOperation,
            .kind = kChoice,
            .field = field<&Settings::log_format>(),
            .choices = kLogFormats,
            .help = "`text` for people, `json` for one object a line."},
    Setting{.name = "doctor_streams_max",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::doctor_streams_max>(),
            .max = 10'000,
            .reloadable = true,
            .help = "Streams at once that `weir doctor` probes the way with (`GET "
                    "/v1/doctor/stream`). One more is refused with 503; 0 turns them off."},
    Setting{.name = "webhook_connections_max",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::webhook_connections_max>(),
            .min = 1,
            .max = 1'024,
            .help = "Attempts to deliver webhooks at once, of all hooks together; a thread each, "
                    "made when it is needed. Further ones wait."},
    Setting{
        .name = "otlp_endpoint",
        .group = kOperation,
        .kind = kString,
        .field = field<&Settings::otlp_endpoint>(),
        .help =
            "Where OpenTelemetry traces of publishes and deliveries go, by OTLP/HTTP as JSON: the "
            "collector's base URL, such as `http://127.0.0.1:4318`; `/v1/traces` is appended. "
            "Empty: nothing is recorded, and a publisher's `traceparent` is passed on as it is."},
    Setting{.name = "otlp_headers_file",
            .group = kOperation,
            .kind = kString,
            .field = field<&Settings::otlp_headers_file>(),
            .help = "A file of `Name: value` lines that go with every export, such as the key of a "
                    "hosted collector. Read at start."},
    Setting{.name = "trace_one_in",
            .group = kOperation,
            .kind = kInteger,
            .field = field<&Settings::trace_one_in>(),
            .max = 1'000'000'000,
            .reloadable = true,
            .help = "Of publishes without a `traceparent`, one in so many begins a trace. 0: none "
                    "does, and only what the publisher samples is recorded."},
    Setting{.name = "demo",
            .group = kOperation,
            .kind = kBoolean,
            .field = field<&Settings::demo>(),
            .help = "Publishes this machine's metrics every second and a clock, for a first look."},
};

std::vector<Setting> joined() {
  std::vector<Setting> all;
  const auto append = [&all](const auto& rows) { all.insert(all.end(), rows.begin(), rows.end()); };
  append(kPlacesRows);
  append(kLogRows);
  append(kStreamRows);
  append(kPollRows);
  append(kWebSocketRows);
  append(kHttpRows);
  append(kTlsRows);
  append(kOperationRows);
  return all;
}

std::string spelt(std::string_view name, char hyphen, bool upper) {
  std::string out;
  for (char c : name) {
    if (c == '_') c = hyphen;
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::span<const Setting> settings_table() {
  static const std::vector<Setting> table = joined();
  return table;
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : settings_table()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

std::string flag_name(const Setting& setting) { return "--" + spelt(setting.name, '-', false); }

std::string environment_name(const Setting& setting) {
  return "WEIR_" + spelt(setting.name, '_', true);
}

}  // namespace weir::base
