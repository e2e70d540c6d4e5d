#include "load/http1_publishers.hpp"

#include <sys/epoll.h>

#include <cerrno>

#include "common/clock.hpp"
#include "common/fatal.hpp"

namespace weir::bench {

Http1Publishers::Http1Publishers(EventLoop& loop, const Target& target, const Settings& settings,
                                 Faults& faults)
    : PublisherPool(loop, target, settings, faults), buffer_(256 * 1024) {
  for (size_t i = 0; i < settings_.count; ++i) {
    ResponseReader::Events events;
    events.on_body = [this](std::string_view body) { count_lines(body); };
    events.on_response = [this, i](int status) { on_answer(publishers_[i], status); };
    publishers_.emplace_back(*this, std::move(events));
  }
}

void Http1Publishers::connect_all() {
  for (Publisher& publisher : publishers_) {
    publisher.socket.connect(target_, 0, false);
    publisher.interest = EPOLLOUT;
    loop_.add(publisher.socket.descriptor(), publisher.interest, &publisher);
  }
}

Http1Publishers::Publisher& Http1Publishers::take_free() {
  Publisher& publisher = *free_.front();
  publisher.sent_at.push_back(now_ns());
  ++unanswered_;
  if (publisher.sent_at.size() == settings_.depth) free_.pop_front();
  if (!publisher.queued) {
    publisher.queued = true;
    dirty_.push_back(&publisher);
  }
  return publisher;
}

void Http1Publishers::post(const std::string& path, std::string_view content_type,
                           std::string_view body) {
  std::string& out = take_free().out;
  out.append("POST ").append(path).append(" HTTP/1.1\r\nHost: bench\r\nContent-Type: ");
  out.append(content_type).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  out.append("\r\n\r\n").append(body);
}

void Http1Publishers::flush() {
  for (Publisher* publisher : dirty_) {
    publisher->queued = false;
    if ((publisher->interest & EPOLLOUT) == 0) write_out(*publisher);
  }
  dirty_.clear();
}

void Http1Publishers::write_out(Publisher& publisher) {
  ssize_t sent = publisher.socket.write(publisher.out);
  if (sent < 0 && errno != EAGAIN) fatal_errno("a publisher's connection broke");
  if (sent > 0) publisher.out.erase(0, static_cast<size_t>(sent));
  wait_for(publisher, publisher.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void Http1Publishers::on_ready(Publisher& publisher, uint32_t events) {
  if (!publisher.connected) {
    if ((events & EPOLLERR) != 0) fatal("a publisher's connection was refused");
    return connect_further(publisher);
  }
  if ((events & EPOLLOUT) != 0) write_out(publisher);
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read_some(publisher);
}

void Http1Publishers::connect_further(Publisher& publisher) {
  switch (publisher.socket.establish()) {
    case ClientSocket::Progress::kWantsRead:
      return wait_for(publisher, EPOLLIN);
    case ClientSocket::Progress::kWantsWrite:
      return wait_for(publisher, EPOLLOUT);
    case ClientSocket::Progress::kBroken:
      fatal("a publisher's handshake failed");
    case ClientSocket::Progress::kDone:
      break;
  }
  publisher.connected = true;
  ++connected_;
  free_.push_back(&publisher);
  wait_for(publisher, EPOLLIN);
}

void Http1Publishers::read_some(Publisher& publisher) {
  ssize_t got = 0;
  do {
    got = publisher.socket.read(buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) fatal("the server closed a publisher's connection");
    if (!publisher.responses.read(buffer_.data(), static_cast<size_t>(got))) {
      fatal("the answer to a publish is not HTTP");
    }
  } while (got == static_cast<ssize_t>(buffer_.size()));
}

void Http1Publishers::on_answer(Publisher& publisher, int status) {
  if (publisher.sent_at.empty()) fatal("an answer without a request");
  if (publisher.sent_at.size() == settings_.depth) free_.push_back(&publisher);
  count_answer(publisher.sent_at.front(), status);
  publisher.sent_at.pop_front();
}

void Http1Publishers::wait_for(Publisher& publisher, uint32_t events) {
  if (publisher.interest == events) return;
  publisher.interest = events;
  loop_.modify(publisher.socket.descriptor(), events, &publisher);
}

}  // namespace weir::bench
