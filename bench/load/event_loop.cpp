#include "load/event_loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/clock.hpp"
#include "common/fatal.hpp"

namespace weir::bench {

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fatal_errno("epoll_create1");
}

EventLoop::~EventLoop() { close(epoll_); }

void EventLoop::add(int descriptor, uint32_t events, Handler* handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = handler;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fatal_errno("epoll_ctl add");
}

void EventLoop::modify(int descriptor, uint32_t events, Handler* handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = handler;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) fatal_errno("epoll_ctl mod");
}

bool EventLoop::run_until(const std::function<bool()>& done, int64_t deadline_ns) {
  std::array<epoll_event, 1024> ready;
  while (!done()) {
    int64_t wake = deadline_ns;
    if (pump_) wake = std::min(wake, pump_());
    int64_t now = now_ns();
    if (now >= deadline_ns) return done();
    int64_t wait = std::max<int64_t>(wake - now, 0);
    timespec timeout{};
    timeout.tv_sec = wait / 1'000'000'000;
    timeout.tv_nsec = wait % 1'000'000'000;
    int count = epoll_pwait2(epoll_, ready.data(), ready.size(), &timeout, nullptr);
    if (count < 0 && errno != EINTR) fatal_errno("epoll_pwait2");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready[static_cast<size_t>(i)];
      static_cast<Handler*>(event.data.ptr)->on_ready(event.events);
    }
  }
  return true;
}

void EventLoop::run_for(double seconds) {
  run_until([] { return false; }, now_ns() + seconds_to_ns(seconds));
}

}  // namespace weir::bench
