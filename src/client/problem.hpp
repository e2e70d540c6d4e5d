#pragma once

#include <string_view>

#include "base/error.hpp"
#include "client/response_parser.hpp"

namespace weir::client {

/// The error that an answer other than a success stands for: of a problem (RFC 9457) with a `code`
/// that is in our table, that row with its detail; otherwise kNetwork with the status.
base::Error problem_error(const ResponseHead& head, std::string_view body);

/// The same for a problem object alone, as in an answer line of an NDJSON publish.
base::Error problem_error(std::string_view json);

}  // namespace weir::client
