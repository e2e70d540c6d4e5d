#include "apps/webhooks/webhook_api.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "apps/view/answers.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::apps {
namespace {

std::string hook_json(base::Epoch epoch, const HookStatus& hook) {
  std::vector<std::string> topics;
  for (const auto& topic : hook.topics) topics.push_back(proto::json_string(topic));
  return fmt::format(
      R"({{"name":{},"origin":{},"topics":[{}],"cursor":"{}","pending":{},"delivered":{},)"
      R"("failures":{},"dead_letters":{},"disabled":{},"trouble":{},"key":{}}})",
      proto::json_string(hook.name), proto::json_string(hook.origin), fmt::join(topics, ","),
      proto::to_string({epoch, hook.cursor}), hook.pending, hook.delivered, hook.failures,
      hook.dead_letters, proto::json_string_or_null(hook.disabled),
      proto::json_string_or_null(hook.trouble), proto::json_string(hook.key));
}

}  // namespace

void WebhookApi::add_routes(api::Router& router) {
  router.add("GET", "/v1/webhooks", {[this](const api::CallPtr& call) { list(call); }, {}, {}, {}});
  router.add("POST", "/v1/webhooks/",
             {[this](const api::CallPtr& call) { switch_hook(call); }, {}, {}, {}});
  router.add(
      "GET", "/.well-known/weir-webhook-keys",
      {[this](const api::CallPtr& call) { keys(call); }, {}, {}, {}, api::Audience::kEverybody});
}

void WebhookApi::list(const api::CallPtr& call) {
  webhooks_.status([this, call](const std::vector<HookStatus>& hooks) {
    std::vector<std::string> out;
    for (const auto& hook : hooks) out.push_back(hook_json(hub_.log().epoch(), hook));
    back([call, json = fmt::format(R"({{"webhooks":[{}]}})", fmt::join(out, ","))] {
      call->respond_json(json);
    });
  });
}

void WebhookApi::keys(const api::CallPtr& call) {
  webhooks_.status([this, call](const std::vector<HookStatus>& hooks) {
    std::set<std::string> out;
    for (const auto& hook : hooks) out.insert(proto::json_string(hook.key));
    back([call, json = fmt::format(R"({{"keys":[{}]}})", fmt::join(out, ","))] {
      call->respond_json(json);
    });
  });
}

void WebhookApi::switch_hook(const api::CallPtr& call) {
  const auto rest = call->rest();
  const auto slash = rest.find('/');
  const auto verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  const auto unknown = base::make_error(base::ErrorCode::kNotFound, call->target().raw_path);
  if (verb != "enable" && verb != "disable") return call->fail(unknown);
  webhooks_.switch_hook(std::string(rest.substr(0, slash)), verb == "enable",
                        [this, call, unknown](bool found) {
                          back([call, unknown, found] {
                            if (!found) return call->fail(unknown);
                            answer_empty(call);
                          });
                        });
}

}  // namespace weir::apps
