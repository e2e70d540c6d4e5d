#pragma once

// The durable log: what it promises to the layers above, whatever engine stores it.
//
// Writing. A `CommitRequest` says what one request wants: events to append and, for the
// applications, state rows to change. The log thread gathers the requests that arrived while the
// last commit was running, lets each apply its changes (under a savepoint of its own as soon as it
// touches state), gives the events their sequences inside the transaction, and commits once. Then,
// in this order: the listener gets the batch, and each request learns its outcome. So what is
// answered is durable, and what is durable is on its way to every subscriber before its publisher
// hears of it.
//
// Reading. Readers never wait for the writer. Calls that may touch the disk take a callback, which
// runs on a reader thread (or, with `Options::manual`, inside `run_background`).
//
// Engines. Nothing here says SQLite, nor that the store is on this machine: sequences are assigned
// inside the commit (PostgreSQL does it under the head row's lock), and state changes ride in the
// same transaction.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/histogram.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/types.hpp"
#include "log/batch.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"

namespace weir::log {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
using Row = std::span<const Value>;

/// The applications' tables, inside the transaction. Portable SQL with `?` parameters. Log thread
/// only.
class State {
 public:
  virtual ~State() = default;
  /// kStorageFull, kStorageFailed, or kInternal with the engine's words for a bad statement.
  virtual base::Result<> execute(std::string_view sql, std::span<const Value> parameters) = 0;
  virtual base::Result<> query(std::string_view sql, std::span<const Value> parameters,
                               const std::function<void(Row)>& on_row) = 0;
};

/// Reads of the applications' tables. The state is consistent, is for queries only, and is gone
/// when the read returns. It holds all of the commits up to `as_of`, and may hold one more. While a
/// read lasts the write-ahead log cannot be begun anew: milliseconds.
using StateRead = std::function<base::Result<>(State& state, base::Sequence as_of)>;

/// The open transaction as one request sees it. Log thread, during `CommitRequest::apply` only.
class Transaction {
 public:
  virtual ~Transaction() = default;
  /// Appends a valid, non-ephemeral event and says which position it gets if this request succeeds.
  /// `event.time == 0` is filled with the time of the commit.
  virtual base::Sequence append(proto::Event event) = 0;
  /// First use opens this request's savepoint.
  virtual State& state() = 0;
  /// Whether an event with kTerminal has ended the topic (in an earlier commit or in this one).
  virtual bool is_closed(std::string_view topic) const = 0;
  /// Removes a topic's events up to and including `up_to`; they are invisible from the commit on,
  /// and their space is given back later. `forget` also removes the topic itself and lifts its
  /// closure.
  virtual base::Result<> trim_topic(std::string_view topic, base::Sequence up_to, bool forget) = 0;
  /// The newest position, this transaction's own appends included.
  virtual base::Sequence head() const = 0;
  virtual base::UnixMillis now() const = 0;
};

/// One request's part of a commit.
class CommitRequest {
 public:
  virtual ~CommitRequest() = default;
  /// Applies the changes. An error rolls back this request's part alone and is its outcome. Runs on
  /// the log thread; must not block.
  virtual base::Result<> apply(Transaction& transaction) = 0;
  /// Called exactly once, on the log thread: success after the commit is as durable as asked for,
  /// else why nothing of the request happened. Must not block.
  virtual void complete(base::Result<> outcome) = 0;
  /// About the bytes that it holds while it waits.
  virtual std::size_t bytes() const = 0;
};

/// For topics that were trimmed or deleted: their events up to the sequence are gone, and the event
/// at the sequence was one of them.
using TopicFloors = std::unordered_map<std::string, base::Sequence>;

/// What is gone. Immutable; replaced by one with a greater version, whose floors are no lower.
struct Floors {
  std::uint64_t version = 0;
  base::Sequence all;  ///< Everything up to here, for everybody.
  TopicFloors topics;  ///< Beyond it, by topic.
};
using FloorsPtr = std::shared_ptr<const Floors>;

/// Hears of every commit, on the log thread, in order. Must not block.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_batch(BatchPtr batch) = 0;
  /// First of all, what is gone when the log opens. Readers may have met the floors before.
  virtual void on_trim(FloorsPtr floors) = 0;
  /// How long the next commit should wait for more requests, because passing on a batch costs more
  /// than waiting. Asked before each commit.
  virtual std::chrono::microseconds patience() const { return {}; }
};

struct ReadRequest {
  base::Sequence after;             ///< Events later than this.
  std::size_t bytes_max = 1 << 20;  ///< Stop after the batch that passes it (of stored bytes).
  /// Batches without a matching event may be left out; null: everything.
  std::shared_ptr<const proto::Selectors> selectors;
};

struct ReadResult {
  std::vector<BatchPtr>
      batches;             ///< In order; may begin before `after` and hold events not selected.
  base::Sequence covered;  ///< Every matching event up to here is in `batches`. ≥ request.after
                           ///< unless trimmed.
  base::Sequence floor;    ///< If > after, a gap must be told: the log's own, or damage.
  /// No lower than what hid events from this read. Who has not heard of them yet must take them
  /// over before deciding what to tell.
  FloorsPtr floors;
};

struct TopicInfo {
  std::string name;
  std::uint64_t events = 0;  ///< Retained.
  std::uint64_t bytes = 0;   ///< Of their data.
  base::Sequence first;
  base::Sequence last;
  bool closed = false;
};

