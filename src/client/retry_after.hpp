#pragma once

#include <chrono>
#include <optional>

#include "base/types.hpp"
#include "client/response_parser.hpp"

namespace weir::client {

/// How long an answer asks to wait (RFC 9110, 10.2.3): seconds, or a date in the form that is to be
/// sent (IMF-fixdate), held against `now`. Nothing if it does not say, or says it in another way;
/// at most a day.
std::optional<std::chrono::milliseconds> retry_after(const ResponseHead& head,
                                                     base::UnixMillis now);

}  // namespace weir::client
