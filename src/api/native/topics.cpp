#include "api/native/topics.hpp"

#include <fmt/format.h>

#include "api/on_shard.hpp"
#include "api/query_number.hpp"
#include "api/topic_json.hpp"
#include "proto/cursor.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kInfoSuffix = "/info";
constexpr std::uint32_t kListDefault = 100;
constexpr std::uint32_t kListMax = 1000;

std::string retention_json(const base::Retention& retention) {
  return fmt::format(R"({{"age_ms":{},"events":{},"bytes":{}}})", retention.age.count(),
                     retention.events, retention.bytes);
}

}  // namespace

void TopicsApi::add_routes(Router& router) {
  const auto action = [](Audience audience, std::function<void(CallPtr)> handle) {
    return Action{std::move(handle), {}, {}, {}, audience};
  };
  router.add("GET", "/v1/topics",
             action(Audience::kReader, [this](CallPtr call) { list(std::move(call)); }));
  router.add("GET", "/v1/topics/",
             action(Audience::kReader, [this](CallPtr call) { get_topic(std::move(call)); }));
  router.add("DELETE", "/v1/topics/",
             action(Audience::kAdmin, [this](CallPtr call) { remove(std::move(call)); }));
}

void TopicsApi::get_topic(CallPtr call) {
  std::string_view raw = call->rest();
  // The suffix is looked for before decoding: a topic that ends in "/info" escapes that slash.
  const bool wants_info = raw.size() > kInfoSuffix.size() && raw.ends_with(kInfoSuffix);
  if (wants_info) raw.remove_suffix(kInfoSuffix.size());
  auto topic = proto::decode_path(raw);
  if (!topic) return call->fail(topic.error());
  if (auto valid = proto::validate_topic(*topic); !valid) return call->fail(valid.error());
  if (wants_info) return info(std::move(call), std::move(*topic));
  subscribe_.subscribe_topic(std::move(call), std::move(*topic));
}

void TopicsApi::list(CallPtr call) {
  const auto limit = query_number(*call, "limit", 1, kListMax, kListDefault);
  if (!limit) return call->fail(limit.error());
  std::shared_ptr<const proto::Selectors> selectors;
  const auto patterns = call->target().get_all("match");
  const auto names = call->target().get_all("topic");
  if (!patterns.empty() || !names.empty()) {
    auto made = proto::make_selectors(names, patterns, call->settings().subscription_topics_max);
    if (!made) return call->fail(made.error());
    selectors = std::make_shared<const proto::Selectors>(std::move(*made));
  }
  if (const auto& granted = call->access().grants; !granted.admin) {
    if (selectors == nullptr) {
      selectors = std::make_shared<const proto::Selectors>(granted.subscribe);
    } else if (auto allowed = call->may_subscribe(*selectors); !allowed) {
      return call->fail(allowed.error());
    }
  }
  hub_.log().list_topics(selectors, std::string(call->target().get("after").value_or("")),
                         *limit + 1,
                         on_shard<std::vector<log::TopicInfo>>(
                             hub_.shard(shard_), [this, call, limit = *limit](auto topics) mutable {
                               if (!topics) return call->fail(topics.error());
                               answer_list(std::move(call), std::move(*topics), limit);
                             }));
}

void TopicsApi::answer_list(CallPtr call, std::vector<log::TopicInfo> topics, std::size_t limit) {
  const bool more = topics.size() > limit;
  if (more) topics.resize(limit);
  std::vector<std::string> names;
  for (const auto& topic : topics) names.push_back(topic.name);
  hub_.count_subscribers(
      shard_, std::move(names),
      [this, call = std::move(call), topics = std::move(topics), more](auto subscribers) {
        std::string json = R"({"topics":[)";
        for (std::size_t i = 0; i < topics.size(); ++i) {
          if (i > 0) json.push_back(',');
          json += topic_json(hub_.log().epoch(), topics[i], subscribers[i]);
        }
        json += "]";
        if (more) json += fmt::format(R"(,"next":{})", proto::json_string(topics.back().name));
        call->respond_json(json + "}");
      });
}

