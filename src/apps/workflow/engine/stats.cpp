#include "apps/workflow/engine/stats.hpp"

#include <fmt/format.h>

#include <array>

#include "log/value.hpp"

namespace weir::apps::workflow::stats {

base::Result<> move(log::State& state, const std::string& workflow,
                    std::optional<ExecutionStatus> from, std::optional<ExecutionStatus> to) {
  std::string changes;
  const auto change = [&](std::string_view column, char sign) {
    changes += fmt::format("{}{} = {} {} 1", changes.empty() ? "" : ", ", column, column, sign);
  };
  if (!from) change("total", '+');
  if (!to) change("total", '-');
  if (from) change(name_of(*from), '-');
  if (to) change(name_of(*to), '+');
  const auto update = "UPDATE workflow_stats SET " + changes + " WHERE workflow = ?";
  for (const auto& each : {std::string(), workflow}) {
    const log::Value row[] = {each};
    if (!from) {
      auto made = state.execute(
          "INSERT INTO workflow_stats (workflow, total, queued, running, waiting, cancelling, "
          "completed, failed, cancelled) VALUES (?, 0, 0, 0, 0, 0, 0, 0, 0) "
          "ON CONFLICT (workflow) DO NOTHING",
          row);
      if (!made) return made;
    }
    if (auto updated = state.execute(update, row); !updated) return updated;
  }
  return {};
}

base::Result<std::string> read_json(log::State& state, const std::string& workflow) {
  std::array<std::int64_t, kExecutionStatuses + 1> counts{};
  const log::Value row[] = {workflow};
  auto read = state.query(
      "SELECT total, completed, failed, running, queued, waiting, cancelling, cancelled "
      "FROM workflow_stats WHERE workflow = ?",
      row, [&](log::Row found) {
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = log::integer_of(found[i]);
      });
  if (!read) return read.error();
  return fmt::format(
      R"({{"total":{},"completed":{},"failed":{},"running":{},"queued":{},"waiting":{},)"
      R"("cancelling":{},"cancelled":{}}})",
      counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7]);
}

}  // namespace weir::apps::workflow::stats
