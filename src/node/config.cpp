#include "node/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/logging.hpp"
#include "base/nearest.hpp"
#include "client/url.hpp"
#include "proto/event.hpp"
#include "proto/selector.hpp"

namespace weir::node {
namespace {

using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;
using base::Setting;
using base::Settings;

/// Variables of the command line tools, which mean nothing to the server.
constexpr std::array<std::string_view, 3> kOtherVariables = {"WEIR_URL", "WEIR_TOKEN", "WEIR_CA"};

/// `detail` begins with the setting's name; a flag's and a variable's place is its name already.
Error at(const std::string& place, const Setting& setting, std::string detail) {
  const bool named = place == base::flag_name(setting) || place == base::environment_name(setting);
  if (named) detail.erase(0, setting.name.size() + 2);
  return wrong_at(place, detail);
}

Result<> apply(Settings& settings, const Given& given) {
  const auto result = base::set_each(settings, *given.setting, given.texts);
  if (result) return {};
  return at(given.place, *given.setting, result.error().detail);
}

Result<> apply_all(Settings& settings, const std::vector<Given>& all) {
  for (const Given& given : all) {
    const auto applied = apply(settings, given);
    if (!applied) return applied.error();
    settings.places[std::string(given.setting->name)] = given.place;
  }
  return {};
}

Result<std::vector<Given>> read_environment(const Environment& environment) {
  std::vector<Given> all;
  for (const auto& variable : environment) {
    const std::string& name = variable.first;
    const std::string& value = variable.second;
    const auto table = base::settings_table();
    const auto found = std::find_if(table.begin(), table.end(), [&name](const Setting& each) {
      return base::environment_name(each) == name;
    });
    if (found != table.end()) {
      if (!value.empty()) all.push_back({&*found, base::split_text(*found, value), name});
      continue;
    }
    if (std::find(kOtherVariables.begin(), kOtherVariables.end(), name) != kOtherVariables.end()) {
      continue;
    }
    // Unlike a file or a flag, the environment is not the server's alone: what else a shell or a
    // supervisor names WEIR_… must not keep the server from starting.
    std::vector<std::string> names(kOtherVariables.begin(), kOtherVariables.end());
    for (const Setting& each : table) names.push_back(base::environment_name(each));
    base::log_warning("config.unknown_variable", "name={} hint=\"there is no such setting{}\"",
                      name, base::did_you_mean(name, names));
  }
  return all;
}

Result<base::Namespace> make_namespace(const Settings& server_wide, const NamespaceTable& table) {
  Settings own = server_wide;
  for (const Given& given : table.values) {
    const auto applied = apply(own, given);
    if (!applied) return applied.error();
  }
  for (const std::string& topic : table.topics) {
    const auto pattern = proto::Pattern::parse(topic);
    if (!pattern) {
      return wrong_at(table.place, fmt::format("topics: \"{}\" is not a topic pattern: {}", topic,
                                               pattern.error().detail));
    }
  }
  return base::Namespace{.name = table.name,
                         .topics = table.topics,
                         .retention = own.retention,
                         .durability = own.durability,
                         .slow_consumer = own.slow_consumer,
                         .presence = own.presence};
}

/// What the table of keys cannot check, because it takes other layers to understand.
Result<> check_webhook(const WebhookTable& table) {
  const auto& hook = table.webhook;
  const auto bad = [&](std::string_view key, const std::string& why) {
    return wrong_at(table.place, fmt::format("webhook \"{}\": {}: {}", hook.name, key, why));
  };
  if (const auto url = client::parse_url(hook.url); !url) return bad("url", url.error().detail);
  for (const std::string& topic : hook.topics) {
    const auto pattern = proto::Pattern::parse(topic);
    if (!pattern) return bad("topics", fmt::format("\"{}\": {}", topic, pattern.error().detail));
    if (pattern->matches(hook.dead_letter_topic()) && topic.starts_with('$')) {
      return bad("topics", fmt::format("\"{}\" would get its own dead letters", topic));
    }
  }
  if (const auto topic = proto::validate_topic(hook.dead_letter_topic()); !topic) {
    return bad("dead_letter", topic.error().detail);
  }
  return {};
}

/// Whoever allows larger events gets bodies that hold them, unless they said what a body may be.
void derive(Settings& settings) {
  if (settings.places.contains("body_bytes_max")) return;
  if (settings.event_bytes_max * 2 <= settings.body_bytes_max) return;
  settings.body_bytes_max = settings.event_bytes_max * 4;
  settings.places["body_bytes_max"] = "4 times event_bytes_max";
}

Result<> check(const Settings& settings) {
  const auto checked = base::check_together(settings);
  if (checked) return {};
  const std::string detail = checked.error().detail;
  const std::string name = detail.substr(0, detail.find(':'));
  const auto place = settings.places.find(name);
  const Setting* setting = base::find_setting(name);
  if (place == settings.places.end() || setting == nullptr) return checked.error();
  return at(place->second, *setting, detail);
}

Result<Settings> merge(const ConfigFile& file, const std::vector<Given>& environment,
                       const std::vector<Given>& flags) {
  Settings settings;
  for (const auto* source : {&file.values, &environment, &flags}) {
    const auto applied = apply_all(settings, *source);
    if (!applied) return applied.error();
  }
  derive(settings);
  for (const NamespaceTable& table : file.namespaces) {
    auto space = make_namespace(settings, table);
    if (!space) return space.error();
    settings.namespaces.push_back(std::move(*space));
  }
  for (const WebhookTable& table : file.webhooks) {
    if (auto good = check_webhook(table); !good) return good.error();
    settings.webhooks.push_back(table.webhook);
  }
  const auto checked = check(settings);
  if (!checked) return checked.error();
  return settings;
}

}  // namespace

Environment weir_environment() {
  Environment found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (!text.starts_with("WEIR_") || equals == std::string_view::npos) continue;
    found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

base::Result<base::Settings> load_config(const std::vector<Given>& flags,
                                         const Environment& environment) {
  return load_config(flags, environment, {}, {});
}

base::Result<base::Settings> load_config(const std::vector<Given>& flags,
                                         const Environment& environment, std::string_view text,
                                         const std::string& text_name) {
  const auto from_environment = read_environment(environment);
  if (!from_environment) return from_environment.error();

  std::string path;
  for (const auto* source : {&*from_environment, &flags}) {
    for (const Given& given : *source) {
      if (given.setting->name == "config") path = given.texts.back();
    }
  }
  if (!path.empty() && !text.empty()) {
    return make_error(ErrorCode::kBadConfiguration,
                      fmt::format("{} and {} cannot both be the configuration", path, text_name));
  }
  ConfigFile file;
  if (!path.empty() || !text.empty()) {
    auto read = text.empty() ? read_config_file(path) : parse_config_file(text, text_name);
    if (!read) return read.error();
    file = std::move(*read);
  }
  return merge(file, *from_environment, flags);
}

base::Result<base::Settings> check_config_file(const std::string& path) {
  const auto file = read_config_file(path);
  if (!file) return file.error();
  return merge(*file, {}, {});
}

}  // namespace weir::node
