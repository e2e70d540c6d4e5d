#include "apps/notifications/preferences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "apps/notifications/draft.hpp"
#include "base/logging.hpp"
#include "base/refusal.hpp"
#include "proto/json.hpp"
#include "proto/json_object.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;
using proto::JsonValue;

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kTypesMax = 200;
constexpr std::size_t kTypeBytesMax = 64;
constexpr std::size_t kZoneBytesMax = 64;
constexpr std::string_view kAnyType = "*";
constexpr std::string_view kInboxChannel = "inbox";

bool is_channel(std::string_view name) {
  return name == kInboxChannel ||
         std::find(std::begin(kChannels), std::end(kChannels), name) != std::end(kChannels);
}

Result<std::map<std::string, bool>> read_switches(const JsonValue& value) {
  std::map<std::string, bool> switches;
  auto read = proto::read_object(
      value.bytes, kDepthMax, [&](std::string_view channel, JsonValue& each) -> Result<> {
        const auto* on = std::get_if<bool>(&each.content);
        if (!is_channel(channel) || on == nullptr) {
          return base::bad_request(
              "a type has inbox, webhook, ntfy, email and push, each true or false");
        }
        switches.emplace(channel, *on);
        return {};
      });
  if (!read) return read.error();
  return switches;
}

Result<QuietHours> read_quiet_hours(const JsonValue& value) {
  QuietHours hours;
  std::string from;
  std::string to;
  auto read = proto::read_object(value.bytes, kDepthMax,
                                 [&](std::string_view name, JsonValue& each) -> Result<> {
                                   if (name == "from") {
                                     return take_text(name, each, kZoneBytesMax, from);
                                   }
                                   if (name == "to") {
                                     return take_text(name, each, kZoneBytesMax, to);
                                   }
                                   if (name == "timeZone") {
                                     return take_text(name, each, kZoneBytesMax, hours.time_zone);
                                   }
                                   return base::bad_request("quietHours has from, to and timeZone");
                                 });
  if (!read) return read.error();
  const auto begin = parse_minute(from);
  const auto end = parse_minute(to);
  if (!begin || !end || *begin == *end) {
    return base::bad_request("quietHours: from and to are two times of a day, such as 22:30");
  }
  hours.from_minute = *begin;
  hours.to_minute = *end;
  return hours;
}

std::string minute_text(std::uint32_t minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

}  // namespace

Result<Preferences> Preferences::parse(std::string_view json) { return read(json, Zones::kKnown); }

Preferences Preferences::stored(std::string_view json) {
  auto preferences = read(json, Zones::kAny);
  if (preferences) return std::move(*preferences);
  // To be told too much is the lesser evil.
  base::log_warning("notifications.preferences_dropped", "error=\"{}\"",
                    preferences.error().message());
  return {};
}

Result<Preferences> Preferences::read(std::string_view json, Zones zones) {
  Preferences preferences;
  if (json.empty()) return preferences;
  const auto take_type = [&](std::string_view type, JsonValue& value) -> Result<> {
    if (type.empty() || type.size() > kTypeBytesMax || preferences.types_.size() == kTypesMax) {
      return base::bad_request(fmt::format("there are at most {} types, each of 1 to {} bytes",
                                           kTypesMax, kTypeBytesMax));
    }
    auto switches = read_switches(value);
    if (!switches) return switches.error();
    preferences.types_.emplace(type, std::move(*switches));
    return {};
  };
  auto read =
      proto::read_object(json, kDepthMax, [&](std::string_view name, JsonValue& value) -> Result<> {
        if (name == "types") return proto::read_object(value.bytes, kDepthMax, take_type);
        if (name != "quietHours") return base::bad_request("preferences have types and quietHours");
        if (value.is_null()) return {};
        auto hours = read_quiet_hours(value);
        if (!hours) return hours.error();
        if (zones == Zones::kKnown && !is_time_zone(hours->time_zone)) {
          return base::bad_request(
              "quietHours: timeZone is a name of the IANA database, such as Europe/Berlin");
        }
        preferences.quiet_hours_ = std::move(*hours);
        return {};
      });
  if (!read) return read.error();
  return preferences;
}

bool Preferences::wants(const std::string& type, const std::string& channel) const {
  for (const auto& name : {type, std::string(kAnyType)}) {
    const auto switches = types_.find(name);
    if (switches == types_.end()) continue;
    const auto at = switches->second.find(channel);
    if (at != switches->second.end()) return at->second;
  }
  return true;
}

std::optional<base::UnixMillis> Preferences::quiet_until(base::UnixMillis now) const {
  if (!quiet_hours_) return std::nullopt;
  return notifications::quiet_until(*quiet_hours_, now);
}

std::string Preferences::to_json() const {
  std::string json = R"({"types":{)";
  for (const auto& [type, switches] : types_) {
    if (!json.ends_with('{')) json.push_back(',');
    json += proto::json_string(type) + ":{";
    for (const auto& [channel, on] : switches) {
      if (!json.ends_with('{')) json.push_back(',');
      json += fmt::format("\"{}\":{}", channel, on);
    }
    json.push_back('}');
  }
  json += R"(},"quietHours":)";
  if (quiet_hours_) {
    json += fmt::format(
        R"({{"from":"{}","to":"{}","timeZone":{}}})", minute_text(quiet_hours_->from_minute),
        minute_text(quiet_hours_->to_minute), proto::json_string(quiet_hours_->time_zone));
  } else {
    json += "null";
  }
  return json + "}";
}

}  // namespace weir::apps::notifications
