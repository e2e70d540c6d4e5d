#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/workflow/effects/effect.hpp"

namespace weir::apps::workflow {

/// For tests: keeps what an attempt tells, and lets them wait for it. Any thread.
class RecordingSink final : public EffectSink {
 public:
  void log(std::string_view stream, std::string_view text) override {
    change([&] { logs_[std::string(stream)].append(text); });
  }
  void progress(double percent, std::string_view message) override {
    change([&] { progress_.emplace_back(percent, message); });
  }
  void done(EffectOutcome outcome) override {
    change([&] {
      ++ends_;
      outcome_ = std::move(outcome);
    });
  }

  /// Waits for the end.
  EffectOutcome outcome() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return outcome_.has_value(); });
    return *outcome_;
  }
  /// Waits until the stream's log holds the text.
  void wait_for_log(std::string_view stream, std::string_view text) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return logs_[std::string(stream)].find(text) != std::string::npos || outcome_;
    });
  }
  std::string log_of(const std::string& stream) {
    std::lock_guard lock(mutex_);
    return logs_[stream];
  }
  std::vector<std::pair<double, std::string>> progress() {
    std::lock_guard lock(mutex_);
    return progress_;
  }
  int ends() {
    std::lock_guard lock(mutex_);
    return ends_;
  }

 private:
  void change(const std::function<void()>& body) {
    {
      std::lock_guard lock(mutex_);
      body();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> logs_;
  std::vector<std::pair<double, std::string>> progress_;
  std::optional<EffectOutcome> outcome_;
  int ends_ = 0;
};

}  // namespace weir::apps::workflow