void TopicsApi::info(CallPtr call, std::string topic) {
  if (!call->access().grants.admin) {
    auto selectors = proto::make_selectors({topic}, {}, 1);
    if (!selectors) return call->fail(selectors.error());
    if (auto allowed = call->may_subscribe(*selectors); !allowed) {
      return call->fail(allowed.error());
    }
  }
  const auto answer = [this, call, topic](base::Result<log::TopicInfo> found) {
    if (!found && found.error().code != base::ErrorCode::kNotFound)
      return call->fail(found.error());
    hub_.count_subscribers(shard_, {topic}, [this, call, topic, found](auto subscribers) {
      if (!found && subscribers[0] == 0) return call->fail(found.error());
      const auto closed = hub_.log().closed_at(topic).has_value();
      const auto shown =
          found ? *found : log::TopicInfo{.name = topic, .first = {}, .last = {}, .closed = closed};
      const proto::Cursor head{hub_.log().epoch(), hub_.log().head()};
      const auto& rules = hub_.shard(shard_).rules();
      call->respond_json(
          topic_json(head.epoch, shown, subscribers[0],
                     fmt::format(R"(,"cursor":"{}","retention":{})", proto::to_string(head),
                                 retention_json(rules.retention(topic)))));
    });
  };
  hub_.log().topic_info(topic, on_shard<log::TopicInfo>(hub_.shard(shard_), answer));
}

void TopicsApi::remove(CallPtr call) {
  auto topic = proto::decode_path(call->rest());
  if (!topic) return call->fail(topic.error());
  if (auto valid = proto::validate_topic(*topic); !valid) return call->fail(valid.error());
  // A mistyped `before` must not delete everything.
  for (const auto& [name, value] : call->target().query) {
    if (name == "before") continue;
    return call->fail(base::make_error(base::ErrorCode::kBadRequest,
                                       fmt::format("\"{}\" is no parameter of DELETE", name)));
  }
  std::optional<base::Sequence> up_to;
  if (const auto before = call->target().get("before")) {
    const auto cursor = proto::parse_cursor(*before);
    if (!cursor || cursor->epoch != hub_.log().epoch() || cursor->sequence > hub_.log().head()) {
      return call->fail(base::make_error(base::ErrorCode::kBadCursor, std::string(*before)));
    }
    up_to = cursor->sequence;
  }
  // Counted before the commit that removes them: with publishers at work the number is as of the
  // request.
  auto selectors = proto::make_selectors({*topic}, {}, 1);
  if (!selectors) return call->fail(selectors.error());
  hub_.log().count(std::make_shared<const proto::Selectors>(std::move(*selectors)),
                   base::Sequence{}, up_to.value_or(hub_.log().head()),
                   on_shard<std::uint64_t>(hub_.shard(shard_),
                                           [this, call, topic = *topic, up_to](auto counted) {
                                             if (!counted) return call->fail(counted.error());
                                             trim(call, topic, *counted, up_to);
                                           }));
}

void TopicsApi::trim(CallPtr call, std::string topic, std::uint64_t events,
                     std::optional<base::Sequence> up_to) {
  const bool closed = hub_.log().closed_at(topic).has_value();
  if (events == 0 && !closed && !up_to) {
    return call->fail(base::make_error(base::ErrorCode::kNotFound, topic));
  }
  hub_.trim(shard_, std::move(topic), up_to, [this, call, events](const base::Result<>& outcome) {
    if (!outcome) return call->fail(outcome.error());
    call->respond_json(fmt::format(R"({{"deleted":{},"cursor":"{}"}})", events,
                                   proto::to_string({hub_.log().epoch(), hub_.log().head()})));
  });
}

}  // namespace weir::api
