#pragma once

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/logging.hpp"
#include "base/testing/manual_clock.hpp"
#include "log/log.hpp"

// What the tests of this layer, and of those above, share.
namespace weir::log::testing {

/// A directory of its own, gone at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-log-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A request made of a function, which keeps its outcome in a place that outlives it.
class FunctionRequest final : public CommitRequest {
 public:
  using Apply = std::function<base::Result<>(Transaction&)>;
  using Complete = std::function<void(base::Result<>)>;

  FunctionRequest(Apply apply, Complete complete, std::size_t bytes = 100)
      : apply_(std::move(apply)), complete_(std::move(complete)), bytes_(bytes) {}

  base::Result<> apply(Transaction& transaction) override { return apply_(transaction); }
  void complete(base::Result<> outcome) override { complete_(std::move(outcome)); }
  std::size_t bytes() const override { return bytes_; }

 private:
  Apply apply_;
  Complete complete_;
  std::size_t bytes_;
};

/// Writes down what it hears. For logs with Options::manual.
class RecordingListener final : public Listener {
 public:
  void on_batch(BatchPtr batch) override {
    batches.push_back(std::move(batch));
    if (on_any) on_any("batch");
  }
  void on_trim(FloorsPtr heard) override {
    floor = heard->all;
    floors = {heard, &heard->topics};
    if (on_any) on_any("trim");
  }

  std::vector<BatchPtr> batches;
  base::Sequence floor;
  std::shared_ptr<const TopicFloors> floors;
  std::function<void(std::string_view)> on_any;
};

inline proto::Event event(std::string topic, std::string data, std::uint8_t flags = 0) {
  proto::Event made;
  made.topics.push_back(std::move(topic));
  made.data = std::move(data);
  made.flags = flags;
  return made;
}

/// What a subscriber would see of a batch: "sequence:topic=data" for each event.
inline void describe(const Batch& batch, base::Sequence after, std::vector<std::string>& out) {
  for (std::size_t i = batch.index_after(after); i < batch.size(); ++i) {
    out.push_back(std::to_string(batch[i].sequence.value) + ":" +
                  std::string(batch[i].topics.front()) + "=" + std::string(batch[i].data));
  }
}

/// A log that is stepped by the test, with the calls in short.
class TestLog {
 public:
  /// `settings` are kept and can be changed before `open`.
  TestLog() { base::configure_logging(base::LogLevel::kOff, false); }

  base::Result<> open() {
    log.reset();
    Options options;
    options.settings = &settings;
    options.clock = &clock;
    options.listener = &listener;
    options.manual = true;
    options.vfs = vfs;
    options.seed = seed;
    auto opened = log::open(options);
    if (!opened) return opened.error();
    log = std::move(*opened);
    return {};
  }

  /// Queues a request; the outcome is there after the step that commits it.
  std::shared_ptr<std::optional<base::Result<>>> submit(FunctionRequest::Apply apply,
                                                        std::size_t bytes = 100) {
    auto outcome = std::make_shared<std::optional<base::Result<>>>();
    log->submit(std::make_unique<FunctionRequest>(
        std::move(apply), [outcome](base::Result<> result) { *outcome = std::move(result); },
        bytes));
    return outcome;
  }

  std::shared_ptr<std::optional<base::Result<>>> submit_event(proto::Event made) {
    return submit([made = std::move(made)](Transaction& transaction) mutable -> base::Result<> {
      transaction.append(std::move(made));
      return {};
    });
  }

  /// One commit of one request.
  base::Result<> commit(FunctionRequest::Apply apply) {
    auto outcome = submit(std::move(apply));
    while (!*outcome) log->step_writer();
    return **outcome;
  }

  base::Result<> publish(std::string topic, std::string data, std::uint8_t flags = 0) {
    return publish(std::vector{event(std::move(topic), std::move(data), flags)});
  }
  base::Result<> publish(std::vector<proto::Event> events) {
    return commit([&events](Transaction& transaction) -> base::Result<> {
      for (auto& one : events) transaction.append(std::move(one));
      return {};
    });
  }
  base::Result<> trim(const std::string& topic, base::Sequence up_to, bool forget = false) {
    return commit(
        [&](Transaction& transaction) { return transaction.trim_topic(topic, up_to, forget); });
  }

  template <typename T>
  base::Result<T> await(const std::function<void(Callback<T>)>& ask) {
    std::optional<base::Result<T>> answer;
    ask([&](base::Result<T> result) { answer = std::move(result); });
    log->run_background();
    return std::move(*answer);
  }

  base::Result<ReadResult> read(base::Sequence after,
                                std::shared_ptr<const proto::Selectors> selectors = nullptr,
                                std::size_t bytes_max = 1 << 20) {
    return await<ReadResult>(
        [&](auto done) { log->read({after, bytes_max, selectors}, std::move(done)); });
  }

  /// Everything after a position, read in as many reads as it takes.
  std::vector<std::string> read_all(base::Sequence after = {},
                                    std::shared_ptr<const proto::Selectors> selectors = nullptr,
                                    std::size_t bytes_max = 1 << 20) {
    std::vector<std::string> seen;
    while (after < log->head()) {
      auto result = read(after, selectors, bytes_max);
      if (!result || result->covered <= after) {
        seen.push_back("stuck");
        break;
      }
      if (result->floor > after) {
        seen.push_back("gap to " + std::to_string(result->floor.value));
        after = result->floor;
        continue;
      }
      for (const auto& batch : result->batches) {
        describe(*batch, after, seen);
        after = std::max(after, batch->last());
      }
      after = std::max(after, result->covered);
    }
    return seen;
  }

  base::Settings settings;
  base::ManualClock clock;
  RecordingListener listener;
  std::string vfs;
  std::uint64_t seed = 0;
  std::unique_ptr<Log> log;
};

inline std::shared_ptr<const proto::Selectors> topics(std::vector<std::string> names) {
  return std::make_shared<const proto::Selectors>(*proto::make_selectors(names, {}, 100));
}
inline std::shared_ptr<const proto::Selectors> matching(std::vector<std::string> patterns) {
  return std::make_shared<const proto::Selectors>(*proto::make_selectors({}, patterns, 100));
}

}  // namespace weir::log::testing
