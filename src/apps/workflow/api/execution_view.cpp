// An execution, its nodes and their logs, as the API shows them.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "apps/workflow/api/view_json.hpp"
#include "apps/workflow/api/views.hpp"
#include "apps/workflow/engine/load.hpp"
#include "log/value.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow::views {
namespace {

namespace json = boost::json;

/// As the events have it (Step::tell).
constexpr std::size_t kEventTextBytesMax = 256;

/// What a definition says of a node that people want to read beside its state.
struct Label {
  json::value name;
  json::value type;
};

void add_label(std::map<std::string, Label>& labels, const std::string& path,
               const json::object& node) {
  const auto* const name = node.if_contains("name");
  const auto* const type = node.if_contains("type");
  labels[path] = {name == nullptr ? json::value(path) : *name,
                  type == nullptr ? json::value() : *type};
}

/// By path; of a foreach's children under "<parent>/".
std::map<std::string, Label> labels_of(const json::array& nodes) {
  std::map<std::string, Label> labels;
  for (const auto& each : nodes) {
    const auto& node = each.as_object();
    const std::string id(node.at("id").as_string());
    add_label(labels, id, node);
    const auto* const with = node.if_contains("with");
    if (with == nullptr || !with->is_object()) continue;
    if (const auto* const children = with->get_object().if_contains("nodes");
        children != nullptr && children->is_array()) {
      for (const auto& child : children->get_array()) {
        add_label(labels, id + "/" + std::string(child.at("id").as_string()), child.as_object());
      }
    }
    if (const auto* const child = with->get_object().if_contains("do");
        child != nullptr && child->is_object()) {
      add_label(labels, id + "/", child->get_object());
    }
  }
  return labels;
}

Label label_of(const std::map<std::string, Label>& labels, const std::string& path) {
  if (const auto at = labels.find(path); at != labels.end()) return at->second;
  const auto at = labels.find(path.substr(0, path.find('/') + 1));
  return {json::value(path), at == labels.end() ? json::value() : at->second.type};
}

json::object node_json(const NodeRun& run, const Label& label, bool values) {
  const auto slash = run.path.find('/');
  const bool shows_due = run.status == NodeStatus::kRetrying || run.status == NodeStatus::kWaiting;
  json::object out{
      {"nodeId", run.path},
      {"name", label.name},
      {"type", label.type},
      {"status", name_of(run.status)},
      {"attempt", run.attempt},
      {"startTime", time_of(run.started)},
      {"endTime", time_of(run.ended)},
      {"duration",
       run.started == 0 || run.ended == 0 ? json::value() : json::value(run.ended - run.started)},
      {"error", text_or_null(values ? run.error : shortened(run.error, kEventTextBytesMax))},
      {"parentId",
       slash == std::string::npos ? json::value() : json::value(run.path.substr(0, slash))}};
  if (run.awaits != Awaits::kNothing) out["awaits"] = name_of(run.awaits);
  if (shows_due && run.due != 0) out["until"] = time_of(run.due);
  if (!run.chosen_case.empty()) out["case"] = run.chosen_case;
  if (!run.child.empty()) out["childExecutionId"] = run.child;
  if (run.kept) out["kept"] = true;
  if (values) out["output"] = run.output;
  return out;
}

json::object attempt_json(std::uint32_t attempt, const std::string& result,
                          base::UnixMillis started, base::UnixMillis ended,
                          const std::string& error) {
  return {{"attempt", attempt},
          {"status", result},
          {"startTime", time_of(started)},
          {"endTime", time_of(ended)},
          {"duration", ended == 0 ? json::value() : json::value(ended - started)},
          {"error", text_or_null(error)}};
}

/// The attempts, those under way included, as the spans of a trace.
base::Result<json::array> spans_of(log::State& state, const store::StoredExecution& execution,
                                   const std::map<std::string, Label>& labels) {
  json::array spans;
  const auto add = [&](const std::string& node, std::uint32_t attempt, const std::string& result,
                       base::UnixMillis started, base::UnixMillis ended, const std::string& error) {
    auto span = attempt_json(attempt, result, started, ended, shortened(error, kEventTextBytesMax));
    const auto slash = node.find('/');
    span["spanId"] = fmt::format("{}#{}", node, attempt);
    span["nodeId"] = node;
    span["name"] = label_of(labels, node).name;
    span["parentId"] =
        slash == std::string::npos ? json::value() : json::value(node.substr(0, slash));
    span["offset"] = started - execution.row.started;
    spans.push_back(std::move(span));
  };
  const log::Value of[] = {static_cast<std::int64_t>(execution.row.number)};
  auto read = state.query(
      "SELECT node, attempt, result, started, ended, error FROM workflow_attempts "
      "WHERE execution = ? ORDER BY started, node, attempt",
      of, [&](log::Row row) {
        add(log::text_of(row[0]), static_cast<std::uint32_t>(log::integer_of(row[1])),
            log::text_of(row[2]), log::integer_of(row[3]), log::integer_of(row[4]),
            log::text_of(row[5]));
      });
  if (!read) return read.error();
  for (const auto& run : execution.runs) {
    if (run.attempt_started != 0) {
      add(run.path, run.attempt, std::string(name_of(run.status)), run.attempt_started, 0, {});
    }
  }
  return spans;
}

}  // namespace

