#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/counter.hpp"
#include "base/settings.hpp"
#include "net/handler.hpp"
#include "net/stream_table.hpp"

namespace weir::net {

class Loop;
class TlsContext;

/// Why a TLS handshake failed, as far as it tells an operator what to do.
enum class TlsFailure : std::uint8_t {
  kPlainHttp,          ///< The client did not speak TLS but HTTP.
  kNoCommonGround,     ///< Neither a version, a cipher nor a protocol in common.
  kClientCertificate,  ///< The client's certificate is missing or not valid.
  kRejected,           ///< The client did not like the server's certificate, or something else.
  kClosed,             ///< The connection ended or broke.
  kTimeout,
  kProtocol,  ///< Not TLS, or not as it should be.
};
inline constexpr std::size_t kTlsFailures = 7;
/// For metrics: "plain_http".
std::string_view name_of(TlsFailure failure);

/// Counters of one shard's connections; written by the shard, read by any thread.
struct HttpMetrics {
  base::Counter connections_accepted;
  base::Counter connections_open;     ///< Event streams included.
  base::Counter connections_refused;  ///< Over the limit, or epoll would not take them.
  base::Counter accept_pauses;  ///< Out of descriptors or memory: accepting paused for a moment.
  base::Counter requests;
  base::Counter requests_malformed;
  base::Counter timeouts_header;
  base::Counter timeouts_body;
  base::Counter timeouts_idle;
  base::Counter bytes_received;  ///< Of requests.
  base::Counter bytes_sent;      ///< Of answers, without event streams.
  base::Counter heads_too_large;
  base::Counter targets_too_long;
  base::Counter bodies_too_large;       ///< Bodies, and events in them.
  base::Counter responses_by_class[6];  ///< Index: status / 100.

  // HTTP/2.
  base::Counter http2_connections;
  base::Counter http2_streams;          ///< Requests, before anything is known of them.
  base::Counter http2_streams_refused;  ///< More at once than there may be, or too much held.
  base::Counter http2_bodies_waited;    ///< Times a connection's bodies waited for its answers.
  base::Counter http2_calmed;         ///< Connections ended with ENHANCE_YOUR_CALM: floods, bombs.
  base::Counter http2_errors;         ///< Connections ended for another error of the client's.
  base::Counter http2_ping_timeouts;  ///< Connections whose client did not answer a PING.
  base::Counter tls_handshakes;       ///< That succeeded.
  base::Counter tls_resumed;          ///< Of those, from a session ticket.
  base::Counter tls_kernel;           ///< Of those, with the kernel encrypting.
  base::Counter tls_failures[kTlsFailures];
  base::Counter proxy_headers;            ///< Read and believed.
  base::Counter proxy_headers_bad;        ///< Not of the PROXY protocol, or too late.
  base::Counter proxy_headers_untrusted;  ///< From others than trusted_proxies.

  /// Counts an answer by its class and, where its status is a limit's refusal, as that.
  void count_answer(int status);
};

/// How connections of a listener are taken.
struct ListenerOptions {
  ListenerRole role = ListenerRole::kAll;
  bool tls = false;             ///< Needs `use_tls` before.
  bool proxy_protocol = false;  ///< A header of the PROXY protocol comes first.
  /// Other shards accept from the same socket: each takes a few at a time.
  bool shared = false;
};

/// HTTP on one shard: its listeners, its connections. All calls on the shard's thread, except
/// where said.
class HttpServer {
 public:
  /// `settings` is copied and may be replaced by `reconfigure`; the rest must outlive the server.
  /// `total`, where given, is the process's count of connections, shared with the other shards and
  /// their StreamTables: `connections_max` is held against it. Without it the shard counts for
  /// itself, and event streams not at all.
  HttpServer(Loop& loop, const base::Settings& settings, Handler& handler, StreamTable& streams,
             HttpMetrics& metrics, std::atomic<std::uint64_t>* total = nullptr);
  ~HttpServer();

  /// Takes a listening socket (one of several with SO_REUSEPORT, see `open_listener`) and accepts
  /// from it.
  void accept_on(int descriptor, const ListenerOptions& options = {});
  void reconfigure(const base::Settings& settings);
  /// For connections from now on.
  void use_tls(std::shared_ptr<const TlsContext> context);

  /// Closes the listeners, so that new connections are refused by the kernel, or wait in it for who
  /// else has the socket; idle connections close after `grace`, others after the answer that they
  /// are waiting for (with `Connection: close`). The grace is for clients whose next request is on
  /// its way.
  void drain(std::chrono::milliseconds grace = {});
  /// Connections, other than event streams, that have something to wait for: not those whose last
  /// answer the kernel has, and whose client only has to close.
  std::size_t busy() const;
  /// Breaks what is left.
  void close_all();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::net
