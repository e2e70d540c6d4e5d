#pragma once

#include <cstddef>
#include <string_view>

#include "load/scanned_event.hpp"

namespace weir::bench {

// Calls `on_event(const ScannedEvent&)` for each complete event in `text` and `on_comment()` for
// each comment line of complete blocks; returns how many bytes the complete blocks took. The rest
// belongs in front of what arrives next. Lines may end with LF or CRLF.
template <typename OnEvent, typename OnComment>
size_t scan_events(std::string_view text, OnEvent&& on_event, OnComment&& on_comment) {
  size_t consumed = 0;
  size_t at = 0;
  int comments = 0;
  ScannedEvent event;
  for (;;) {
    size_t line_end = text.find('\n', at);
    if (line_end == std::string_view::npos) return consumed;
    std::string_view line = text.substr(at, line_end - at);
    at = line_end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) {
      for (; comments > 0; --comments) on_comment();
      if (event.data_lines > 0) on_event(event);
      event = ScannedEvent{};
      consumed = at;
      continue;
    }
    if (line.front() == ':') {
      ++comments;
      continue;
    }
    size_t colon = line.find(':');
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    std::string_view field = line.substr(0, colon);
    if (field == "data") {
      event.data = value;
      ++event.data_lines;
    } else if (field == "id") {
      event.id = value;
    } else if (field == "event") {
      event.type = value;
    }
  }
}

}  // namespace weir::bench
