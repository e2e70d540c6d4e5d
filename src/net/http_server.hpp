#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "net/handler.hpp"
#include "net/stream_table.hpp"

namespace weir::net {

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
  base::Counter bytes_received;
  base::Counter bytes_sent;
  base::Counter responses_by_class[6];  ///< Index: status / 100.
};

/// The event loop of one shard: an Asio io_context that one thread runs.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until `stop`; the calling thread is the shard's thread from then on.
  void run();
  /// Any thread.
  void stop();
  /// Runs the callback on the loop's thread, soon. Any thread; never blocks.
  void post(std::function<void()> callback);
  /// Calls back every `period` on the loop's thread, until the loop ends. Before `run` or on the
  /// thread.
  void every(std::chrono::milliseconds period, std::function<void()> callback);
  /// Calls back whenever the descriptor is readable (level-triggered), until the loop ends.
  void watch(int descriptor, std::function<void()> callback);

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// HTTP/1.1 on one shard: its listeners, its connections. All calls on the shard's thread, except
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
  void accept_on(int descriptor);
  void reconfigure(const base::Settings& settings);

  /// Closes the listeners, so that new connections are refused by the kernel; idle connections
  /// close at once, others after the answer that they are waiting for (with `Connection: close`).
  void drain();
  /// Connections, other than event streams, that have something to wait for: not those whose last
  /// answer the kernel has, and whose client only has to close.
  std::size_t busy() const;
  /// Breaks what is left.
  void close_all();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Opens a non-blocking listening socket with SO_REUSEPORT, SO_REUSEADDR and a backlog of 4,096 for
/// "host:port" ("[::1]:80", ":80" for all addresses, port 0 for any free one). kBadConfiguration
/// with the system's words. `first` also refuses an address on which another process listens with
/// SO_REUSEPORT, which would share its connections; the further shards' listeners come after it.
/// Any thread.
base::Result<int> open_listener(const std::string& address, bool first = true);
/// The "host:port" that a listening socket has got.
std::string listener_address(int descriptor);

}  // namespace weir::net
