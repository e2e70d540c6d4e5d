#include "apps/workflow/engine/commit.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "apps/workflow/engine/stats.hpp"
#include "log/value.hpp"
#include "proto/event.hpp"
#include "proto/json.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using log::value_of;

template <typename Enum>
std::int64_t code_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

/// An event's data without the closing brace.
std::string open_json(const std::string& execution, const ExecutionEvent& event) {
  std::string out = fmt::format(R"({{"type":"{}","executionId":"{}")", event.type, execution);
  if (!event.node.empty()) {
    out +=
        fmt::format(R"(,"nodeId":{},"attempt":{})", proto::json_string(event.node), event.attempt);
  }
  out += fmt::format(R"(,"timestamp":{},"rev":{})", event.timestamp, event.rev);
  if (event.fields.empty()) return out;
  const auto fields = json::serialize(event.fields);
  // The object's members, without its braces.
  out.append(",").append(fields, 1, fields.size() - 2);
  return out;
}

std::vector<log::Value> node_row(const NodeRun& run, std::size_t position) {
  return {run.path,
          value_of(position),
          run.parent,
          code_of(run.status),
          code_of(run.awaits),
          std::int64_t{run.attempt},
          std::int64_t{run.failures},
          std::int64_t{run.interruptions},
          std::int64_t{run.ending ? 1 : 0},
          std::int64_t{run.kept ? 1 : 0},
          run.started,
          run.attempt_started,
          run.ended,
          run.due,
          json::serialize(run.input),
          json::serialize(run.output),
          run.error,
          run.chosen_case,
          run.child,
          json::serialize(run.next)};
}

}  // namespace

std::string execution_topic(std::string_view id) { return fmt::format("{}/{}", kListTopic, id); }

ExecutionChange::ExecutionChange(const Execution& execution, const Transition& transition,
                                 std::optional<ExecutionStatus> before)
    : id_(execution.row().id),
      workflow_(execution.row().workflow),
      number_(execution.row().number),
      before_(before),
      after_(execution.row().status),
      attempts_(transition.attempts),
      approvals_(transition.approvals) {
  const auto& row = execution.row();
  if (before) {
    row_ = {code_of(row.status), value_of(row.rev),           row.started, row.ended,
            row.deadline,        json::serialize(row.output), row.error,   code_of(row.stopping)};
  } else {
    row_ = {row.id,
            row.workflow,
            row.workflow_name,
            value_of(row.version),
            code_of(row.status),
            value_of(row.rev),
            row.created,
            row.started,
            row.ended,
            row.deadline,
            json::serialize(row.input),
            json::serialize(row.output),
            row.error,
            json::serialize(row.trigger),
            row.parent,
            row.parent_node,
            row.rerun_of,
            row.rerun_from,
            std::int64_t{row.depth},
            code_of(row.stopping),
            row.trace};
  }
  for (const auto index : transition.runs) {
    nodes_.push_back(node_row(execution.runs()[index], index));
  }
  for (const auto& each : transition.events) {
    Event event;
    event.of_whole = each.node.empty();
    event.list = open_json(id_, each);
    event.own.topics.push_back(execution_topic(id_));
    event.own.type = each.type;
    event.own.data = event.list + "}";
    event.own.time = each.timestamp;
    event.own.trace = row.trace;
    events_.push_back(std::move(event));
  }
  if (execution.terminal() && !events_.empty()) events_.back().own.flags |= proto::kTerminal;
}

base::Result<> ExecutionChange::apply(log::Transaction& transaction) {
  auto& state = transaction.state();
  if (!before_) {
    auto began = began_before(transaction);
    if (!began) return began.error();
    if (*began) return {};
    if (auto inserted = insert(transaction); !inserted) return inserted;
  }
  if (auto counted = count(state); !counted) return counted;
  if (auto written = write_nodes(state); !written) return written;
  if (auto written = write_approvals(state); !written) return written;
  if (auto appended = append_events(transaction); !appended) return appended;
  return update(state, transaction.head());
}

/// Whether the same request has begun an execution already. kIdempotencyConflict if another one
/// has.
base::Result<bool> ExecutionChange::began_before(log::Transaction& transaction) {
  earlier_.clear();
  if (key_.text.empty()) return false;
  const auto began = once::find(transaction, key_);
  if (!began) return began.error();
  if (!*began) {
    // What `append_events` finds to be the position before them.
    auto kept =
        once::remember(transaction, key_, fmt::format("{} {}", id_, transaction.head().value));
    if (!kept) return kept.error();
    return false;
  }
  const std::string_view answer = **began;
  const auto space = answer.find(' ');
  earlier_ = answer.substr(0, space);
  std::from_chars(answer.data() + space + 1, answer.data() + answer.size(), before_events_.value);
  return true;
}

base::Result<> ExecutionChange::insert(log::Transaction& transaction) {
  auto& state = transaction.state();
  auto numbered = state.query("SELECT next_number FROM workflow_list", {},
                              [&](log::Row row) { number_ = log::natural_of(row[0]); });
  if (!numbered) return numbered;
  numbered = state.execute("UPDATE workflow_list SET next_number = next_number + 1", {});
  if (!numbered) return numbered;
  std::vector<log::Value> row{value_of(number_)};
  row.insert(row.end(), row_.begin(), row_.end());
  return state.execute(
      "INSERT INTO workflow_executions (number, id, workflow, workflow_name, version, status, rev, "
      "created, started, ended, deadline, input, output, error, started_by, parent, parent_node, "
      "rerun_of, rerun_from, depth, stopping, trace, last_position) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
      row);
}

