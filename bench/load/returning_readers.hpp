#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "load/chunk_decoder.hpp"
#include "load/delivery_book.hpp"
#include "load/event_check.hpp"
#include "load/event_loop.hpp"
#include "load/target.hpp"

namespace weir::bench {

// Readers that behave as browsers do: when their stream ends they wait for what `retry` said, come
// back with the last id, and go on where they were. Every event is held against the book.
class ReturningReaders {
 public:
  ReturningReaders(EventLoop& loop, const Target& target, size_t count, size_t payload_bytes,
                   DeliveryBook& book, Faults& faults);
  ~ReturningReaders();

  void start();
  // Connects those whose time has come; returns when the next one's does.
  int64_t pump();

  bool all_open() const { return open_ == readers_.size(); }
  uint64_t refused() const { return refused_; }  // connections, by the kernel
  uint64_t broken() const { return broken_; }    // streams that ended without their last chunk
  uint64_t returns() const { return returns_; }
  // Since the last call of `restart_gaps`: the longest time without an event that any reader had,
  // and that half of them had.
  double longest_gap_ms() const;
  double median_gap_ms() const;
  void restart_gaps();

 private:
  enum class State : uint8_t { kWaiting, kConnecting, kHead, kStream };

  struct Reader : Handler {
    ReturningReaders* pool = nullptr;
    int descriptor = -1;
    State state = State::kWaiting;
    ChunkDecoder chunks;
    ReaderProgress progress;
    int64_t due_ns = 0;  // kWaiting: when to come back
    int64_t retry_ns = 0;
    int64_t last_event_ns = 0;
    int64_t longest_gap_ns = 0;
    bool has_been_open = false;
    std::string last_id;
    std::string carry;
    void on_ready(uint32_t events) override { pool->on_ready(*this, events); }
  };

  void connect_reader(Reader& reader);
  void on_ready(Reader& reader, uint32_t events);
  void send_request(Reader& reader);
  void read_some(Reader& reader);
  bool take_head(Reader& reader);
  void take_events(Reader& reader);
  void take_control(Reader& reader, std::string_view type, std::string_view data);
  void leave(Reader& reader, int64_t wait_ns);

  EventLoop& loop_;
  const Target& target_;
  Faults& faults_;
  EventCheck check_;
  std::deque<Reader> readers_;
  std::vector<char> buffer_;
  std::minstd_rand random_{1};
  size_t open_ = 0;
  uint64_t refused_ = 0;
  uint64_t broken_ = 0;
  uint64_t returns_ = 0;
};

}  // namespace weir::bench
