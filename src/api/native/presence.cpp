#include "api/native/presence.hpp"

#include <fmt/format.h>

#include "api/subscription_query.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

constexpr std::uint32_t kListDefault = 100;
constexpr std::uint32_t kListMax = 1000;

std::string page_json(const std::string& topic, const hub::PresencePage& page, bool more) {
  std::string json =
      fmt::format(R"({{"topic":{},"total":{},"members":[)", proto::json_string(topic), page.total);
  for (std::size_t i = 0; i < page.members.size(); ++i) {
    if (i > 0) json.push_back(',');
    json.append(hub::presence_json(page.members[i])).push_back('}');
  }
  json.push_back(']');
  if (more) json += fmt::format(R"(,"next":{})", proto::json_string(page.members.back().id));
  return json + "}";
}

}  // namespace

void PresenceApi::add_routes(Router& router) {
  router.add("GET", "/v1/presence",
             {.handle = [this](const CallPtr& call) { list(call); },
              .handle_stream = {},
              .streams = {},
              .body_bytes_max = {}});
}

base::Result<> PresenceApi::check_access(const Call&, std::string_view) const { return {}; }

void PresenceApi::list(const CallPtr& call) {
  const auto topics = call->target().get_all("topic");
  if (topics.size() != 1) {
    return call->fail(base::make_error(base::ErrorCode::kBadRequest, "presence is of one topic"));
  }
  const std::string topic(topics.front());
  if (auto valid = proto::validate_topic(topic); !valid) return call->fail(valid.error());
  const auto limit = read_number(*call, "limit", 1, kListMax, kListDefault);
  if (!limit) return call->fail(limit.error());
  if (auto allowed = check_access(*call, topic); !allowed) return call->fail(allowed.error());
  if (hub_.shard(shard_).rules().presence(topic) == base::Presence::kOff) {
    return call->fail(base::make_error(base::ErrorCode::kPresenceOff, topic));
  }
  hub_.list_present(shard_, topic, std::string(call->target().get("after").value_or("")),
                    *limit + 1, [call, topic, limit = *limit](hub::PresencePage page) {
                      const bool more = page.members.size() > limit;
                      if (more) page.members.resize(limit);
                      call->respond_json(page_json(topic, page, more));
                    });
}

}  // namespace weir::api
