// Routes of executions: begin one, look at them, have a word in them.

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include "api/query_number.hpp"
#include "apps/view/caller.hpp"
#include "apps/workflow/api/body.hpp"
#include "apps/workflow/api/views.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "apps/workflow/engine/execution_id.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"
#include "proto/url.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using api::CallPtr;
using base::ErrorCode;

constexpr std::uint32_t kPageDefault = 50;
constexpr std::uint32_t kLogBytesDefault = 64 << 10;
constexpr std::uint32_t kLogBytesMax = 1 << 20;

base::Error not_found(const CallPtr& call) {
  return base::make_error(ErrorCode::kNotFound, call->target().raw_path);
}

std::string by_of(const api::Call& call) { return call.access().subject; }

base::Result<views::ListQuery> list_query(const api::Call& call) {
  views::ListQuery query;
  const auto most = call.settings().workflow.page_max;
  const auto limit = api::query_number(call, "limit", 1, most, std::min(kPageDefault, most));
  if (!limit) return limit.error();
  query.limit = *limit;
  query.workflow = std::string(call.target().get("workflowId").value_or(""));
  if (const auto before = call.target().get("before")) {
    const auto [end, error] =
        std::from_chars(before->data(), before->data() + before->size(), query.before);
    if (error != std::errc() || end != before->data() + before->size() || query.before == 0) {
      return base::make_error(ErrorCode::kBadRequest, "before takes what nextBefore said");
    }
  }
  std::string_view statuses = call.target().get("status").value_or("");
  while (!statuses.empty()) {
    const auto comma = std::min(statuses.find(','), statuses.size());
    const auto status = execution_status(statuses.substr(0, comma));
    if (!status) {
      return base::make_error(ErrorCode::kBadRequest,
                              "status takes queued, running, waiting, cancelling, completed, "
                              "failed, cancelled, or several with commas between");
    }
    if (std::find(query.statuses.begin(), query.statuses.end(), *status) == query.statuses.end()) {
      query.statuses.push_back(*status);
    }
    statuses.remove_prefix(std::min(comma + 1, statuses.size()));
  }
  return query;
}

}  // namespace

void WorkflowApi::answer_started(const CallPtr& call, const base::Result<Started>& started) {
  if (!started) return call->fail(started.error());
  net::Response response;
  response.status = 202;
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.set("Location", "/api/workflow/executions/" + started->id);
  json::object body{{"executionId", started->id},
                    {"cursor", proto::to_string({hub_.log().epoch(), started->before})}};
  if (started->repeated) body["repeated"] = true;
  response.body = json::serialize(body) + "\n";
  call->respond(std::move(response));
}

void WorkflowApi::execute(const CallPtr& call) {
  auto body = read_body(call->body(), {"workflowId", "input"});
  if (!body) return call->fail(body.error());
  const auto* const id = body->if_contains("workflowId");
  if (id == nullptr || !id->is_string()) {
    return call->fail(base::make_error(ErrorCode::kBadRequest, "workflowId is missing"));
  }
  StartRequest request;
  request.workflow = std::string(id->get_string());
  if (!is_id(request.workflow)) {
    return call->fail(base::make_error(ErrorCode::kBadRequest, "workflowId is no id"));
  }
  if (auto granted = may_execute(*call, request.workflow); !granted) {
    return call->fail(granted.error());
  }
  auto key = request_key(*call, "execute", json::serialize(*body), hub_.clock().unix_millis());
  if (!key) return call->fail(key.error());
  request.once = std::move(*key);
  if (auto* const input = body->if_contains("input")) request.input = std::move(*input);
  request.trigger = json::object{{"type", "manual"}};
  if (!by_of(*call).empty()) request.trigger.get_object()["by"] = by_of(*call);
  request.trace = call->trace();
  workflows_.run([this, call, request = std::move(request)](Workflows::Parts parts) {
    parts.engine.start(request, [this, call](const base::Result<Started>& started) {
      back(base::Task([this, call, started] { answer_started(call, started); }));
    });
  });
}

void WorkflowApi::list(const CallPtr& call) {
  if (auto granted = may_follow(*call, kAllExecutions); !granted) {
    return call->fail(granted.error());
  }
  auto query = list_query(*call);
  if (!query) return call->fail(query.error());
  const auto mask = mask_of(*call);
  if (!mask) return call->fail(mask.error());
  if (*mask != nullptr) {
    const std::string details[] = {"executions", "nodeDetails"};
    const std::string executed[] = {"executions", "nodesExecuted"};
    query->nodes = (*mask)->keeps(details) || (*mask)->keeps(executed);
  }
  answer(
      call,
      [query = *query, mask = *mask](log::State& state, const std::string& cursor) {
        return masked(mask, views::list(state, query, cursor));
      },
      views::empty_list);
}

