#include "base/settings_table.hpp"

#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

std::vector<Setting> joined() {
  std::vector<Setting> all;
  for (const auto& rows :
       {place_rows(), stream_rows(), http_rows(), access_rows(), limit_rows(), workflow_rows(),
        effect_rows(), notification_rows(), task_feed_rows(), operation_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

std::string spelt(std::string_view name, char hyphen, bool upper) {
  std::string out;
  for (char c : name) {
    if (c == '_') c = hyphen;
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::span<const Setting> settings_table() {
  static const std::vector<Setting> table = joined();
  return table;
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : settings_table()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

std::string flag_name(const Setting& setting) { return "--" + spelt(setting.name, '-', false); }

std::string environment_name(const Setting& setting) {
  return "WEIR_" + spelt(setting.name, '_', true);
}

std::string_view source_of(const Settings& settings, const Setting& setting) {
  const auto place = settings.places.find(setting.name);
  if (place == settings.places.end()) return "default";
  if (place->second == flag_name(setting)) return "flag";
  if (place->second == environment_name(setting)) return "environment";
  // A file's place ends with the line.
  return place->second.find(':') == std::string::npos ? "default" : "file";
}

}  // namespace weir::base
