// Cursors: what is read as one is exactly what would be written for it.

#include "proto/cursor.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = weir::fuzz::as_text(data, size);
  if (const auto cursor = weir::proto::parse_cursor(text)) {
    WEIR_CHECK(weir::proto::to_string(*cursor) == text, "a cursor has one spelling");
  }
  return 0;
}
