#pragma once

#include <optional>
#include <string>

#include "log/log_check.hpp"

namespace weir::server {

/// A log's report for people: lines of a name and a value, then tables. Times are RFC 3339, UTC.
std::string report_text(const log::LogReport& report, const std::optional<log::CheckResult>& check);

/// The same as one JSON object on a line.
std::string report_json(const log::LogReport& report, const std::optional<log::CheckResult>& check);

}  // namespace weir::server
