// Routes by which people decide, and others outside begin executions.

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "access/crypto.hpp"
#include "apps/view/caller.hpp"
#include "apps/workflow/api/body.hpp"
#include "apps/workflow/api/workflow_api.hpp"
#include "apps/workflow/engine/schema.hpp"
#include "log/value.hpp"
#include "proto/url.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using api::CallPtr;
using base::ErrorCode;

/// Who is asked: those who may execute the workflow, unless the node names others.
base::Result<> may_decide(const api::Call& call, const json::value& approvers) {
  const auto* const names = approvers.if_array();
  if (names == nullptr || names->empty()) return {};
  const auto& access = call.access();
  const bool named = std::any_of(names->begin(), names->end(), [&](const json::value& each) {
    if (!each.is_string()) return false;
    const std::string text(each.get_string());
    if (!access.subject.empty() && text == access.subject) return true;
    // A selector: whoever may publish there.
    return text.find('/') != text.npos && call.gate().may_publish_to(access, text).has_value();
  });
  if (named) return {};
  return api::Gate::refusal(access, "others are asked");
}

/// What of a request a definition may look at.
json::object trigger_of(const api::Call& call, const std::string& hook) {
  json::object headers;
  for (const auto& [name, value] : call.head().headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    // What a caller shows of itself is not the workflow's to store.
    if (lower == "authorization" || lower == "cookie") continue;
    headers[lower] = value;
  }
  json::object query;
  for (const auto& [name, value] : call.target().query) query[name] = value;
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 64;
  auto body = json::parse(call.body(), error, {}, options);
  return {{"type", "webhook"},
          {"id", hook},
          {"headers", std::move(headers)},
          {"query", std::move(query)},
          {"body", error ? json::value(call.body()) : std::move(body)}};
}

}  // namespace

void WorkflowApi::approve(const CallPtr& call, const std::string& id, const std::string& node) {
  auto body = read_body(call->body(), {"decision", "comment"});
  if (!body) return call->fail(body.error());
  const auto text = [&](const char* name) {
    const auto* const found = body->if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
  };
  const auto decision = text("decision");
  const bool approves = decision == "approve" || decision == "approved";
  if (!approves && decision != "reject" && decision != "rejected") {
    return call->fail(
        base::make_error(ErrorCode::kBadRequest, "decision takes \"approve\" or \"reject\""));
  }
  command::Decide decide{node, approves, text("comment"), call->access().subject};
  struct Asked {
    std::string workflow;
    json::value approvers;
  };
  using Found = std::optional<Asked>;
  view_.read<Found>(
      [id, node](log::State& state) -> base::Result<Found> {
        Found asked;
        const auto prepared = store::is_prepared(state);
        if (!prepared) return prepared.error();
        if (!*prepared) return asked;
        const log::Value which[] = {id, node};
        auto found = state.query(
            "SELECT workflow, approvers FROM workflow_approvals WHERE execution_id = ? AND node = "
            "?",
            which, [&](log::Row row) {
              boost::system::error_code ignored;
              asked = Asked{log::text_of(row[0]), json::parse(log::text_of(row[1]), ignored)};
            });
        if (!found) return found.error();
        return asked;
      },
      [this, call, id, node, decide](const base::Result<Found>& found) {
        if (!found) return call->fail(found.error());
        const auto& asked = *found;
        // Who is not asked learns nothing of what is.
        if (!asked) {
          with_workflow_of(call, id, [call, id, node](const std::string&, bool over) {
            call->fail(base::make_error(over ? ErrorCode::kExecutionOver : ErrorCode::kNotWaiting,
                                        over ? id : node));
          });
          return;
        }
        const auto* const names = asked->approvers.if_array();
        auto granted = names == nullptr || names->empty() ? may_execute(*call, asked->workflow)
                       : is_admin(*call)                  ? base::Result<>()
                                                          : may_decide(*call, asked->approvers);
        if (!granted) return call->fail(granted.error());
        workflows_.run([this, call, id, node, decide](Workflows::Parts parts) {
          parts.engine.decide(id, decide, [this, call, id, node](base::Result<> outcome) {
            back(base::Task([call, id, node, outcome = std::move(outcome)] {
              if (!outcome) return call->fail(outcome.error());
              call->respond_json(
                  json::serialize(json::object{{"executionId", id}, {"nodeId", node}}));
            }));
          });
        });
      });
}

/// `POST /api/workflow/hooks/{token}`: the token is all that is asked for.
void WorkflowApi::hook(const CallPtr& call) {
  const auto token = proto::decode_path(call->rest());
  if (!token) return call->fail(token.error());
  const auto hash = access::to_hex(access::sha256(*token));
  struct Hook {
    std::string workflow;
    std::string id;
  };
  using Found = std::optional<Hook>;
  view_.read<Found>(
      [hash](log::State& state) -> base::Result<Found> {
        Found hook;
        const auto prepared = store::is_prepared(state);
        if (!prepared) return prepared.error();
        if (!*prepared) return hook;
        const log::Value which[] = {hash};
        auto found = state.query(
            "SELECT workflow, hook FROM workflow_hooks WHERE token_hash = ?", which,
            [&](log::Row row) { hook = Hook{log::text_of(row[0]), log::text_of(row[1])}; });
        if (!found) return found.error();
        return hook;
      },
      [this, call, hash](const base::Result<Found>& found) {
        if (!found) return call->fail(found.error());
        const auto& hook = *found;
        if (!hook) {
          return call->fail(base::make_error(ErrorCode::kNotFound, "there is no such hook"));
        }
        auto fired = trigger_of(*call, hook->id);
        const auto key =
            request_key(*call, "hook " + hash, call->body(), hub_.clock().unix_millis());
        if (!key) return call->fail(key.error());
        workflows_.run([this, call, hook = *hook, fired, key = *key,
                        trace = call->trace()](Workflows::Parts parts) {
          auto request = parts.triggers.webhook(hook.workflow, hook.id, fired);
          if (!request) {
            return back(base::Task([call, error = request.error()] { call->fail(error); }));
          }
          request->once = key;
          request->trace = trace;
          parts.engine.start(
              std::move(*request), [this, call](const base::Result<Started>& started) {
                back(base::Task([this, call, started] { answer_started(call, started); }));
              });
        });
      });
}

}  // namespace weir::apps::workflow
