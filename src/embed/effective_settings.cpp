#include "embed/effective_settings.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/nearest.hpp"
#include "base/settings_table.hpp"
#include "node/config.hpp"

namespace weir::embed {
namespace {

base::Result<node::Given> read(const std::string& name, const std::string& value) {
  if (const auto* setting = base::find_setting(name)) {
    return node::Given{setting, base::split_text(*setting, value), "Settings::set"};
  }
  std::vector<std::string> names;
  for (const auto& each : base::settings_table()) names.emplace_back(each.name);
  return base::make_error(base::ErrorCode::kBadConfiguration,
                          fmt::format("Settings::set: there is no setting \"{}\"{}", name,
                                      base::did_you_mean(name, names)));
}

}  // namespace

base::Result<base::Settings> effective_settings(const Settings& settings) {
  std::vector<node::Given> given;
  for (const auto& [name, value] : settings.values()) {
    auto each = read(name, value);
    if (!each) return each.error();
    given.push_back(std::move(*each));
  }
  const auto environment =
      settings.uses_environment() ? node::weir_environment() : node::Environment();
  auto effective = node::load_config(given, environment, settings.toml_text(), "Settings::toml");
  // A program's own log is not to be filled with what goes well.
  if (effective && !effective->places.contains("log_level")) effective->log_level = "warning";
  // A program has addresses and users of its own; the inbox and the feed are there for the asking.
  if (effective && !effective->places.contains("notifications")) {
    effective->notifications.enabled = false;
  }
  if (effective && !effective->places.contains("task_feed")) {
    effective->task_feed.enabled = false;
  }
  return effective;
}

}  // namespace weir::embed
