#include "load/returning_readers.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "common/clock.hpp"
#include "common/socket.hpp"
#include "load/response_reader.hpp"
#include "load/sse_scanner.hpp"

namespace weir::bench {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr uint32_t kSources = 16;
constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kRefusedWait = 50 * kMillisecond;

}  // namespace

ReturningReaders::ReturningReaders(EventLoop& loop, const Target& target, size_t count,
                                   size_t payload_bytes, DeliveryBook& book, Faults& faults)
    : loop_(loop),
      target_(target),
      faults_(faults),
      check_(payload_bytes, target.numbered_ids, book, faults),
      readers_(count),
      buffer_(kReadBytes) {
  for (Reader& reader : readers_) reader.pool = this;
}

ReturningReaders::~ReturningReaders() {
  for (Reader& reader : readers_) {
    if (reader.descriptor >= 0) close_by_reset(reader.descriptor);
  }
}

void ReturningReaders::start() {
  // Not all at once: that is another scenario.
  int64_t due = now_ns();
  for (Reader& reader : readers_) reader.due_ns = due += kMillisecond / 5;
}

int64_t ReturningReaders::pump() {
  const int64_t now = now_ns();
  int64_t next = now + 20 * kMillisecond;
  if (open_ == readers_.size()) return next;
  for (Reader& reader : readers_) {
    if (reader.state != State::kWaiting) continue;
    if (reader.due_ns <= now) {
      connect_reader(reader);
    } else {
      next = std::min(next, reader.due_ns);
    }
  }
  return next;
}

void ReturningReaders::connect_reader(Reader& reader) {
  const auto index = static_cast<uint32_t>(random_());
  reader.descriptor = start_connect(target_.address, htonl(INADDR_LOOPBACK + 1 + index % kSources));
  reader.state = State::kConnecting;
  loop_.add(reader.descriptor, EPOLLOUT, &reader);
}

void ReturningReaders::on_ready(Reader& reader, uint32_t) {
  if (reader.state != State::kConnecting) return read_some(reader);
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(reader.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    ++(error == ECONNREFUSED ? refused_ : broken_);
    return leave(reader, kRefusedWait);
  }
  send_request(reader);
  reader.state = State::kHead;
  reader.carry.clear();
  reader.chunks = ChunkDecoder();
  loop_.modify(reader.descriptor, EPOLLIN, &reader);
}

void ReturningReaders::send_request(Reader& reader) {
  std::string request = "GET " + Target::path(target_.subscribe_path, 0) +
                        " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n";
  if (!reader.last_id.empty()) request += "Last-Event-ID: " + reader.last_id + "\r\n";
  request += "\r\n";
  // A fresh socket takes it whole; what breaks is met by reading.
  (void)!send(reader.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
}

void ReturningReaders::read_some(Reader& reader) {
  const ssize_t got = recv(reader.descriptor, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    // A stream's last chunk comes before its end, so this is none.
    ++broken_;
    return leave(reader, kRefusedWait);
  }
  auto size = static_cast<size_t>(got);
  if (reader.state == State::kHead) {
    reader.carry.append(buffer_.data(), size);
    if (!take_head(reader)) return;
    // What follows the head is the body's beginning.
    size = reader.carry.size();
    std::copy(reader.carry.begin(), reader.carry.end(), buffer_.begin());
    reader.carry.clear();
  }
  reader.carry.append(buffer_.data(), reader.chunks.decode(buffer_.data(), size).body);
  take_events(reader);
  if (reader.chunks.failed()) faults_.add("a stream's chunks are damaged");
  if (reader.chunks.finished()) {
    const auto share = static_cast<double>(random_()) / static_cast<double>(random_.max());
    leave(reader, reader.retry_ns > 0 ? reader.retry_ns
                                      : static_cast<int64_t>(share * 1000.0) * kMillisecond);
  }
}

bool ReturningReaders::take_head(Reader& reader) {
  const size_t end = reader.carry.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  if (!reader.carry.starts_with("HTTP/1.1 200")) {
    faults_.add("a reader was answered: " + reader.carry.substr(0, reader.carry.find('\r')));
    leave(reader, kRefusedWait);
    return false;
  }
  reader.carry.erase(0, end + 4);
  reader.state = State::kStream;
  ++open_;
  if (reader.has_been_open) ++returns_;
  reader.has_been_open = true;
  return true;
}

void ReturningReaders::take_events(Reader& reader) {
  const int64_t now = now_ns();
  const size_t consumed = scan_events(
      reader.carry,
      [&](const ScannedEvent& event) {
        check_.on_event(reader.progress, event, now);
        if (!event.type.empty()) return take_control(reader, event.type, event.data);
        reader.last_id = event.id;
        if (reader.last_event_ns > 0) {
          reader.longest_gap_ns = std::max(reader.longest_gap_ns, now - reader.last_event_ns);
        }
        reader.last_event_ns = now;
      },
      [] {});
  reader.carry.erase(0, consumed);
}

void ReturningReaders::take_control(Reader& reader, std::string_view type, std::string_view data) {
  if (type == "system" && reader.last_id.empty()) {
    // Where to come back to before the first event.
    const std::string_view key = "\"cursor\":\"";
    const size_t at = data.find(key);
    if (at != std::string_view::npos) {
      const std::string_view rest = data.substr(at + key.size());
      reader.last_id = rest.substr(0, rest.find('"'));
    }
  }
  if (type != "drain") return;
  const std::string_view key = "\"retry\":";
  const size_t at = data.find(key);
  int64_t retry_ms = 0;
  if (at != std::string_view::npos) {
    std::from_chars(data.data() + at + key.size(), data.data() + data.size(), retry_ms);
  }
  reader.retry_ns = retry_ms * kMillisecond;
}

void ReturningReaders::leave(Reader& reader, int64_t wait_ns) {
  if (reader.state == State::kStream) --open_;
  close_by_reset(reader.descriptor);
  reader.descriptor = -1;
  reader.state = State::kWaiting;
  reader.due_ns = now_ns() + wait_ns;
  reader.retry_ns = 0;
}

double ReturningReaders::longest_gap_ms() const {
  int64_t longest = 0;
  for (const Reader& reader : readers_) longest = std::max(longest, reader.longest_gap_ns);
  return static_cast<double>(longest) / 1e6;
}

double ReturningReaders::median_gap_ms() const {
  std::vector<int64_t> gaps;
  for (const Reader& reader : readers_) gaps.push_back(reader.longest_gap_ns);
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return static_cast<double>(*middle) / 1e6;
}

void ReturningReaders::restart_gaps() {
  for (Reader& reader : readers_) reader.longest_gap_ns = 0;
}

}  // namespace weir::bench
