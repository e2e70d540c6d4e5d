#include "apps/notifications/api/producer_api.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "apps/notifications/occurrence.hpp"
#include "apps/notifications/telling.hpp"
#include "apps/view/caller.hpp"
#include "proto/event.hpp"

namespace weir::apps::notifications {
namespace {

using api::CallPtr;
using base::Result;

constexpr std::string_view kGrant = "notifications";

}  // namespace

void ProducerApi::add_routes(api::Router& router) {
  const auto body_max = [](const net::RequestHead&, const base::Settings& settings) {
    return settings.body_bytes_max;
  };
  const auto add = [&](std::string path, auto handle) {
    router.add("POST", std::move(path),
               {std::move(handle), {}, {}, body_max, api::Audience::kKnown});
  };
  add("/api/notifications", [this](const CallPtr& call) { notify(call); });
  add("/api/messages/send", [this](const CallPtr& call) { happened(call, "message", {}); });
  add("/api/hire", [this](const CallPtr& call) { happened(call, "hire_request", {}); });
  add("/api/tasks/", [this](const CallPtr& call) { task(call); });
}

void ProducerApi::notify(const CallPtr& call) {
  auto request =
      read_notify_request(call->body(), call->settings().notifications, hub_.clock().unix_millis());
  if (!request) return call->fail(request.error());
  const auto& to = request->recipients;
  auto granted =
      to.by_name_only() ? may_produce(*call, kGrant, to.users) : may_produce_for_all(*call, kGrant);
  if (!granted) return call->fail(granted.error());
  tell(call, std::move(*request), std::string(call->body()));
}

void ProducerApi::task(const CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = rest.find('/');
  const auto what = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  std::string_view type;
  if (what == "messages") type = "task_message";
  if (what == "responses") type = "task_response";
  if (what == "review") type = "review";
  if (what == "complete") type = "task_completed";
  auto id = proto::decode_path(rest.substr(0, slash));
  if (type.empty() || !id || !proto::validate_topic(*id)) {
    return call->fail(base::make_error(base::ErrorCode::kNotFound, call->target().raw_path));
  }
  happened(call, type, std::move(*id));
}

void ProducerApi::happened(const CallPtr& call, std::string_view type, std::string task) {
  auto request = read_occurrence(call->body(), type, task, call->access().subject,
                                 call->settings().notifications);
  if (!request) return call->fail(request.error());
  if (auto granted = may_produce(*call, kGrant, request->recipients.users); !granted) {
    return call->fail(granted.error());
  }
  tell(call, std::move(*request), {});
}

void ProducerApi::tell(const CallPtr& call, NotifyRequest request, std::string body) {
  const auto what = fmt::format("{}\n{}", call->target().raw_path, call->body());
  const auto key = request_key(*call, kGrant, what, hub_.clock().unix_millis());
  if (!key) return call->fail(key.error());
  auto json = std::make_shared<std::string>();
  const bool partly = !request.recipients.by_name_only();
  notifications_.change(
      shard_,
      [request = std::move(request), body = std::move(body), key = *key, json,
       epoch = hub_.log().epoch()](const Commit& commit) -> Result<> {
        auto answer = tell_once(commit, key, request, body, epoch);
        if (!answer) return answer.error();
        *json = std::move(*answer);
        return {};
      },
      [call, json, partly](const Result<>& outcome) {
        if (!outcome) return call->fail(outcome.error());
        net::Response response;
        response.status = partly ? 202 : 201;
        response.set("Content-Type", "application/json");
        response.set("Cache-Control", "no-store");
        response.body = *json + "\n";
        call->respond(std::move(response));
      });
}

}  // namespace weir::apps::notifications
