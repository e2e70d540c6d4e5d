#include "apps/notifications/occurrence.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/notifications/draft.hpp"
#include "apps/view/caller.hpp"
#include "base/refusal.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;
using proto::JsonValue;

constexpr std::size_t kDepthMax = 4;
constexpr std::size_t kNameBytesMax = 256;

struct Occurrence {
  std::vector<std::string> to;
  std::string from;     ///< As it is shown.
  std::string from_id;  ///< Who it is, where names are not unique.
  std::string text;
  std::string task;
  std::string rating;
  std::string action_url;
  std::string dedupe_key;
};

Result<> take_to(const JsonValue& value, std::size_t most, std::vector<std::string>& out) {
  if (const auto* one = std::get_if<std::string>(&value.content)) {
    out = {*one};
    return {};
  }
  auto names = proto::read_texts(value.bytes, most);
  if (!names) {
    return base::bad_request("\"to\" is a user or a list of users: " + names.error().detail);
  }
  out = std::move(*names);
  return {};
}

Result<> take_rating(const JsonValue& value, std::string& out) {
  const auto* stars = std::get_if<std::int64_t>(&value.content);
  if (stars == nullptr || *stars < 1 || *stars > 5) {
    return base::bad_request("\"rating\" is 1 to 5");
  }
  out = std::to_string(*stars);
  return {};
}

Result<Occurrence> read(std::string_view body, const base::NotificationSettings& limits) {
  Occurrence out;
  auto done =
      proto::read_object(body, kDepthMax, [&](std::string_view name, JsonValue& value) -> Result<> {
        if (value.is_null()) return {};
        if (name == "to") return take_to(value, limits.recipients_max, out.to);
        if (name == "from") return take_text(name, value, kNameBytesMax, out.from);
        if (name == "fromId") return take_text(name, value, kNameBytesMax, out.from_id);
        if (name == "text") return take_text(name, value, limits.body_bytes_max / 2, out.text);
        if (name == "task") return take_text(name, value, kNameBytesMax, out.task);
        if (name == "rating") return take_rating(value, out.rating);
        if (name == "actionUrl") return take_text(name, value, kLinkBytesMax, out.action_url);
        if (name == "dedupeKey") return take_text(name, value, kNameBytesMax, out.dedupe_key);
        return base::bad_request(fmt::format("\"{}\" is not known", name));
      });
  if (!done) return done.error();
  return out;
}

std::string data_of(const Occurrence& what, std::string_view task_id) {
  std::string json = fmt::format(R"({{"from":{},"text":{})", proto::json_string(what.from),
                                 proto::json_string(what.text));
  if (!what.from_id.empty()) {
    json += fmt::format(R"(,"fromId":{})", proto::json_string(what.from_id));
  }
  if (!what.task.empty()) json += fmt::format(R"(,"task":{})", proto::json_string(what.task));
  if (!task_id.empty()) json += fmt::format(R"(,"taskId":{})", proto::json_string(task_id));
  if (!what.rating.empty()) json += fmt::format(R"(,"rating":{})", what.rating);
  return json + "}";
}

/// Messages become one per conversation; a review or a completion stands for itself.
std::string group_of(std::string_view type, std::string_view task_id, const Occurrence& what) {
  if (type == "message") {
    return fmt::format("message:{}", what.from_id.empty() ? what.from : what.from_id);
  }
  if (type == "task_message" || type == "task_response") return fmt::format("{}:{}", type, task_id);
  return {};
}

}  // namespace

Result<NotifyRequest> read_occurrence(std::string_view body, std::string_view type,
                                      std::string_view task, std::string_view sender,
                                      const base::NotificationSettings& limits) {
  auto what = read(body, limits);
  if (!what) return what.error();
  if (what->to.empty()) return base::bad_request("\"to\" is needed: whom it is for");
  for (const auto& user : what->to) {
    if (auto valid = check_user(user); !valid) return valid.error();
  }
  if (what->from.empty()) what->from = sender;
  if (what->from.empty()) return base::bad_request("\"from\" is needed: whom it is from");
  if (type == "review" && what->rating.empty()) {
    return base::bad_request("\"rating\" is needed, 1 to 5");
  }
  if (what->task.empty()) what->task = task;
  if (!what->action_url.empty()) {
    if (auto link = check_link("actionUrl", what->action_url); !link) return link.error();
  }
  NotifyRequest request;
  request.draft.type = type;
  request.draft.data = data_of(*what, task);
  request.draft.action_url = what->action_url;
  request.draft.dedupe_key = what->dedupe_key;
  request.draft.group_key = group_of(type, task, *what).substr(0, kNameBytesMax);
  auto& users = request.recipients.users;
  users = std::move(what->to);
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  return request;
}

}  // namespace weir::apps::notifications
