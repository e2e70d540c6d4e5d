#pragma once

// What the files that hold rows of the settings' table share.

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/settings_table.hpp"

namespace weir::base {

/// The place of a setting, by the path of members that leads to it from Settings.
template <auto... Path>
constexpr auto field() {
  using T = std::remove_reference_t<decltype((std::declval<Settings&>().*....*Path))>;
  return SettingField<T>{[](Settings& s) -> T& { return (s.*....*Path); },
                         [](const Settings& s) -> const T& { return (s.*....*Path); }};
}

inline constexpr std::uint64_t kSecond = 1'000;
inline constexpr std::uint64_t kHour = 3'600 * kSecond;
inline constexpr std::uint64_t kDay = 24 * kHour;
inline constexpr std::uint64_t kKiB = 1ULL << 10;
inline constexpr std::uint64_t kMiB = 1ULL << 20;
inline constexpr std::uint64_t kGiB = 1ULL << 30;

/// A group of the table, which makes rows of its own: at least 1, or `least`, at the most `most`,
/// and changed by a reload.
struct SettingGroup {
  std::string_view name;

  constexpr Setting number(std::string_view row, SettingField<std::uint32_t> where,
                           std::uint64_t most, std::string_view help) const {
    return make(row, SettingKind::kInteger, where, 1, most, help);
  }
  constexpr Setting duration(std::string_view row, SettingField<std::chrono::milliseconds> where,
                             std::uint64_t least, std::uint64_t most, std::string_view help) const {
    return make(row, SettingKind::kDuration, where, least, most, help);
  }
  constexpr Setting bytes(std::string_view row, SettingField<std::uint64_t> where,
                          std::uint64_t least, std::uint64_t most, std::string_view help) const {
    return make(row, SettingKind::kBytes, where, least, most, help);
  }

 private:
  template <typename Field>
  constexpr Setting make(std::string_view row, SettingKind kind, Field where, std::uint64_t least,
                         std::uint64_t most, std::string_view help) const {
    return Setting{.name = row,
                   .group = name,
                   .kind = kind,
                   .field = where,
                   .min = least,
                   .max = most,
                   .reloadable = true,
                   .help = help};
  }
};

/// The same, but that it needs a restart.
constexpr Setting fixed(Setting row) {
  row.reloadable = false;
  return row;
}

// The parts of the table, in the order of the docs.
/// Where the server listens and writes, and its log (settings_places.cpp).
std::span<const Setting> place_rows();
/// What subscribers of each transport get (settings_streams.cpp).
std::span<const Setting> stream_rows();
/// HTTP and TLS (settings_http.cpp).
std::span<const Setting> http_rows();
/// Who may do what (settings_access.cpp).
std::span<const Setting> access_rows();
/// How much (settings_limits.cpp).
std::span<const Setting> limit_rows();
/// Executions of workflows (settings_workflow.cpp).
std::span<const Setting> workflow_rows();
/// What the nodes of workflows do to the world (settings_effects.cpp).
std::span<const Setting> effect_rows();
/// The notification inbox (settings_notifications.cpp).
std::span<const Setting> notification_rows();
/// The task feed (settings_tasks.cpp).
std::span<const Setting> task_feed_rows();
/// Stopping, telling, and what runs beside (settings_operation.cpp).
std::span<const Setting> operation_rows();

}  // namespace weir::base
