#include "log/stored_log.hpp"

#include <algorithm>

#include "base/logging.hpp"

namespace weir::log {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMaintenanceEvery{1000};
constexpr milliseconds kBackgroundEvery{500};
constexpr milliseconds kFlushEvery{2000};
/// After so long without a write, what waits in the write-ahead log goes into the main file.
constexpr milliseconds kQuietAfter{5000};
constexpr std::size_t kFlushPostings = 65'536;
/// Times its limit that the write-ahead log may reach before commits wait for the checkpoint.
constexpr std::uint64_t kWalFactorMax = 4;

/// A read of tables that only the log thread may touch.
class ReadBetweenCommits final : public CommitRequest {
 public:
  ReadBetweenCommits(StateRead read, std::function<void(base::Result<>)> done)
      : read_(std::move(read)), done_(std::move(done)) {}

  base::Result<> apply(Transaction& transaction) override {
    return read_(transaction.state(), transaction.head());
  }
  void complete(base::Result<> outcome) override { done_(std::move(outcome)); }
  std::size_t bytes() const override { return sizeof *this; }

 private:
  StateRead read_;
  std::function<void(base::Result<>)> done_;
};

}  // namespace

StoredLog::StoredLog(Parts parts, const Options& options)
    : directory_(std::move(parts.directory)),
      engine_(std::move(parts.engine)),
      index_(std::move(parts.index)),
      listener_(options.listener),
      clock_(options.clock),
      manual_(options.manual),
      durable_(!engine_->in_memory() && options.settings->durability != base::Durability::kMemory),
      epoch_(engine_->inventory().record.epoch),
      queue_(options.settings->publish_queue_bytes),
      wal_bytes_max_(options.settings->wal_bytes),
      retention_({engine_.get(), &state_, index_.get(), &index_trims_, options.listener, clock_}),
      group_commit_({engine_.get(), &state_, index_.get(), &retention_, options.listener, clock_}),
      maintained_(clock_->steady()),
      written_(clock_->steady()),
      flushed_(clock_->steady()) {
  for (auto& reader : parts.readers) {
    readers_.push_back(std::make_unique<LogReader>(std::move(reader), state_, *index_));
  }
}

base::Result<std::unique_ptr<Log>> StoredLog::start(Parts parts, const Options& options) {
  auto& first_reader = *parts.readers.front();
  std::unique_ptr<StoredLog> log(new StoredLog(std::move(parts), options));
  log->take_inventory();
  if (auto replayed = log->replay_into_index(first_reader); !replayed) return replayed.error();
  log->new_settings_.with([&](auto& settings) { settings = *options.settings; });
  log->apply_settings();
  if (options.listener != nullptr) options.listener->on_trim(log->floors());
  if (!options.manual) log->start_threads();
  return std::unique_ptr<Log>(std::move(log));
}

void StoredLog::take_inventory() {
  const auto& found = engine_->inventory();
  state_.record = found.record;
  const auto head = found.head();
  state_.record.head = head;
  state_.committed.set(head);
  state_.head.set(head);
  state_.set_floors(found.record.floor, found.floors);
  for (const auto& [id, totals] : found.totals) state_.add(id, totals.events, totals.bytes);
  state_.closed.with([&](auto& closed) {
    for (const auto& [topic, at] : found.closed) closed.close(topic, at);
  });
  // The index may have missed the last trims before the end.
  index_trims_.with([&](IndexTrims& trims) { trims.floor = found.record.floor; });
  for (const auto& [topic, floor] : found.floors) retention_.add_trimmed(topic, floor);
  namespace_ids_ = found.namespaces;
  take_losses();
}

/// What has just been lost, and what was before. The store hears of it with the first commit: until
/// then another restart comes to the same.
void StoredLog::take_losses() {
  const auto& found = engine_->inventory();
  for (auto loss : found.losses) {
    if (loss.at_risk) {
      loss.memory_up_to = found.head();
      if (!found.record.clean && !directory_.same_boot()) loss.buffered_up_to = found.head();
      loss.at_risk = false;
      state_.losses_changed = true;
    }
    if (std::max(loss.memory_up_to, loss.buffered_up_to) <= found.record.floor) {
      state_.losses_changed = true;
      continue;
    }
    lost_.push_back({DurabilityRules(loss.rules), loss.memory_up_to, loss.buffered_up_to});
    state_.losses.push_back(std::move(loss));
  }
}

