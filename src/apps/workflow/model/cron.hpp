#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/types.hpp"

namespace weir::apps::workflow {

/// When something happens again and again: `0 3 * * mon-fri` in a time zone. Five fields: minute,
/// hour, day of the month, month, day of the week (0 and 7 are Sunday), each `*`, a number or a
/// name (`jan`, `mon`), a range, a list, with a step (`*/15`, `8-18/2`); or @hourly, @daily,
/// @midnight, @weekly, @monthly, @yearly, @annually. Where both days are restricted, either will
/// do, as in crontab(5).
///
/// Clock changes: a schedule that names its hours fires once for every time it names. A time that
/// the clock skips is made up for at the moment after the skip; one that comes twice fires the
/// first time. A schedule of every hour (its hours begin with `*`) follows the time that passes: it
/// fires in both of the hours that have one name, and makes up for nothing.
///
/// Immutable, cheap to copy; any thread.
class CronSchedule {
 public:
  static constexpr std::size_t kBytesMax = 256;  ///< Of its text.

  /// `zone` is a name of the time zone database, such as `Europe/Berlin`; "" is UTC. kBadRequest
  /// for a text that is no schedule or never comes to pass (30 February), and for an unknown zone.
  static base::Result<CronSchedule> parse(std::string_view text, std::string_view zone = {});

  /// The first time behind `after`, on a whole minute of the zone's clock. There always is one, as
  /// long as `after` lies before the year 9000.
  base::UnixMillis next(base::UnixMillis after) const;

  /// As they were given.
  const std::string& text() const;
  const std::string& zone() const;

 private:
  struct Compiled;

  CronSchedule() = default;

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace weir::apps::workflow
