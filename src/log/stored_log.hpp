#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/blocking_queue.hpp"
#include "base/guarded.hpp"
#include "log/commit_queue.hpp"
#include "log/data_directory.hpp"
#include "log/durability_rules.hpp"
#include "log/group_commit.hpp"
#include "log/log.hpp"
#include "log/log_reader.hpp"
#include "log/log_state.hpp"
#include "log/namespaces.hpp"
#include "log/retention.hpp"

namespace weir::log {

/// The Log over any engine: who does what on which thread. One thread commits and cleans up, one
/// flushes the index and checkpoints, two read; with Options::manual the caller's thread does it
/// all.
class StoredLog final : public Log {
 public:
  struct Parts {
    DataDirectory directory;  ///< Let go of last.
    std::unique_ptr<Engine> engine;
    std::unique_ptr<TopicIndex> index;
    std::vector<std::unique_ptr<EngineReader>> readers;  ///< One per thread; one with `manual`.
  };

  /// Takes over what the engine found and brings the index up to date.
  static base::Result<std::unique_ptr<Log>> start(Parts parts, const Options& options);

  ~StoredLog() override;

  base::Epoch epoch() const override { return epoch_; }
  base::Sequence head() const override { return state_.head.get(); }
  FloorsPtr floors() const override { return state_.floors.get(); }
  bool durable() const override { return durable_; }
  LogStats stats() const override;
  CommitTimes commit_times() const override {
    return {state_.commit_times.counts(), state_.sync_times.counts()};
  }

  void submit(std::unique_ptr<CommitRequest> request) override;
  void read_state(StateRead read, std::function<void(base::Result<>)> done) override;
  void read(ReadRequest request, Callback<ReadResult> done) override;
  void count(std::shared_ptr<const proto::Selectors> selectors, base::Sequence after,
             base::Sequence up_to, Callback<std::uint64_t> done) override;
  void locate_last(std::shared_ptr<const proto::Selectors> selectors, std::uint64_t n,
                   base::Sequence up_to, Callback<base::Sequence> done) override;
  void list_topics(std::shared_ptr<const proto::Selectors> selectors, std::string after,
                   std::size_t limit, Callback<std::vector<TopicInfo>> done) override;
  void topic_info(std::string topic, Callback<TopicInfo> done) override;
  std::optional<base::Sequence> closed_at(std::string_view topic) const override {
    return state_.closed_at(topic);
  }
  base::Sequence lost_up_to(const proto::Selectors& selectors) const override;
  void reconfigure(const base::Settings& settings) override;

  bool step_writer() override;
  void run_background() override;

 private:
  using ReadTask = std::function<void(LogReader*)>;  ///< Null: the log ends.
  /// Who has the next word in bringing the write-ahead log into the main file.
  enum class Checkpoint {
    kIdle,
    kWanted,      ///< The background thread.
    kUnfinished,  ///< The log thread: what was committed meanwhile is left.
  };

  struct Lost {
    DurabilityRules rules;
    base::Sequence memory_up_to;
    base::Sequence buffered_up_to;
  };

  StoredLog(Parts parts, const Options& options);
  void take_inventory();
  void take_losses();
  base::Result<> replay_into_index(EngineReader& reader);
  void start_threads();

  template <typename T>
  void query(Callback<T> done, std::function<base::Result<T>(LogReader&)> ask);

  // The log thread.
  void write_until_closed();
  void wait_for_company();
  void watch_wal();
  bool is_quiet() const;
  void maintain();
  void apply_settings();
  void close();

  // The background thread.
  void work_until_closed();
  void tend_index();
  void tend_wal();

  void note_checkpoint(const base::Result<>& done);  // Either of the two.

  DataDirectory directory_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<TopicIndex> index_;
  Listener* listener_;
  const base::Clock* clock_;
  bool manual_;
  bool durable_ = false;
  base::Epoch epoch_;
  LogState state_;
  std::vector<Lost> lost_;  // Before this start.
  CommitQueue queue_;
  base::Guarded<std::optional<base::Settings>> new_settings_;
  base::Guarded<IndexTrims> index_trims_;
  std::atomic<std::uint64_t> wal_bytes_max_;
  std::atomic<Checkpoint> checkpoint_{Checkpoint::kIdle};
  std::atomic<bool> checkpoint_failing_{false};  // Said once, not at every try.

  // The log thread's own.
  std::unordered_map<std::string, NamespaceId> namespace_ids_;
  std::unique_ptr<const Namespaces> namespaces_;
  std::deque<WaitingRequest> waiting_;
  Retention retention_;
  GroupCommit group_commit_;
  base::Clock::Steady maintained_;
  base::Clock::Steady written_;  ///< When the write-ahead log was last seen to change.
  std::uint64_t wal_bytes_seen_ = 0;
  bool backlog_ = false;  ///< Retention has more to do.

  // The background thread's own.
  base::Clock::Steady flushed_;
  bool index_failing_ = false;  // Said once, not at every try.

  std::vector<std::unique_ptr<LogReader>> readers_;
  base::BlockingQueue<ReadTask> reads_;
  base::BlockingQueue<std::monostate> wake_background_;
  std::vector<std::thread> reader_threads_;
  std::thread background_thread_;
  std::thread writer_thread_;
};

}  // namespace weir::log
