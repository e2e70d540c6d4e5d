#include "api/operations/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "api/access/origin.hpp"
#include "proto/json.hpp"

namespace weir::api {
namespace {

using base::Setting;
using base::SettingKind;
using base::Settings;
using proto::json_string;

std::string array_of(const std::vector<std::string>& elements) {
  return fmt::format("[{}]", fmt::join(elements, ","));
}

std::string_view unit_of(SettingKind kind) {
  if (kind == SettingKind::kDuration) return R"("duration")";
  return kind == SettingKind::kBytes ? R"("bytes")" : "null";
}

std::string allowed_json(const Setting& setting) {
  return proto::json_string_or_null(base::allowed_values(setting));
}

std::string setting_json(const Settings& settings, const Setting& setting) {
  const auto place = settings.places.find(setting.name);
  return fmt::format(
      R"({{"name":"{}","group":{},"kind":"{}","unit":{},"value":{},"default":{},"source":"{}",)"
      R"("place":{},"allowed":{},"help":{},"reload":{},"secret":{}}})",
      setting.name, json_string(setting.group), kind_name(setting.kind), unit_of(setting.kind),
      value_json(settings, setting), value_json(Settings(), setting),
      base::source_of(settings, setting),
      place == settings.places.end() ? "null" : json_string(place->second), allowed_json(setting),
      json_string(setting.help), setting.reloadable, setting.secret);
}

}  // namespace

std::string_view kind_name(SettingKind kind) {
  switch (kind) {
    case SettingKind::kDuration:
      return "duration";
    case SettingKind::kBytes:
      return "size";
    case SettingKind::kInteger:
      return "number";
    case SettingKind::kBoolean:
      return "boolean";
    case SettingKind::kChoice:
      return "choice";
    case SettingKind::kString:
      return "text";
    case SettingKind::kStringList:
      break;
  }
  return "list";
}

std::string value_json(const Settings& settings, const Setting& setting) {
  const std::string text = base::to_text(settings, setting);
  if (setting.secret && text != base::to_text(Settings(), setting)) return "null";
  if (setting.kind == SettingKind::kInteger || setting.kind == SettingKind::kBoolean) return text;
  if (setting.kind == SettingKind::kStringList) {
    using Field = base::SettingField<std::vector<std::string>>;
    return proto::json_array(std::get<Field>(setting.field).read(settings));
  }
  return json_string(text);
}

Settings as_settings(const base::Namespace& space) {
  Settings settings;
  settings.retention = space.retention;
  settings.durability = space.durability;
  settings.slow_consumer = space.slow_consumer;
  settings.presence = space.presence;
  return settings;
}

std::string namespaces_json(const Settings& settings) {
  std::vector<std::string> spaces;
  for (const base::Namespace& space : settings.namespaces) {
    std::string object = fmt::format("{{\"name\":{},\"topics\":{}", json_string(space.name),
                                     proto::json_array(space.topics));
    const Settings values = as_settings(space);
    for (const Setting& setting : base::settings_table()) {
      if (!setting.namespaced) continue;
      object += fmt::format(",\"{}\":{}", setting.name, value_json(values, setting));
    }
    spaces.push_back(object + "}");
  }
  return array_of(spaces);
}

std::string webhooks_json(const Settings& settings, bool origins) {
  std::vector<std::string> hooks;
  for (const base::Webhook& hook : settings.webhooks) {
    std::vector<std::string> members;
    for (const base::WebhookKey& key : base::webhook_keys()) {
      if (key.secret) continue;
      const std::string text = key.get(hook);
      const auto value = key.list                 ? proto::json_array(hook.topics)
                         : key.address && origins ? json_string(origin_of(text))
                                                  : json_string(text);
      members.push_back(fmt::format("\"{}\":{}", key.name, value));
    }
    hooks.push_back(fmt::format("{{{}}}", fmt::join(members, ",")));
  }
  return array_of(hooks);
}

std::string settings_json(const Settings& settings, std::string_view version) {
  std::vector<std::string> all;
  for (const Setting& setting : base::settings_table()) {
    all.push_back(setting_json(settings, setting));
  }
  return fmt::format(R"({{"version":{},"settings":{},"namespaces":{},"webhooks":{}}})",
                     json_string(version), array_of(all), namespaces_json(settings),
                     webhooks_json(settings, true));
}

}  // namespace weir::api
