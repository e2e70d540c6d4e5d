#include "apps/notifications/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "apps/view/caller.hpp"
#include "apps/view/members.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::notifications {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;
using proto::JsonValue;

constexpr std::size_t kDepthMax = 16;
constexpr std::size_t kTypeBytesMax = 64;
constexpr std::size_t kKeyBytesMax = 256;
constexpr std::size_t kActionsMax = 5;
constexpr std::size_t kLabelBytesMax = 64;
constexpr std::size_t kNamesMax = 100;
constexpr std::int64_t kExpiresInMax = 3'650LL * 24 * 3'600;

Result<> take_names(std::string_view name, const JsonValue& value, std::size_t count_max,
                    std::vector<std::string>& out) {
  auto names = proto::read_texts(value.bytes, count_max);
  if (!names) return wrong_member(name, names.error().detail);
  for (auto& each : *names) out.push_back(std::move(each));
  return {};
}

Result<> take_bool(std::string_view name, const JsonValue& value, bool& out) {
  const auto* truth = std::get_if<bool>(&value.content);
  if (truth == nullptr) return wrong_member(name, "is neither true nor false");
  out = *truth;
  return {};
}

/// `[{"label","url"}, …]`, written anew so that nothing else is in it.
Result<std::string> read_actions(const JsonValue& value) {
  std::string json = "[";
  std::size_t count = 0;
  auto read = proto::read_array(value.bytes, kDepthMax, [&](JsonValue& element) -> Result<> {
    std::string label;
    std::string url;
    auto action = proto::read_object(
        element.bytes, kDepthMax, [&](std::string_view name, JsonValue& each) -> Result<> {
          if (name == "label") return take_text("label", each, kLabelBytesMax, label);
          if (name == "url") return take_text("url", each, kLinkBytesMax, url);
          return wrong_member("actions", fmt::format("holds \"{}\", which is not known", name));
        });
    if (!action) return action;
    if (label.empty()) return wrong_member("actions", "holds one without a label");
    if (auto link = check_link("actions", url); !link) return link;
    if (++count > kActionsMax) {
      return wrong_member("actions", fmt::format("holds over {}", kActionsMax));
    }
    if (count > 1) json.push_back(',');
    json += fmt::format(R"({{"label":{},"url":{}}})", proto::json_string(label),
                        proto::json_string(url));
    return {};
  });
  if (!read) return read.error();
  return count == 0 ? std::string() : json + "]";
}

Result<> take_expires_in(const JsonValue& value, base::UnixMillis now, base::UnixMillis& out) {
  const auto* seconds = std::get_if<std::int64_t>(&value.content);
  if (seconds == nullptr || *seconds <= 0 || *seconds > kExpiresInMax) {
    return wrong_member("expiresIn",
                        fmt::format("is a number of seconds from 1 to {}", kExpiresInMax));
  }
  out = now + *seconds * 1'000;
  return {};
}

Result<> take_link(const JsonValue& value, std::string& out) {
  if (auto taken = take_text("actionUrl", value, kLinkBytesMax, out); !taken) return taken;
  return check_link("actionUrl", out);
}

Result<> take_severity(const JsonValue& value, std::optional<Severity>& out) {
  const auto* text = std::get_if<std::string>(&value.content);
  out = text == nullptr ? std::nullopt : parse_severity(*text);
  if (!out) return wrong_member("severity", "is one of info, success, warning, critical");
  return {};
}

/// Whether the member is one of these; then `out` is its outcome.
bool take_draft_member(std::string_view name, JsonValue& value,
                       const base::NotificationSettings& limits, base::UnixMillis now, Draft& draft,
                       Result<>& out) {
  if (name == "type") {
    out = take_text(name, value, kTypeBytesMax, draft.type);
  } else if (name == "title") {
    out = take_text(name, value, kTitleBytesMax, draft.title);
  } else if (name == "body") {
    out = take_text(name, value, limits.body_bytes_max, draft.body);
  } else if (name == "severity") {
    out = take_severity(value, draft.severity);
  } else if (name == "actionUrl") {
    out = take_link(value, draft.action_url);
  } else if (name == "actions") {
    auto actions = read_actions(value);
    if (actions) draft.actions = std::move(*actions);
    out = actions ? Result<>() : actions.error();
  } else if (name == "groupKey") {
    out = take_text(name, value, kKeyBytesMax, draft.group_key);
  } else if (name == "dedupeKey") {
    out = take_text(name, value, kKeyBytesMax, draft.dedupe_key);
  } else if (name == "data") {
    draft.data = value.bytes;
    out = !value.bytes.starts_with('{')                ? wrong_member(name, "is no object")
          : value.bytes.size() > limits.body_bytes_max ? wrong_member(name, "is too long")
                                                       : Result<>();
  } else if (name == "channels") {
    auto channels = read_channels(value);
    if (channels) draft.channels = std::move(*channels);
    out = channels ? Result<>() : channels.error();
  } else if (name == "deliverAt") {
    out = take_time(name, value, draft.deliver_at);
  } else if (name == "expiresAt") {
    out = take_time(name, value, draft.expires_at);
  } else if (name == "expiresIn") {
    out = take_expires_in(value, now, draft.expires_at);
  } else if (name == "transient") {
    out = take_bool(name, value, draft.transient);
  } else {
    return false;
  }
  return true;
}

