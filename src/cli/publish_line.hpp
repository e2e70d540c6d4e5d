#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"

namespace weir::cli {

/// What all events of one `weir pub` have in common.
struct EventTemplate {
  std::string topic;
  std::string type = {};
  std::string id = {};
  std::string key = {};
  std::chrono::milliseconds ttl{0};  ///< 0: none.
  std::optional<std::chrono::milliseconds> retry = {};
  bool is_private = false;
  bool ephemeral = false;
};

/// One event as a line of NDJSON for `POST /v1/publish`, without its LF. `data` that is not valid
/// UTF-8 is repaired with U+FFFD, since JSON cannot carry it.
std::string publish_line(const EventTemplate& event, std::string_view data,
                         std::optional<base::UnixMillis> time);

}  // namespace weir::cli
