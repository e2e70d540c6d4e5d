#pragma once

#include <optional>
#include <string_view>

#include "base/types.hpp"

namespace weir::cli {

/// The time that a log line begins with, or nothing:
///
///   2026-11-21T09:30:01.250Z, 2026-11-21 09:30:01,250 +0200   ISO 8601 and RFC 3339; dpkg, apt,
///   most programs 2026/11/21 09:30:01                                        nginx and others Nov
///   21 09:30:01                                            syslog; the year is the latest that is
///   not
///                                                              more than a day after `now`
///   1795253401, 1795253401.25, 1795253401250                   seconds or milliseconds since 1970
///
/// A bracket may stand before it. Without a zone it is the process's local time.
std::optional<base::UnixMillis> line_time(std::string_view line, base::UnixMillis now);

}  // namespace weir::cli
