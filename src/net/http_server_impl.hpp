#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/timer_wheel.hpp"
#include "net/edge_poll.hpp"
#include "net/http_server.hpp"
#include "net/loop_impl.hpp"
#include "net/request_reader.hpp"

namespace weir::net {

class Connection;
struct ConnectionOrigin;

/// What the connections of one shard share: limits, the read buffer, the wheel, the date. Shard
/// thread only.
struct HttpServer::Impl {
  static constexpr std::chrono::milliseconds kTick{50};
  /// How long and how much a connection that we have closed may still send before it is cut off.
  static constexpr std::chrono::milliseconds kLingerTime{5'000};
  static constexpr std::size_t kLingerBytesMax = 32 << 20;

  struct WheelEntry {
    std::uint32_t place;
    std::uint32_t generation;
    std::uint64_t tick;
  };
  struct Place {
    std::shared_ptr<Connection> connection;
    std::uint32_t generation = 0;
  };
  struct Listener {
    Descriptor descriptor;
    ListenerRole role = ListenerRole::kAll;
    bool paused = false;  ///< Out of descriptors: tried again with the next tick.
  };

  Impl(Loop& loop, const base::Settings& settings, Handler& handler, StreamTable& streams,
       HttpMetrics& metrics, std::atomic<std::uint64_t>* total);
  ~Impl();

  void configure(const base::Settings& settings);
  void accept_on(int descriptor, ListenerRole role);
  void arm_accept(const std::shared_ptr<Listener>& listener);
  void accept_some(const std::shared_ptr<Listener>& listener);
  void pause_accepting(Listener& listener, int error);
  void add_connection(Socket socket, const ConnectionOrigin& origin);

  void arm_edges();
  void arm_tick();
  void on_tick();
  void arm_wheel(const Connection& connection, std::uint64_t tick);
  /// The connection's place is free from now on; the caller still holds the object.
  void release(const Connection& connection);
  /// The connection goes on as another, which has taken its socket and has its place.
  void succeed(const Connection& connection, std::shared_ptr<Connection> successor);
  void drain();
  void close_all();
  void count_open();

  std::uint64_t ticks(std::chrono::milliseconds duration) const;

  boost::asio::io_context& io;
  base::Settings settings;
  HeadLimits head_limits;
  Handler& handler;
  StreamTable& streams;
  HttpMetrics& metrics;
  std::atomic<std::uint64_t> own_total{0};
  std::atomic<std::uint64_t>* total;  ///< Open connections and streams of the whole process.

  // A completion that is queued when the server goes finds this gone.
  std::shared_ptr<char> life = std::make_shared<char>();
  EdgePoll edges;  ///< The connections' sockets.
  Descriptor edges_watch;
  Timer timer;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  base::TimerWheel<WheelEntry> wheel;
  std::uint64_t recheck_ticks = 1;  ///< The shortest timeout: no entry is armed further ahead.

  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<Place> places;
  std::vector<std::uint32_t> free_places;
  std::vector<std::shared_ptr<Connection>> released;
  std::size_t open = 0;
  std::size_t lingering = 0;  ///< Of those.
  bool draining = false;
  bool accept_trouble = false;

  std::string date;
  std::int64_t date_second = 0;
  std::vector<char> read_buffer;
  std::string head_buffer;  ///< Where the head of the answer under way is put together.
};

}  // namespace weir::net
