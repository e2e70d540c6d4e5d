#include "net/http_server.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/logging.hpp"
#include "net/http2_connection.hpp"
#include "net/http_connection.hpp"
#include "net/http_server_impl.hpp"
#include "net/proxy_handshake.hpp"
#include "net/response_writer.hpp"
#include "net/socket_calls.hpp"
#include "net/tls_handshake.hpp"

namespace weir::net {
namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;
constexpr int kAcceptsPerTurn = 256;
// Of a socket that several shards accept from: whoever is awake first must not take them all.
constexpr int kSharedAcceptsPerTurn = 4;
// Connections over the limit that are being told so; beyond them the answer is a plain close.
constexpr std::uint64_t kRefusalsMax = 1024;

std::int64_t unix_seconds() { return base::system_clock().unix_millis() / 1000; }

}  // namespace

std::string_view name_of(TlsFailure failure) {
  switch (failure) {
    case TlsFailure::kPlainHttp:
      return "plain_http";
    case TlsFailure::kNoCommonGround:
      return "no_common_ground";
    case TlsFailure::kClientCertificate:
      return "client_certificate";
    case TlsFailure::kRejected:
      return "rejected";
    case TlsFailure::kClosed:
      return "closed";
    case TlsFailure::kTimeout:
      return "timeout";
    case TlsFailure::kProtocol:
      break;
  }
  return "protocol";
}

void HttpMetrics::count_answer(int status) {
  if (status >= 0 && status < 600) responses_by_class[status / 100].add();
  if (status == 413) bodies_too_large.add();
  if (status == 414) targets_too_long.add();
  if (status == 431) heads_too_large.add();
}

HttpServer::Impl::Impl(Loop& loop, const base::Settings& initial, Handler& handler_,
                       StreamTable& streams_, HttpMetrics& metrics_,
                       std::atomic<std::uint64_t>* shared_total)
    : io(loop.impl().io),
      handler(handler_),
      streams(streams_),
      metrics(metrics_),
      total(shared_total != nullptr ? shared_total : &own_total),
      edges_watch(io.get_executor(), edges.descriptor()),
      timer(io.get_executor()),
      read_buffer(kReadBufferBytes) {
  configure(initial);
  date_second = unix_seconds();
  date = imf_fixdate(date_second);
  timer.expires_at(started + kTick);
  arm_tick();
  arm_edges();
}

HttpServer::Impl::~Impl() {
  close_all();
  edges_watch.release();  // It belongs to `edges`.
}

void HttpServer::Impl::configure(const base::Settings& next) {
  settings = next;
  head_limits = {.head_bytes_max = static_cast<std::size_t>(next.header_bytes_max),
                 .target_bytes_max = static_cast<std::size_t>(next.target_bytes_max),
                 .headers_max = next.headers_max};
  trusted_proxies.clear();
  for (const std::string& text : next.trusted_proxies) {
    if (const auto block = base::parse_address_block(text)) trusted_proxies.push_back(*block);
  }
  recheck_ticks = ticks(std::min({next.header_timeout, next.body_timeout, next.idle_timeout}));
}

std::uint64_t HttpServer::Impl::ticks(std::chrono::milliseconds duration) const {
  // One more, because the current tick is partly over: never early.
  return static_cast<std::uint64_t>(std::max<std::int64_t>(duration / kTick, 0)) + 1;
}

void HttpServer::Impl::accept_on(int descriptor, const ListenerOptions& options) {
  WEIR_CHECK(!options.tls || tls != nullptr, "use_tls comes before");
  arm_accept(listeners.emplace_back(
      std::make_shared<Listener>(Listener{Descriptor(io.get_executor(), descriptor), options})));
}

void HttpServer::Impl::arm_accept(const std::shared_ptr<Listener>& listener) {
  listener->descriptor.async_wait(
      Descriptor::wait_read,
      [this, weak = std::weak_ptr<Listener>(listener)](boost::system::error_code error) {
        const auto still_open = weak.lock();
        if (!error && still_open) accept_some(still_open);
      });
}