base::Sequence StoredLog::lost_up_to(const proto::Selectors& selectors) const {
  base::Sequence up_to;
  for (const auto& [rules, memory_up_to, buffered_up_to] : lost_) {
    if (memory_up_to > up_to && rules.may_touch(selectors, base::Durability::kMemory)) {
      up_to = memory_up_to;
    }
    if (buffered_up_to > up_to && rules.may_touch(selectors, base::Durability::kBuffered)) {
      up_to = buffered_up_to;
    }
  }
  return up_to;
}

base::Result<> StoredLog::replay_into_index(EngineReader& reader) {
  const auto watermark = index_->watermark();
  const auto floors = state_.floors.get();
  return reader.scan(watermark, &floors->topics, [&](EngineReader::Found found) {
    if (found.batch != nullptr) index_->add(*found.batch);
    if (index_->unflushed() >= kFlushPostings) (void)index_->flush();
    return true;
  });
}

void StoredLog::start_threads() {
  for (auto& reader : readers_) {
    reader_threads_.emplace_back([this, &reader = *reader] {
      while (auto task = reads_.pop()) (*task)(&reader);
    });
  }
  background_thread_ = std::thread([this] { work_until_closed(); });
  writer_thread_ = std::thread([this] { write_until_closed(); });
}

StoredLog::~StoredLog() {
  queue_.close();
  if (writer_thread_.joinable()) writer_thread_.join();
  while (step_writer()) {
  }
  wake_background_.close();
  if (background_thread_.joinable()) background_thread_.join();
  auto unread = reads_.take_all();
  reads_.close();
  for (auto& thread : reader_threads_) thread.join();
  for (auto& task : unread) task(nullptr);
  readers_.clear();
  close();
}

/// Leaves a log that the next open need not doubt.
void StoredLog::close() {
  if (state_.failed.load() || engine_->in_memory()) return;
  if (auto flushed = index_->flush(); !flushed) {
    base::log_warning("log.index_flush_failed", "error=\"{}\"", flushed.error().message());
  }
  auto record = state_.record;
  record.head = record.totals_up_to = state_.committed.get();
  record.reserved = {};
  record.clean = true;
  auto done = engine_->begin();
  for (const auto& [id, totals] : state_.totals) {
    if (done) done = engine_->save_totals(id, totals);
  }
  if (done && state_.losses_changed) done = engine_->save_losses(state_.losses);
  if (done) done = engine_->save(record);
  if (done) done = engine_->commit(true);
  if (done) {
    done = engine_->close();
  } else {
    engine_->rollback();
  }
  if (!done) base::log_warning("log.close_failed", "error=\"{}\"", done.error().message());
}

// --- Writing ---

void StoredLog::submit(std::unique_ptr<CommitRequest> request) {
  if (state_.failed.load(std::memory_order_relaxed)) {
    request->complete(base::make_error(base::ErrorCode::kStorageFailed));
    return;
  }
  queue_.submit(std::move(request));
}

bool StoredLog::step_writer() {
  queue_.take(waiting_);
  if (waiting_.empty()) return false;
  queue_.release(group_commit_.run(waiting_, *namespaces_));
  watch_wal();
  return true;
}

void StoredLog::write_until_closed() {
  for (;;) {
    // What the last group left over is company enough.
    if (waiting_.empty()) {
      queue_.wait_for(backlog_ ? milliseconds(0) : kMaintenanceEvery);
      wait_for_company();
    }
    // In this order: what was submitted before the queue was closed is found by the step.
    const bool closed = queue_.closed();
    const bool worked = step_writer();
    const bool due = clock_->steady() - maintained_ >= kMaintenanceEvery;
    if (due || backlog_ || engine_->memory_excess() > 0) maintain();
    if (closed && !worked) return;
  }
}

void StoredLog::wait_for_company() {
  if (listener_ == nullptr) return;
  if (const auto patience = listener_->patience(); patience.count() > 0) {
    std::this_thread::sleep_for(patience);
  }
}

bool StoredLog::is_quiet() const {
  return wal_bytes_seen_ > 0 && !state_.failed.load(std::memory_order_relaxed) &&
         clock_->steady() - written_ >= kQuietAfter;
}

