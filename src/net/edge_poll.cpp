#include "net/edge_poll.hpp"

#include <unistd.h>

#include "base/check.hpp"

namespace weir::net {

EdgePoll::EdgePoll() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  WEIR_CHECK(epoll_ >= 0, "epoll_create1");
}

EdgePoll::~EdgePoll() { ::close(epoll_); }

bool EdgePoll::control(int operation, int descriptor, PlaceKey key) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = static_cast<std::uint64_t>(key.generation) << 32 | key.slot;
  return ::epoll_ctl(epoll_, operation, descriptor, &event) == 0;
}

bool EdgePoll::add(int descriptor, PlaceKey key) { return control(EPOLL_CTL_ADD, descriptor, key); }

void EdgePoll::rearm(int descriptor, PlaceKey key) { control(EPOLL_CTL_MOD, descriptor, key); }

void EdgePoll::remove(int descriptor) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

int EdgePoll::wait(epoll_event* events) {
  return ::epoll_wait(epoll_, events, static_cast<int>(kEventsPerPoll), 0);
}

}  // namespace weir::net
