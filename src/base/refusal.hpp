#pragma once

// The two ways in which most input is refused, in short. What has a row of its own in the table of
// errors says that row with `make_error`.

#include <string>
#include <utility>

#include "base/error.hpp"

namespace weir::base {

/// A caller has sent what cannot be understood. `detail` is a sentence for him.
inline Error bad_request(std::string detail) {
  return make_error(ErrorCode::kBadRequest, std::move(detail));
}

/// A setting, or a file that one names, cannot be used as it is.
inline Error bad_configuration(std::string detail) {
  return make_error(ErrorCode::kBadConfiguration, std::move(detail));
}

}  // namespace weir::base
