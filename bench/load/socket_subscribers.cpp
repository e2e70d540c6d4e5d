#include "load/socket_subscribers.hpp"

#include <sys/epoll.h>

#include <cerrno>
#include <cstring>

#include "common/clock.hpp"
#include "load/response_reader.hpp"
#include "load/sse_scanner.hpp"
#include "load/websocket_scanner.hpp"

namespace weir::bench {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
// More than any unfinished event of ours takes.
constexpr size_t kCarryBytesMax = 128 * 1024;

}  // namespace

SocketSubscribers::SocketSubscribers(EventLoop& loop, const Target& target,
                                     const Settings& settings, DeliveryBook& book, Faults& faults)
    : SubscriberPool(loop, target, settings, book, faults),
      readers_(settings.count),
      buffer_(kCarryBytesMax + kReadBytes) {
  for (size_t i = 0; i < readers_.size(); ++i) {
    readers_[i].pool = this;
    readers_[i].progress.topic = static_cast<uint32_t>(i % settings_.topics);
  }
}

void SocketSubscribers::open_more() {
  while (opening_ < settings_.opening_max && next_to_open_ < readers_.size()) {
    connect_reader(next_to_open_++);
  }
}

void SocketSubscribers::connect_reader(size_t index) {
  Reader& reader = readers_[index];
  reader.socket.connect(target_, source(index), false);
  reader.state = State::kConnecting;
  ++opening_;
  // On loopback the connection usually stands when connect() returns; the request then follows at
  // once, which saves two system calls in a storm of connections.
  reader.interest = connect_further(reader);
  if (reader.state != State::kClosed) {
    loop_.add(reader.socket.descriptor(), reader.interest, &reader);
  }
}

void SocketSubscribers::on_ready(Reader& reader, uint32_t events) {
  if (reader.state == State::kClosed) return;
  if (reader.state != State::kConnecting) {
    read_some(reader);
  } else if ((events & EPOLLERR) != 0) {
    fail(reader, "a subscriber's connection was refused");
  } else {
    uint32_t wanted = connect_further(reader);
    if (reader.state != State::kClosed) wait_for(reader, wanted);
  }
}

uint32_t SocketSubscribers::connect_further(Reader& reader) {
  switch (reader.socket.establish()) {
    case ClientSocket::Progress::kWantsRead:
      return EPOLLIN;
    case ClientSocket::Progress::kWantsWrite:
      return EPOLLOUT;
    case ClientSocket::Progress::kBroken:
      fail(reader, "a subscriber's handshake failed");
      return 0;
    case ClientSocket::Progress::kDone:
      break;
  }
  std::string head = request(reader);
  ssize_t sent = reader.socket.write(head);
  if (sent < 0 && errno == EAGAIN) return EPOLLOUT;
  if (sent != static_cast<ssize_t>(head.size())) {
    fail(reader, "a subscriber's connection was refused");
    return 0;
  }
  reader.state = State::kHead;
  return EPOLLIN;
}

std::string SocketSubscribers::request(const Reader& reader) const {
  std::string head = "GET " + Target::path(target_.subscribe_path, reader.progress.topic) +
                     " HTTP/1.1\r\nHost: bench\r\n";
  if (target_.wire == Wire::kWebSocket) {
    head.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    head.append("Sec-WebSocket-Key: ").append(kWebSocketKey).append("\r\n");
  } else {
    head.append("Accept: text/event-stream\r\n");
  }
  if (!settings_.last_event_id.empty()) {
    head.append("Last-Event-ID: ").append(settings_.last_event_id).append("\r\n");
  }
  return head.append("\r\n");
}

void SocketSubscribers::read_some(Reader& reader) {
  ssize_t got = 0;
  do {
    size_t carried = reader.carry.size();
    if (carried > kCarryBytesMax) {
      fail(reader, "a head or an event without an end");
      return;
    }
    std::memcpy(buffer_.data(), reader.carry.data(), carried);
    got = reader.socket.read(buffer_.data() + carried, kReadBytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      fail(reader, got == 0 ? "the server ended a stream" : "the server reset a stream");
      return;
    }
    take(reader, carried, static_cast<size_t>(got));
  } while (got == static_cast<ssize_t>(kReadBytes) && reader.state != State::kClosed);
}

