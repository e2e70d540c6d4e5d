#include "node/app_announcer.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "apps/notifications/draft.hpp"
#include "apps/notifications/telling.hpp"
#include "apps/once.hpp"
#include "node/effect_failure.hpp"

namespace weir::node {
namespace {

namespace json = boost::json;
using apps::workflow::EffectOutcome;
using apps::workflow::EffectRequest;
using apps::workflow::EffectSink;
using apps::workflow::NodeKind;

/// The body of `POST /api/notifications` that says the same as the node's `with`.
std::string body_of(const EffectRequest& request) {
  auto body = request.with;
  if (auto* const found = body.if_contains("recipients")) {
    // Another member may move all that there are.
    auto recipients = std::move(*found);
    body.erase("recipients");
    body[recipients.is_string() ? "user" : "users"] = std::move(recipients);
  }
  // As other nodes call it.
  if (auto* const severity = body.if_contains("severity"); severity && *severity == "error") {
    *severity = "critical";
  }
  if (!body.contains("type")) body["type"] = "message";
  auto& data = body["data"];
  if (!data.is_object()) data.emplace_object();
  data.get_object().emplace("executionId", request.id.execution);
  data.get_object().emplace("nodeId", request.id.node);
  return json::serialize(body);
}

}  // namespace

void AppAnnouncer::announce(EffectRequest request, std::shared_ptr<EffectSink> sink) {
  if (request.kind == NodeKind::kNotify) return notify(request, sink);
  task_nodes_.announce(request, sink);
}

void AppAnnouncer::notify(const EffectRequest& request, const std::shared_ptr<EffectSink>& sink) {
  if (!notifications_.running()) {
    return sink->done(failure("notifications are off on this server (the setting notifications)"));
  }
  const auto settings = hub_.settings();
  const auto now = hub_.clock().unix_millis();
  auto body = body_of(request);
  auto wanted = apps::notifications::read_notify_request(body, settings->notifications, now);
  if (!wanted) return sink->done(failure(wanted.error()));
  // All attempts of a node tell once: a crash may come between the commit and its answer.
  const apps::once::Key once{
      .text = fmt::format("notify {} {}", request.id.execution, request.id.node),
      .fingerprint = {},
      .expires = now + settings->idempotency_window.count()};
  auto answer = std::make_shared<std::string>();
  notifications_.change_now(
      [wanted = std::move(*wanted), body = std::move(body), once, answer,
       epoch = hub_.log().epoch()](const apps::notifications::Commit& commit) -> base::Result<> {
        auto told = apps::notifications::tell_once(commit, once, wanted, body, epoch);
        if (!told) return told.error();
        *answer = std::move(*told);
        return {};
      },
      [sink, answer](const base::Result<>& committed) {
        if (!committed) return sink->done(failure(committed.error()));
        EffectOutcome outcome;
        outcome.ok = true;
        outcome.output = json::parse(*answer);
        sink->done(std::move(outcome));
      });
}

}  // namespace weir::node
