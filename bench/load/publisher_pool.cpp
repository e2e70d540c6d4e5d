#include "load/publisher_pool.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/socket.hpp"

namespace weir::bench {

PublisherPool::PublisherPool(EventLoop& loop, const Target& target, const Settings& settings,
                             Faults& faults)
    : loop_(loop), target_(target), settings_(settings), faults_(faults), buffer_(256 * 1024) {
  for (size_t i = 0; i < settings_.count; ++i) {
    ResponseReader::Events events;
    events.on_body = [this](std::string_view body) {
      answer_lines_ += static_cast<uint64_t>(std::count(body.begin(), body.end(), '\n'));
    };
    events.on_response = [this, i](int status) { on_answer(publishers_[i], status); };
    publishers_.emplace_back(*this, std::move(events));
  }
}

PublisherPool::~PublisherPool() {
  for (Publisher& publisher : publishers_) {
    if (publisher.descriptor >= 0) close_by_reset(publisher.descriptor);
  }
}

void PublisherPool::open_all() {
  for (Publisher& publisher : publishers_) {
    publisher.descriptor = start_connect(target_.address, 0);
    loop_.add(publisher.descriptor, EPOLLOUT, &publisher);
  }
  if (!loop_.run_until([this] { return connected_ == publishers_.size(); },
                       now_ns() + seconds_to_ns(10))) {
    fatal("the server does not accept publishers");
  }
}

PublisherPool::Publisher& PublisherPool::take_free() {
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

void PublisherPool::publish(size_t topic, std::string_view data) {
  post(Target::path(target_.publish_path, topic), "text/plain", data);
}

void PublisherPool::post(const std::string& path, std::string_view content_type,
                         std::string_view body) {
  std::string& out = take_free().out;
  out.append("POST ").append(path).append(" HTTP/1.1\r\nHost: bench\r\nContent-Type: ");
  out.append(content_type).append("\r\nContent-Length: ").append(std::to_string(body.size()));
  out.append("\r\n\r\n").append(body);
}

void PublisherPool::flush() {
  for (Publisher* publisher : dirty_) {
    publisher->queued = false;
    if (!publisher->writing) write_out(*publisher);
  }
  dirty_.clear();
}

void PublisherPool::write_out(Publisher& publisher) {
  ssize_t sent =
      send(publisher.descriptor, publisher.out.data(), publisher.out.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) fatal_errno("a publisher's connection broke");
  if (sent > 0) publisher.out.erase(0, static_cast<size_t>(sent));
  bool writing = !publisher.out.empty();
  if (writing != publisher.writing) {
    publisher.writing = writing;
    loop_.modify(publisher.descriptor, writing ? EPOLLIN | EPOLLOUT : EPOLLIN, &publisher);
  }
}

void PublisherPool::on_ready(Publisher& publisher, uint32_t events) {
  if (!publisher.connected) {
    if ((events & EPOLLERR) != 0) fatal("a publisher's connection was refused");
    publisher.connected = true;
    ++connected_;
    free_.push_back(&publisher);
    loop_.modify(publisher.descriptor, EPOLLIN, &publisher);
    return;
  }
  if ((events & EPOLLOUT) != 0) write_out(publisher);
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read_some(publisher);
}

void PublisherPool::read_some(Publisher& publisher) {
  ssize_t got = recv(publisher.descriptor, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) fatal("the server closed a publisher's connection");
  if (!publisher.responses.read(buffer_.data(), static_cast<size_t>(got))) {
    fatal("the answer to a publish is not HTTP");
  }
}

void PublisherPool::on_answer(Publisher& publisher, int status) {
  if (publisher.sent_at.empty()) fatal("an answer without a request");
  if (status < 200 || status > 299) {
    faults_.add("a publish was answered " + std::to_string(status));
  }
  if (publisher.sent_at.size() == settings_.depth) free_.push_back(&publisher);
  latencies_.record(now_ns() - publisher.sent_at.front());
  publisher.sent_at.pop_front();
  --unanswered_;
  ++answers_;
}

}  // namespace weir::bench
