#include "load/http2_connection.hpp"

#include <sys/epoll.h>

#include <cerrno>

#include "common/clock.hpp"

namespace weir::bench {

Http2Connection::Http2Connection(EventLoop& loop, const Target& target, in_addr_t source,
                                 std::vector<char>& buffer)
    : loop_(loop),
      buffer_(buffer),
      session_(*this, target.tls ? "https" : "http"),
      interest_(EPOLLIN | EPOLLOUT) {
  socket_.connect(target, source, true);
  loop_.add(socket_.descriptor(), interest_, this);
}

void Http2Connection::on_ready(uint32_t events) {
  if (!socket_.is_open()) return;
  if (!established_ && ((events & EPOLLERR) != 0 || !establish())) {
    if ((events & EPOLLERR) != 0) fail("a connection was refused");
    return;
  }
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read_all();
  flush();
}

bool Http2Connection::establish() {
  switch (socket_.establish()) {
    case ClientSocket::Progress::kWantsRead:
      wait_for(EPOLLIN);
      return false;
    case ClientSocket::Progress::kWantsWrite:
      wait_for(EPOLLOUT);
      return false;
    case ClientSocket::Progress::kBroken:
      fail("a handshake failed");
      return false;
    case ClientSocket::Progress::kDone:
      break;
  }
  if (!socket_.speaks_http2()) {
    fail("the server does not speak HTTP/2 over TLS");
    return false;
  }
  established_ = true;
  return true;
}

void Http2Connection::read_all() {
  ssize_t got = 0;
  do {
    got = socket_.read(buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fail(got == 0 ? "the server ended a connection" : "a connection broke");
    read_at_ns_ = now_ns();
    if (!session_.read({buffer_.data(), static_cast<size_t>(got)})) {
      return fail("what the server sends is not HTTP/2");
    }
    on_read(static_cast<size_t>(got));
  } while (got == static_cast<ssize_t>(buffer_.size()));
}

void Http2Connection::flush() {
  if (!socket_.is_open() || !established_) return;
  if (!session_.take_output(out_)) return fail("what the server sends is not HTTP/2");
  while (!out_.empty()) {
    ssize_t sent = socket_.write(out_);
    if (sent < 0 && errno == EAGAIN) return wait_for(EPOLLIN | EPOLLOUT);
    if (sent <= 0) return fail("a connection broke");
    out_.erase(0, static_cast<size_t>(sent));
  }
  wait_for(EPOLLIN);
}

void Http2Connection::wait_for(uint32_t events) {
  if (interest_ == events) return;
  interest_ = events;
  loop_.modify(socket_.descriptor(), events, this);
}

void Http2Connection::fail(const std::string& why) {
  socket_.close();
  on_broken(why);
}

}  // namespace weir::bench
