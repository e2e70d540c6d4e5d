#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/shared_value.hpp"
#include "base/task.hpp"
#include "base/tracing.hpp"
#include "hub/shard.hpp"
#include "log/log.hpp"
#include "proto/event.hpp"

namespace weir::hub {

/// What a publish asks for.
struct PublishRequest {
  std::vector<proto::Event> events;  ///< Valid (proto::validate), one or more; in one commit.
  std::string idempotency_key;       ///< Empty: none.
  /// The trace that the publisher works in, packed (proto::pack_trace), or empty: that of every
  /// event without one of its own.
  std::string trace = {};
  /// Whether an event whose topic is closed is left out alone, instead of refusing them all.
  bool independent = false;
};

/// What a publish is answered with. The durable events have consecutive positions from `first` on,
/// but for those that were refused; `first` is empty if there is none.
struct Published {
  base::Epoch epoch = {};
  std::optional<base::Sequence> first = {};
  std::size_t count = 0;
  std::vector<std::size_t> refused =
      {};  ///< With `independent`: which of the durable events, counted from 0, ascending.
  bool repeated = false;  ///< The answer of an earlier request with the same Idempotency-Key.
};

/// The hub: publishes go in, committed batches come out at every shard. The spine of an event's
/// life, and nothing but the spine: the log commits, the shards deliver.
///
/// Made before the log, which reports to it, and destroyed after it. `reconfigure` and `publish`
/// may be called from any thread once the log is attached.
class Hub final : public log::Listener {
 public:
  using PublishDone = base::UniqueFunction<base::Result<Published>>;

  /// One `wake` per shard (Shard::Context::wake). The shards exist from here on, so that the log
  /// can report to them while it opens. `tracer`, where given, outlives the hub.
  Hub(std::shared_ptr<const base::Settings> settings, const base::Clock& clock,
      std::vector<std::function<void()>> wakes, std::uint64_t seed, base::Tracer* tracer = nullptr);
  ~Hub() override;

  /// Completes the wiring, before any other call and before the shards' threads run.
  void attach(log::Log& log);

  Shard& shard(std::size_t index) { return *shards_[index]; }
  const Shard& shard(std::size_t index) const { return *shards_[index]; }
  std::size_t shards() const { return shards_.size(); }
  log::Log& log() { return *log_; }
  const base::Clock& clock() const { return *clock_; }

  using Watcher = std::function<void(const log::BatchPtr&)>;

  /// Calls `on_batch` with every batch that is committed from now on, in order, on the log thread,
  /// after the shards have got it; it must not block. For who follows the log beside the shards.
  /// The log may be at work: applications that go on where they were publish while others start.
  /// One thread at a time; what it refers to outlives the log.
  void watch(Watcher on_batch);

  /// Publishes; `done` is called once, on the thread of shard `from`, when the events are as
  /// durable as the settings ask for, and before that shard delivers them. Any thread may call; the
  /// shards' threads do. kTopicClosed,
  /// kIdempotencyConflict, kStorageFull, kStorageFailed, kPublishOverload, kDraining.
  void publish(std::size_t from, PublishRequest request, PublishDone done);
  /// The same for who has no shard: `done` runs on the log thread, or before this returns where
  /// nothing has to be committed; it must not block.
  void publish_now(PublishRequest request, PublishDone done);

  /// The first of an event's topics that has been closed, if one has.
  std::optional<std::string> closed_topic(const proto::Event& event) const;

  /// Deletes a topic's events up to and including `up_to` (or all, and the topic itself, without
  /// it).
  void trim(std::size_t from, std::string topic, std::optional<base::Sequence> up_to,
            std::function<void(base::Result<>)> done);

  /// Changes the log's tables in one commit: `change` runs inside it, on the log thread, `done` on
  /// the thread of `from`.
  void change(std::size_t from, std::function<base::Result<>(log::Transaction&)> change,
              std::function<void(base::Result<>)> done);
  /// The same for who has no shard: `done` runs on the log thread.
  void change_now(std::function<base::Result<>(log::Transaction&)> change,
                  std::function<void(base::Result<>)> done);

  /// How many subscribers would get an event on each topic now, over all shards. `done` runs on the
  /// thread of `from`.
  void count_subscribers(std::size_t from, std::vector<std::string> topics,
                         std::function<void(std::vector<std::uint64_t>)> done);

  /// Who is subscribed to the topic by name, over all shards, where presence is kept: the first
  /// `limit` in the order of ids, later than `after`. The shards are asked one after the other.
  /// `done` runs on the thread of `from`.
  void list_present(std::size_t from, std::string topic, std::string after, std::size_t limit,
                    std::function<void(PresencePage)> done);
  /// Renews the streams of that client id that have a lease; `renewal` runs on their shards'
  /// threads, one after the other. kNotFound if there is none. `done` runs on the thread of `from`.
  void renew(std::size_t from, std::string client_id, Renewal renewal,
             std::function<void(Renewed)> done);

  /// Ends the streams whose lease is over, on every shard, soon; `over` runs on the shards'
  /// threads, also at once on several. Any thread.
  void end_leases(std::function<bool(const LeaseHolder&)> over);

  /// Shows every subscriber to `visit`, on its shard's thread: one shard after the other, a few
  /// thousand at a time, between which deliveries go on. One that stays while this goes on is shown
  /// once; the order is the same each time. `done` runs on the thread of `from`.
  void visit_subscribers(std::size_t from, SubscriberVisit visit, std::function<void()> done);

  /// Breaks the streams whose readers do not keep up, on every shard, soon. Any thread.
  void shed_slow();

  /// All subscribers, from the shards' counters. Any thread.
  std::uint64_t subscribers() const;
  /// Counts a subscriber that was turned away because these were too many. Any thread.
  void count_refused() { refused_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

  /// Takes new settings over to the log and, through their mailboxes, to the shards. Any thread.
  void reconfigure(std::shared_ptr<const base::Settings> settings);
  std::shared_ptr<const base::Settings> settings() const;

  // log::Listener, on the log thread.
  void on_batch(log::BatchPtr batch) override;
  void on_trim(log::FloorsPtr floors) override;
  std::chrono::microseconds patience() const override;

 private:
  /// Runs `visit` on each shard's own thread, one after the other, then `done` on that of `from`.
  void visit_shards(std::size_t next, std::size_t from, std::function<void(Shard&)> visit,
                    std::function<void()> done);
  struct Visit;
  void go_on_visiting(const std::shared_ptr<Visit>& visit);
  PublishDone traced(PublishRequest& request, PublishDone done) const;
  /// `done` runs on the log thread, or before this returns.
  void submit(PublishRequest request, PublishDone done);
  void publish_ephemeral(const std::vector<proto::Event>& events);

  base::SharedValue<base::Settings> settings_;
  const base::Clock* clock_;
  base::Tracer* tracer_;
  log::Log* log_ = nullptr;
  std::atomic<std::uint64_t> newest_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::vector<std::unique_ptr<Shard>> shards_;
  base::SharedValue<std::vector<Watcher>> watchers_{std::make_shared<const std::vector<Watcher>>()};
};

}  // namespace weir::hub