base::Result<std::string> execution(log::State& state, const std::string& id, bool values,
                                    const std::string& cursor) {
  auto found = store::find_execution(state, id);
  if (!found) return found.error();
  if (!*found) return base::make_error(base::ErrorCode::kNotFound, id);
  const auto& stored = **found;
  const auto& row = stored.row;
  auto definition = store::find_definition(state, row.workflow, row.version);
  if (!definition) return definition.error();
  json::array nodes;
  if (*definition) nodes = json::parse((*definition)->json).at("nodes").as_array();
  const auto labels = labels_of(nodes);
  std::map<std::string, const NodeRun*> runs;
  for (const auto& run : stored.runs) runs.emplace(run.path, &run);

  json::object details;
  // The definition's nodes in its order, then children; what has no row has not begun.
  for (const auto& each : nodes) {
    NodeRun pending;
    pending.path = std::string(each.at("id").as_string());
    const auto run = runs.find(pending.path);
    details[pending.path] = node_json(run == runs.end() ? pending : *run->second,
                                      label_of(labels, pending.path), values);
  }
  for (const auto& run : stored.runs) {
    if (!details.contains(run.path)) {
      details[run.path] = node_json(run, label_of(labels, run.path), values);
    }
  }
  std::vector<const NodeRun*> executed;
  for (const auto& run : stored.runs) {
    if (run.started != 0 && run.path.find('/') == std::string::npos) executed.push_back(&run);
  }
  std::stable_sort(executed.begin(), executed.end(),
                   [](const auto* a, const auto* b) { return a->started < b->started; });
  json::array executed_ids;
  for (const auto* const run : executed) executed_ids.emplace_back(run->path);

  json::object out{
      {"executionId", row.id},
      {"workflowId", row.workflow},
      {"workflowName", row.workflow_name},
      {"definitionVersion", row.version},
      {"status", name_of(row.status)},
      {"createdTime", time_of(row.created)},
      {"startTime", time_of(row.started)},
      {"endTime", time_of(row.ended)},
      {"executionTime", row.ended == 0
                            ? json::value()
                            : json::value(row.started == 0 ? 0 : row.ended - row.started)},
      {"error", text_or_null(values ? row.error : shortened(row.error, kEventTextBytesMax))},
      {"trigger", values ? row.trigger : json::value()},
      {"parentExecutionId", text_or_null(row.parent)},
      {"parentNodeId", text_or_null(row.parent_node)},
      {"rerunOf", text_or_null(row.rerun_of)},
      {"rerunFrom", text_or_null(row.rerun_from)},
      {"nodesExecuted", std::move(executed_ids)},
      {"nodeDetails", std::move(details)},
      {"rev", row.rev},
      {"cursor", cursor}};
  if (values) {
    auto spans = spans_of(state, stored, labels);
    if (!spans) return spans.error();
    out["spans"] = std::move(*spans);
    out["input"] = row.input;
    out["output"] = row.output;
  }
  return json::serialize(out);
}

base::Result<std::string> node(log::State& state, const std::string& id, const std::string& path) {
  auto found = store::find_execution(state, id);
  if (!found) return found.error();
  if (!*found) return base::make_error(base::ErrorCode::kNotFound, id);
  const auto& stored = **found;
  auto definition = store::find_definition(state, stored.row.workflow, stored.row.version);
  if (!definition) return definition.error();
  json::array nodes;
  if (*definition) nodes = json::parse((*definition)->json).at("nodes").as_array();
  const auto labels = labels_of(nodes);
  const auto run = std::find_if(stored.runs.begin(), stored.runs.end(),
                                [&](const NodeRun& each) { return each.path == path; });
  NodeRun pending;
  pending.path = path;
  if (run == stored.runs.end() && !labels.contains(path)) {
    return base::make_error(base::ErrorCode::kNotFound, path);
  }
  const bool begun = run != stored.runs.end();
  auto out = node_json(begun ? *run : pending, label_of(labels, path), true);
  out["executionId"] = id;
  out["input"] = begun ? run->input : json::value();
  out["logBytes"] =
      begun ? stored.log_bytes[static_cast<std::size_t>(run - stored.runs.begin())] : 0;
  json::array attempts;
  const log::Value which[] = {static_cast<std::int64_t>(stored.row.number), path};
  auto read = state.query(
      "SELECT attempt, result, started, ended, error FROM workflow_attempts "
      "WHERE execution = ? AND node = ? ORDER BY attempt",
      which, [&](log::Row row) {
        attempts.push_back(attempt_json(static_cast<std::uint32_t>(log::integer_of(row[0])),
                                        log::text_of(row[1]), log::integer_of(row[2]),
                                        log::integer_of(row[3]), log::text_of(row[4])));
      });
  if (!read) return read.error();
  if (begun && run->attempt_started != 0) {
    attempts.push_back(
        attempt_json(run->attempt, std::string(name_of(run->status)), run->attempt_started, 0, {}));
  }
  out["attempts"] = std::move(attempts);
  return json::serialize(out);
}

