#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/router.hpp"
#include "api/subscriptions.hpp"
#include "apps/view/view.hpp"
#include "apps/workflow/workflows.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::apps::workflow {

/// Everything under `/api/workflow/`. Commands go to the engine's thread; what is asked for is read
/// from the tables on a reader's, beside both. One per shard; its thread only.
///
/// Who may what: admins everything; others follow the executions whose topic
/// `workflow/executions/<id>` they may subscribe to (all of them: `workflow/executions/**`), and
/// execute the workflows to whose topic `workflow/execute/<id>` they may publish.
class WorkflowApi {
 public:
  WorkflowApi(hub::Hub& hub, std::size_t shard, Workflows& workflows,
              api::Subscriptions& subscriptions)
      : hub_(hub),
        shard_(shard),
        workflows_(workflows),
        subscriptions_(subscriptions),
        view_(hub, shard, subscriptions) {}

  void add_routes(api::Router& router);

 private:
  /// Makes a text of what the tables hold; `cursor` is where that is true.
  using Make = std::function<base::Result<std::string>(log::State&, const std::string& cursor)>;
  /// What is shown instead while there is no table yet.
  using Empty = std::function<std::string(const std::string& cursor)>;

  void add(api::Router& router, std::string method, std::string path,
           void (WorkflowApi::*handle)(const api::CallPtr&), api::Audience audience);

  // Asking (workflow_api.cpp).
  /// Answers with the text. Without `empty` there is nothing before there is a table: kNotFound.
  void answer(const api::CallPtr& call, Make make, Empty empty = {});
  static ViewRead view_of(const api::Call& call, Make make, Empty empty);
  void back(base::Task task) { hub_.shard(shard_).answer(std::move(task)); }

  // Rights (workflow_api.cpp).
  static constexpr const char* kAllExecutions = "workflow/executions/**";
  bool is_admin(const api::Call& call) const;
  base::Result<> may_follow(const api::Call& call, const std::string& topic) const;
  base::Result<> may_execute(const api::Call& call, const std::string& workflow) const;
  /// Looks up whose execution it is, and goes on if the caller may do something to it.
  void with_workflow_of(const api::CallPtr& call, const std::string& execution,
                        std::function<void(const std::string& workflow, bool over)> go_on);

  // Executions (execution_routes.cpp, stream_routes.cpp).
  void execute(const api::CallPtr& call);
  void hook(const api::CallPtr& call);
  void list(const api::CallPtr& call);
  void list_stream(const api::CallPtr& call);
  void list_changes(const api::CallPtr& call);
  ViewSource list_source(const api::Call& call);
  void get_execution(const api::CallPtr& call);
  void post_execution(const api::CallPtr& call);
  void get_node(const api::CallPtr& call, const std::string& id, std::string_view rest);
  void cancel(const api::CallPtr& call, const std::string& id);
  void rerun(const api::CallPtr& call, const std::string& id);
  void approve(const api::CallPtr& call, const std::string& id, const std::string& node);
  void answer_started(const api::CallPtr& call, const base::Result<Started>& started);
  void approvals(const api::CallPtr& call);

  /// An execution that is not there has no stream either (kNotFound).
  ViewSource source_of(const api::Call& call, const std::string& id);
  void run_events(const api::CallPtr& call, const std::string& id);

  // Definitions (definition_routes.cpp).
  void definitions(const api::CallPtr& call);
  void get_definition(const api::CallPtr& call);
  void put_definition(const api::CallPtr& call);
  void post_definition(const api::CallPtr& call);
  void validate(const api::CallPtr& call);
  void schema(const api::CallPtr& call);
  void kinds(const api::CallPtr& call);
  void library(const api::CallPtr& call);

  // Schedules and secrets (admin_routes.cpp).
  void schedules(const api::CallPtr& call);
  void get_schedule(const api::CallPtr& call);
  void put_schedule(const api::CallPtr& call);
  void secrets(const api::CallPtr& call);
  void put_secret(const api::CallPtr& call);
  void delete_secret(const api::CallPtr& call);
  void make_hooks(const api::CallPtr& call, const std::string& workflow, std::uint64_t version,
                  std::vector<std::string> hooks, int status);

  hub::Hub& hub_;
  std::size_t shard_;
  Workflows& workflows_;
  api::Subscriptions& subscriptions_;
  View view_;
};

}  // namespace weir::apps::workflow
