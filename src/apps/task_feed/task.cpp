#include "apps/task_feed/task.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/view/brief.hpp"
#include "proto/json.hpp"

namespace weir::apps::task_feed {
namespace {

constexpr std::array<std::string_view, kStatuses> kNames = {"pending",   "processing", "stalled",
                                                            "completed", "failed",     "cancelled"};

}  // namespace

std::string_view name_of(Status status) { return kNames[static_cast<std::size_t>(status)]; }

std::optional<Status> parse_status(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Status>(found - kNames.begin());
}

bool comes_before(const Task& a, const Task& b) {
  if (a.position() != b.position()) return a.position() > b.position();
  return a.id > b.id;
}

std::string topic_of(std::string_view owner) { return fmt::format("$weir/task-feed/{}", owner); }

std::string time_or_null(base::UnixMillis time) {
  return time == 0 ? "null" : std::to_string(time);
}

std::string task_members(const Task& task, bool whole) {
  using proto::json_string_or_null;
  return fmt::format(
      R"("id":"{}","productName":{},"status":"{}","progress":{},"currentStage":{},)"
      R"("errorMessage":{},"productId":{},"createdAt":{},"product":{},"rev":{},"updatedAt":{},)"
      R"("attempt":{})",
      task.id, proto::json_string(task.product_name), name_of(task.status), task.progress,
      json_string_or_null(task.current_stage),
      json_string_or_null(whole ? task.error_message : brief(task.error_message)),
      json_string_or_null(task.product_id), task.created_at,
      task.product.empty() ? "null" : task.product, task.rev, task.updated_at, task.attempt);
}

std::string to_json(const Task& task) { return fmt::format("{{{}}}", task_members(task)); }

std::string totals_json(const Totals& totals) {
  using enum Status;
  return fmt::format(
      R"({{"active":{},"pending":{},"processing":{},"stalled":{},"completed":{},"failed":{},)"
      R"("cancelled":{}}})",
      totals.active(), totals[kPending], totals[kProcessing], totals[kStalled], totals[kCompleted],
      totals[kFailed], totals[kCancelled]);
}

}  // namespace weir::apps::task_feed