base::Result<> ExecutionChange::update(log::State& state, base::Sequence last) {
  if (!before_) {
    const log::Value row[] = {value_of(last.value), value_of(number_)};
    return state.execute("UPDATE workflow_executions SET last_position = ? WHERE number = ?", row);
  }
  auto row = row_;
  row.emplace_back(value_of(last.value));
  row.emplace_back(value_of(number_));
  return state.execute(
      "UPDATE workflow_executions SET status = ?, rev = ?, started = ?, ended = ?, deadline = ?, "
      "output = ?, error = ?, stopping = ?, last_position = ? WHERE number = ?",
      row);
}

base::Result<> ExecutionChange::count(log::State& state) {
  if (before_ == after_) return {};
  return stats::move(state, workflow_, before_, after_);
}

base::Result<> ExecutionChange::write_nodes(log::State& state) {
  for (const auto& columns : nodes_) {
    std::vector<log::Value> row{value_of(number_)};
    row.insert(row.end(), columns.begin(), columns.end());
    auto written = state.execute(
        "INSERT INTO workflow_nodes (execution, node, position, parent, status, awaits, attempt, "
        "failures, interruptions, ending, kept, started, attempt_started, ended, due, input, "
        "output, error, chosen_case, child, next) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (execution, node) DO UPDATE SET status = excluded.status, "
        "awaits = excluded.awaits, attempt = excluded.attempt, failures = excluded.failures, "
        "interruptions = excluded.interruptions, ending = excluded.ending, "
        "started = excluded.started, attempt_started = excluded.attempt_started, "
        "ended = excluded.ended, due = excluded.due, input = excluded.input, "
        "output = excluded.output, error = excluded.error, chosen_case = excluded.chosen_case, "
        "child = excluded.child, next = excluded.next",
        row);
    if (!written) return written;
  }
  for (const auto& each : attempts_) {
    const log::Value row[] = {value_of(number_),
                              each.node,
                              std::int64_t{each.attempt},
                              std::string(each.result),
                              each.started,
                              each.ended,
                              each.error};
    auto written = state.execute(
        "INSERT INTO workflow_attempts (execution, node, attempt, result, started, ended, error) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        row);
    if (!written) return written;
  }
  for (const auto& each : logs_) {
    const log::Value row[] = {
        value_of(number_), each.node, value_of(each.offset), std::int64_t{each.attempt}, each.time,
        each.stream,       each.text};
    auto written = state.execute(
        "INSERT INTO workflow_logs (execution, node, position, attempt, time, stream, text) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        row);
    if (!written) return written;
  }
  return {};
}

base::Result<> ExecutionChange::write_approvals(log::State& state) {
  for (const auto& each : approvals_) {
    const log::Value which[] = {value_of(number_), each.node};
    auto written =
        state.execute("DELETE FROM workflow_approvals WHERE execution = ? AND node = ?", which);
    if (!written) return written;
    if (!each.open) continue;
    const log::Value row[] = {value_of(number_), each.node,    id_,
                              workflow_,         each.time,    each.expires,
                              each.title,        each.message, json::serialize(each.approvers)};
    written = state.execute(
        "INSERT INTO workflow_approvals (execution, node, execution_id, workflow, requested, "
        "expires, title, message, approvers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row);
    if (!written) return written;
  }
  return {};
}

base::Result<> ExecutionChange::append_events(log::Transaction& transaction) {
  before_events_ = transaction.head();
  if (events_.empty()) return {};
  auto& state = transaction.state();
  std::uint64_t list_rev = 0;
  auto read = state.query("SELECT rev FROM workflow_list", {},
                          [&](log::Row row) { list_rev = log::natural_of(row[0]); });
  if (!read) return read;
  std::string numbers;
  for (const auto& event : events_) {
    if (!event.of_whole || !numbers.empty()) continue;
    auto all = stats::read_json(state, "");
    if (!all) return all.error();
    auto own = stats::read_json(state, workflow_);
    if (!own) return own.error();
    numbers = fmt::format(R"(,"stats":{},"workflowStats":{})", *all, *own);
  }
  for (const auto& event : events_) {
    proto::Event listed;
    listed.topics.emplace_back(kListTopic);
    listed.type = event.own.type;
    listed.time = event.own.time;
    // The last one tells what is true after the commit. Whose a node's is says the list alone: on
    // the execution's own stream that is known.
    listed.data = fmt::format(
        R"({},"listRev":{}{}}})", event.list, ++list_rev,
        event.of_whole ? numbers
                       : fmt::format(R"(,"workflowId":{})", proto::json_string(workflow_)));
    transaction.append(event.own);
    transaction.append(std::move(listed));
  }
  const log::Value row[] = {value_of(list_rev)};
  return state.execute("UPDATE workflow_list SET rev = ?", row);
}

}  // namespace weir::apps::workflow
