// Routes of streams: a view's snapshot and its changes, by SSE, WebSocket, long polling or polling.

#include <utility>

#include "api/opening.hpp"
#include "api/subscription_query.hpp"
#include "apps/workflow/api/views.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "apps/workflow/engine/load.hpp"

namespace weir::apps::workflow {
namespace {

using api::CallPtr;

constexpr std::uint32_t kListSnapshot = 50;

}  // namespace

ViewSource WorkflowApi::source_of(const api::Call& call, const std::string& id) {
  return {.topic = execution_topic(id),
          .snapshot = view_of(call,
                              [id](log::State& state, const std::string& cursor) {
                                return views::execution(state, id, false, cursor);
                              },
                              {}),
          .exists = [id](log::State& state) -> base::Result<> {
            if (auto row = store::need_row(state, id); !row) return row.error();
            return {};
          }};
}

ViewSource WorkflowApi::list_source(const api::Call& call) {
  return {.topic = std::string(kListTopic),
          .snapshot = view_of(
              call,
              [](log::State& state, const std::string& cursor) {
                views::ListQuery query;
                query.limit = kListSnapshot;
                return views::list(state, query, cursor);
              },
              views::empty_list)};
}

void WorkflowApi::list_stream(const CallPtr& call) {
  if (auto granted = may_follow(*call, kAllExecutions); !granted) {
    return call->fail(granted.error());
  }
  view_.stream(call, list_source(*call));
}

void WorkflowApi::list_changes(const CallPtr& call) {
  if (auto granted = may_follow(*call, kAllExecutions); !granted) {
    return call->fail(granted.error());
  }
  view_.changes(call, list_source(*call));
}

/// The execution's own events, from its first on: what a replay of it is made of.
void WorkflowApi::run_events(const CallPtr& call, const std::string& id) {
  auto selectors = proto::make_selectors({execution_topic(id)}, {}, 1);
  if (!selectors) return call->fail(selectors.error());
  auto after = std::string(call->target().get("after").value_or(""));
  if (after.empty()) after = "earliest";
  view_.read<ExecutionRow>([id](log::State& state) { return store::need_row(state, id); },
                           [this, call, after, selectors = std::move(*selectors)](
                               const base::Result<ExecutionRow>& found) mutable {
                             if (!found) return call->fail(found.error());
                             if (!call->exchange().alive()) return;
                             subscriptions_.poll(call, std::move(selectors),
                                                 {.client = subscriptions_.new_client(),
                                                  .granted = true,
                                                  .start = api::start_of(after, 0)});
                           });
}

}  // namespace weir::apps::workflow
