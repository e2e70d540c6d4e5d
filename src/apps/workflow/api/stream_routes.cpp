// Routes of streams: a view's snapshot and its changes, by SSE, WebSocket, long polling or polling.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "api/opening.hpp"
#include "api/query_number.hpp"
#include "apps/workflow/api/views.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "apps/workflow/engine/load.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::apps::workflow {
namespace {

using api::CallPtr;
using base::ErrorCode;

constexpr std::uint32_t kListSnapshot = 50;

/// Where a client says that it goes on; a browser's own reconnect repeats the old URL.
std::string asked_cursor(const api::Call& call, std::string_view name) {
  if (const auto header = call.header("Last-Event-ID"); !header.empty()) return std::string(header);
  for (const auto each :
       {std::string_view("lastEventId"), std::string_view("last_event_id"), name}) {
    if (const auto text = call.target().get(each)) return std::string(*text);
  }
  return {};
}

/// Why a client cannot go on from there; empty if it can.
std::string why_not(const log::Log& log, base::Sequence heard, const std::string& topic,
                    const std::string& text) {
  const auto cursor = proto::parse_cursor(text);
  if (!cursor) return "unknown";
  if (cursor->epoch != log.epoch()) return "epoch";
  // The shard may have heard of a commit whose publisher is yet to be answered.
  if (cursor->sequence > std::max(log.head(), heard)) return "unknown";
  const auto floors = log.floors();
  if (cursor->sequence < floors->all) return "trimmed";
  const auto own = floors->topics.find(topic);
  if (own != floors->topics.end() && cursor->sequence < own->second) return "trimmed";
  return {};
}

}  // namespace

/// With a cursor that is good the changes after it; else the state first.
void WorkflowApi::open_view(const CallPtr& call, View view, std::string_view name) {
  auto selectors = proto::make_selectors({view.topic}, {}, 1);
  if (!selectors) return call->fail(selectors.error());
  const auto asked = asked_cursor(*call, name);
  const bool told = asked == "earliest" || asked == "latest";
  const auto heard = hub_.shard(shard_).head_cursor().sequence;
  const auto why =
      asked.empty() || told ? std::string() : why_not(hub_.log(), heard, view.topic, asked);
  const bool resumes = !asked.empty() && why.empty();
  auto at = std::make_shared<base::Sequence>();
  read(
      [view, resumes, at, epoch = hub_.log().epoch()](
          log::State& state, base::Sequence as_of) -> base::Result<std::string> {
        *at = as_of;
        const auto prepared = store::is_prepared(state);
        if (!prepared) return prepared.error();
        if (view.execution.empty()) {
          if (!*prepared) return views::empty_list({epoch, as_of});
          return resumes ? std::string() : view.snapshot(state, as_of);
        }
        const auto missing = base::make_error(ErrorCode::kNotFound, view.execution);
        if (!*prepared) return missing;
        if (!resumes) return view.snapshot(state, as_of);
        auto row = store::find_row(state, view.execution);
        if (!row) return row.error();
        return *row ? base::Result<std::string>(std::string()) : missing;
      },
      [this, call, view, asked, why, resumes, at,
       selectors = std::move(*selectors)](base::Result<std::string> json) mutable {
        if (!json) return call->fail(json.error());
        if (!call->exchange().alive()) return;
        api::Opening opening{.client = subscriptions_.new_client()};
        opening.granted = true;
        const auto epoch = hub_.log().epoch();
        if (resumes) {
          const bool earliest = asked == "earliest";
          opening.start = asked == "latest" ? hub::Start{}
                          : earliest        ? hub::Start{hub::Start::Kind::kEarliest, 0, {}}
                                            : hub::Start{hub::Start::Kind::kCursor, 0, asked};
        } else {
          if (!why.empty()) {
            opening.gap =
                fmt::format(R"({{"requested":{},"available_from":"{}","reason":"{}"}})",
                            proto::json_string(asked), proto::to_string({epoch, *at}), why);
          }
          opening.snapshot = api::Snapshot{.topic = view.topic,
                                           .json = std::move(*json),
                                           .at = *at,
                                           .time = hub_.clock().unix_millis()};
          opening.start = hub::Start{hub::Start::Kind::kCursor, 0, proto::to_string({epoch, *at})};
        }
        if (view.poll) return subscriptions_.poll(call, std::move(selectors), std::move(opening));
        subscriptions_.open(call, std::move(selectors), std::move(opening));
      });
}

void WorkflowApi::open_list(const CallPtr& call, bool poll) {
  if (auto granted = may_follow(*call, "workflow/executions/**"); !granted) {
    return call->fail(granted.error());
  }
  View view;
  view.topic = std::string(kListTopic);
  view.snapshot = [epoch = hub_.log().epoch()](log::State& state, base::Sequence as_of) {
    views::ListQuery query;
    query.limit = kListSnapshot;
    return views::list(state, query, {epoch, as_of});
  };
  view.poll = poll;
  open_view(call, std::move(view), poll ? "since" : "after");
}

void WorkflowApi::list_stream(const CallPtr& call) { open_list(call, false); }
void WorkflowApi::list_changes(const CallPtr& call) { open_list(call, true); }

/// The execution's own events, from its first on: what a replay of it is made of.
void WorkflowApi::run_events(const CallPtr& call, const std::string& id) {
  auto selectors = proto::make_selectors({execution_topic(id)}, {}, 1);
  if (!selectors) return call->fail(selectors.error());
  const auto after = std::string(call->target().get("after").value_or(""));
  read(
      [id](log::State& state, base::Sequence) -> base::Result<std::string> {
        const auto missing = base::make_error(ErrorCode::kNotFound, id);
        const auto prepared = store::is_prepared(state);
        if (!prepared) return prepared.error();
        if (!*prepared) return missing;
        auto row = store::find_row(state, id);
        if (!row) return row.error();
        return *row ? base::Result<std::string>(std::string()) : missing;
      },
      [this, call, after,
       selectors = std::move(*selectors)](base::Result<std::string> found) mutable {
        if (!found) return call->fail(found.error());
        if (!call->exchange().alive()) return;
        api::Opening opening{.client = subscriptions_.new_client()};
        opening.granted = true;
        opening.start = after.empty() ? hub::Start{hub::Start::Kind::kEarliest, 0, {}}
                                      : hub::Start{hub::Start::Kind::kCursor, 0, after};
        subscriptions_.poll(call, std::move(selectors), std::move(opening));
      });
}

}  // namespace weir::apps::workflow
