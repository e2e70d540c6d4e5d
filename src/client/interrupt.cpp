#include "client/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/check.hpp"

namespace weir::client {

Interrupt::Interrupt() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  WEIR_CHECK(descriptor_ >= 0, "no event descriptor can be had");
}

Interrupt::~Interrupt() { ::close(descriptor_); }

void Interrupt::trigger() const {
  const int saved = errno;
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then it is triggered already.
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  errno = saved;
}

bool Interrupt::triggered() const {
  pollfd entry{descriptor_, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

}  // namespace weir::client
