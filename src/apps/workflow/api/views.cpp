#include "apps/workflow/api/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/workflow/api/view_json.hpp"
#include "apps/workflow/engine/load.hpp"
#include "apps/workflow/engine/stats.hpp"
#include "log/value.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow::views {
namespace {

namespace json = boost::json;

struct Listed {
  std::uint64_t number = 0;
  json::object json;
};

/// One status's, or all statuses', part of a page.
base::Result<> read_page(log::State& state, const ListQuery& query,
                         std::optional<ExecutionStatus> status, std::vector<Listed>& out) {
  std::string sql =
      "SELECT number, id, workflow, workflow_name, version, status, rev, created, started, ended, "
      "error, parent, rerun_of FROM workflow_executions WHERE ";
  std::vector<log::Value> values;
  if (!query.workflow.empty()) {
    sql += "workflow = ? AND ";
    values.emplace_back(query.workflow);
  }
  if (status) {
    sql += "status = ? AND ";
    values.emplace_back(static_cast<std::int64_t>(*status));
  }
  sql += "number < ? ORDER BY number DESC LIMIT ?";
  values.emplace_back(query.before == 0 ? INT64_MAX : static_cast<std::int64_t>(query.before));
  values.emplace_back(std::int64_t{query.limit} + 1);
  return state.query(sql, values, [&](log::Row row) {
    const auto started = log::integer_of(row[8]);
    const auto ended = log::integer_of(row[9]);
    Listed listed;
    listed.number = log::natural_of(row[0]);
    listed.json = {{"executionId", log::text_of(row[1])},
                   {"workflowId", log::text_of(row[2])},
                   {"workflowName", log::text_of(row[3])},
                   {"definitionVersion", log::integer_of(row[4])},
                   {"status", name_of(static_cast<ExecutionStatus>(log::integer_of(row[5])))},
                   {"rev", log::integer_of(row[6])},
                   {"createdTime", time_of(log::integer_of(row[7]))},
                   {"startTime", time_of(started)},
                   {"endTime", time_of(ended)},
                   {"executionTime",
                    ended == 0 ? json::value() : json::value(started == 0 ? 0 : ended - started)},
                   {"error", text_or_null(shortened(log::text_of(row[10]), 256))},
                   {"parentExecutionId", text_or_null(log::text_of(row[11]))},
                   {"rerunOf", text_or_null(log::text_of(row[12]))}};
    out.push_back(std::move(listed));
  });
}

base::Result<> add_nodes(log::State& state, Listed& listed) {
  json::array executed;
  json::object details;
  const log::Value of[] = {static_cast<std::int64_t>(listed.number)};
  auto read = state.query(
      "SELECT node, status, started, ended FROM workflow_nodes WHERE execution = ? AND parent = '' "
      "ORDER BY started, position",
      of, [&](log::Row row) {
        const auto node = log::text_of(row[0]);
        const auto started = log::integer_of(row[2]);
        const auto ended = log::integer_of(row[3]);
        if (started != 0) executed.emplace_back(node);
        details[node] =
            json::object{{"status", name_of(static_cast<NodeStatus>(log::integer_of(row[1])))},
                         {"duration", started == 0 || ended == 0 ? json::value()
                                                                 : json::value(ended - started)}};
      });
  if (!read) return read;
  listed.json["nodesExecuted"] = std::move(executed);
  listed.json["nodeDetails"] = std::move(details);
  return {};
}

}  // namespace

base::Result<std::string> list(log::State& state, const ListQuery& query,
                               const std::string& cursor) {
  std::vector<Listed> found;
  std::vector<std::optional<ExecutionStatus>> parts(query.statuses.begin(), query.statuses.end());
  if (parts.empty()) parts.emplace_back(std::nullopt);
  // Each part is read from its own place in an index; what is not on the page is left out again.
  for (const auto& status : parts) {
    if (auto read = read_page(state, query, status, found); !read) return read.error();
  }
  std::sort(found.begin(), found.end(),
            [](const Listed& a, const Listed& b) { return a.number > b.number; });
  const bool more = found.size() > query.limit;
  if (more) found.resize(query.limit);
  json::array executions;
  for (auto& each : found) {
    if (query.nodes) {
      if (auto read = add_nodes(state, each); !read) return read.error();
    }
    executions.push_back(std::move(each.json));
  }
  auto numbers = stats::read_json(state, query.workflow);
  if (!numbers) return numbers.error();
  std::uint64_t rev = 0;
  auto read = state.query("SELECT rev FROM workflow_list", {},
                          [&](log::Row row) { rev = log::natural_of(row[0]); });
  if (!read) return read.error();
  return fmt::format(R"({{"executions":{},"stats":{},"nextBefore":{},"listRev":{},"cursor":"{}"}})",
                     json::serialize(executions), *numbers,
                     more ? std::to_string(found.back().number) : "null", rev, cursor);
}

