#pragma once

#include <string_view>

namespace weir::base {

/// Writes the message with its place to standard error and aborts.
[[noreturn]] void check_failed(std::string_view condition, std::string_view message,
                               std::string_view file, int line);

}  // namespace weir::base

/// A broken invariant is a bug, not an error value: say where and abort, in every build. What a
/// client or a disk can cause is never checked this way.
#define WEIR_CHECK(condition, message)                                     \
  do {                                                                     \
    if (!(condition)) [[unlikely]]                                         \
      ::weir::base::check_failed(#condition, message, __FILE__, __LINE__); \
  } while (false)
