// Settings from text and to text, for every kind at once.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/listen_address.hpp"
#include "base/nearest.hpp"
#include "base/settings_table.hpp"
#include "base/units.hpp"

namespace weir::base {
namespace {

using std::chrono::milliseconds;

std::string format_number(const Setting& setting, std::uint64_t value) {
  switch (setting.kind) {
    case SettingKind::kDuration:
      return format_duration(milliseconds(value));
    case SettingKind::kBytes:
      return format_bytes(value);
    default:
      return fmt::format("{}", value);
  }
}

Error refused(const Setting& setting, std::string_view why) {
  std::string text = fmt::format("{}: {}", setting.name, why);
  if (const std::string allowed = allowed_values(setting); !allowed.empty()) {
    text += fmt::format(" (allowed: {})", allowed);
  }
  return make_error(ErrorCode::kBadConfiguration, std::move(text));
}

/// The number in `text`, in the setting's unit, within its bounds.
Result<std::uint64_t> parse_number(const Setting& setting, std::string_view text) {
  std::uint64_t value = 0;
  if (setting.kind == SettingKind::kDuration) {
    const auto parsed = parse_duration(text);
    if (!parsed) return refused(setting, parsed.error().detail);
    value = static_cast<std::uint64_t>(parsed->count());
  } else if (setting.kind == SettingKind::kBytes) {
    const auto parsed = parse_bytes(text);
    if (!parsed) return refused(setting, parsed.error().detail);
    value = *parsed;
  } else {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) {
      return refused(setting, fmt::format("\"{}\" is not a whole number", text));
    }
  }
  if (value < setting.min || value > setting.max) {
    return refused(setting, fmt::format("\"{}\" is out of bounds", text));
  }
  return value;
}

Result<bool> parse_boolean(const Setting& setting, std::string_view text) {
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"false", "0", "no", "off"}) {
    if (text == no) return false;
  }
  return refused(setting, fmt::format("\"{}\" is neither true nor false", text));
}

Result<std::size_t> parse_choice(const Setting& setting, std::string_view text) {
  const auto found = std::find(setting.choices.begin(), setting.choices.end(), text);
  if (found == setting.choices.end()) {
    return refused(setting, fmt::format("\"{}\" is not known", text));
  }
  return static_cast<std::size_t>(found - setting.choices.begin());
}

Result<> check_text(const Setting& setting, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return refused(setting, "a NUL is not allowed");
  if (setting.check == nullptr) return {};
  const std::string wrong = setting.check(text);
  if (!wrong.empty()) return refused(setting, fmt::format("\"{}\" {}", text, wrong));
  return {};
}

template <typename T>
Result<T> parse(const Setting& setting, const std::vector<std::string>& texts) {
  const std::string& text = texts.front();
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    for (const std::string& each : texts) {
      if (const auto checked = check_text(setting, each); !checked) return checked.error();
    }
    return texts;
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (setting.kind == SettingKind::kChoice) {
      if (const auto choice = parse_choice(setting, text); !choice) return choice.error();
    }
    if (const auto checked = check_text(setting, text); !checked) return checked.error();
    return text;
  } else if constexpr (std::is_same_v<T, bool>) {
    return parse_boolean(setting, text);
  } else if constexpr (std::is_enum_v<T>) {
    const auto choice = parse_choice(setting, text);
    if (!choice) return choice.error();
    return static_cast<T>(*choice);
  } else {
    const auto number = parse_number(setting, text);
    if (!number) return number.error();
    return T(static_cast<T>(*number));
  }
}

std::vector<std::string> cut_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const std::size_t begin = part.find_first_not_of(' ');
    if (begin == std::string_view::npos) continue;
    parts.emplace_back(part.substr(begin, part.find_last_not_of(' ') - begin + 1));
  }
  return parts;
}

}  // namespace

std::string allowed_values(const Setting& setting) {
  switch (setting.kind) {
    case SettingKind::kChoice:
      return fmt::format("{}", fmt::join(setting.choices, ", "));
    case SettingKind::kBoolean:
      return "true, false";
    case SettingKind::kString:
    case SettingKind::kStringList:
      return {};
    default:
      break;
  }
  if (setting.max == UINT64_MAX) {
    return setting.min == 0 ? std::string()
                            : fmt::format("at least {}", format_number(setting, setting.min));
  }
  const std::string least = setting.min == 0 ? "0" : format_number(setting, setting.min);
  return fmt::format("{} to {}", least, format_number(setting, setting.max));
}

std::vector<std::string> split_text(const Setting& setting, std::string_view text) {
  if (setting.kind == SettingKind::kStringList) return cut_at_commas(text);
  return {std::string(text)};
}

Result<> set(Settings& settings, const Setting& setting, std::string_view text) {
  return set_each(settings, setting, split_text(setting, text));
}

Result<> set(Settings& settings, std::string_view name, std::string_view text) {
  const Setting* setting = find_setting(name);
  if (setting != nullptr) return set(settings, *setting, text);
  std::vector<std::string> names;
  for (const Setting& each : settings_table()) names.emplace_back(each.name);
  return make_error(ErrorCode::kBadConfiguration,
                    fmt::format("there is no setting \"{}\"{}", name, did_you_mean(name, names)));
}

