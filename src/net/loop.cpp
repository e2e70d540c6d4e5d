#include "net/loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "net/loop_impl.hpp"

namespace weir::net {

namespace asio = boost::asio;

Loop::Impl::~Impl() {
  // The descriptors belong to those who asked for the watch.
  for (auto& entry : watched) entry->descriptor.release();
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
