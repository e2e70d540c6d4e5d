#pragma once

// Every setting of the server, declared once. The declaration gives name, unit, default, bounds,
// help and whether a change needs a restart; the TOML file, WEIR_… environment, command line flags,
// `weir config` and docs/configuration.md all come from it. To add a setting: a field here, a row
// in the settings_….cpp of its group.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/settings_access.hpp"
#include "base/settings_effects.hpp"
#include "base/settings_notifications.hpp"
#include "base/settings_tasks.hpp"
#include "base/settings_workflow.hpp"
#include "base/webhook.hpp"

namespace weir::base {

/// The most lasting first.
enum class Durability { kFsync, kBuffered, kMemory };
enum class SlowConsumer { kCatchUp, kConflate, kDropToLatest, kDisconnect };
enum class Overload { kRefuse, kDefer };
enum class Presence { kOff, kList, kEvents };

/// How long events are kept. Zero means without that limit; whichever is reached first counts.
struct Retention {
  std::chrono::milliseconds age{0};
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

/// A named group of topics with rules of its own; topics that no namespace names follow the
/// server-wide rules. The first namespace whose pattern matches a topic (the event's first one) has
/// it.
struct Namespace {
  std::string name;
  std::vector<std::string> topics;  ///< Topic patterns, as in a subscription.
  Retention retention;
  Durability durability = Durability::kFsync;
  SlowConsumer slow_consumer = SlowConsumer::kCatchUp;
  Presence presence = Presence::kOff;
};

struct Settings {
  // Where it listens and writes.
  std::vector<std::string> listen{"127.0.0.1:3000"};
  std::vector<std::string> trusted_proxies;  ///< Whose PROXY protocol headers are believed.
  std::string data_dir;                      ///< Empty: events are kept in memory only.
  std::string config;
  std::uint32_t shards = 0;  ///< 0: one per core that the process may run on.

  // The log.
  Durability durability = Durability::kFsync;
  Retention retention{.age = std::chrono::milliseconds(0), .events = 0, .bytes = 8ULL << 30};
  std::uint64_t memory_bytes = 256ULL << 20;  ///< What the log may hold without a data directory.
  std::uint64_t ring_bytes = 64ULL << 20;     ///< Recent batches kept in memory for readers.
  std::uint64_t publish_queue_bytes = 64ULL << 20;  ///< Waiting for the disk; beyond it 503.
  std::uint64_t wal_bytes = 64ULL << 20;  ///< The write-ahead log is checkpointed at this size.
  std::chrono::milliseconds idempotency_window{std::chrono::hours(24)};

  // Streams.
  std::chrono::milliseconds keepalive{15'000};
  std::chrono::milliseconds retry{5'000};
  std::chrono::milliseconds connection_lifetime{std::chrono::minutes(30)};  ///< 0: without end.
  SlowConsumer slow_consumer = SlowConsumer::kCatchUp;
  std::uint64_t subscribers_max = 100'000;
  Overload overload = Overload::kRefuse;
  std::uint32_t subscription_topics_max = 1'000;
  std::uint32_t filters_max = 1'000;  ///< Different ones, on each shard.
  Presence presence = Presence::kOff;
  std::chrono::milliseconds presence_window{1'000};
  std::uint32_t presence_events_max = 100;  ///< For a topic, in a window.

  // Polls.
  std::uint32_t poll_events = 100;  ///< In an answer, unless the client says `limit`.
  std::uint32_t poll_events_max = 1'000;
  std::uint64_t poll_bytes_max = 1ULL << 20;
  std::chrono::milliseconds poll_wait_max{60'000};
  std::chrono::milliseconds poll_interval{5'000};  ///< What a client that polls is told to wait.

  // WebSocket.
  std::uint64_t websocket_message_bytes_max = 1ULL << 20;       ///< Of a client's message.
  std::uint32_t websocket_subscriptions_max = 100;              ///< Of one connection.
  std::chrono::milliseconds websocket_message_timeout{30'000};  ///< From its first byte.
  bool websocket_compression = false;

  // HTTP.
  std::vector<std::string> cors_origin;
  bool cors_credentials = false;
  std::uint64_t event_bytes_max = 4ULL << 20;
  std::uint64_t body_bytes_max = 16ULL << 20;
  std::uint64_t header_bytes_max = 32ULL << 10;
  std::uint32_t headers_max = 100;
  std::uint64_t target_bytes_max = 8ULL << 10;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::uint64_t connections_max = 100'000;
  std::uint64_t send_buffer_bytes = 128ULL << 10;
  std::uint32_t http2_streams_max = 1'000;  ///< At once, of one connection.
  std::uint32_t http2_resets_per_second = 100;
  std::uint32_t http2_control_frames_per_second = 1'000;

  // TLS.
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  std::string tls_client_verify = "none";
  std::string tls_min_version = "1.2";
  std::chrono::milliseconds tls_ticket_rotation{std::chrono::hours(12)};
  bool tls_kernel = false;

  AccessSettings access;
  WorkflowSettings workflow;
  EffectSettings effects;
  NotificationSettings notifications;
  TaskFeedSettings task_feed;

  // Stopping and telling.
  std::chrono::milliseconds drain_timeout{10'000};
  std::chrono::milliseconds handover_timeout{2'000};
  bool takeover = false;
  std::string log_level = "info";
  std::string log_format = "text";
  std::string otlp_endpoint;       ///< Empty: no traces are exported.
  std::string otlp_headers_file;   ///< Lines of "Name: value".
  std::uint32_t trace_one_in = 0;  ///< 0: only what the publisher's trace samples.
  bool demo = false;

  std::uint32_t connections_page_max = 1'000;  ///< In an answer that lists connections.
  std::chrono::milliseconds metrics_history{std::chrono::minutes(10)};  ///< 0: none is kept.
  std::uint32_t topic_changes_max = 500;          ///< Topics in one event on `$weir/topics`.
  std::uint32_t doctor_streams_max = 64;          ///< Probing streams of `weir doctor` at once.
  std::uint32_t doctor_streams_per_address = 24;  ///< More than `weir doctor` opens.
  std::uint32_t webhook_connections_max = 32;     ///< Attempts at once, of all hooks.

  std::vector<Namespace> namespaces;
  std::vector<Webhook> webhooks;

  /// Where a value is from, by name: "--keepalive", "WEIR_KEEPALIVE", "weir.toml:3". Absent: it is
  /// the default.
  std::map<std::string, std::string, std::less<>> places;
};

}  // namespace weir::base
