#pragma once

#include <string>
#include <string_view>

namespace weir::apps::workflow {

/// What is wrong with a text of that `format`; "" if nothing is, or if the format is only for
/// people. Formats of JSON Schema: date, time, date-time, email, uri. Weir's own, which schemas of
/// nodes use: weir-id, weir-duration, weir-bytes, weir-condition.
std::string format_problem(std::string_view format, std::string_view text);

}  // namespace weir::apps::workflow