base::Result<std::string> node_log(log::State& state, const std::string& id,
                                   const std::string& path, std::uint64_t offset,
                                   std::uint32_t bytes_max) {
  auto row = store::find_row(state, id);
  if (!row) return row.error();
  if (!*row) return base::make_error(base::ErrorCode::kNotFound, id);
  const auto number = static_cast<std::int64_t>((*row)->number);
  std::uint64_t size = 0;
  bool over = is_terminal((*row)->status);
  const log::Value which[] = {number, path};
  auto read = state.query(
      "SELECT position, text FROM workflow_logs WHERE execution = ? AND node = ? "
      "ORDER BY position DESC LIMIT 1",
      which, [&](log::Row columns) {
        size = log::natural_of(columns[0]) + log::text_of(columns[1]).size();
      });
  if (!read) return read.error();
  read = state.query("SELECT status FROM workflow_nodes WHERE execution = ? AND node = ?", which,
                     [&](log::Row columns) {
                       over = over ||
                              is_terminal(static_cast<NodeStatus>(log::integer_of(columns[0])));
                     });
  if (!read) return read.error();
  // The piece that holds the offset, and those behind it.
  std::int64_t from = 0;
  const log::Value where[] = {number, path, static_cast<std::int64_t>(offset)};
  read = state.query(
      "SELECT position FROM workflow_logs WHERE execution = ? AND node = ? AND position <= ? "
      "ORDER BY position DESC LIMIT 1",
      where, [&](log::Row columns) { from = log::integer_of(columns[0]); });
  if (!read) return read.error();
  std::string text;
  std::string chunks;
  auto next = std::min(offset, size);
  constexpr std::int64_t kPiecesMax = 1'000;
  const log::Value pieces[] = {number, path, from, kPiecesMax};
  read = state.query(
      "SELECT position, attempt, time, stream, text FROM workflow_logs "
      "WHERE execution = ? AND node = ? AND position >= ? ORDER BY position LIMIT ?",
      pieces, [&](log::Row columns) {
        if (text.size() >= bytes_max) return;
        const auto position = log::natural_of(columns[0]);
        auto piece = log::text_of(columns[4]);
        if (position + piece.size() <= next) return;
        if (position < next) {
          piece.erase(0, next - position);
          // An offset within a character begins behind it.
          while (!piece.empty() && (static_cast<unsigned char>(piece.front()) & 0xC0U) == 0x80U) {
            piece.erase(0, 1);
            ++next;
          }
        }
        auto kept = piece.size();
        if (text.size() + kept > bytes_max) {
          kept = bytes_max - text.size();
          while (kept > 0 && (static_cast<unsigned char>(piece[kept]) & 0xC0U) == 0x80U) --kept;
          // One character is always taken: who reads on must get on.
          if (kept == 0 && text.empty()) kept = std::min<std::size_t>(piece.size(), 4);
          piece.resize(kept);
        }
        if (!chunks.empty()) chunks += ",";
        chunks += fmt::format(R"({{"offset":{},"attempt":{},"time":"{}","stream":"{}","text":{}}})",
                              next, log::integer_of(columns[1]),
                              proto::format_rfc3339(log::integer_of(columns[2])),
                              log::text_of(columns[3]), proto::json_string(piece));
        text += piece;
        next += piece.size();
      });
  if (!read) return read.error();
  return fmt::format(
      R"({{"executionId":"{}","nodeId":{},"offset":{},"text":{},"chunks":[{}],"nextOffset":{},)"
      R"("size":{},"more":{},"complete":{}}})",
      id, proto::json_string(path), std::min(offset, size), proto::json_string(text), chunks, next,
      size, next < size, over && next >= size);
}

}  // namespace weir::apps::workflow::views