Result<> take_recipients_member(std::string_view name, JsonValue& value,
                                const base::NotificationSettings& limits, Recipients& to) {
  if (name == "user") {
    std::string user;
    auto taken = take_text(name, value, kKeyBytesMax, user);
    if (taken) to.users.push_back(std::move(user));
    return taken;
  }
  if (name == "users") return take_names(name, value, limits.recipients_max, to.users);
  if (name == "groups") return take_names(name, value, kNamesMax, to.groups);
  if (name == "topics") return take_names(name, value, kNamesMax, to.topics);
  if (name == "everyone") return take_bool(name, value, to.everyone);
  return wrong_member(name, "is not known");
}

Result<> check_request(const NotifyRequest& request, base::UnixMillis now) {
  const auto& [draft, to] = request;
  if (to.by_name_only() && to.users.empty()) {
    return make_error(ErrorCode::kBadRequest,
                      "it says not to whom: user, users, groups, topics or everyone");
  }
  for (const auto& user : to.users) {
    if (auto valid = check_user(user); !valid) return valid;
  }
  if (draft.type.empty() && draft.title.empty()) {
    return make_error(ErrorCode::kBadRequest, "it has neither a type nor a title");
  }
  if (draft.expires_at != 0 && draft.expires_at <= std::max(now, draft.deliver_at)) {
    return wrong_member("expiresAt", "is before anybody could see it");
  }
  if (draft.transient && draft.deliver_at != 0) {
    return wrong_member("transient", "and \"deliverAt\" exclude each other");
  }
  return {};
}

}  // namespace

Result<> take_time(std::string_view name, const JsonValue& value, base::UnixMillis& out) {
  std::optional<base::UnixMillis> time;
  if (const auto* number = std::get_if<std::int64_t>(&value.content)) time = *number;
  if (const auto* text = std::get_if<std::string>(&value.content)) {
    time = proto::parse_rfc3339(*text);
  }
  // The year 9999 is the last that RFC 3339 can say.
  constexpr base::UnixMillis kLast = 253'402'300'799'999;
  if (!time || *time <= 0 || *time > kLast) {
    return wrong_member(name, "is milliseconds since 1970, or a date-time of RFC 3339");
  }
  out = *time;
  return {};
}

Result<> check_link(std::string_view name, std::string_view link) {
  const bool path = link.starts_with('/') && !link.starts_with("//") && !link.starts_with("/\\");
  const bool plain = std::none_of(link.begin(), link.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
  if (plain && (path || link.starts_with("https://") || link.starts_with("http://"))) return {};
  return wrong_member(name, "is no link: http, https, or a path that begins with one slash");
}

Result<std::string> read_channels(const JsonValue& value) {
  const auto names = proto::read_texts(value.bytes, std::size(kChannels));
  if (!names) return wrong_member("channels", names.error().detail);
  std::set<std::string_view> once;
  for (const auto& each : *names) {
    if (std::find(std::begin(kChannels), std::end(kChannels), each) == std::end(kChannels)) {
      return wrong_member("channels", "holds others than webhook, ntfy, email and push");
    }
    if (!once.insert(each).second) return wrong_member("channels", "names one twice");
  }
  return proto::json_array(*names);
}

Result<NotifyRequest> read_notify_request(std::string_view body,
                                          const base::NotificationSettings& limits,
                                          base::UnixMillis now) {
  NotifyRequest request;
  auto read =
      proto::read_object(body, kDepthMax, [&](std::string_view name, JsonValue& value) -> Result<> {
        // As if it were not there, so that a program may write what it does not have.
        if (value.is_null()) return {};
        Result<> taken;
        if (take_draft_member(name, value, limits, now, request.draft, taken)) return taken;
        return take_recipients_member(name, value, limits, request.recipients);
      });
  if (!read) return read.error();
  auto& users = request.recipients.users;
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  if (auto valid = check_request(request, now); !valid) return valid.error();
  return request;
}

}  // namespace weir::apps::notifications