void StoredLog::watch_wal() {
  const auto wal_bytes = engine_->wal_bytes();
  if (wal_bytes != std::exchange(wal_bytes_seen_, wal_bytes)) written_ = clock_->steady();
  const auto wal_bytes_max = wal_bytes_max_.load(std::memory_order_relaxed);
  if (!manual_ && wal_bytes >= kWalFactorMax * wal_bytes_max) {
    // The background thread cannot keep up: commits wait for it once, rather than the disk filling
    // up.
    checkpoint_.wait(Checkpoint::kWanted);
  }
  if (checkpoint_.load() == Checkpoint::kUnfinished) {
    // Little is left; once it is done the next commit begins the file anew.
    auto done = is_quiet() ? engine_->empty_wal() : engine_->finish_checkpoint();
    note_checkpoint(done);
    checkpoint_.store(Checkpoint::kIdle);
    return;
  }
  if (checkpoint_.load() != Checkpoint::kIdle) return;
  if ((manual_ || wal_bytes < wal_bytes_max) && !is_quiet()) return;
  checkpoint_.store(Checkpoint::kWanted);
  wake_background_.push({});
}

void StoredLog::maintain() {
  maintained_ = clock_->steady();
  apply_settings();
  backlog_ = retention_.step(*namespaces_);
  watch_wal();
}

void StoredLog::reconfigure(const base::Settings& settings) {
  queue_.set_bytes_max(settings.publish_queue_bytes);
  wal_bytes_max_.store(settings.wal_bytes, std::memory_order_relaxed);
  new_settings_.with([&](auto& waiting) { waiting = settings; });
}

void StoredLog::apply_settings() {
  auto settings = new_settings_.with([](auto& waiting) { return std::exchange(waiting, {}); });
  if (!settings) return;
  for (const auto& configured : settings->namespaces) {
    if (namespace_ids_.contains(configured.name)) continue;
    NamespaceId id = 1;
    for (const auto& known : namespace_ids_) id = std::max(id, known.second + 1);
    if (id >= kNamespacesMax) {
      base::log_warning("log.too_many_namespaces", "name=\"{}\"", configured.name);
      continue;
    }
    auto done = engine_->begin();
    if (done) done = engine_->add_namespace(id, configured.name);
    if (done) done = engine_->commit(true);
    if (!done) {
      engine_->rollback();
      // What was committed before may hang on the sync that failed, as in any commit.
      if (done.error().code == base::ErrorCode::kStorageFailed && !state_.failed.exchange(true)) {
        base::log_error("log.failed", "error=\"{}\"", done.error().message());
      }
      base::log_warning("log.namespace_not_added", "name=\"{}\" error=\"{}\"", configured.name,
                        done.error().message());
      continue;
    }
    namespace_ids_.emplace(configured.name, id);
  }
  namespaces_ = std::make_unique<const Namespaces>(*settings, namespace_ids_);
}

// --- The background thread ---

void StoredLog::work_until_closed() {
  while (!wake_background_.closed()) {
    wake_background_.wait_for(kBackgroundEvery);
    (void)wake_background_.take_all();
    tend_index();
    tend_wal();
  }
}

void StoredLog::tend_index() {
  auto trims = index_trims_.with([](IndexTrims& waiting) { return std::exchange(waiting, {}); });
  base::Result<> done;
  while (done && !trims.topics.empty()) {
    const auto& [topic, floor] = trims.topics.back();
    done = index_->trim_topic(topic, floor);
    if (done) trims.topics.pop_back();
  }
  if (done && trims.floor.value > 0) done = index_->trim_all(trims.floor);
  const auto unflushed = index_->unflushed();
  const bool due = unflushed > 0 && clock_->steady() - flushed_ >= kFlushEvery;
  if (done && (due || unflushed >= kFlushPostings)) {
    flushed_ = clock_->steady();
    done = index_->flush();
  }
  if (done) {
    index_failing_ = false;
    return;
  }
  // What the index has not forgotten it is asked again; what it has not flushed it keeps.
  index_trims_.with([&](IndexTrims& waiting) {
    waiting.floor = std::max(waiting.floor, trims.floor);
    for (auto& trim : trims.topics) waiting.topics.push_back(std::move(trim));
  });
  if (!std::exchange(index_failing_, true)) {
    base::log_warning("log.index_failed", "error=\"{}\"", done.error().message());
  }
}

void StoredLog::tend_wal() {
  const bool due = checkpoint_.load() == Checkpoint::kWanted ||
                   engine_->wal_bytes() >= wal_bytes_max_.load(std::memory_order_relaxed);
  auto next = Checkpoint::kIdle;
  if (due && !state_.failed.load()) {
    auto done = engine_->checkpoint();
    if (done) next = Checkpoint::kUnfinished;
    note_checkpoint(done);
  }
  checkpoint_.store(next);
  checkpoint_.notify_one();
}