std::string empty_list(const std::string& cursor) {
  return fmt::format(
      R"({{"executions":[],"stats":{{"total":0,"completed":0,"failed":0,"running":0,"queued":0,)"
      R"("waiting":0,"cancelling":0,"cancelled":0}},"nextBefore":null,"listRev":0,"cursor":"{}"}})",
      cursor);
}

base::Result<std::string> approvals(log::State& state, const std::string& cursor) {
  json::array out;
  auto read = state.query(
      "SELECT execution_id, node, workflow, requested, expires, title, message, approvers "
      "FROM workflow_approvals ORDER BY requested, execution",
      {}, [&](log::Row row) {
        boost::system::error_code ignored;
        out.push_back(json::object{{"executionId", log::text_of(row[0])},
                                   {"nodeId", log::text_of(row[1])},
                                   {"workflowId", log::text_of(row[2])},
                                   {"requestedTime", time_of(log::integer_of(row[3]))},
                                   {"expires", time_of(log::integer_of(row[4]))},
                                   {"title", log::text_of(row[5])},
                                   {"message", log::text_of(row[6])},
                                   {"approvers", json::parse(log::text_of(row[7]), ignored)}});
      });
  if (!read) return read.error();
  return fmt::format(R"({{"approvals":{},"cursor":"{}"}})", json::serialize(out), cursor);
}

std::string no_approvals(const std::string& cursor) {
  return fmt::format(R"({{"approvals":[],"cursor":"{}"}})", cursor);
}

base::Result<std::string> definitions(log::State& state) {
  auto found = store::latest_definitions(state);
  if (!found) return found.error();
  json::array out;
  for (const auto& each : *found) {
    auto document = json::parse(each.json).as_object();
    json::array triggers;
    if (const auto* const all = document.if_contains("triggers");
        all != nullptr && all->is_array()) {
      for (const auto& trigger : all->get_array()) triggers.push_back(trigger.at("type"));
    }
    const auto* const name = document.if_contains("name");
    const auto* const description = document.if_contains("description");
    const auto* const input = document.if_contains("input");
    auto numbers = stats::read_json(state, each.id);
    if (!numbers) return numbers.error();
    out.push_back(
        json::object{{"id", each.id},
                     {"name", name == nullptr ? json::value(each.id) : *name},
                     {"description", description == nullptr ? json::value("") : *description},
                     {"version", each.version},
                     {"updatedTime", time_of(each.created)},
                     {"nodes", document.at("nodes").as_array().size()},
                     {"input", input == nullptr ? json::value() : *input},
                     {"triggers", std::move(triggers)},
                     {"stats", json::parse(*numbers)}});
  }
  return fmt::format(R"({{"definitions":{}}})", json::serialize(out));
}

base::Result<std::string> definition(log::State& state, const std::string& id,
                                     std::uint64_t version) {
  auto found = store::find_definition(state, id, version);
  if (!found) return found.error();
  if (!*found) return base::make_error(base::ErrorCode::kNotFound, id);
  return fmt::format(R"({{"id":"{}","version":{},"createdTime":"{}","definition":{}}})", id,
                     (*found)->version, proto::format_rfc3339((*found)->created), (*found)->json);
}

base::Result<std::string> versions(log::State& state, const std::string& id) {
  json::array out;
  const log::Value which[] = {id};
  auto read = state.query(
      "SELECT version, created, author, name FROM workflow_definitions WHERE id = ? "
      "ORDER BY version DESC LIMIT 1000",
      which, [&](log::Row row) {
        out.push_back(json::object{{"version", log::integer_of(row[0])},
                                   {"createdTime", time_of(log::integer_of(row[1]))},
                                   {"author", text_or_null(log::text_of(row[2]))},
                                   {"name", log::text_of(row[3])}});
      });
  if (!read) return read.error();
  if (out.empty()) return base::make_error(base::ErrorCode::kNotFound, id);
  return fmt::format(R"({{"id":"{}","versions":{}}})", id, json::serialize(out));
}

base::Result<std::string> secrets(log::State& state) {
  json::array out;
  auto read = state.query(
      "SELECT name, created, updated FROM workflow_secrets ORDER BY name", {}, [&](log::Row row) {
        out.push_back(json::object{{"name", log::text_of(row[0])},
                                   {"createdTime", time_of(log::integer_of(row[1]))},
                                   {"updatedTime", time_of(log::integer_of(row[2]))}});
      });
  if (!read) return read.error();
  return fmt::format(R"({{"secrets":{}}})", json::serialize(out));
}

}  // namespace weir::apps::workflow::views
