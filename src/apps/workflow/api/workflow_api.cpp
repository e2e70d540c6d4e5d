#include "apps/workflow/api/workflow_api.hpp"

#include <algorithm>
#include <utility>

#include "api/opening.hpp"
#include "apps/view/answers.hpp"
#include "apps/workflow/engine/load.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "apps/workflow/model/definition.hpp"

namespace weir::apps::workflow {

using api::Audience;
using api::CallPtr;
using base::ErrorCode;

void WorkflowApi::add(api::Router& router, std::string method, std::string path,
                      void (WorkflowApi::*handle)(const CallPtr&), Audience audience) {
  api::Action action;
  action.handle = [this, handle](const CallPtr& call) { (this->*handle)(call); };
  // A definition may be larger than other bodies; so may an input.
  action.body_bytes_max = [](const net::RequestHead&, const base::Settings& settings) {
    return std::max<std::size_t>(kDefinitionBytesMax, settings.workflow.value_bytes_max) + 4096;
  };
  action.audience = audience;
  router.add(std::move(method), std::move(path), std::move(action));
}

void WorkflowApi::add_routes(api::Router& router) {
  const std::string base = "/api/workflow/";
  using A = WorkflowApi;
  add(router, "POST", base + "execute", &A::execute, Audience::kMember);
  add(router, "POST", base + "hooks/", &A::hook, Audience::kEverybody);
  add(router, "GET", base + "executions", &A::list, Audience::kMember);
  add(router, "GET", base + "executions/stream", &A::list_stream, Audience::kMember);
  add(router, "GET", base + "executions/changes", &A::list_changes, Audience::kMember);
  add(router, "GET", base + "executions/", &A::get_execution, Audience::kMember);
  add(router, "POST", base + "executions/", &A::post_execution, Audience::kKnown);
  add(router, "GET", base + "approvals", &A::approvals, Audience::kMember);

  add(router, "GET", base + "definitions", &A::definitions, Audience::kMember);
  add(router, "POST", base + "definitions/validate", &A::validate, Audience::kMember);
  add(router, "GET", base + "definitions/", &A::get_definition, Audience::kMember);
  add(router, "PUT", base + "definitions/", &A::put_definition, Audience::kAdmin);
  add(router, "DELETE", base + "definitions/", &A::delete_definition, Audience::kAdmin);
  add(router, "POST", base + "definitions/", &A::post_definition, Audience::kAdmin);
  add(router, "GET", base + "schema", &A::schema, Audience::kMember);
  add(router, "GET", base + "node-kinds", &A::kinds, Audience::kMember);
  add(router, "GET", base + "examples", &A::library, Audience::kMember);

  add(router, "GET", base + "schedules", &A::schedules, Audience::kAdmin);
  add(router, "GET", base + "schedules/", &A::get_schedule, Audience::kAdmin);
  add(router, "PUT", base + "schedules/", &A::put_schedule, Audience::kAdmin);
  add(router, "GET", base + "secrets", &A::secrets, Audience::kAdmin);
  add(router, "PUT", base + "secrets/", &A::put_secret, Audience::kAdmin);
  add(router, "DELETE", base + "secrets/", &A::delete_secret, Audience::kAdmin);
}

ViewRead WorkflowApi::view_of(const api::Call& call, Make make, Empty empty) {
  return [make = std::move(make), empty = std::move(empty), path = call.target().raw_path](
             log::State& state, const std::string& cursor) -> base::Result<ViewState> {
    const auto prepared = store::is_prepared(state);
    if (!prepared) return prepared.error();
    if (!*prepared && !empty) return base::make_error(ErrorCode::kNotFound, path);
    auto text = *prepared ? make(state, cursor) : empty(cursor);
    if (!text) return text.error();
    return ViewState{.json = std::move(*text)};
  };
}

void WorkflowApi::answer(const CallPtr& call, Make make, Empty empty) {
  view_.answer(call, view_of(*call, std::move(make), std::move(empty)));
}

void WorkflowApi::answer_done(const CallPtr& call, base::Result<> outcome) {
  back(base::Task([call, outcome = std::move(outcome)] {
    if (!outcome) return call->fail(outcome.error());
    answer_empty(call);
  }));
}

bool WorkflowApi::is_admin(const api::Call& call) const {
  return call.gate().is_admin(call.access(), call.head(), call.settings());
}

base::Result<> WorkflowApi::may_follow(const api::Call& call, const std::string& topic) const {
  if (is_admin(call)) return {};
  auto wanted = proto::make_selectors({}, {topic}, 1);
  if (!wanted) return wanted.error();
  return call.may_subscribe(*wanted);
}

base::Result<> WorkflowApi::may_execute(const api::Call& call, const std::string& workflow) const {
  if (is_admin(call)) return {};
  return call.gate().may_publish_to(call.access(), "workflow/execute/" + workflow);
}

void WorkflowApi::with_workflow_of(
    const CallPtr& call, const std::string& execution,
    std::function<void(const std::string& workflow, bool over)> go_on) {
  view_.read<ExecutionRow>(
      [execution](log::State& state) { return store::need_row(state, execution); },
      [this, call, go_on = std::move(go_on)](const base::Result<ExecutionRow>& row) {
        // Who may not touch it does not learn whether it is there, either.
        if (!row && row.error().code == ErrorCode::kNotFound && !is_admin(*call)) {
          return call->fail(api::Gate::refusal(call->access(), "this execution"));
        }
        if (!row) return call->fail(row.error());
        if (auto granted = may_execute(*call, row->workflow); !granted) {
          return call->fail(granted.error());
        }
        go_on(row->workflow, is_terminal(row->status));
      });
}

}  // namespace weir::apps::workflow