Result<> set_each(Settings& settings, const Setting& setting,
                  const std::vector<std::string>& texts) {
  const bool list = setting.kind == SettingKind::kStringList;
  if (!list && texts.size() != 1) return refused(setting, "takes one value");
  if (list && texts.empty()) {
    std::get<SettingField<std::vector<std::string>>>(setting.field).write(settings).clear();
    return {};
  }
  return std::visit(
      [&]<typename T>(const SettingField<T>& field) -> Result<> {
        auto value = parse<T>(setting, texts);
        if (!value) return value.error();
        field.write(settings) = std::move(*value);
        return {};
      },
      setting.field);
}

std::string to_text(const Settings& settings, const Setting& setting) {
  return std::visit(
      [&]<typename T>(const SettingField<T>& field) -> std::string {
        const T& value = field.read(settings);
        if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          return fmt::format("{}", fmt::join(value, ","));
        } else if constexpr (std::is_same_v<T, std::string>) {
          return value;
        } else if constexpr (std::is_same_v<T, bool>) {
          return value ? "true" : "false";
        } else if constexpr (std::is_enum_v<T>) {
          return std::string(setting.choices[static_cast<std::size_t>(value)]);
        } else if constexpr (std::is_same_v<T, milliseconds>) {
          return value.count() == 0 ? "0" : format_duration(value);
        } else {
          return format_number(setting, value);
        }
      },
      setting.field);
}

namespace {

Error together(std::string detail) {
  return make_error(ErrorCode::kBadConfiguration, std::move(detail));
}

Result<> check_tls(const Settings& settings) {
  for (const std::string& text : settings.listen) {
    const auto address = parse_listen(text);
    if (!address) continue;  // Told before.
    if (address->tls && settings.tls_certificate.empty()) {
      return together(fmt::format("listen: \"{}\" needs tls_certificate", text));
    }
    if (address->proxy_protocol && !address->is_unix && settings.trusted_proxies.empty()) {
      return together(fmt::format("listen: \"{}\" needs trusted_proxies", text));
    }
  }
  if (settings.tls_client_verify != "none" && settings.tls_client_ca.empty()) {
    return together(
        fmt::format("tls_client_verify: \"{}\" needs tls_client_ca", settings.tls_client_verify));
  }
  return {};
}

}  // namespace

Result<> check_together(const Settings& settings) {
  const auto& origins = settings.cors_origin;
  if (settings.cors_credentials &&
      std::find(origins.begin(), origins.end(), "*") != origins.end()) {
    return together(
        "cors_origin: \"*\" cannot be combined with cors_credentials: every page on the web could "
        "act with its visitor's cookies; name the origins");
  }
  if (settings.listen.empty()) return together("listen: at least one address is needed");
  if (auto tls = check_tls(settings); !tls) return tls;
  if (settings.takeover && settings.data_dir.empty()) {
    return together("takeover: data_dir is needed, where the server that runs is found");
  }
  if (settings.body_bytes_max < settings.event_bytes_max) {
    return together(fmt::format("body_bytes_max: \"{}\" is less than event_bytes_max ({})",
                                format_bytes(settings.body_bytes_max),
                                format_bytes(settings.event_bytes_max)));
  }
  if (settings.publish_queue_bytes < settings.event_bytes_max) {
    return together(fmt::format("publish_queue_bytes: \"{}\" is less than event_bytes_max ({})",
                                format_bytes(settings.publish_queue_bytes),
                                format_bytes(settings.event_bytes_max)));
  }
  if (auto hooks = check_webhooks(settings.webhooks); !hooks) return hooks;
  std::vector<std::string_view> names;
  for (const Namespace& each : settings.namespaces) {
    if (each.name.empty()) return together("namespace: a name is needed");
    if (each.topics.empty()) {
      return together(fmt::format("namespace \"{}\": topics are needed", each.name));
    }
    if (std::find(names.begin(), names.end(), each.name) != names.end()) {
      return together(fmt::format("namespace \"{}\": the name is used twice", each.name));
    }
    names.push_back(each.name);
  }
  return {};
}

namespace {

void move_place(Settings& running, const Settings& fresh, std::string_view name) {
  if (const auto place = fresh.places.find(name); place != fresh.places.end()) {
    running.places.insert_or_assign(std::string(name), place->second);
  } else if (const auto old = running.places.find(name); old != running.places.end()) {
    running.places.erase(old);
  }
}

}  // namespace

std::vector<std::string> apply_reload(Settings& running, const Settings& fresh) {
  std::vector<std::string> need_restart;
  running.webhooks = fresh.webhooks;
  for (const Setting& setting : settings_table()) {
    std::visit(
        [&]<typename T>(const SettingField<T>& field) {
          const T& value = field.read(fresh);
          const bool same = field.read(running) == value;
          if (!same && !setting.reloadable) {
            need_restart.emplace_back(setting.name);
            return;
          }
          if (!same) field.write(running) = value;
          move_place(running, fresh, setting.name);
        },
        setting.field);
  }
  const auto same_place = [](const Namespace& a, const Namespace& b) {
    return a.name == b.name && a.topics == b.topics && a.durability == b.durability;
  };
  if (!std::equal(running.namespaces.begin(), running.namespaces.end(), fresh.namespaces.begin(),
                  fresh.namespaces.end(), same_place)) {
    need_restart.emplace_back("namespace");
    return need_restart;
  }
  for (std::size_t i = 0; i < running.namespaces.size(); ++i) {
    running.namespaces[i].retention = fresh.namespaces[i].retention;
    running.namespaces[i].slow_consumer = fresh.namespaces[i].slow_consumer;
    running.namespaces[i].presence = fresh.namespaces[i].presence;
  }
  return need_restart;
}

}  // namespace weir::base
