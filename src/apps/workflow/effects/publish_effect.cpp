#include "apps/workflow/effects/publish_effect.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "apps/workflow/effects/with.hpp"
#include "apps/workflow/model/json_members.hpp"
#include "proto/cursor.hpp"
#include "proto/system_topic.hpp"

namespace weir::apps::workflow {

base::Result<hub::PublishRequest> publish_request(const EffectRequest& request,
                                                  const base::Settings& settings) {
  proto::Event event;
  event.topics.emplace_back(text_member(request.with, "topic"));
  event.type = text_member(request.with, "event");
  event.key = text_member(request.with, "key");
  event.trace = request.trace;
  if (const auto* data = request.with.if_contains("data")) {
    event.data = data->is_string() ? std::string(text_member(request.with, "data"))
                                   : boost::json::serialize(*data);
  }
  const auto* hidden = request.with.if_contains("private");
  if (hidden != nullptr && hidden->is_bool() && hidden->get_bool()) event.flags = proto::kPrivate;
  if (proto::is_system_topic(event.topics.front())) {
    return base::make_error(
        base::ErrorCode::kForbidden,
        fmt::format("\"{}\" is the server's own to publish to", event.topics.front()));
  }
  const proto::EventLimits limits{.data_bytes_max =
                                      static_cast<std::size_t>(settings.event_bytes_max)};
  if (auto valid = proto::validate(event, limits); !valid) return valid.error();
  hub::PublishRequest publish;
  publish.events.push_back(std::move(event));
  publish.idempotency_key = fmt::format("workflow {} {}", request.id.execution, request.id.node);
  publish.trace = request.trace;
  return publish;
}

EffectOutcome publish_outcome(const base::Result<hub::Published>& published) {
  EffectOutcome outcome;
  if (!published) {
    outcome.error = published.error().message();
    outcome.retryable = base::info(published.error().code).retryable;
    return outcome;
  }
  outcome.ok = true;
  const proto::Cursor cursor{published->epoch, published->first.value_or(base::Sequence{})};
  outcome.output = boost::json::object{{"cursor", proto::to_string(cursor)}};
  return outcome;
}

}  // namespace weir::apps::workflow
