#pragma once

#include <netinet/in.h>

#include <memory>
#include <string>

#include "common/options.hpp"
#include "common/process_stats.hpp"
#include "load/tls_client.hpp"

namespace weir::bench {

// How a subscriber is spoken to: an HTTP/1.1 response, a WebSocket, or a stream of HTTP/2.
enum class Wire : uint8_t { kSse, kWebSocket, kHttp2 };

// The server under test: where it listens, how its URLs look, how it is spoken to, which processes
// it is. Read from the options `--server`, `--pid`, `--publish-path`, `--subscribe-path`,
// `--batch-path`, `--numbered-ids`, `--wire`, `--publish-wire`, `--streams-per-connection` and
// `--tls`.
struct Target {
  sockaddr_in address;
  std::string publish_path;    // with {topic}
  std::string subscribe_path;  // with {topic}
  std::string batch_path;      // takes NDJSON
  bool numbered_ids;           // ids end in -<sequence>, which must rise
  Wire wire;                   // of the subscribers
  bool publishes_over_http2;
  size_t streams_per_connection;   // of HTTP/2
  std::unique_ptr<TlsClient> tls;  // null: plain TCP
  ProcessStats processes;
  // A path of this target for topic number `topic`: {topic} becomes "bench-<topic>".
  static std::string path(const std::string& pattern, size_t topic);

  explicit Target(Options& options);
};

std::string topic_name(size_t topic);

}  // namespace weir::bench
