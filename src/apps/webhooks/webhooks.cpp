#include "apps/webhooks/webhooks.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/blocking_queue.hpp"
#include "base/random.hpp"

namespace weir::apps {

using std::chrono::milliseconds;

/// What the threads share. The log's answers find it by the queue, which refuses them once closed.
class Webhooks::Run {
 public:
  Run(hub::Hub& hub, WebhookMetrics& metrics, std::uint32_t workers_max)
      : hub_(hub),
        workers_max_(workers_max),
        dispatcher_({.log = &hub.log(),
                     .clock = &hub.clock(),
                     .carry = [this](Attempt attempt) { carry(std::move(attempt)); },
                     .post = [this](base::Task task) { post(std::move(task)); },
                     .seed = base::random_seed()},
                    metrics) {}

  void start() {
    thread_ = std::thread([this] { dispatch(); });
  }

  void post(base::Task task) { (void)tasks_.push(std::move(task)); }
  Dispatcher& dispatcher() { return dispatcher_; }

  void stop() {
    interrupt_.trigger();
    attempts_.close();
    post([this] { stopping_ = true; });
    thread_.join();
    for (auto& worker : workers_) worker.join();
    // What ended meanwhile was not in vain.
    for (auto& task : tasks_.take_all()) task();
    dispatcher_.close();
    tasks_.close();
  }

 private:
  void dispatch() {
    while (!stopping_) {
      wait();
      for (auto& task : tasks_.take_all()) task();
      dispatcher_.step();
    }
  }

  void wait() {
    constexpr milliseconds kLongest{60'000};
    auto time = kLongest;
    if (const auto due = dispatcher_.due()) {
      const auto left = std::chrono::ceil<milliseconds>(*due - hub_.clock().steady());
      time = std::clamp(left, milliseconds(0), kLongest);
    }
    tasks_.wait_for(time);
  }

  /// The dispatcher's thread. A worker more when all are busy.
  void carry(Attempt attempt) {
    if (!attempts_.push(std::move(attempt))) return;
    ++under_way_;
    if (under_way_ > workers_.size() && workers_.size() < workers_max_) {
      workers_.emplace_back([this] { work(); });
    }
  }

  void work() {
    while (auto attempt = attempts_.pop()) {
      if (interrupt_.triggered()) continue;
      auto outcome = attempt->receiver->post(*attempt, hub_.clock(), interrupt_);
      // Broken off by the end of the server, and no fault of the receiver's.
      const bool cut = interrupt_.triggered() && outcome.kind == Outcome::Kind::kFailed;
      if (cut) continue;
      post([this, attempt = std::move(*attempt), outcome = std::move(outcome)]() mutable {
        --under_way_;
        dispatcher_.attempt_ended(std::move(attempt), outcome);
      });
    }
  }

  hub::Hub& hub_;
  std::uint32_t workers_max_;
  base::BlockingQueue<base::Task> tasks_;
  base::BlockingQueue<Attempt> attempts_;
  client::Interrupt interrupt_;
  Dispatcher dispatcher_;
  // The dispatcher's thread's own.
  bool stopping_ = false;
  std::size_t under_way_ = 0;
  std::vector<std::thread> workers_;
  std::thread thread_;
};

Webhooks::Webhooks() = default;
Webhooks::~Webhooks() = default;

base::Result<std::vector<std::shared_ptr<const Receiver>>> Webhooks::receivers(
    const base::Settings& settings) const {
  std::vector<std::shared_ptr<const Receiver>> out;
  for (const auto& config : settings.webhooks) {
    auto receiver = Receiver::make(config, *key_);
    if (!receiver) return receiver.error();
    out.push_back(std::move(*receiver));
  }
  return out;
}

base::Result<> Webhooks::start(hub::Hub& hub, const base::Settings& settings) {
  run_ = std::make_unique<Run>(hub, metrics_, settings.webhook_connections_max);
  hub.watch([this](const log::BatchPtr& batch) {
    // Without hooks nobody is woken.
    if (!active_.load(std::memory_order_relaxed)) return;
    run_->post([this, batch] { run_->dispatcher().on_batch(batch); });
  });
  run_->start();
  return reconfigure(settings);
}

base::Result<> Webhooks::reconfigure(const base::Settings& settings) {
  if (!settings.webhooks.empty() && !key_) {
    // Without a directory the log lives no longer than this key.
    auto key = settings.data_dir.empty()
                   ? base::Result<SigningKey>(SigningKey::generate())
                   : SigningKey::from_file(settings.data_dir + "/webhook.key", true);
    if (!key) return key.error();
    key_ = std::move(*key);
  }
  auto made = receivers(settings);
  if (!made) return made.error();
  active_ = active_ || !made->empty();
  run_->post(
      [this, made = std::move(*made)]() mutable { run_->dispatcher().configure(std::move(made)); });
  return {};
}

void Webhooks::stop() {
  if (run_ == nullptr || std::exchange(stopped_, true)) return;
  active_ = false;
  run_->stop();
}

void Webhooks::status(std::function<void(std::vector<HookStatus>)> done) {
  run_->post([this, done = std::move(done)] { done(run_->dispatcher().status()); });
}

void Webhooks::switch_hook(std::string name, bool on, std::function<void(bool)> done) {
  run_->post([this, name = std::move(name), on, done = std::move(done)] {
    auto& dispatcher = run_->dispatcher();
    done(on ? dispatcher.enable(name) : dispatcher.disable(name));
  });
}

}  // namespace weir::apps
