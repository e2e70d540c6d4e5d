#include "load/subscriber_pool.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "common/socket.hpp"
#include "load/response_reader.hpp"
#include "load/sse_scanner.hpp"

namespace weir::bench {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
// More than any unfinished event of ours takes.
constexpr size_t kCarryBytesMax = 128 * 1024;
// Connections are spread over this many loopback addresses.
constexpr uint32_t kSources = 16;
constexpr double kOpenTimeoutSeconds = 60;

}  // namespace

SubscriberPool::SubscriberPool(EventLoop& loop, const Target& target, const Settings& settings,
                               DeliveryBook& book, Faults& faults)
    : loop_(loop),
      target_(target),
      settings_(settings),
      book_(book),
      faults_(faults),
      payload_(settings.payload_bytes),
      readers_(settings.count),
      buffer_(kCarryBytesMax + kReadBytes) {
  for (size_t i = 0; i < readers_.size(); ++i) {
    readers_[i].pool = this;
    readers_[i].topic = static_cast<uint32_t>(i % settings_.topics);
  }
}

SubscriberPool::~SubscriberPool() {
  for (Reader& reader : readers_) {
    if (reader.descriptor >= 0) close_by_reset(reader.descriptor);
  }
}

void SubscriberPool::start() { open_more(); }

void SubscriberPool::open_all() {
  start();
  loop_.run_until([this] { return all_open() || closed_ > 0; },
                  now_ns() + seconds_to_ns(kOpenTimeoutSeconds));
  if (!all_open()) {
    fatal("only " + std::to_string(open_) + " of " + std::to_string(readers_.size()) +
          " subscribers were let in; " + faults_.first());
  }
}

void SubscriberPool::open_more() {
  while (opening_ < settings_.opening_max && next_to_open_ < readers_.size()) {
    connect_reader(next_to_open_++);
  }
}

void SubscriberPool::connect_reader(size_t index) {
  Reader& reader = readers_[index];
  in_addr_t source = htonl(INADDR_LOOPBACK + 1 + static_cast<uint32_t>(index) % kSources);
  reader.descriptor = start_connect(target_.address, source);
  reader.state = State::kConnecting;
  ++opening_;
  // On loopback the connection usually stands when connect() returns; the request then follows at
  // once, which saves two system calls in a storm of connections.
  if (send_request(reader)) {
    reader.state = State::kHead;
    loop_.add(reader.descriptor, EPOLLIN, &reader);
  } else {
    loop_.add(reader.descriptor, EPOLLOUT, &reader);
  }
}

void SubscriberPool::on_ready(Reader& reader, uint32_t events) {
  if (reader.state == State::kClosed) return;
  if (reader.state == State::kConnecting) {
    if ((events & EPOLLERR) != 0 || !send_request(reader)) {
      fail(reader, "a subscriber's connection was refused");
      return;
    }
    reader.state = State::kHead;
    loop_.modify(reader.descriptor, EPOLLIN, &reader);
    return;
  }
  read_some(reader);
}

bool SubscriberPool::send_request(Reader& reader) {
  std::string request = "GET " + Target::path(target_.subscribe_path, reader.topic) +
                        " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n";
  if (!settings_.last_event_id.empty()) {
    request += "Last-Event-ID: " + settings_.last_event_id + "\r\n";
  }
  request += "\r\n";
  ssize_t sent = send(reader.descriptor, request.data(), request.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(request.size());
}

void SubscriberPool::read_some(Reader& reader) {
  size_t carried = reader.carry.size();
  if (carried > kCarryBytesMax) {
    fail(reader, "a head or an event without an end");
    return;
  }
  std::memcpy(buffer_.data(), reader.carry.data(), carried);
  char* fresh = buffer_.data() + carried;
  ssize_t got = recv(reader.descriptor, fresh, kReadBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    fail(reader, got == 0 ? "the server ended a stream" : "the server reset a stream");
    return;
  }
  int64_t now = now_ns();
  size_t size = static_cast<size_t>(got);
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
  size_t consumed = scan_events(
      text, [&](const ScannedEvent& event) { on_event(reader, event, now); }, [&] { ++comments_; });
  reader.carry.assign(text.substr(consumed));
  if (reader.chunks.failed() || reader.chunks.finished()) fail(reader, "a stream's chunks ended");
}

size_t SubscriberPool::read_head(Reader& reader, std::string_view bytes) {
  size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::string_view head = bytes.substr(0, end);
  if (!head.starts_with("HTTP/1.1 200")) {
    fail(reader, "a subscriber was answered: " + std::string(head.substr(0, head.find('\r'))));
    return 0;
  }
  if (!find_header(head, "content-type").starts_with("text/event-stream")) {
    faults_.add("a stream is not an event stream");
  }
  reader.chunked = find_header(head, "transfer-encoding").starts_with("chunked");
  reader.state = State::kStream;
  ++open_;
  --opening_;
  open_more();
  return end + 4;
}

void SubscriberPool::on_event(Reader& reader, const ScannedEvent& event, int64_t now) {
  if (!event.type.empty() && event.type != "message") {
    if (event.type == "gap") faults_.add("a gap: " + std::string(event.data));
    if (!event.id.empty()) faults_.add("a control event with an id");
    ++control_events_;
    return;
  }
  Payload::Stamp stamp{};
  if (event.data_lines != 1 || !payload_.read(event.data, stamp)) {
    faults_.add("a damaged event: " + std::string(event.data.substr(0, 80)));
    return;
  }
  if (target_.numbered_ids) check_id(reader, event.id);
  book_.deliver(reader.topic, reader.position++, stamp.number, now - stamp.sent_ns);
  if (on_event_) on_event_(stamp.number, event.id);
}

void SubscriberPool::check_id(Reader& reader, std::string_view id) {
  uint64_t sequence = 0;
  size_t dash = id.rfind('-');
  if (dash != std::string_view::npos) {
    std::from_chars(id.data() + dash + 1, id.data() + id.size(), sequence);
  }
  if (sequence <= reader.id_sequence) faults_.add("an id that does not rise: " + std::string(id));
  reader.id_sequence = sequence;
}

void SubscriberPool::fail(Reader& reader, const std::string& why) {
  faults_.add(why);
  if (reader.state == State::kConnecting || reader.state == State::kHead) --opening_;
  reader.state = State::kClosed;
  ++closed_;
  close_by_reset(reader.descriptor);
  reader.descriptor = -1;
}

void SubscriberPool::stall(size_t count) {
  stalled_ = count;
  for (size_t i = 0; i < count; ++i) {
    if (readers_[i].descriptor >= 0) loop_.modify(readers_[i].descriptor, 0, &readers_[i]);
  }
}

void SubscriberPool::unstall() {
  for (size_t i = 0; i < stalled_; ++i) {
    if (readers_[i].descriptor >= 0) loop_.modify(readers_[i].descriptor, EPOLLIN, &readers_[i]);
  }
  stalled_ = 0;
}

}  // namespace weir::bench
