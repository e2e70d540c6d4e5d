#include "load/subscriber_pool.hpp"

#include <arpa/inet.h>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "load/http2_subscribers.hpp"
#include "load/socket_subscribers.hpp"

namespace weir::bench {
namespace {

constexpr uint32_t kSources = 16;
constexpr double kOpenTimeoutSeconds = 60;

}  // namespace

std::unique_ptr<SubscriberPool> SubscriberPool::make(EventLoop& loop, const Target& target,
                                                     const Settings& settings, DeliveryBook& book,
                                                     Faults& faults) {
  if (target.wire == Wire::kHttp2) {
    return std::make_unique<Http2Subscribers>(loop, target, settings, book, faults);
  }
  return std::make_unique<SocketSubscribers>(loop, target, settings, book, faults);
}

SubscriberPool::SubscriberPool(EventLoop& loop, const Target& target, const Settings& settings,
                               DeliveryBook& book, Faults& faults)
    : loop_(loop),
      target_(target),
      settings_(settings),
      faults_(faults),
      check_(settings.payload_bytes, target.numbered_ids, book, faults) {}

in_addr_t SubscriberPool::source(size_t index) {
  return htonl(INADDR_LOOPBACK + 1 + static_cast<uint32_t>(index) % kSources);
}

void SubscriberPool::open_all() {
  start();
  size_t before = 0;
  do {
    before = open_;
    loop_.run_until([this] { return all_open() || closed_ > 0; },
                    now_ns() + seconds_to_ns(kOpenTimeoutSeconds));
  } while (!all_open() && closed_ == 0 && open_ > before);
  if (!all_open()) {
    fatal("only " + std::to_string(open_) + " of " + std::to_string(settings_.count) +
          " subscribers were let in; " + faults_.first());
  }
}

}  // namespace weir::bench