void SocketSubscribers::take(Reader& reader, size_t carried, size_t got) {
  int64_t now = now_ns();
  char* fresh = buffer_.data() + carried;
  size_t size = got;
  bytes_ += size;
  if (reader.state == State::kHead) {
    size_t head = read_head(reader, {buffer_.data(), carried + size});
    if (reader.state == State::kClosed) return;
    if (head == 0) {
      reader.carry.append(fresh, size);
      return;
    }
    // The body starts behind the head and has nothing carried.
    size = carried + size - head;
    std::memmove(buffer_.data(), buffer_.data() + head, size);
    fresh = buffer_.data();
    carried = 0;
    reader.carry.clear();
  }
  if (reader.chunked) size = reader.chunks.decode(fresh, size).body;
  std::string_view text(buffer_.data(), carried + size);
  size_t consumed = target_.wire == Wire::kWebSocket ? read_frames(reader, text, now)
                                                     : read_events(reader, text, now);
  if (reader.state == State::kClosed) return;
  reader.carry.assign(text.substr(consumed));
  if (reader.chunks.failed() || reader.chunks.finished()) fail(reader, "a stream's chunks ended");
}

size_t SocketSubscribers::read_events(Reader& reader, std::string_view text, int64_t now) {
  return scan_events(
      text, [&](const ScannedEvent& event) { check_.on_event(reader.progress, event, now); },
      [&] { check_.on_keepalive(); });
}

size_t SocketSubscribers::read_frames(Reader& reader, std::string_view bytes, int64_t now) {
  return scan_frames(bytes, [&](const WebSocketFrame& frame) {
    if (reader.state == State::kClosed) return;
    if (!frame.well_formed) return fail(reader, "a frame that no server may send");
    switch (frame.opcode) {
      case WebSocketFrame::kText: {
        ScannedEvent event;
        if (!read_message(frame.payload, event)) {
          faults_.add("not a message: " + std::string(frame.payload.substr(0, 80)));
        } else {
          check_.on_event(reader.progress, event, now);
        }
        return;
      }
      case WebSocketFrame::kPing:
        check_.on_keepalive();
        // A socket without room for a pong cannot be told from a dead one; the server decides.
        reader.socket.write(pong_frame(frame.payload));
        return;
      case WebSocketFrame::kPong:
        return;
      case WebSocketFrame::kClose:
        return fail(reader, "the server closed a WebSocket");
      default:
        return fail(reader, "a frame of an unknown kind");
    }
  });
}

size_t SocketSubscribers::read_head(Reader& reader, std::string_view bytes) {
  size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::string_view head = bytes.substr(0, end);
  if (!check_head(head)) {
    fail(reader, "a subscriber was answered: " + std::string(head.substr(0, head.find('\r'))));
    return 0;
  }
  reader.chunked = find_header(head, "transfer-encoding").starts_with("chunked");
  reader.state = State::kStream;
  ++open_;
  --opening_;
  open_more();
  return end + 4;
}

bool SocketSubscribers::check_head(std::string_view head) {
  if (target_.wire == Wire::kWebSocket) {
    if (!head.starts_with("HTTP/1.1 101")) return false;
    if (find_header(head, "sec-websocket-accept") != kWebSocketAccept) {
      faults_.add("a WebSocket was accepted with the wrong key");
    }
    return true;
  }
  if (!head.starts_with("HTTP/1.1 200")) return false;
  if (!find_header(head, "content-type").starts_with("text/event-stream")) {
    faults_.add("a stream is not an event stream");
  }
  return true;
}

void SocketSubscribers::wait_for(Reader& reader, uint32_t events) {
  if (reader.interest == events) return;
  reader.interest = events;
  loop_.modify(reader.socket.descriptor(), events, &reader);
}

void SocketSubscribers::fail(Reader& reader, const std::string& why) {
  faults_.add(why);
  if (reader.state == State::kConnecting || reader.state == State::kHead) --opening_;
  reader.state = State::kClosed;
  ++closed_;
  reader.socket.close();
}

void SocketSubscribers::stall(size_t count) {
  stalled_ = count;
  for (size_t i = 0; i < count; ++i) {
    if (readers_[i].socket.is_open()) wait_for(readers_[i], 0);
  }
}

void SocketSubscribers::unstall() {
  for (size_t i = 0; i < stalled_; ++i) {
    if (readers_[i].socket.is_open()) wait_for(readers_[i], EPOLLIN);
  }
  stalled_ = 0;
}

}  // namespace weir::bench
