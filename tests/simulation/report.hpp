#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <deque>
#include <string>
#include <utility>

namespace weir::simulation {

/// What a run did and what, if anything, was wrong. A broken promise is noted where it is seen,
/// deep inside the product's calls, and ends the run at the next step: nothing is thrown through
/// the product.
class Report {
 public:
  explicit Report(bool verbose) : verbose_(verbose) {}

  template <typename... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    auto line = fmt::format("{:4} {}", step_, fmt::format(format, std::forward<Args>(args)...));
    if (verbose_) fmt::print("{}\n", line);
    last_.push_back(std::move(line));
    if (last_.size() > kKept) last_.pop_front();
  }

  template <typename... Args>
  void fail(fmt::format_string<Args...> format, Args&&... args) {
    if (failure_.empty()) failure_ = fmt::format(format, std::forward<Args>(args)...);
  }

  void begin_step(std::size_t step) { step_ = step; }
  bool ok() const { return failure_.empty(); }
  const std::string& failure() const { return failure_; }
  const std::deque<std::string>& last() const { return last_; }

 private:
  static constexpr std::size_t kKept = 60;

  bool verbose_;
  std::size_t step_ = 0;
  std::string failure_;
  std::deque<std::string> last_;
};

}  // namespace weir::simulation
