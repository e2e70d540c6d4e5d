#include "net/loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>

#include "base/check.hpp"
#include "net/loop_impl.hpp"

namespace weir::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPollCallbacksMax = 1'024;

/// Asio keeps its epoll instance to itself; it is what another loop has to watch. An explicit
/// instantiation may name a private member (C++20, [temp.spec.general]), so that a Boost that has
/// another one does not compile, rather than misbehave.
template <int asio::detail::epoll_reactor::* Member>
struct EpollOf {
  friend int epoll_of(const asio::detail::epoll_reactor& reactor) { return reactor.*Member; }
};
template struct EpollOf<&asio::detail::epoll_reactor::epoll_fd_>;
int epoll_of(const asio::detail::epoll_reactor& reactor);

}  // namespace

void Loop::Impl::wake() const {
  const std::uint64_t one = 1;
  // It can only fail when the counter is full, and then it is readable already.
  [[maybe_unused]] const auto written = ::write(waker, &one, sizeof one);
}

Loop::Impl::~Impl() {
  // The descriptors belong to those who asked for the watch.
  for (auto& entry : watched) entry->descriptor.release();
  if (waker >= 0) ::close(waker);
}

void Loop::Impl::arm(Periodic& periodic) {
  periodic.timer.async_wait([this, &periodic](boost::system::error_code error) {
    if (error) return;
    // From the last expiry, so that the period does not drift; a late loop skips what it missed.
    const auto now = std::chrono::steady_clock::now();
    const auto next = periodic.timer.expiry() + periodic.period;
    periodic.callback();
    periodic.timer.expires_at(next > now ? next : now + periodic.period);
    arm(periodic);
  });
}

void Loop::Impl::arm(Watched& entry) {
  entry.descriptor.async_wait(Descriptor::wait_read,
                              [this, &entry](boost::system::error_code error) {
                                if (error) return;
                                entry.callback();
                                arm(entry);
                              });
}

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
  const auto guard = asio::make_work_guard(impl_->io);
  impl_->io.run();
}

void Loop::stop() { impl_->io.stop(); }

void Loop::post(std::function<void()> callback) {
  asio::post(impl_->io.get_executor(), std::move(callback));
  // Asio wakes a thread that runs the loop, but nobody who only watches it.
  if (impl_->waker >= 0) impl_->wake();
}

int Loop::descriptor() {
  if (impl_->waker < 0) {
    impl_->waker = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    WEIR_CHECK(impl_->waker >= 0, "an event descriptor");
    watch(impl_->waker, [waker = impl_->waker] {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto got = ::read(waker, &count, sizeof count);
    });
  }
  return epoll_of(asio::use_service<asio::detail::epoll_reactor>(impl_->io));
}

std::size_t Loop::poll() {
  std::size_t callbacks = 0;
  while (callbacks < kPollCallbacksMax && impl_->io.poll_one() > 0) ++callbacks;
  if (callbacks == kPollCallbacksMax && impl_->waker >= 0) impl_->wake();
  return callbacks;
}

void Loop::every(std::chrono::milliseconds period, std::function<void()> callback) {
  auto& periodic = *impl_->periodics.emplace_back(std::make_unique<Impl::Periodic>(
      Impl::Periodic{Timer(impl_->io.get_executor(), period), period, std::move(callback)}));
  impl_->arm(periodic);
}

void Loop::watch(int descriptor, std::function<void()> callback) {
  auto& entry = *impl_->watched.emplace_back(std::make_unique<Impl::Watched>(
      Impl::Watched{Descriptor(impl_->io.get_executor(), descriptor), std::move(callback)}));
  impl_->arm(entry);
}

}  // namespace weir::net
