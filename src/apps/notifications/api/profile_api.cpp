#include "apps/notifications/api/profile_api.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/channels/web_push.hpp"
#include "apps/notifications/preferences.hpp"
#include "apps/notifications/store.hpp"
#include "apps/notifications/types.hpp"
#include "apps/view/answers.hpp"
#include "apps/view/caller.hpp"
#include "proto/event.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/selector.hpp"
#include "proto/url.hpp"

namespace weir::apps::notifications {
namespace {

using api::CallPtr;
using base::ErrorCode;
using base::make_error;
using base::Result;
using Kind = Audience::Kind;

constexpr std::size_t kDepthMax = 4;
constexpr std::size_t kTypeNameBytesMax = 64;
constexpr std::size_t kTopicsMax = 1'000;
constexpr std::size_t kMembersMax = 100'000;

/// The name at the end of a path. kNotFound for what cannot be one.
Result<std::string> name_in_path(const api::Call& call) {
  auto name = proto::decode_path(call.rest());
  if (!name) return name.error();
  if (!proto::validate_topic(*name)) {
    return make_error(ErrorCode::kNotFound, call.target().raw_path);
  }
  return name;
}

Result<std::vector<std::string>> read_members(std::string_view body) {
  std::optional<std::vector<std::string>> members;
  auto read = proto::read_object(
      body, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> Result<> {
        if (name != "members") {
          return make_error(ErrorCode::kBadRequest, "a group is {\"members\":[…]}");
        }
        auto names = proto::read_texts(value.bytes, kMembersMax);
        if (!names) return make_error(ErrorCode::kBadRequest, "members " + names.error().detail);
        members = std::move(*names);
        return {};
      });
  if (!read) return read.error();
  // Whoever means nobody says so.
  if (!members) return make_error(ErrorCode::kBadRequest, "a group is {\"members\":[…]}");
  for (const auto& user : *members) {
    if (auto valid = check_user(user); !valid) return valid.error();
  }
  return std::move(*members);
}

Result<Addresses> stored_addresses(log::State& state, const std::string& user) {
  auto stored = store::user(state, user);
  if (!stored) return stored.error();
  return Addresses::parse(stored->addresses);
}

/// So that what other tabs show of them does not stay as it was. It is no change of the inbox,
/// whose rev stays.
Result<> tell_of_preferences(const Commit& commit, const std::string& user) {
  const auto stored = store::user(commit.state(), user);
  if (!stored) return stored.error();
  proto::Event event;
  event.topics.push_back(topic_of(user));
  event.type = event.key = "preferences";
  event.data = fmt::format(R"({{{},"count":{}}})", counters_members(stored->counters),
                           stored->counters.unread);
  commit.transaction.append(std::move(event));
  return {};
}

}  // namespace

void ProfileApi::add_routes(api::Router& router) {
  const auto add = [&](std::string method, std::string path, api::Audience audience,
                       void (ProfileApi::*handle)(const CallPtr&)) {
    router.add(std::move(method), "/api/notifications/" + path,
               {[this, handle](const CallPtr& call) { (this->*handle)(call); },
                {},
                {},
                [](const net::RequestHead&, const base::Settings& settings) {
                  return settings.body_bytes_max;
                },
                audience});
  };
  using enum api::Audience;
  add("GET", "preferences", kKnown, &ProfileApi::get_preferences);
  add("PUT", "preferences", kKnown, &ProfileApi::put_preferences);
  add("GET", "addresses", kKnown, &ProfileApi::get_addresses);
  add("PUT", "addresses", kKnown, &ProfileApi::put_addresses);
  add("POST", "push", kKnown, &ProfileApi::add_push);
  add("DELETE", "push", kKnown, &ProfileApi::remove_push);
  add("GET", "topics", kKnown, &ProfileApi::list_topics);
  add("GET", "types", kKnown, &ProfileApi::list_types);
  add("PUT", "types/", kAdmin, &ProfileApi::put_type);
  add("DELETE", "types/", kAdmin, &ProfileApi::remove_type);
  add("GET", "groups/", kAdmin, &ProfileApi::get_group);
  add("PUT", "groups/", kAdmin, &ProfileApi::put_group);
  add("DELETE", "groups/", kAdmin, &ProfileApi::remove_group);
  for (const bool on : {true, false}) {
    router.add(on ? "PUT" : "DELETE", "/api/notifications/topics/",
               {[this, on](const CallPtr& call) { follow(call, on); }, {}, {}, {}, kKnown});
  }
  router.add("GET", "/api/notifications/push-key",
             {[this](const CallPtr& call) {
                const auto& key = notifications_.push_key();
                call->respond_json(fmt::format(R"({{"key":{}}})", proto::json_string_or_null(key)));
              },
              {},
              {},
              {},
              kKnown});
}

void ProfileApi::change(const CallPtr& call, std::function<Result<>(const Commit&)> work) {
  if (auto room = admit_change(*call); !room) return call->fail(room.error());
  notifications_.change(shard_, std::move(work), [call](const Result<>& outcome) {
    if (!outcome) return call->fail(outcome.error());
    answer_empty(call);
  });
}

void ProfileApi::get_preferences(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  view_.answer(call, [user = *user](log::State& state, const std::string&) -> Result<ViewState> {
    auto stored = store::user(state, user);
    if (!stored) return stored.error();
    return ViewState{.json = Preferences::stored(stored->preferences).to_json()};
  });
}

void ProfileApi::put_preferences(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto preferences = Preferences::parse(call->body());
  if (!preferences) return call->fail(preferences.error());
  change(call, [user = *user, json = preferences->to_json()](const Commit& commit) -> Result<> {
    if (auto saved = store::save_preferences(commit.state(), user, json); !saved) return saved;
    return tell_of_preferences(commit, user);
  });
}

void ProfileApi::get_addresses(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  view_.answer(call, [user = *user](log::State& state, const std::string&) -> Result<ViewState> {
    const auto addresses = stored_addresses(state, user);
    return ViewState{.json = addresses ? addresses->to_json() : Addresses().to_json()};
  });
}

void ProfileApi::put_addresses(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  auto addresses = Addresses::parse(call->body());
  if (!addresses) return call->fail(addresses.error());
  const bool allow_private = call->settings().notifications.allow_private;
  for (const auto& each : addresses->push) {
    if (auto usable = check_push_subscription(each, allow_private); !usable) {
      return call->fail(usable.error());
    }
  }
  change(call,
         [user = *user, addresses = *addresses,
          admin = is_admin(*call)](const Commit& commit) mutable -> Result<> {
           if (!admin) {
             auto stored = stored_addresses(commit.state(), user);
             const auto own = stored ? std::move(*stored) : Addresses();
             // Nobody has shown that they are theirs, so users cannot send this server's messages
             // there.
             const auto differs = [](const std::string& wanted, const std::string& had) {
               return !wanted.empty() && wanted != had;
             };
             if (differs(addresses.email, own.email) || differs(addresses.ntfy, own.ntfy)) {
               return make_error(ErrorCode::kForbidden,
                                 "a user's email and ntfy topic are for admins to set");
             }
             addresses.email = own.email;
             addresses.ntfy = own.ntfy;
           }
           return store::save_addresses(commit.state(), user, addresses.to_json());
         });
}

void ProfileApi::add_push(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  auto subscription = read_push_subscription(call->body());
  if (!subscription) return call->fail(subscription.error());
  const bool allow_private = call->settings().notifications.allow_private;
  if (auto usable = check_push_subscription(*subscription, allow_private); !usable) {
    return call->fail(usable.error());
  }
  change(call, [user = *user, subscription = *subscription](const Commit& commit) -> Result<> {
    auto stored = stored_addresses(commit.state(), user);
    auto addresses = stored ? std::move(*stored) : Addresses();
    addresses.add(subscription);
    return store::save_addresses(commit.state(), user, addresses.to_json());
  });
}

void ProfileApi::remove_push(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto endpoint = call->target().get("endpoint");
  if (!endpoint) {
    return call->fail(make_error(ErrorCode::kBadRequest, "endpoint= says which browser"));
  }
  change(call, [user = *user, endpoint = std::string(*endpoint)](const Commit& commit) -> Result<> {
    auto stored = stored_addresses(commit.state(), user);
    if (!stored) return {};
    std::erase_if(stored->push, [&](const auto& each) { return each.endpoint == endpoint; });
    return store::save_addresses(commit.state(), user, stored->to_json());
  });
}

void ProfileApi::list_topics(const CallPtr& call) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  view_.answer(call, [user = *user](log::State& state, const std::string&) -> Result<ViewState> {
    const auto names = audience::names_of(state, Kind::kTopic, user, kTopicsMax);
    if (!names) return names.error();
    return ViewState{.json = fmt::format(R"({{"topics":{}}})", proto::json_array(*names))};
  });
}

