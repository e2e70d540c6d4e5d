#pragma once

// The declaration of every setting. The TOML file, WEIR_… environment, flags, `weir config` and
// docs/configuration.md read this table and nothing else knows a setting's name. To add one: a
// field in settings.hpp, a row in the settings_….cpp of its group, `weir config docs >
// docs/configuration.md`.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::base {

enum class SettingKind { kString, kStringList, kDuration, kBytes, kInteger, kBoolean, kChoice };

/// Where a setting lives in Settings.
template <typename T>
struct SettingField {
  T& (*write)(Settings&);
  const T& (*read)(const Settings&);
};
using AnySettingField =
    std::variant<SettingField<std::string>, SettingField<std::vector<std::string>>,
                 SettingField<std::chrono::milliseconds>, SettingField<std::uint64_t>,
                 SettingField<std::uint32_t>, SettingField<bool>, SettingField<Durability>,
                 SettingField<SlowConsumer>, SettingField<Overload>, SettingField<Presence>>;

/// One row. All strings have static lifetime. The default is that of a default-constructed
/// Settings.
struct Setting {
  std::string_view
      name;  ///< With underscores, as in TOML; `flag_name` and `environment_name` follow.
  std::string_view group;  ///< A heading for help and docs; rows of a group stand together.
  SettingKind kind;
  AnySettingField field;
  std::uint64_t min = 0;  ///< In milliseconds, bytes or pieces, by kind.
  std::uint64_t max = UINT64_MAX;
  std::span<const std::string_view> choices =
      {};  ///< In the order of the enumeration, if it is one.
  /// Looks at one text (of a list: each) beyond its kind; returns what is wrong with it, or "".
  std::string (*check)(std::string_view text) = nullptr;
  bool reloadable = false;     ///< Taken on SIGHUP; otherwise a change needs a restart.
  bool namespaced = false;     ///< May also stand in a [[namespace]] table.
  bool secret = false;         ///< May hold a secret: never shown.
  std::string_view help = {};  ///< Sentences.
};

/// Every setting, in the order of the docs.
std::span<const Setting> settings_table();

/// The row of a name with underscores, or null.
const Setting* find_setting(std::string_view name);

std::string flag_name(const Setting& setting);         ///< "--data-dir"
std::string environment_name(const Setting& setting);  ///< "WEIR_DATA_DIR"

/// What may be given, for people: "50ms to 1h", "one of fsync, buffered, memory". Empty: anything.
std::string allowed_values(const Setting& setting);

/// Sets from text; a list's text is cut at commas. kBadConfiguration with a detail that names the
/// setting, what was given and what is allowed; `settings` is unchanged then.
Result<> set(Settings& settings, const Setting& setting, std::string_view text);
Result<> set(Settings& settings, std::string_view name, std::string_view text);

/// What `set_each` takes for one text of a flag or variable: a list's elements, or the text alone.
std::vector<std::string> split_text(const Setting& setting, std::string_view text);

/// Sets from one text per element of a list, which may hold commas; other kinds take exactly one
/// text.
Result<> set_each(Settings& settings, const Setting& setting,
                  const std::vector<std::string>& texts);

/// What kind of place a value is from: "flag", "environment", "file", or "default", which is also
/// said of what follows from another setting.
std::string_view source_of(const Settings& settings, const Setting& setting);

/// The text that `set` would read back to the same value; a list's elements are joined by commas.
std::string to_text(const Settings& settings, const Setting& setting);

/// What no setting can say alone: `*` with credentials, a body smaller than an event, namespaces
/// without topics or with one name. kBadConfiguration.
Result<> check_together(const Settings& settings);

/// Copies into `running` what may change while the server runs, with where it is from, and returns
/// the names of settings
/// that differ but need a restart ("namespace" for a namespace's name, topics or durability).
std::vector<std::string> apply_reload(Settings& running, const Settings& fresh);

}  // namespace weir::base
