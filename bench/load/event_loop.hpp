#pragma once

#include <cstdint>
#include <functional>

namespace weir::bench {

// Whatever waits for a descriptor. Must outlive its registration.
class Handler {
 public:
  virtual ~Handler() = default;
  // `events` as epoll reports them.
  virtual void on_ready(uint32_t events) = 0;
};

// One epoll, one thread, level-triggered.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void add(int descriptor, uint32_t events, Handler* handler);
  void modify(int descriptor, uint32_t events, Handler* handler);

  // Called before every wait; returns the time (now_ns) at which it wants to be called again at the
  // latest. This is where the publishers send what has become due.
  void set_pump(std::function<int64_t()> pump) { pump_ = std::move(pump); }

  // Runs until `done` holds or `deadline_ns` has come; says whether `done` held.
  bool run_until(const std::function<bool()>& done, int64_t deadline_ns);
  void run_for(double seconds);

 private:
  int epoll_;
  std::function<int64_t()> pump_;
};

}  // namespace weir::bench
