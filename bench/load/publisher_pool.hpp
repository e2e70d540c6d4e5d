#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/histogram.hpp"
#include "load/delivery_book.hpp"
#include "load/event_loop.hpp"
#include "load/target.hpp"

namespace weir::bench {

// Keep-alive connections that POST, each with at most `depth` requests unanswered: pipelined ones
// of HTTP/1.1, or streams of HTTP/2. Requests queue up in memory until `flush`, so that those of
// one connection leave in one write. A subclass knows the protocol.
class PublisherPool {
 public:
  struct Settings {
    size_t count = 4;
    size_t depth = 1;
  };

  // A pool of the protocol that `target` asks for. All that is given must outlive it.
  static std::unique_ptr<PublisherPool> make(EventLoop& loop, const Target& target,
                                             const Settings& settings, Faults& faults);
  virtual ~PublisherPool() = default;

  // Connects all of them; ends the program when the server does not accept within ten seconds.
  void open_all();

  virtual bool can_publish() const = 0;
  // Queues a POST of `data` to a topic; needs `can_publish`.
  void publish(size_t topic, std::string_view data);
  // Queues a POST with a content type to any path; needs `can_publish`.
  virtual void post(const std::string& path, std::string_view content_type,
                    std::string_view body) = 0;
  virtual void flush() = 0;

  uint64_t answers() const { return answers_; }
  uint64_t unanswered() const { return unanswered_; }
  // Lines in the answers' bodies: NDJSON has one for each event.
  uint64_t answer_lines() const { return answer_lines_; }
  // From a request's queueing to its answer, since the last `restart_latencies`.
  const Histogram& latencies() const { return latencies_; }
  void restart_latencies() { latencies_ = Histogram{}; }

 protected:
  PublisherPool(EventLoop& loop, const Target& target, const Settings& settings, Faults& faults)
      : loop_(loop), target_(target), settings_(settings), faults_(faults) {}

  virtual void connect_all() = 0;
  void count_answer(int64_t sent_at_ns, int status);
  void count_lines(std::string_view body);

  EventLoop& loop_;
  const Target& target_;
  Settings settings_;
  Faults& faults_;
  size_t connected_ = 0;
  uint64_t unanswered_ = 0;

 private:
  uint64_t answers_ = 0;
  uint64_t answer_lines_ = 0;
  Histogram latencies_;
};

}  // namespace weir::bench
