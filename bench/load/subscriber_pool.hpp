#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "load/delivery_book.hpp"
#include "load/event_check.hpp"
#include "load/event_loop.hpp"
#include "load/target.hpp"

namespace weir::bench {

// Thousands of subscribers on one thread. What they see goes through one EventCheck, whatever the
// wire; a subclass knows how a wire is opened and read.
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

  // A pool of the wire that `target` asks for. All that is given must outlive it.
  static std::unique_ptr<SubscriberPool> make(EventLoop& loop, const Target& target,
                                              const Settings& settings, DeliveryBook& book,
                                              Faults& faults);
  virtual ~SubscriberPool() = default;

  // Begins to connect; `all_open` holds once every response's head has come.
  virtual void start() = 0;
  bool all_open() const { return open_ == settings_.count; }
  // start() and wait; ends the program when none has been let in for a minute.
  void open_all();

  // A stalled reader stays connected and reads nothing. The first `count` readers. Ends the program
  // where readers share connections: there they can only stall together.
  virtual void stall(size_t count) = 0;
  virtual void unstall() = 0;

  // Comments of event streams, pings of WebSockets.
  uint64_t keepalives() const { return check_.keepalives(); }
  uint64_t control_events() const { return check_.control_events(); }
  // Of all heads and streams, as they were read.
  uint64_t bytes() const { return bytes_; }

  // Called with the number and the id of each event, after it is in the book.
  void set_on_event(std::function<void(uint64_t, std::string_view)> on_event) {
    check_.set_on_event(std::move(on_event));
  }

 protected:
  SubscriberPool(EventLoop& loop, const Target& target, const Settings& settings,
                 DeliveryBook& book, Faults& faults);

  // Where connection number `index` comes from: they are spread over several loopback addresses.
  static in_addr_t source(size_t index);

  EventLoop& loop_;
  const Target& target_;
  Settings settings_;
  Faults& faults_;
  EventCheck check_;
  size_t next_to_open_ = 0;
  size_t opening_ = 0;
  size_t open_ = 0;
  size_t closed_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace weir::bench