void ProfileApi::follow(const CallPtr& call, bool on) {
  const auto user = acting_user(*call);
  if (!user) return call->fail(user.error());
  const auto topic = name_in_path(*call);
  if (!topic) return call->fail(topic.error());
  if (on) {
    // What is said about a topic is for who may follow it.
    auto selectors = proto::make_selectors({*topic}, {}, 1);
    if (!selectors) return call->fail(selectors.error());
    if (auto granted = call->may_subscribe(*selectors); !granted) {
      return call->fail(granted.error());
    }
  }
  change(call, [user = *user, topic = *topic, on](const Commit& commit) -> Result<> {
    const Audience followers{Kind::kTopic, topic};
    if (!on) return audience::remove_member(commit.state(), followers, user);
    const auto names = audience::names_of(commit.state(), Kind::kTopic, user, kTopicsMax);
    if (!names) return names.error();
    if (names->size() == kTopicsMax) {
      return make_error(ErrorCode::kBadRequest,
                        fmt::format("a user follows at most {} topics", kTopicsMax));
    }
    return audience::add_member(commit.state(), followers, user);
  });
}

void ProfileApi::list_types(const CallPtr& call) {
  if (auto user = acting_user(*call); !user && !is_admin(*call)) return call->fail(user.error());
  view_.answer(call, [](log::State& state, const std::string&) -> Result<ViewState> {
    const auto all = types::list(state);
    if (!all) return all.error();
    std::string json;
    for (const auto& [name, type] : *all) {
      if (!json.empty()) json.push_back(',');
      json += fmt::format("{}:{}", proto::json_string(name), type_json(type));
    }
    return ViewState{.json = fmt::format(R"({{"types":{{{}}}}})", json)};
  });
}

