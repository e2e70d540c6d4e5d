#include "net/reading_connection.hpp"

#include <sys/epoll.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "net/http_server_impl.hpp"
#include "net/socket_calls.hpp"

namespace weir::net {

void ReadingConnection::note_input(std::uint32_t events) {
  constexpr std::uint32_t kEnd = EPOLLERR | EPOLLHUP | EPOLLRDHUP;
  if ((events & kEnd) != 0) hung_up_ = true;
  if ((events & (kEnd | EPOLLIN)) != 0) readable_ = true;
}

void ReadingConnection::read_now() {
  if (readable_ && wants_read()) read_some();
}

void ReadingConnection::read_on() {
  if (!readable_ || reading_scheduled_ || !wants_read()) return;
  reading_scheduled_ = true;
  boost::asio::post(server_->io.get_executor(), [this, kept = shared_from_this()] {
    reading_scheduled_ = false;
    read_now();
  });
}

void ReadingConnection::read_some() {
  if (is_lingering()) return drop_some();
  auto& buffer = server_->read_buffer;
  const ssize_t got = socket_.receive(buffer);
  if (got > 0) {
    const auto bytes = static_cast<std::size_t>(got);
    // A short read has emptied the socket, but for an end that was told before (epoll(7)).
    readable_ = hung_up_ || bytes == buffer.size() || socket_.has_input();
    server_->metrics.bytes_received.add(bytes);
    take_input({buffer.data(), bytes});
  } else if (got == 0) {
    on_end_of_input();
  } else if (would_block(errno)) {
    readable_ = false;
  } else {
    return abort();
  }
  read_on();
}

void ReadingConnection::drop_some() {
  constexpr std::size_t kStep = HttpServer::Impl::kLingerBytesMax / 16;
  const std::size_t before = lingered_;
  const bool open = socket_.drop_incoming(kStep, &lingered_);
  if (!open || lingered_ > HttpServer::Impl::kLingerBytesMax) return abort();
  readable_ = lingered_ - before >= kStep;
  read_on();
}

}  // namespace weir::net
