#include "apps/notifications/types.hpp"

#include <fmt/format.h>

#include <map>

#include "log/value.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"
#include "proto/utf8.hpp"

namespace weir::apps::notifications {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;
using proto::JsonValue;

constexpr std::size_t kDepthMax = 16;

/// What was taken once is read again, whatever the settings say by now.
const base::NotificationSettings& stored_limits() {
  static const auto limits = [] {
    base::NotificationSettings widest;
    widest.body_bytes_max = 1 << 20;
    return widest;
  }();
  return limits;
}

const std::map<std::string, NotificationType>& built_in() {
  static const std::map<std::string, NotificationType> types = {
      {"message", {.title = "{{from}}", .body = "{{text}}", .action_url = ""}},
      {"task_message", {.title = "{{from}} · {{task}}", .body = "{{text}}", .action_url = ""}},
      {"task_response",
       {.title = "{{from}} responded to {{task}}", .body = "{{text}}", .action_url = ""}},
      {"hire_request",
       {.title = "{{from}} would like to hire you", .body = "{{text}}", .action_url = ""}},
      {"review",
       {.title = "{{from}} left a review: {{rating}}/5", .body = "{{text}}", .action_url = ""}},
      {"task_completed",
       {.title = "{{task}} is complete",
        .body = "{{text}}",
        .action_url = "",
        .severity = Severity::kSuccess}},
  };
  return types;
}

/// A text that is not longer, cut between two characters.
std::string cut(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = 0;
  for (;;) {
    const auto next = end + proto::utf8_step(std::string_view(text).substr(end)).bytes;
    if (next > bytes_max) break;
    end = next;
  }
  text.resize(end);
  return text;
}

std::map<std::string, std::string> values_of(std::string_view data) {
  std::map<std::string, std::string> values;
  if (data.empty()) return values;
  // It was read before it was kept.
  (void)proto::read_object(data, kDepthMax, [&](std::string_view name, JsonValue& value) {
    if (auto* text = std::get_if<std::string>(&value.content)) {
      values.emplace(name, std::move(*text));
    } else if (!value.is_null() && !std::holds_alternative<JsonValue::Composite>(value.content)) {
      values.emplace(name, value.bytes);
    }
    return Result<>();
  });
  return values;
}

std::string render_with(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  for (;;) {
    const auto open = text.find("{{");
    const auto close = text.find("}}", open);
    if (open == std::string_view::npos || close == std::string_view::npos) break;
    out.append(text.substr(0, open));
    const auto at = values.find(std::string(text.substr(open + 2, close - open - 2)));
    if (at != values.end()) out.append(at->second);
    text.remove_prefix(close + 2);
  }
  return out.append(text);
}

}  // namespace

std::string render(std::string_view text, std::string_view data) {
  return render_with(text, values_of(data));
}

Result<NotificationType> read_type(std::string_view json,
                                   const base::NotificationSettings& limits) {
  NotificationType type;
  auto read =
      proto::read_object(json, kDepthMax, [&](std::string_view name, JsonValue& value) -> Result<> {
        if (name == "title") return take_text(name, value, kTitleBytesMax, type.title);
        if (name == "body") return take_text(name, value, limits.body_bytes_max, type.body);
        if (name == "actionUrl") return take_text(name, value, kLinkBytesMax, type.action_url);
        if (name == "severity") {
          const auto* text = std::get_if<std::string>(&value.content);
          const auto severity = text == nullptr ? std::nullopt : parse_severity(*text);
          if (severity) type.severity = *severity;
          if (severity) return {};
        }
        if (name == "channels") {
          auto channels = read_channels(value);
          if (!channels) return channels.error();
          type.channels = std::move(*channels);
          return {};
        }
        return make_error(ErrorCode::kBadRequest,
                          fmt::format("\"{}\" is not known, or not right, in a type", name));
      });
  if (!read) return read.error();
  return type;
}

std::string type_json(const NotificationType& type) {
  return fmt::format(R"({{"title":{},"body":{},"actionUrl":{},"severity":"{}","channels":{}}})",
                     proto::json_string(type.title), proto::json_string(type.body),
                     proto::json_string(type.action_url), name_of(type.severity), type.channels);
}

Result<> complete(Draft& draft, const NotificationType& type,
                  const base::NotificationSettings& limits) {
  const auto values = values_of(draft.data);
  if (draft.title.empty()) draft.title = cut(render_with(type.title, values), kTitleBytesMax);
  if (draft.body.empty()) {
    draft.body = cut(render_with(type.body, values), limits.body_bytes_max);
  }
  if (!draft.severity) draft.severity = type.severity;
  if (!draft.channels) draft.channels = type.channels;
  if (draft.action_url.empty() && !type.action_url.empty()) {
    draft.action_url = render_with(type.action_url, values);
    if (draft.action_url.size() > kLinkBytesMax) {
      return make_error(ErrorCode::kBadRequest, "the link of its type becomes too long");
    }
    if (auto link = check_link("actionUrl", draft.action_url); !link) return link;
  }
  if (draft.action_url.size() + draft.actions.size() > kLinksBytesMax) {
    return make_error(
        ErrorCode::kBadRequest,
        fmt::format("\"actionUrl\" and \"actions\" are over {} bytes together", kLinksBytesMax));
  }
  if (draft.title.empty()) {
    return make_error(ErrorCode::kBadRequest, "it has no title, and its type gives it none");
  }
  return {};
}

namespace types {

Result<> prepare(log::State& state) {
  return state.execute(
      "CREATE TABLE IF NOT EXISTS notification_types (name TEXT PRIMARY KEY, body TEXT NOT NULL)",
      {});
}

Result<std::vector<std::pair<std::string, NotificationType>>> list(log::State& state) {
  auto all = built_in();
  auto read = state.query("SELECT name, body FROM notification_types", {}, [&](log::Row row) {
    if (auto type = read_type(log::text_of(row[1]), stored_limits())) {
      all[log::text_of(row[0])] = *type;
    }
  });
  if (!read) return read.error();
  return std::vector<std::pair<std::string, NotificationType>>(all.begin(), all.end());
}

Result<std::optional<NotificationType>> find(log::State& state, const std::string& name) {
  std::optional<NotificationType> found;
  const log::Value key[] = {name};
  auto read =
      state.query("SELECT body FROM notification_types WHERE name = ?", key, [&](log::Row row) {
        if (auto type = read_type(log::text_of(row[0]), stored_limits())) found = *type;
      });
  if (!read) return read.error();
  const auto& own = built_in();
  if (const auto at = own.find(name); !found && at != own.end()) found = at->second;
  return found;
}

Result<> save(log::State& state, const std::string& name, const NotificationType& type) {
  const log::Value values[] = {name, type_json(type)};
  return state.execute(
      "INSERT INTO notification_types VALUES (?, ?) "
      "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
      values);
}

Result<> remove(log::State& state, const std::string& name) {
  const log::Value key[] = {name};
  return state.execute("DELETE FROM notification_types WHERE name = ?", key);
}

}  // namespace types
}  // namespace weir::apps::notifications