void HttpServer::Impl::accept_some(const std::shared_ptr<Listener>& listener) {
  const int accepts = listener->options.shared ? kSharedAcceptsPerTurn : kAcceptsPerTurn;
  for (int i = 0; i < accepts; ++i) {
    ConnectionOrigin origin;
    origin.role = listener->options.role;
    socklen_t size = sizeof origin.peer;
    const int descriptor = ::accept4(listener->descriptor.native_handle(), &origin.peer.any, &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      add_connection(Socket(descriptor), origin, listener->options);
      continue;
    }
    if (would_block(errno)) {
      accept_trouble = false;
      break;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return pause_accepting(*listener, errno);
    }
    // What else accept reports belongs to a connection that is gone already (accept(2)).
  }
  arm_accept(listener);
}

void HttpServer::Impl::pause_accepting(Listener& listener, int error) {
  // The connection stays in the backlog and is accepted when a descriptor is free again.
  metrics.accept_pauses.add();
  if (!accept_trouble) {
    accept_trouble = true;
    base::log_warning("accept.paused", "error=\"{}\" open={}", std::strerror(error), open);
  }
  listener.paused = true;
}

void HttpServer::Impl::add_connection(Socket socket, const ConnectionOrigin& origin,
                                      const ListenerOptions& options) {
  metrics.connections_accepted.add();
  const std::uint64_t before = total->load(std::memory_order_relaxed);
  const bool over = before >= settings.connections_max;
  if (over) metrics.connections_refused.add();
  if (over && before >= settings.connections_max + kRefusalsMax) return;
  if (options.proxy_protocol && !is_trusted_proxy(origin.peer)) {
    metrics.proxy_headers_untrusted.add();
    return;
  }
  set_option(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, 1);
  std::uint32_t place;
  if (free_places.empty()) {
    place = static_cast<std::uint32_t>(places.size());
    places.emplace_back();
  } else {
    place = free_places.back();
    free_places.pop_back();
  }
  if (!edges.add(socket.descriptor(), {place, places[place].generation})) {
    // Out of memory or of watches; nothing would ever be heard of it.
    free_places.push_back(place);
    metrics.connections_refused.add();
    return;
  }
  std::shared_ptr<Connection> connection;
  if (options.proxy_protocol) {
    connection =
        std::make_shared<ProxyHandshake>(*this, std::move(socket), origin, place, options.tls);
  } else {
    connection = make_transport(options.tls, std::move(socket), origin, place);
  }
  places[place].connection = connection;
  ++open;
  total->fetch_add(1, std::memory_order_relaxed);
  count_open();
  if (over) {
    connection->start_refusing();
  } else {
    connection->start();
  }
}

bool HttpServer::Impl::is_trusted_proxy(const PeerAddress& peer) const {
  const auto address = peer.bytes();
  // Who may open a UNIX socket is decided by its file's mode.
  if (!address) return true;
  return std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                     [&](const base::AddressBlock& block) { return block.contains(*address); });
}

std::shared_ptr<Connection> HttpServer::Impl::make_transport(bool under_tls, Socket socket,
                                                             const ConnectionOrigin& origin,
                                                             std::uint32_t place) {
  if (under_tls) {
    return std::make_shared<TlsHandshake>(*this, std::move(socket), origin, place, tls);
  }
  return make_connection(Protocol::kHttp1, std::move(socket), origin, place);
}

std::shared_ptr<Connection> HttpServer::Impl::make_connection(Protocol protocol, Socket socket,
                                                              const ConnectionOrigin& origin,
                                                              std::uint32_t place) {
  switch (protocol) {
    case Protocol::kHttp1:
      return std::make_shared<HttpConnection>(*this, std::move(socket), origin, place);
    case Protocol::kHttp2:
      return std::make_shared<Http2Connection>(*this, std::move(socket), origin, place);
  }
  return nullptr;
}

