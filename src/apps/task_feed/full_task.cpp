#include "apps/task_feed/full_task.hpp"

#include <fmt/format.h>

#include <vector>

#include "apps/task_feed/store.hpp"
#include "proto/json.hpp"

namespace weir::apps::task_feed {
namespace {

std::string_view json_or_null(const std::string& json) {
  return json.empty() ? std::string_view("null") : json;
}

/// Of one attempt.
std::string stages_json(const std::vector<Stage>& stages, std::uint32_t attempt) {
  std::string json;
  for (const auto& each : stages) {
    if (each.attempt != attempt) continue;
    if (!json.empty()) json.push_back(',');
    json +=
        fmt::format(R"({{"name":{},"startedAt":{},"endedAt":{}}})", proto::json_string(each.name),
                    each.started_at, time_or_null(each.ended_at));
  }
  return fmt::format("[{}]", json);
}

std::string attempt_json(const Attempt& attempt, const std::vector<Stage>& stages) {
  return fmt::format(
      R"({{"attempt":{},"worker":{},"startedAt":{},"endedAt":{},"outcome":{},"errorMessage":{},)"
      R"("stages":{}}})",
      attempt.number, proto::json_string_or_null(attempt.worker), attempt.started_at,
      time_or_null(attempt.ended_at), proto::json_string_or_null(attempt.outcome),
      proto::json_string_or_null(attempt.error_message), stages_json(stages, attempt.number));
}

}  // namespace

base::Result<std::string> full_json(log::State& state, const Task& task) {
  const auto extras = store::extras(state, task.id);
  if (!extras) return extras.error();
  const auto attempts = store::attempts(state, task.id);
  if (!attempts) return attempts.error();
  const auto stages = store::stages(state, task.id);
  if (!stages) return stages.error();
  std::string list;
  for (const auto& each : *attempts) {
    if (!list.empty()) list.push_back(',');
    list += attempt_json(each, *stages);
  }
  return fmt::format(R"({{{},"ownerId":{},"startedAt":{},"endedAt":{},"data":{},"details":{},)"
                     R"("characteristics":{},"result":{},"stages":{},"attempts":[{}]}})",
                     task_members(task, true), proto::json_string(task.owner),
                     time_or_null(task.started_at), time_or_null(task.ended_at),
                     json_or_null(extras->data), json_or_null(extras->product),
                     json_or_null(extras->characteristics), json_or_null(extras->result),
                     stages_json(*stages, task.attempt), list);
}

}  // namespace weir::apps::task_feed