void WorkflowApi::get_execution(const CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string id(rest.substr(0, slash));
  if (!is_execution_id(id)) return call->fail(not_found(call));
  if (auto granted = may_follow(*call, "workflow/executions/" + id); !granted) {
    return call->fail(granted.error());
  }
  const auto sub = slash == rest.size() ? std::string_view() : rest.substr(slash + 1);
  if (slash == rest.size()) {
    const auto mask = mask_of(*call);
    if (!mask) return call->fail(mask.error());
    return answer(call, [id, mask = *mask](log::State& state, const std::string& cursor) {
      return masked(mask, views::execution(state, id, true, cursor));
    });
  }
  if (sub == "stream") return view_.stream(call, source_of(*call, id));
  if (sub == "changes") return view_.changes(call, source_of(*call, id));
  if (sub == "events") return run_events(call, id);
  if (sub.starts_with("nodes/")) return get_node(call, id, sub.substr(6));
  call->fail(not_found(call));
}

/// `{node}` or `{node}/logs`; a child's slash may be escaped or not.
void WorkflowApi::get_node(const CallPtr& call, const std::string& id, std::string_view rest) {
  constexpr std::string_view kLogs = "/logs";
  const bool logs = rest.ends_with(kLogs);
  if (logs) rest.remove_suffix(kLogs.size());
  const auto path = proto::decode_path(rest);
  if (!path) return call->fail(path.error());
  if (!logs) {
    return answer(call, [id, path = *path](log::State& state, const std::string&) {
      return views::node(state, id, path);
    });
  }
  const auto offset = api::query_number(*call, "offset", 0, UINT32_MAX, 0);
  if (!offset) return call->fail(offset.error());
  const auto limit = api::query_number(*call, "limit", 1, kLogBytesMax, kLogBytesDefault);
  if (!limit) return call->fail(limit.error());
  answer(call, [id, path = *path, offset = *offset, limit = *limit](log::State& state,
                                                                    const std::string&) {
    return views::node_log(state, id, path, offset, limit);
  });
}

void WorkflowApi::post_execution(const CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = rest.find('/');
  const std::string id(rest.substr(0, slash));
  if (slash == rest.npos || !is_execution_id(id)) return call->fail(not_found(call));
  auto sub = rest.substr(slash + 1);
  if (sub == "cancel") return cancel(call, id);
  if (sub == "rerun") return rerun(call, id);
  constexpr std::string_view kNodes = "nodes/";
  constexpr std::string_view kApprove = "/approve";
  if (sub.starts_with(kNodes) && sub.ends_with(kApprove) &&
      sub.size() > kNodes.size() + kApprove.size()) {
    sub.remove_prefix(kNodes.size());
    sub.remove_suffix(kApprove.size());
    const auto node = proto::decode_path(sub);
    return node ? approve(call, id, *node) : call->fail(node.error());
  }
  call->fail(not_found(call));
}

void WorkflowApi::cancel(const CallPtr& call, const std::string& id) {
  with_workflow_of(call, id, [this, call, id](const std::string&, bool over) {
    if (over) return call->fail(base::make_error(ErrorCode::kExecutionOver, id));
    workflows_.run([this, call, id, by = by_of(*call)](Workflows::Parts parts) {
      parts.engine.cancel(id, by, [this, call, id](base::Result<> outcome) {
        back(base::Task([call, id, outcome = std::move(outcome)] {
          // It was live when it was looked up.
          if (!outcome && outcome.error().code == ErrorCode::kNotFound) {
            return call->fail(base::make_error(ErrorCode::kExecutionOver, id));
          }
          if (!outcome) return call->fail(outcome.error());
          call->respond_json(R"({"executionId":")" + id + R"("})");
        }));
      });
    });
  });
}

void WorkflowApi::rerun(const CallPtr& call, const std::string& id) {
  auto body = read_body(call->body(), {"fromNode"});
  if (!body) return call->fail(body.error());
  std::string from;
  if (const auto* const node = body->if_contains("fromNode"); node != nullptr && !node->is_null()) {
    if (!node->is_string()) {
      return call->fail(base::make_error(ErrorCode::kBadRequest, "fromNode takes a node's id"));
    }
    from = std::string(node->get_string());
  }
  with_workflow_of(call, id, [this, call, id, from](const std::string&, bool over) {
    if (!over) return call->fail(base::make_error(ErrorCode::kExecutionRuns, id));
    json::object trigger{{"type", "rerun"}, {"executionId", id}};
    if (!by_of(*call).empty()) trigger["by"] = by_of(*call);
    workflows_.run([this, call, id, from, trigger](Workflows::Parts parts) {
      parts.engine.rerun(id, from, trigger, [this, call](const base::Result<Started>& started) {
        back(base::Task([this, call, started] { answer_started(call, started); }));
      });
    });
  });
}

void WorkflowApi::approvals(const CallPtr& call) {
  if (auto granted = may_follow(*call, kAllExecutions); !granted) {
    return call->fail(granted.error());
  }
  answer(call, views::approvals, views::no_approvals);
}

}  // namespace weir::apps::workflow