void ProfileApi::put_type(const CallPtr& call) {
  const auto name = name_in_path(*call);
  if (!name) return call->fail(name.error());
  if (name->size() > kTypeNameBytesMax) {
    return call->fail(make_error(ErrorCode::kBadRequest,
                                 fmt::format("a type has at most {} bytes", kTypeNameBytesMax)));
  }
  const auto type = read_type(call->body(), call->settings().notifications);
  if (!type) return call->fail(type.error());
  change(call, [name = *name, type = *type](const Commit& commit) {
    return types::save(commit.state(), name, type);
  });
}

void ProfileApi::remove_type(const CallPtr& call) {
  const auto name = name_in_path(*call);
  if (!name) return call->fail(name.error());
  change(call,
         [name = *name](const Commit& commit) { return types::remove(commit.state(), name); });
}

void ProfileApi::get_group(const CallPtr& call) {
  const auto name = name_in_path(*call);
  if (!name) return call->fail(name.error());
  view_.answer(call, [name = *name](log::State& state, const std::string&) -> Result<ViewState> {
    const auto members = audience::members(state, {Kind::kGroup, name}, {}, kMembersMax);
    if (!members) return members.error();
    return ViewState{.json = fmt::format(R"({{"members":{}}})", proto::json_array(*members))};
  });
}

void ProfileApi::put_group(const CallPtr& call) {
  const auto name = name_in_path(*call);
  if (!name) return call->fail(name.error());
  const auto members = read_members(call->body());
  if (!members) return call->fail(members.error());
  change(call, [name = *name, members = *members](const Commit& commit) -> Result<> {
    const Audience group{Kind::kGroup, name};
    if (auto gone = audience::remove_all(commit.state(), group); !gone) return gone;
    for (const auto& user : members) {
      if (auto added = audience::add_member(commit.state(), group, user); !added) return added;
    }
    return {};
  });
}

void ProfileApi::remove_group(const CallPtr& call) {
  const auto name = name_in_path(*call);
  if (!name) return call->fail(name.error());
  change(call, [name = *name](const Commit& commit) {
    return audience::remove_all(commit.state(), {Kind::kGroup, name});
  });
}

}  // namespace weir::apps::notifications
