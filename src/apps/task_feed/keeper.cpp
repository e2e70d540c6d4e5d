#include "apps/task_feed/keeper.hpp"

#include <memory>
#include <utility>

#include "apps/task_feed/feed.hpp"
#include "base/logging.hpp"

namespace weir::apps::task_feed {
namespace {

using base::Result;

/// Of tasks in one commit: a few milliseconds, in which publishers wait.
constexpr std::size_t kStep = 128;
constexpr base::UnixMillis kRetryCommit = 5'000;

}  // namespace

void Keeper::note_due(base::UnixMillis time) {
  if (time != 0 && (due_ == 0 || time < due_)) due_ = time;
}

std::optional<base::UnixMillis> Keeper::due() const {
  if (busy_ || due_ == 0) return std::nullopt;
  return due_;
}

void Keeper::step() {
  if (const auto at = due(); !at || *at > context_.clock->unix_millis()) return;
  busy_ = true;
  due_ = 0;
  auto turn = std::make_shared<Turn>();
  context_.commit(
      [turn](const Commit& commit) -> Result<> {
        auto all = step_due(commit, kStep);
        if (!all) return all.error();
        auto next = next_due(commit);
        if (!next) return next.error();
        *turn = {!*all, *next};
        return {};
      },
      [this, turn](const Result<>& outcome) { finished(outcome, *turn); });
}

void Keeper::finished(const Result<>& outcome, const Turn& turn) {
  busy_ = false;
  const auto now = context_.clock->unix_millis();
  if (!outcome) {
    if (!std::exchange(failing_, true)) {
      base::log_warning("task_feed.failing", "error=\"{}\"", outcome.error().message());
    }
    return note_due(now + kRetryCommit);
  }
  if (std::exchange(failing_, false)) base::log_info("task_feed.recovered", "");
  note_due(turn.more ? now : turn.next_due);
}

}  // namespace weir::apps::task_feed
