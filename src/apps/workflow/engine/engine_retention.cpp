// The engine: forgets executions that ended long ago.

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "apps/workflow/engine/definition_rows.hpp"
#include "apps/workflow/engine/engine.hpp"
#include "apps/workflow/engine/stats.hpp"
#include "base/logging.hpp"
#include "log/value.hpp"

namespace weir::apps::workflow {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 30s;
/// In one commit, so that it stays short.
constexpr std::size_t kForgetAtOnce = 50;

/// An execution that has ended.
struct Old {
  std::int64_t number = 0;
  std::string id;
  std::string workflow;
  ExecutionStatus status = ExecutionStatus::kCompleted;
  base::UnixMillis ended = 0;
  base::Sequence last;
};

/// The oldest that have ended, in the order of their numbers. Each status has its part of the
/// index, so that this costs the same however many there are.
base::Result<std::vector<Old>> oldest(log::State& state) {
  std::vector<Old> found;
  for (const auto status :
       {ExecutionStatus::kCompleted, ExecutionStatus::kFailed, ExecutionStatus::kCancelled}) {
    const log::Value which[] = {static_cast<std::int64_t>(status),
                                static_cast<std::int64_t>(kForgetAtOnce)};
    auto read = state.query(
        "SELECT number, id, workflow, ended, last_position FROM workflow_executions "
        "WHERE status = ? ORDER BY number LIMIT ?",
        which, [&](log::Row row) {
          found.push_back({log::integer_of(row[0]),
                           log::text_of(row[1]),
                           log::text_of(row[2]),
                           status,
                           log::integer_of(row[3]),
                           {log::natural_of(row[4])}});
        });
    if (!read) return read.error();
  }
  std::sort(found.begin(), found.end(),
            [](const Old& a, const Old& b) { return a.number < b.number; });
  if (found.size() > kForgetAtOnce) found.resize(kForgetAtOnce);
  return found;
}

base::Result<> forget(log::Transaction& transaction, const Old& old) {
  auto& state = transaction.state();
  const log::Value which[] = {old.number};
  for (const auto* const sql : {"DELETE FROM workflow_executions WHERE number = ?",
                                "DELETE FROM workflow_nodes WHERE execution = ?",
                                "DELETE FROM workflow_attempts WHERE execution = ?",
                                "DELETE FROM workflow_logs WHERE execution = ?",
                                "DELETE FROM workflow_approvals WHERE execution = ?"}) {
    if (auto gone = state.execute(sql, which); !gone) return gone;
  }
  if (auto moved = stats::move(state, old.workflow, old.status, std::nullopt); !moved) return moved;
  return transaction.trim_topic(execution_topic(old.id), transaction.head(), true);
}

/// Which of the oldest are to go.
base::Result<std::vector<Old>> choose(log::State& state, const Limits& limits,
                                      base::UnixMillis now) {
  std::uint64_t total = 0;
  auto read = state.query("SELECT total FROM workflow_stats WHERE workflow = ''", {},
                          [&](log::Row row) { total = log::natural_of(row[0]); });
  if (!read) return read.error();
  auto found = oldest(state);
  if (!found) return found.error();
  std::erase_if(*found, [&](const Old& old) {
    const bool many = limits.keep_executions != 0 && total > limits.keep_executions;
    const bool aged = limits.keep_age.count() != 0 && old.ended + limits.keep_age.count() <= now;
    if (many || aged) --total;
    return !many && !aged;
  });
  return found;
}

base::Result<> forget(log::Transaction& transaction, const std::vector<Old>& all) {
  base::Sequence last;
  std::set<std::string> workflows;
  for (const auto& old : all) {
    if (auto gone = forget(transaction, old); !gone) return gone;
    last = std::max(last, old.last);
    workflows.insert(old.workflow);
  }
  for (const auto& each : workflows) {
    if (auto gone = store::remove_if_unused(transaction.state(), each); !gone) return gone;
  }
  // What the list has told of them is over as well.
  return transaction.trim_topic(kListTopic, last, false);
}

}  // namespace

/// Looks first, beside the writer: there is nothing to do most of the time.
void Engine::forget_old() {
  if (forgetting_ || !prepared_ || draining_ || steady() < forget_due_) return;
  forgetting_ = true;
  auto found = std::make_shared<std::vector<Old>>();
  const auto rest = [this](bool more) {
    forgetting_ = false;
    forget_due_ = more ? steady() : steady() + kLookEvery;
  };
  const auto forget_found = [this, found, rest] {
    if (found->empty()) return rest(false);
    change([found](log::Transaction& transaction) { return forget(transaction, *found); },
           [this, found, rest](const base::Result<>& outcome) {
             rest(outcome && found->size() == kForgetAtOnce);
             if (!outcome) return;
             metrics_.forgotten.add(found->size());
             base::log_info("workflow.forgotten", "executions={}", found->size());
           });
  };
  context_.hub->log().read_state(
      [found, limits = limits_, now = now()](log::State& state, base::Sequence) -> base::Result<> {
        auto chosen = choose(state, limits, now);
        if (!chosen) return chosen.error();
        *found = std::move(*chosen);
        return {};
      },
      [forget_found, post = context_.post](const base::Result<>&) { post(forget_found); });
}

}  // namespace weir::apps::workflow
