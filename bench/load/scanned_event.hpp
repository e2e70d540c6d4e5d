#pragma once

#include <string_view>

namespace weir::bench {

// One event of a stream, as views into the scanned bytes, whatever wire it came over. The generator
// publishes payloads of one line, so a second `data:` line (a second `data` member) is already a
// fault; it is counted, not joined.
struct ScannedEvent {
  std::string_view type;  // empty when none is given
  std::string_view id;    // empty when none is given
  std::string_view data;
  int data_lines = 0;
};

}  // namespace weir::bench
