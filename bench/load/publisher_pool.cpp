#include "load/publisher_pool.hpp"

#include <algorithm>

#include "common/clock.hpp"
#include "common/fatal.hpp"
#include "load/http1_publishers.hpp"
#include "load/http2_publishers.hpp"

namespace weir::bench {

std::unique_ptr<PublisherPool> PublisherPool::make(EventLoop& loop, const Target& target,
                                                   const Settings& settings, Faults& faults) {
  if (target.publishes_over_http2) {
    return std::make_unique<Http2Publishers>(loop, target, settings, faults);
  }
  return std::make_unique<Http1Publishers>(loop, target, settings, faults);
}

void PublisherPool::open_all() {
  connect_all();
  if (!loop_.run_until([this] { return connected_ == settings_.count; },
                       now_ns() + seconds_to_ns(10))) {
    fatal("the server does not accept publishers");
  }
}

void PublisherPool::publish(size_t topic, std::string_view data) {
  post(Target::path(target_.publish_path, topic), "text/plain", data);
}

void PublisherPool::count_answer(int64_t sent_at_ns, int status) {
  if (status < 200 || status > 299) {
    faults_.add("a publish was answered " + std::to_string(status));
  }
  latencies_.record(now_ns() - sent_at_ns);
  --unanswered_;
  ++answers_;
}

void PublisherPool::count_lines(std::string_view body) {
  answer_lines_ += static_cast<uint64_t>(std::count(body.begin(), body.end(), '\n'));
}

}  // namespace weir::bench
