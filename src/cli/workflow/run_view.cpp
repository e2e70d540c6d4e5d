#include "cli/workflow/run_view.hpp"

#include <algorithm>
#include <utility>

#include "cli/workflow/workflow_client.hpp"
#include "proto/rfc3339.hpp"

namespace weir::cli {
namespace {

namespace json = boost::json;

bool is_terminal(std::string_view status) {
  return status == "completed" || status == "failed" || status == "cancelled" ||
         status == "skipped";
}

base::UnixMillis time_of(const json::object& object, std::string_view name) {
  return proto::parse_rfc3339(text_of(object, name)).value_or(0);
}

/// Those that no log keeps carry the revision of before.
bool is_ephemeral(std::string_view type) { return type == "node.progress" || type == "node.log"; }

std::string_view parent_of(std::string_view path) { return path.substr(0, path.find('/')); }

}  // namespace

bool NodeView::over() const { return is_terminal(status); }

bool RunView::over() const { return is_terminal(status_); }

const NodeView* RunView::find(std::string_view path) const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(),
                                  [&](const NodeView& each) { return each.path == path; });
  return found == nodes_.end() ? nullptr : &*found;
}

NodeView& RunView::node(std::string_view path) {
  const auto same = [&](const NodeView& each) { return each.path == path; };
  if (const auto found = std::find_if(nodes_.begin(), nodes_.end(), same); found != nodes_.end()) {
    return *found;
  }
  // Behind its parent and the children that came before.
  const auto family = [&](const NodeView& each) { return parent_of(each.path) == parent_of(path); };
  const auto last = std::find_if(nodes_.rbegin(), nodes_.rend(), family);
  NodeView made;
  made.path = path;
  made.name = path;
  return *nodes_.insert(last.base() == nodes_.begin() ? nodes_.end() : last.base(),
                        std::move(made));
}

bool RunView::take(std::string_view type, const json::object& data) {
  if (type == "snapshot") {
    take_snapshot(data);
    return true;
  }
  const bool of_node = type.starts_with("node.") || type.starts_with("approval.");
  if (!of_node && !type.starts_with("workflow.")) return false;
  if (!is_ephemeral(type)) {
    const auto rev = integer_of(data, "rev", 0);
    if (rev <= rev_) return false;
    rev_ = rev;
  }
  execution_ = text_of(data, "executionId");
  of_node ? take_node(type, data) : take_run(type, data);
  return type != "node.log";
}

void RunView::take_snapshot(const json::object& data) {
  execution_ = text_of(data, "executionId");
  workflow_ = text_of(data, "workflowName");
  status_ = text_of(data, "status");
  error_ = text_of(data, "error");
  started_ = time_of(data, "startTime");
  execution_time_ = integer_of(data, "executionTime", -1);
  rev_ = integer_of(data, "rev", 0);
  nodes_.clear();
  const auto* details = data.if_contains("nodeDetails");
  if (details == nullptr || !details->is_object()) return;
  for (const auto& each : details->get_object()) {
    const auto* object = each.value().if_object();
    if (object == nullptr) continue;
    NodeView& made = node(std::string_view(each.key().data(), each.key().size()));
    if (auto name = text_of(*object, "name"); !name.empty()) made.name = std::move(name);
    made.status = text_of(*object, "status");
    made.started = time_of(*object, "startTime");
    made.duration = integer_of(*object, "duration", -1);
    made.attempt = integer_of(*object, "attempt", 0);
    made.error = text_of(*object, "error");
  }
}

void RunView::take_run(std::string_view type, const json::object& data) {
  if (auto name = text_of(data, "workflowName"); !name.empty()) workflow_ = std::move(name);
  if (auto status = text_of(data, "status"); !status.empty()) status_ = std::move(status);
  if (type == "workflow.started") {
    started_ = time_of(data, "startTime");
    if (started_ == 0) started_ = integer_of(data, "timestamp", 0);
  }
  error_ = text_of(data, "error");
  execution_time_ = integer_of(data, "executionTime", -1);
}

void RunView::take_node(std::string_view type, const json::object& data) {
  NodeView& changed = node(text_of(data, "nodeId"));
  changed.attempt = integer_of(data, "attempt", changed.attempt);
  if (type == "node.log") return;
  if (type == "node.progress") {
    const auto* percent = data.if_contains("percent");
    if (percent != nullptr && percent->is_number()) {
      boost::system::error_code none;
      changed.percent = percent->to_number<double>(none);
    }
    changed.message = text_of(data, "message");
    return;
  }
  if (type == "approval.requested") {
    changed.message = text_of(data, "title");
    return;
  }
  if (type == "approval.resolved") return;
  if (auto status = text_of(data, "status"); !status.empty()) changed.status = std::move(status);
  changed.error = text_of(data, "error");
  if (type == "node.started") {
    changed.started = time_of(data, "startTime");
    if (changed.started == 0) changed.started = integer_of(data, "timestamp", 0);
    changed.duration = -1;
    changed.percent = -1;
    changed.message.clear();
  }
  if (changed.over()) {
    changed.duration = integer_of(data, "duration", -1);
    changed.percent = -1;
    changed.message = text_of(data, "reason");
  }
}

}  // namespace weir::cli
