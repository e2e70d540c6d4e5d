#include "access/jwks_source.hpp"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "access/jwks.hpp"
#include "base/blocking_queue.hpp"
#include "base/ip_address.hpp"
#include "base/logging.hpp"
#include "client/http_client.hpp"
#include "client/interrupt.hpp"

namespace weir::access {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kSetBytesMax = 1 << 20;
constexpr client::Timeouts kTimeouts{milliseconds(5'000), milliseconds(10'000)};

std::int64_t since_epoch(Steady::time_point at) {
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
}

}  // namespace

struct JwksSource::Impl {
  struct Set {
    std::string url;
    std::string text;  // As last fetched.
    Keys keys;
    bool failing = false;
  };
  struct Wanted {};

  Impl(Options given, std::function<void()> on_changed)
      : options(std::move(given)), changed(std::move(on_changed)) {
    for (const auto& url : options.urls) sets.push_back({url, {}, {}, false});
    thread = std::thread([this] { run(); });
  }

  ~Impl() { stop(); }

  void stop() {
    if (!thread.joinable()) return;
    queue.close();
    interrupt.trigger();
    thread.join();
  }

  void run() {
    while (!queue.closed()) {
      fetch_all();
      queue.wait_for(options.refresh);
      queue.take_all();
    }
  }

  void fetch_all() {
    bool news = false;
    bool all = true;
    for (auto& set : sets) {
      if (queue.closed()) return;
      const auto fetched = fetch(set);
      all = all && fetched.has_value();
      news = news || (fetched && *fetched);
    }
    if (news) {
      Keys joined;
      for (const auto& set : sets) joined.insert(joined.end(), set.keys.begin(), set.keys.end());
      keys.set(std::make_shared<const Keys>(std::move(joined)));
    }
    // After the keys, and before somebody looks for one that is gone.
    if (all) complete = true;
    if (news) changed();
    last_attempt = since_epoch(Steady::now());
    pending = false;
  }

  /// Whether the set has become another one.
  base::Result<bool> fetch(Set& set) {
    fetches.fetch_add(1, std::memory_order_relaxed);
    auto news = get(set);
    if (!news) failures.fetch_add(1, std::memory_order_relaxed);
    // A line when it begins to fail and when that is over; the counters tell the rest.
    if (!news && !std::exchange(set.failing, true) && !interrupt.triggered()) {
      base::log_warning("jwks.fetch_failed", "url=\"{}\" error=\"{}\"", set.url,
                        news.error().message());
    }
    if (news && std::exchange(set.failing, false)) {
      base::log_info("jwks.recovered", "url=\"{}\"", set.url);
    }
    if (news && *news) {
      base::log_info("jwks.changed", "url=\"{}\" keys={}", set.url, set.keys.size());
    }
    return news;
  }

  base::Result<bool> get(Set& set) const {
    const auto url = client::parse_url(set.url);
    if (!url) return url.error();
    client::HttpClient http(*url, kTimeouts, &interrupt);
    client::Request request;
    request.target = url->target;
    request.headers.emplace_back("Accept", "application/jwk-set+json, application/json");
    auto answer = http.fetch(request, kSetBytesMax);
    if (!answer) return answer.error();
    if (answer->head.status != 200) {
      return base::make_error(base::ErrorCode::kNetwork,
                              "it answers with " + std::to_string(answer->head.status));
    }
    if (answer->body == set.text) return false;
    auto parsed = parse_jwks(answer->body, false);
    if (!parsed) return parsed.error();
    set.keys = std::move(*parsed);
    set.text = std::move(answer->body);
    return true;
  }

  bool request() {
    if (pending) return true;
    const auto now = since_epoch(Steady::now());
    if (now - last_attempt < options.cooldown.count()) return !complete;
    if (!pending.exchange(true)) queue.push(Wanted{});
    return true;
  }

  Options options;
  std::function<void()> changed;
  client::Interrupt interrupt;
  base::BlockingQueue<Wanted> queue;
  base::SharedValue<Keys> keys{std::make_shared<const Keys>()};
  std::vector<Set> sets;              // The thread's own.
  std::atomic<bool> pending{true};    // A fetch is due or under way.
  std::atomic<bool> complete{false};  // Every set has been had once.
  std::atomic<std::int64_t> last_attempt{0};
  std::atomic<std::uint64_t> fetches{0};
  std::atomic<std::uint64_t> failures{0};
  std::thread thread;
};

JwksSource::JwksSource(Options options, std::function<void()> changed)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(changed))) {}
JwksSource::~JwksSource() = default;

void JwksSource::stop() { impl_->stop(); }

std::shared_ptr<const Keys> JwksSource::keys() const { return impl_->keys.get(); }
bool JwksSource::complete() const { return impl_->complete; }
bool JwksSource::request() { return impl_->request(); }
std::uint64_t JwksSource::fetches() const { return impl_->fetches.load(std::memory_order_relaxed); }
std::uint64_t JwksSource::failures() const {
  return impl_->failures.load(std::memory_order_relaxed);
}

}  // namespace weir::access
