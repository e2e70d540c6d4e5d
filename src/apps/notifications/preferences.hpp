#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apps/notifications/quiet_hours.hpp"
#include "base/result.hpp"

namespace weir::apps::notifications {

/// What a user wants to be told, how, and when not.
///
///   {"types": {"message": {"email": false}, "*": {"push": false}},
///    "quietHours": {"from": "22:00", "to": "07:00", "timeZone": "Europe/Berlin"}}
///
/// A channel is on unless it is switched off for the type, or for `*` where the type says nothing.
/// `inbox` is a channel, too: what is switched off there goes into the archive, read. In quiet
/// hours other channels wait for their end, but for what is critical.
class Preferences {
 public:
  /// kBadJson, kBadRequest. "" is without any.
  static base::Result<Preferences> parse(std::string_view json);
  /// What was taken once and stored. Quiet hours in a time zone that is not known here any more are
  /// never; everything else holds.
  static Preferences stored(std::string_view json);

  bool wants(const std::string& type, const std::string& channel) const;
  /// When quiet hours end that hold now.
  std::optional<base::UnixMillis> quiet_until(base::UnixMillis now) const;
  std::string to_json() const;

 private:
  enum class Zones { kKnown, kAny };
  static base::Result<Preferences> read(std::string_view json, Zones zones);

  using Switches = std::map<std::string, bool>;  ///< By channel.

  std::map<std::string, Switches> types_;
  std::optional<QuietHours> quiet_hours_;
};

}  // namespace weir::apps::notifications
