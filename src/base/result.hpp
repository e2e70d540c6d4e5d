#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "base/error.hpp"

namespace weir::base {

/// A value or an expected failure. `if (!result) return result.error();`, then `*result`.
/// Reading the value of a failed result is a broken invariant: it aborts.
template <typename T = void>
using Result = boost::system::result<T, Error>;

inline Error make_error(ErrorCode code, std::string detail = {}) {
  return Error{code, std::move(detail), 0};
}

/// Found by boost::system::result when `value()` is called on a failure.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& place) {
  check_failed("result.has_value()", error.message(), place.file_name(),
               static_cast<int>(place.line()));
}

}  // namespace weir::base
