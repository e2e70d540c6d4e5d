#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/webhooks/courier.hpp"
#include "apps/webhooks/hook_store.hpp"
#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/task.hpp"
#include "hub/ring.hpp"
#include "log/log.hpp"

namespace weir::apps {

/// Counters; written by the dispatcher, read by any thread.
struct WebhookMetrics {
  base::Counter hooks;
  base::Counter disabled;
  base::Counter in_flight;
  base::Counter pending;  ///< Events taken in and not settled.
  base::Counter delivered;
  base::Counter failures;  ///< Attempts that failed.
  base::Counter dead_letters;
  base::Counter gaps;  ///< Times that retention had taken what a hook had not got.
};

/// A hook as operators see it; no secret, and of the URL the origin alone.
struct HookStatus {
  std::string name;
  std::string origin;
  std::vector<std::string> topics;
  base::Sequence cursor;
  std::size_t pending = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failures = 0;
  std::uint64_t dead_letters = 0;
  std::string disabled;
  std::string trouble;
  std::string key;  ///< "whpk_…"
};

/// All hooks: reads the log for them, hands their events to workers, and keeps their cursors. Knows
/// neither threads nor sockets: the clock, and who carries an attempt out, come from outside.
///
/// All calls on one thread, the dispatcher's; what the log answers comes there by `Context::post`.
class Dispatcher {
 public:
  struct Context {
    log::Log* log = nullptr;
    const base::Clock* clock = nullptr;
    std::function<void(Attempt)> carry;  ///< Ends in a call of `attempt_ended`.
    /// Runs a task on the dispatcher's thread, soon; called from the log's threads.
    std::function<void(base::Task)> post;
    std::uint64_t seed = 0;
  };

  Dispatcher(Context context, WebhookMetrics& metrics);

  /// The hooks are these from now on: new ones begin, changed ones change, others end. Their
  /// cursors stay in the store.
  void configure(std::vector<std::shared_ptr<const Receiver>> receivers);
  void on_batch(log::BatchPtr batch);
  void attempt_ended(Attempt attempt, const Outcome& outcome);

  /// Does everything that can be done now. Call after each of the above, and when `due` has come.
  void step();
  /// When `step` has something to do although nothing happens.
  std::optional<base::Clock::Steady> due() const;

  /// Submits what there is to save; nothing is begun any more.
  void close();

  std::vector<HookStatus> status() const;
  /// False if there is no such hook.
  bool enable(const std::string& name);
  bool disable(const std::string& name);

 private:
  struct Hook {
    Courier courier;
    StoredHook stored;      ///< As it is in the store.
    bool reading = false;   ///< A read of the log is under way.
    bool troubled = false;  ///< Said so in the log.
    bool delivered_since_save = false;
    std::size_t burying = 0;  ///< Dead letters on their way to the log.
    base::Clock::Steady buried_said{};
    std::uint64_t buried_unsaid = 0;
    std::uint64_t delivered = 0;
    std::uint64_t failures = 0;
    std::uint64_t dead_letters = 0;
  };
  using HookPtr = std::unique_ptr<Hook>;

  Hook* find(std::uint64_t number);
  Hook* find(const std::string& name);

  // Reading.
  void read_more(Hook& hook);
  void take_from_ring(Hook& hook);
  void read_log(Hook& hook);
  void on_read(std::uint64_t number, const base::Result<log::ReadResult>& result);
  void tell_gap(Hook& hook, base::Sequence floor);

  // Delivering.
  void send_out(Hook& hook);
  void note_failure(Hook& hook, const Outcome& outcome);
  void note_disabled(Hook& hook);
  void count();

  // Commits (dispatcher_commits.cpp).
  void load();
  void loaded(const base::Result<>& outcome,
              const std::vector<std::pair<std::shared_ptr<const Receiver>, StoredHook>>& found);
  void save(bool all);
  bool wants_saving(const Hook& hook, bool all) const;
  void bury(Hook& hook, std::uint32_t lane);
  void on_buried(std::uint64_t number, std::uint32_t lane, StoredHook stored,
                 const base::Result<>& outcome);
  void submit(std::function<base::Result<>(log::Transaction&)> change,
              std::function<void(base::Result<>)> done);

  Context context_;
  WebhookMetrics& metrics_;
  std::vector<HookPtr> hooks_;
  std::vector<std::shared_ptr<const Receiver>> to_load_;
  bool loading_ = false;
  bool load_failing_ = false;  ///< Said once, not at every try.
  base::Clock::Steady load_due_{};
  bool saving_ = false;
  base::Clock::Steady saved_at_{};
  bool closed_ = false;
  std::uint64_t next_number_ = 1;
  hub::Ring ring_;
  base::Sequence ring_last_;
  base::Sequence head_;
};

}  // namespace weir::apps
