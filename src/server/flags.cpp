#include "server/flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace weir::server {
namespace {

using base::Setting;
using base::SettingKind;

std::string value_name(const Setting& setting) {
  switch (setting.kind) {
    case SettingKind::kDuration:
      return "DURATION";
    case SettingKind::kBytes:
      return "BYTES";
    case SettingKind::kInteger:
      return "N";
    case SettingKind::kChoice:
      return fmt::format("{}", fmt::join(setting.choices, "|"));
    case SettingKind::kStringList:
      return setting.name == "listen" ? "HOST:PORT" : "ORIGIN";
    case SettingKind::kString:
      return setting.name == "config" ? "FILE" : "DIR";
    case SettingKind::kBoolean:
      break;
  }
  return {};
}

std::string description(const Setting& setting) {
  std::string text(setting.help);
  text.erase(std::remove(text.begin(), text.end(), '`'), text.end());
  if (setting.kind == SettingKind::kStringList) text += " May be repeated.";
  const std::string standard = base::to_text(base::Settings(), setting);
  if (!standard.empty() && setting.kind != SettingKind::kBoolean) {
    text += fmt::format(" Default: {}.", standard);
  }
  return text;
}

}  // namespace

void SettingFlags::add_to(CLI::App& command) {
  for (const Setting& setting : base::settings_table()) {
    Flag& flag = flags_.emplace_back(Flag{&setting, nullptr, {}});
    const std::string name = base::flag_name(setting);
    if (setting.kind == SettingKind::kBoolean) {
      // "--demo", "--demo=false" and "--no-demo".
      flag.option = command.add_flag(fmt::format("{},!--no-{}", name, name.substr(2)), flag.values,
                                     description(setting));
    } else {
      flag.option = command.add_option(name, flag.values, description(setting));
      flag.option->type_name(value_name(setting))->allow_extra_args(false);
    }
    flag.option->group(std::string(setting.group))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
}

std::vector<node::Given> SettingFlags::given() const {
  std::vector<node::Given> all;
  for (const Flag& flag : flags_) {
    if (flag.option->count() == 0) continue;
    const bool list = flag.setting->kind == SettingKind::kStringList;
    std::vector<std::string> texts;
    for (const std::string& value : flag.values) {
      if (!list) texts.clear();  // The last of several counts.
      for (std::string& text : base::split_text(*flag.setting, value)) {
        texts.push_back(std::move(text));
      }
    }
    all.push_back({flag.setting, std::move(texts), base::flag_name(*flag.setting)});
  }
  return all;
}

}  // namespace weir::server
