#include "api/small_hub/small_hub.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/native/publish.hpp"
#include "api/small_hub/message.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kBroadcastTopic = "broadcast";
constexpr std::size_t kClientIdBytesMax = 128;

std::string client_topic(std::string_view client_id) {
  return fmt::format("clients/{}", client_id);
}

base::Result<> check_client_id(std::string_view client_id) {
  if (client_id.size() > kClientIdBytesMax) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("client_id has at most {} bytes", kClientIdBytesMax));
  }
  return proto::validate_topic(client_topic(client_id));
}

}  // namespace

void SmallHub::add_routes(Router& router) {
  const auto body_max = [](const auto&, const base::Settings& settings) {
    return settings.event_bytes_max;
  };
  router.add("GET", "/events",
             {[this](CallPtr call) { events(std::move(call)); }, {}, {}, {}, Audience::kReader});
  router.add("POST", "/broadcast",
             {[this](CallPtr call) { broadcast(std::move(call)); },
              {},
              {},
              body_max,
              Audience::kPublisher});
  router.add(
      "POST", "/send",
      {[this](CallPtr call) { send(std::move(call)); }, {}, {}, body_max, Audience::kPublisher});
  router.add(
      "GET", "/stats",
      {[this](const CallPtr& call) {
         call->respond_json(fmt::format(R"({{"active_connections":{}}})", hub_.subscribers()));
       },
       {},
       {},
       {},
       Audience::kReader});
}

void SmallHub::events(CallPtr call) {
  auto client = subscriptions_.new_client();
  client.given = call->target().get("client_id").value_or("");
  const auto client_id = client.shown();
  if (auto valid = check_client_id(client_id); !valid) return call->fail(valid.error());
  auto selectors =
      proto::make_selectors({std::string(kBroadcastTopic), client_topic(client_id)}, {}, 2);
  if (!selectors) return call->fail(selectors.error());
  subscriptions_.open(std::move(call), std::move(*selectors), {.client = std::move(client)});
}

void SmallHub::broadcast(CallPtr call) {
  auto message = read_broadcast(call->body());
  if (!message) return call->fail(message.error());
  publish(std::move(call), std::string(kBroadcastTopic), std::move(message->type),
          std::move(message->data));
}

void SmallHub::send(CallPtr call) {
  auto message = read_send(call->body());
  if (!message) return call->fail(message.error());
  if (message->client_id.empty()) message->client_id = call->target().get("client_id").value_or("");
  auto topic = std::string(kBroadcastTopic);
  if (!message->client_id.empty()) {
    if (auto valid = check_client_id(message->client_id); !valid) return call->fail(valid.error());
    topic = client_topic(message->client_id);
  }
  publish(std::move(call), std::move(topic), std::move(message->type), std::move(message->data));
}

void SmallHub::publish(CallPtr call, std::string topic, std::string type, std::string data) {
  proto::Event event;
  event.topics.push_back(topic);
  event.type = std::move(type);
  event.data = std::move(data);
  if (auto valid = proto::validate(event, event_limits(call->settings())); !valid) {
    return call->fail(valid.error());
  }
  if (auto granted = call->may_publish({&event, 1}); !granted) {
    return call->fail(granted.error());
  }
  hub::PublishRequest request;
  request.events.push_back(std::move(event));
  hub_.publish(
      shard_, std::move(request),
      [this, call, topic](const base::Result<hub::Published>& published) {
        if (!published) return call->fail(published.error());
        hub_.count_subscribers(shard_, {topic}, [call](auto recipients) {
          call->respond_json(fmt::format(R"({{"status":"ok","recipients":{}}})", recipients[0]));
        });
      });
}

}  // namespace weir::api