struct LogStats {
  std::uint64_t events = 0;   ///< Retained positions.
  std::uint64_t bytes = 0;    ///< Retained, as stored.
  std::uint64_t commits = 0;  ///< Since start.
  std::uint64_t committed_events = 0;
  std::uint64_t committed_bytes = 0;  ///< Of these, as stored.
  std::uint64_t queue_bytes = 0;      ///< Waiting for the next commit.
  std::uint64_t refused = 0;          ///< Requests refused because the queue was full.
  std::uint64_t commit_micros = 0;    ///< Sum over commits.
  std::uint64_t commit_micros_last = 0;
  std::uint64_t wal_bytes = 0;
  std::uint64_t topics = 0;
  std::uint64_t topic_floors = 0;   ///< Topics of which events are gone that the log's floor does
                                    ///< not tell of.
  std::uint64_t closed_topics = 0;  ///< That have ended.
  std::uint64_t damaged = 0;        ///< Times that a commit was found damaged when it was read.
  bool failed = false;              ///< A write or fsync failed: no more commits until restart.
  bool full = false;                ///< The last commit found the disk full.
};

template <typename T>
using Callback = std::function<void(base::Result<T>)>;

class Log {
 public:
  /// Stops after the commits that were submitted; further submits are refused.
  virtual ~Log() = default;

  virtual base::Epoch epoch() const = 0;
  /// The newest committed position that listeners have been told of. Any thread.
  virtual base::Sequence head() const = 0;
  /// What is gone; never null. Any thread.
  virtual FloorsPtr floors() const = 0;
  /// Everything up to here is gone. Any thread.
  base::Sequence floor() const { return floors()->all; }
  /// Whether what is acknowledged survives a crash of the process.
  virtual bool durable() const = 0;
  virtual LogStats stats() const = 0;
  /// How long commits took; of those that are synced, their last step: the store's own commit,
  /// which waits for the disk. Any thread.
  struct CommitTimes {
    base::Histogram::Counts commits{};
    base::Histogram::Counts syncs{};
  };
  virtual CommitTimes commit_times() const = 0;

  /// Queues a request; any thread, never blocks. When the queue is full (kPublishOverload), the
  /// disk has failed (kStorageFailed) or the log is closing (kDraining) `complete` is called with
  /// that, from within.
  virtual void submit(std::unique_ptr<CommitRequest> request) = 0;

  /// Runs `read` beside the writer, on a reader thread, and hands its outcome to `done` there; any
  /// thread may ask. Where nothing outlives the process both run on the log thread instead, between
  /// commits. Must not block. kDraining, kPublishOverload, kStorageFailed, or what `read` returns.
  virtual void read_state(StateRead read, std::function<void(base::Result<>)> done) = 0;

  // Any thread; the callback is called once, on a reader thread. What waits when the log ends is
  // answered with kDraining from within the destructor. Never called after that has returned.
  virtual void read(ReadRequest request, Callback<ReadResult> done) = 0;
  /// How many matching events lie in (after, up_to].
  virtual void count(std::shared_ptr<const proto::Selectors> selectors, base::Sequence after,
                     base::Sequence up_to, Callback<std::uint64_t> done) = 0;
  /// The position to read after to get exactly the newest `n` matching events up to `up_to` (fewer
  /// if there are fewer), and what comes after it.
  virtual void locate_last(std::shared_ptr<const proto::Selectors> selectors, std::uint64_t n,
                           base::Sequence up_to, Callback<base::Sequence> done) = 0;
  /// Topics in byte order, later than `after`, whose names match; null: all.
  virtual void list_topics(std::shared_ptr<const proto::Selectors> selectors, std::string after,
                           std::size_t limit, Callback<std::vector<TopicInfo>> done) = 0;
  /// kNotFound when the topic holds nothing.
  virtual void topic_info(std::string topic, Callback<TopicInfo> done) = 0;
  /// When an event with kTerminal ended the topic, its position; retention forgets it with the
  /// event. In memory; any thread.
  virtual std::optional<base::Sequence> closed_at(std::string_view topic) const = 0;
  /// Up to here, restarts may have taken matching events that were not stored durably (those that
  /// were stored are there). 0: none. In memory; any thread.
  virtual base::Sequence lost_up_to(const proto::Selectors& selectors) const = 0;

  /// Takes changed retention, namespaces and limits (those that need no restart). Any thread.
  virtual void reconfigure(const base::Settings& settings) = 0;

  // With Options::manual, instead of threads.
  /// One group commit of what is queued. False when there was nothing to do.
  virtual bool step_writer() = 0;
  /// Reads, index flush, retention and checkpoint that are due.
  virtual void run_background() = 0;
};

struct Options {
  const base::Settings* settings = nullptr;  ///< Read during open only.
  const base::Clock* clock = &base::system_clock();
  std::uint64_t seed = 0;        ///< For a new epoch; 0: from the operating system.
  Listener* listener = nullptr;  ///< Outlives the log.
  bool manual = false;           ///< No threads: tests and simulation step the log themselves.
  std::string vfs;               ///< Name of a registered SQLite VFS; empty: the default.
};

/// Opens or creates the log in `settings.data_dir`; without one, a log in memory.
/// kDataDirectoryLocked with who holds it, kDataDirectoryUnusable, kCorrupt, kStorageFull.
base::Result<std::unique_ptr<Log>> open(const Options& options);

}  // namespace weir::log