void StoredLog::note_checkpoint(const base::Result<>& done) {
  if (done) {
    checkpoint_failing_ = false;
    return;
  }
  const auto& error = done.error();
  // After a failed sync the system may have dropped pages that it reports as written the next time.
  if (error.code != base::ErrorCode::kStorageFull && !state_.failed.exchange(true)) {
    base::log_error("log.failed", "error=\"{}\"", error.message());
  } else if (!checkpoint_failing_.exchange(true)) {
    base::log_warning("log.checkpoint_failed", "error=\"{}\"", error.message());
  }
}

void StoredLog::run_background() {
  while (auto task = reads_.try_pop()) (*task)(readers_.front().get());
  tend_index();
  tend_wal();
  watch_wal();
  do {
    maintain();
  } while (backlog_);
}

// --- Reading ---

template <typename T>
void StoredLog::query(Callback<T> done, std::function<base::Result<T>(LogReader&)> ask) {
  ReadTask task = [done = std::move(done), ask = std::move(ask)](LogReader* reader) {
    done(reader == nullptr ? base::Result<T>(base::make_error(base::ErrorCode::kDraining))
                           : ask(*reader));
  };
  // Left as it was when the log is ending.
  if (!reads_.push(std::move(task))) task(nullptr);
}

void StoredLog::read_state(StateRead read, std::function<void(base::Result<>)> done) {
  if (engine_->in_memory()) {
    return submit(std::make_unique<ReadBetweenCommits>(std::move(read), std::move(done)));
  }
  query<void>(std::move(done),
              [read = std::move(read)](LogReader& reader) { return reader.read_state(read); });
}

void StoredLog::read(ReadRequest request, Callback<ReadResult> done) {
  query<ReadResult>(std::move(done), [request = std::move(request)](LogReader& reader) {
    return reader.read(request);
  });
}

void StoredLog::count(std::shared_ptr<const proto::Selectors> selectors, base::Sequence after,
                      base::Sequence up_to, Callback<std::uint64_t> done) {
  query<std::uint64_t>(std::move(done),
                       [selectors = std::move(selectors), after, up_to](LogReader& reader) {
                         return reader.count(selectors.get(), after, up_to);
                       });
}

void StoredLog::locate_last(std::shared_ptr<const proto::Selectors> selectors, std::uint64_t n,
                            base::Sequence up_to, Callback<base::Sequence> done) {
  query<base::Sequence>(std::move(done),
                        [selectors = std::move(selectors), n, up_to](LogReader& reader) {
                          return reader.locate_last(selectors.get(), n, up_to);
                        });
}

void StoredLog::list_topics(std::shared_ptr<const proto::Selectors> selectors, std::string after,
                            std::size_t limit, Callback<std::vector<TopicInfo>> done) {
  query<std::vector<TopicInfo>>(
      std::move(done),
      [selectors = std::move(selectors), after = std::move(after), limit](LogReader& reader) {
        return reader.list_topics(selectors.get(), after, limit);
      });
}

void StoredLog::topic_info(std::string topic, Callback<TopicInfo> done) {
  query<TopicInfo>(std::move(done), [topic = std::move(topic)](LogReader& reader) {
    return reader.topic_info(topic);
  });
}

LogStats StoredLog::stats() const {
  LogStats stats;
  stats.events = state_.events.get();
  stats.bytes = state_.bytes.get();
  stats.commits = state_.commits.get();
  stats.committed_events = state_.committed_events.get();
  stats.committed_bytes = state_.committed_bytes.get();
  stats.queue_bytes = queue_.bytes();
  stats.refused = queue_.refused();
  stats.commit_micros = state_.commit_micros.get();
  stats.commit_micros_last = state_.commit_micros_last.get();
  stats.wal_bytes = engine_->wal_bytes();
  stats.topics = index_->topics();
  stats.topic_floors = state_.floors.get()->topics.size();
  stats.closed_topics = state_.closed.with([](const auto& closed) { return closed.size(); });
  for (const auto& reader : readers_) stats.damaged += reader->damaged();
  stats.failed = state_.failed.load(std::memory_order_relaxed);
  stats.full = state_.full.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace weir::log