void HttpServer::Impl::succeed(const Connection& connection,
                               std::shared_ptr<Connection> successor) {
  released.push_back(std::exchange(places[connection.place()].connection, std::move(successor)));
}

void HttpServer::Impl::release(const Connection& connection) {
  Place& place = places[connection.place()];
  // Kept until the next tick: the object may be in the middle of a call.
  released.push_back(std::move(place.connection));
  place.connection = nullptr;
  ++place.generation;
  free_places.push_back(connection.place());
  --open;
  total->fetch_sub(1, std::memory_order_relaxed);
  count_open();
}

void HttpServer::Impl::count_open() { metrics.connections_open.set(open + streams.sockets()); }

void HttpServer::Impl::arm_edges() {
  edges_watch.async_wait(Descriptor::wait_read,
                         [this, weak = std::weak_ptr<char>(life)](boost::system::error_code error) {
                           if (error || weak.expired()) return;
                           edges.poll([this](PlaceKey key, std::uint32_t events) {
                             const Place& place = places[key.slot];
                             if (place.generation != key.generation || place.connection == nullptr)
                               return;
                             const std::shared_ptr<Connection> connection = place.connection;
                             connection->on_events(events);
                           });
                           arm_edges();
                         });
}

void HttpServer::Impl::arm_tick() {
  timer.async_wait([this, weak = std::weak_ptr<char>(life)](boost::system::error_code error) {
    if (error || weak.expired()) return;
    on_tick();
    timer.expires_at(std::max(timer.expiry() + kTick, std::chrono::steady_clock::now()));
    arm_tick();
  });
}

void HttpServer::Impl::on_tick() {
  released.clear();
  if (const std::int64_t second = unix_seconds(); second != date_second) {
    date_second = second;
    date = imf_fixdate(second);
  }
  const auto elapsed = std::chrono::steady_clock::now() - started;
  wheel.advance(static_cast<std::uint64_t>(elapsed / kTick), [this](const WheelEntry& entry) {
    const Place& place = places[entry.place];
    if (place.generation != entry.generation || place.connection == nullptr) return;
    const std::shared_ptr<Connection> connection = place.connection;
    connection->on_tick(entry.tick);
  });
  for (const auto& listener : listeners) {
    if (std::exchange(listener->paused, false)) accept_some(listener);
  }
  count_open();
}

void HttpServer::Impl::arm_wheel(const Connection& connection, std::uint64_t tick) {
  wheel.arm({connection.place(), places[connection.place()].generation, tick}, tick);
}

void HttpServer::Impl::drain(std::chrono::milliseconds grace) {
  draining = true;
  drain_grace = grace;
  listeners.clear();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::shared_ptr<Connection> connection = places[i].connection;
    if (connection != nullptr) connection->drain();
  }
}

void HttpServer::Impl::close_all() {
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::shared_ptr<Connection> connection = places[i].connection;
    if (connection != nullptr) connection->abort();
  }
}

HttpServer::HttpServer(Loop& loop, const base::Settings& settings, Handler& handler,
                       StreamTable& streams, HttpMetrics& metrics,
                       std::atomic<std::uint64_t>* total)
    : impl_(std::make_unique<Impl>(loop, settings, handler, streams, metrics, total)) {}

HttpServer::~HttpServer() = default;

void HttpServer::accept_on(int descriptor, const ListenerOptions& options) {
  impl_->accept_on(descriptor, options);
}
void HttpServer::use_tls(std::shared_ptr<const TlsContext> context) {
  impl_->tls = std::move(context);
}
void HttpServer::reconfigure(const base::Settings& settings) { impl_->configure(settings); }
void HttpServer::drain(std::chrono::milliseconds grace) { impl_->drain(grace); }
std::size_t HttpServer::busy() const { return impl_->open - impl_->lingering; }
void HttpServer::close_all() { impl_->close_all(); }

}  // namespace weir::net
