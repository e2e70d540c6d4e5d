#include "load/http2_subscribers.hpp"

#include <algorithm>

#include "common/fatal.hpp"
#include "load/sse_scanner.hpp"

namespace weir::bench {
namespace {

constexpr size_t kReadBytes = 256 * 1024;
// More than any unfinished event of ours takes.
constexpr size_t kCarryBytesMax = 128 * 1024;

}  // namespace

Http2Subscribers::Line::Line(Http2Subscribers& pool, size_t number)
    : Http2Connection(pool.loop_, pool.target_, source(number), pool.buffer_),
      pool_(pool),
      first_(number * pool.target_.streams_per_connection) {}

void Http2Subscribers::Line::on_settings(uint32_t streams_max) {
  size_t wanted = std::min(pool_.target_.streams_per_connection, pool_.readers_.size() - first_);
  if (streams_max < wanted) {
    fatal("the server allows " + std::to_string(streams_max) + " streams a connection, not " +
          std::to_string(wanted));
  }
}

void Http2Subscribers::Line::on_head(size_t stream, int status, bool event_stream) {
  Reader& reader = pool_.readers_[first_ + stream];
  if (reader.state != State::kOpening) return pool_.fail(reader, "a stream with two heads");
  if (status != 200) {
    return pool_.fail(reader, "a subscriber was answered " + std::to_string(status));
  }
  if (!event_stream) pool_.faults_.add("a stream is not an event stream");
  reader.state = State::kStream;
  ++pool_.open_;
  --pool_.opening_;
}

void Http2Subscribers::Line::on_body(size_t stream, std::string_view bytes) {
  Reader& reader = pool_.readers_[first_ + stream];
  if (reader.state == State::kStream) pool_.read_body(reader, bytes, read_at_ns());
}

void Http2Subscribers::Line::on_end(size_t stream, uint32_t error) {
  pool_.fail(pool_.readers_[first_ + stream],
             error == 0 ? "the server ended a stream"
                        : "the server reset a stream: " + std::to_string(error));
}

void Http2Subscribers::Line::on_goodbye(uint32_t error) {
  pool_.faults_.add("the server says goodbye: " + std::to_string(error));
}

void Http2Subscribers::Line::on_broken(const std::string& why) {
  size_t end = std::min(first_ + pool_.target_.streams_per_connection, pool_.readers_.size());
  for (size_t i = first_; i < end; ++i) pool_.fail(pool_.readers_[i], why);
}

void Http2Subscribers::Line::on_read(size_t bytes) {
  pool_.bytes_ += bytes;
  pool_.open_more();
}

Http2Subscribers::Http2Subscribers(EventLoop& loop, const Target& target, const Settings& settings,
                                   DeliveryBook& book, Faults& faults)
    : SubscriberPool(loop, target, settings, book, faults),
      readers_(settings.count),
      buffer_(kReadBytes) {
  for (size_t i = 0; i < readers_.size(); ++i) {
    readers_[i].progress.topic = static_cast<uint32_t>(i % settings_.topics);
  }
}

void Http2Subscribers::open_more() {
  size_t first = next_to_open_ / target_.streams_per_connection;
  while (opening_ < settings_.opening_max && next_to_open_ < readers_.size()) {
    Reader& reader = readers_[next_to_open_];
    size_t number = next_to_open_++ / target_.streams_per_connection;
    if (number == lines_.size()) lines_.emplace_back(*this, number);
    lines_[number].session().get(Target::path(target_.subscribe_path, reader.progress.topic),
                                 settings_.last_event_id);
    reader.state = State::kOpening;
    ++opening_;
  }
  // Those of a line leave in one write.
  size_t end = std::min(next_to_open_ / target_.streams_per_connection + 1, lines_.size());
  for (size_t i = first; i < end; ++i) lines_[i].flush();
}

void Http2Subscribers::read_body(Reader& reader, std::string_view bytes, int64_t now) {
  if (!reader.carry) {
    size_t consumed = scan(reader, bytes, now);
    if (consumed < bytes.size()) {
      reader.carry = std::make_unique<std::string>(bytes.substr(consumed));
    }
    return;
  }
  reader.carry->append(bytes);
  reader.carry->erase(0, scan(reader, *reader.carry, now));
  if (reader.carry->empty()) {
    reader.carry.reset();
  } else if (reader.carry->size() > kCarryBytesMax) {
    fail(reader, "an event without an end");
  }
}

size_t Http2Subscribers::scan(Reader& reader, std::string_view text, int64_t now) {
  return scan_events(
      text, [&](const ScannedEvent& event) { check_.on_event(reader.progress, event, now); },
      [&] { check_.on_keepalive(); });
}

void Http2Subscribers::fail(Reader& reader, const std::string& why) {
  if (reader.state == State::kClosed || reader.state == State::kIdle) return;
  if (reader.state == State::kOpening) --opening_;
  reader.state = State::kClosed;
  reader.carry.reset();
  ++closed_;
  faults_.add(why);
}

void Http2Subscribers::stall(size_t) {
  fatal("readers that share connections cannot stall by themselves: use --wire sse or websocket");
}

}  // namespace weir::bench
