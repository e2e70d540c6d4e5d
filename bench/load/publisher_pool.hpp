#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/histogram.hpp"
#include "load/delivery_book.hpp"
#include "load/event_loop.hpp"
#include "load/response_reader.hpp"
#include "load/target.hpp"

namespace weir::bench {

// Keep-alive connections that POST, each with at most `depth` requests unanswered. Requests queue
// up in memory until `flush`, so that those of one connection leave in one write.
class PublisherPool {
 public:
  struct Settings {
    size_t count = 4;
    size_t depth = 1;
  };

  PublisherPool(EventLoop& loop, const Target& target, const Settings& settings, Faults& faults);
  ~PublisherPool();

  // Connects all of them; ends the program when the server does not accept within ten seconds.
  void open_all();

  bool can_publish() const { return !free_.empty(); }
  // Queues a POST of `data` to a topic; needs `can_publish`.
  void publish(size_t topic, std::string_view data);
  // Queues a POST with a content type to any path.
  void post(const std::string& path, std::string_view content_type, std::string_view body);
  void flush();

  uint64_t answers() const { return answers_; }
  uint64_t unanswered() const { return unanswered_; }
  // Lines in the answers' bodies: NDJSON has one for each event.
  uint64_t answer_lines() const { return answer_lines_; }
  // From a request's queueing to its answer, since the last `restart_latencies`.
  const Histogram& latencies() const { return latencies_; }
  void restart_latencies() { latencies_ = Histogram{}; }

 private:
  struct Publisher : Handler {
    Publisher(PublisherPool& owner, ResponseReader::Events events)
        : pool(owner), responses(std::move(events)) {}
    void on_ready(uint32_t events) override { pool.on_ready(*this, events); }

    PublisherPool& pool;
    int descriptor = -1;
    bool connected = false;
    bool writing = false;  // waits for room in the socket
    bool queued = false;   // is in dirty_
    std::string out;
    std::deque<int64_t> sent_at;  // of the unanswered requests
    ResponseReader responses;
  };

  Publisher& take_free();
  void on_ready(Publisher& publisher, uint32_t events);
  void on_answer(Publisher& publisher, int status);
  void write_out(Publisher& publisher);
  void read_some(Publisher& publisher);

  EventLoop& loop_;
  const Target& target_;
  Settings settings_;
  Faults& faults_;
  std::deque<Publisher> publishers_;
  std::deque<Publisher*> free_;  // with room for one more request
  std::vector<Publisher*> dirty_;
  size_t connected_ = 0;
  uint64_t answers_ = 0;
  uint64_t unanswered_ = 0;
  uint64_t answer_lines_ = 0;
  Histogram latencies_;
  std::vector<char> buffer_;
};

}  // namespace weir::bench
