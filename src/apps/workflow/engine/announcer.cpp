#include "apps/workflow/engine/announcer.hpp"

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "apps/workflow/model/node_kind.hpp"
#include "proto/cursor.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

EffectOutcome wrong(std::string error) {
  EffectOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

std::vector<std::string> topics_of(const EffectRequest& request) {
  std::vector<std::string> topics;
  const auto add = [&](const char* where, const json::value& who) {
    if (who.is_string()) topics.push_back(where + std::string(who.get_string()));
  };
  if (request.kind == NodeKind::kTask) {
    const auto* const owner = request.with.if_contains("owner");
    add("task-feed/", owner == nullptr ? json::value(request.id.execution) : *owner);
  } else if (const auto* const recipients = request.with.if_contains("recipients")) {
    if (!recipients->is_array()) add("notifications/", *recipients);
    if (const auto* const all = recipients->if_array()) {
      for (const auto& each : *all) add("notifications/", each);
    }
  }
  return topics;
}

}  // namespace

void HubAnnouncer::announce(EffectRequest request, std::shared_ptr<EffectSink> sink) {
  hub::PublishRequest publish;
  auto data = request.with;
  data["executionId"] = request.id.execution;
  data["nodeId"] = request.id.node;
  const bool task = request.kind == NodeKind::kTask;
  for (auto& topic : topics_of(request)) {
    proto::Event event;
    event.topics.push_back(std::move(topic));
    event.type = "notification";
    if (task) {
      const auto* const action = request.with.if_contains("action");
      event.type =
          "task." + (action == nullptr || !action->is_string() ? std::string("progress")
                                                               : std::string(action->get_string()));
    }
    event.data = json::serialize(data);
    event.flags = proto::kPrivate;
    if (auto valid = proto::validate_topic(event.topics.front()); !valid) {
      return sink->done(wrong(valid.error().message()));
    }
    publish.events.push_back(std::move(event));
  }
  if (publish.events.empty()) return sink->done(wrong("there is nobody to tell"));
  // One event for an attempt, whatever becomes of the answer.
  publish.idempotency_key =
      request.id.execution + " " + request.id.node + " " + std::to_string(request.id.attempt);
  publish.trace = request.trace;
  const auto count = publish.events.size();
  hub_.publish_now(std::move(publish), [sink, count](base::Result<hub::Published> published) {
    EffectOutcome outcome;
    outcome.ok = published.has_value();
    if (published) {
      const auto last = published->first.value_or(base::Sequence{}) + (published->count - 1);
      outcome.output =
          json::object{{"cursor", proto::to_string({published->epoch, last})}, {"events", count}};
    } else {
      outcome.error = published.error().message();
      outcome.retryable = base::info(published.error().code).retryable;
    }
    sink->done(std::move(outcome));
  });
}

}  // namespace weir::apps::workflow
