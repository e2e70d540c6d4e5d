#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address_block.hpp"
#include "base/timer_wheel.hpp"
#include "net/edge_poll.hpp"
#include "net/http_server.hpp"
#include "net/loop_impl.hpp"
#include "net/request_reader.hpp"

namespace weir::net {

class Connection;
struct ConnectionOrigin;
union PeerAddress;

/// What the connections of one shard share: limits, the read buffer, the wheel, the date. Shard
/// thread only.
struct HttpServer::Impl {
  enum class Protocol { kHttp1, kHttp2 };
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
    ListenerOptions options;
    bool paused = false;  ///< Out of descriptors: tried again with the next tick.
  };

  Impl(Loop& loop, const base::Settings& settings, Handler& handler, StreamTable& streams,
       HttpMetrics& metrics, std::atomic<std::uint64_t>* total);
  ~Impl();

  void configure(const base::Settings& settings);
  void accept_on(int descriptor, const ListenerOptions& options);
  void arm_accept(const std::shared_ptr<Listener>& listener);
  void accept_some(const std::shared_ptr<Listener>& listener);
  void pause_accepting(Listener& listener, int error);
  void add_connection(Socket socket, const ConnectionOrigin& origin,
                      const ListenerOptions& options);
  bool is_trusted_proxy(const PeerAddress& peer) const;
  /// What comes after the PROXY protocol's header.
  std::shared_ptr<Connection> make_transport(bool tls, Socket socket,
                                             const ConnectionOrigin& origin, std::uint32_t place);
  /// What comes after TLS's handshake.
  std::shared_ptr<Connection> make_connection(Protocol protocol, Socket socket,
                                              const ConnectionOrigin& origin, std::uint32_t place);

  void arm_edges();
  void arm_tick();
  void on_tick();
  void arm_wheel(const Connection& connection, std::uint64_t tick);
  /// The connection's place is free from now on; the caller still holds the object.
  void release(const Connection& connection);
  /// The connection goes on as another, which has taken its socket and has its place.
  void succeed(const Connection& connection, std::shared_ptr<Connection> successor);
  void drain(std::chrono::milliseconds grace);
  void close_all();
  void count_open();

  std::uint64_t ticks(std::chrono::milliseconds duration) const;

  std::vector<base::AddressBlock> trusted_proxies;  ///< Of the settings.
  std::shared_ptr<const TlsContext> tls;
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
  std::chrono::milliseconds drain_grace{0};
  bool accept_trouble = false;

  std::string date;
  std::int64_t date_second = 0;
  std::vector<char> read_buffer;
  std::string head_buffer;  ///< Where the head of the answer under way is put together.
};

}  // namespace weir::net
