#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "load/chunk_decoder.hpp"
#include "load/delivery_book.hpp"
#include "load/event_loop.hpp"
#include "load/payload.hpp"
#include "load/target.hpp"

namespace weir::bench {

// Thousands of event-stream readers on one thread. Each reads its stream, checks every event
// against the delivery book and its id against the one before, and counts what is not an event.
class SubscriberPool {
 public:
  struct Settings {
    size_t count = 1;
    size_t topics = 1;  // subscriber i reads topic i % topics
    size_t payload_bytes = 64;
    std::string last_event_id;  // sent with the request, if not empty
    // How many may be between connect() and the response's head at a time, so that no accept queue
    // overflows.
    size_t opening_max = 1024;
  };

  SubscriberPool(EventLoop& loop, const Target& target, const Settings& settings,
                 DeliveryBook& book, Faults& faults);
  ~SubscriberPool();

  // Begins to connect; `all_open` holds once every response's head has come.
  void start();
  bool all_open() const { return open_ == readers_.size(); }
  // start() and wait; ends the program if it takes longer than a minute.
  void open_all();

  // A stalled reader stays connected and reads nothing. The first `count` readers.
  void stall(size_t count);
  void unstall();

  uint64_t comments() const { return comments_; }
  uint64_t control_events() const { return control_events_; }
  uint64_t bytes() const { return bytes_; }

  // Called with the number and the id of each event, after it is in the book.
  void set_on_event(std::function<void(uint64_t, std::string_view)> on_event) {
    on_event_ = std::move(on_event);
  }

 private:
  enum class State : uint8_t { kIdle, kConnecting, kHead, kStream, kClosed };

  struct Reader : Handler {
    SubscriberPool* pool = nullptr;
    int descriptor = -1;
    uint32_t topic = 0;
    State state = State::kIdle;
    bool chunked = false;
    ChunkDecoder chunks;
    uint64_t position = 0;     // of the next event
    uint64_t id_sequence = 0;  // of the newest id
    std::string carry;         // an unfinished head or event
    void on_ready(uint32_t events) override { pool->on_ready(*this, events); }
  };

  void open_more();
  void connect_reader(size_t index);
  void on_ready(Reader& reader, uint32_t events);
  // False while the connection does not stand yet.
  bool send_request(Reader& reader);
  void read_some(Reader& reader);
  // Returns how many of the bytes the head took, or 0 when it is not complete.
  size_t read_head(Reader& reader, std::string_view bytes);
  void on_event(Reader& reader, const struct ScannedEvent& event, int64_t now);
  void check_id(Reader& reader, std::string_view id);
  void fail(Reader& reader, const std::string& why);

  EventLoop& loop_;
  const Target& target_;
  Settings settings_;
  DeliveryBook& book_;
  Faults& faults_;
  Payload payload_;
  std::deque<Reader> readers_;  // never moves: epoll points at them
  size_t next_to_open_ = 0;
  size_t opening_ = 0;
  size_t open_ = 0;
  size_t closed_ = 0;
  size_t stalled_ = 0;
  uint64_t comments_ = 0;
  uint64_t control_events_ = 0;
  uint64_t bytes_ = 0;
  std::vector<char> buffer_;
  std::function<void(uint64_t, std::string_view)> on_event_;
};

}  // namespace weir::bench
