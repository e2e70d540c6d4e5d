#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace weir::apps::workflow {

// Reading a node's resolved `with`, whose shape was held against its kind's schema before.

/// JSON of commands, servers and scripts may be nested so deep.
inline constexpr std::size_t kJsonDepthMax = 64;

/// A value that is not what its node needs.
inline base::Error bad(std::string detail) {
  return base::make_error(base::ErrorCode::kBadRequest, std::move(detail));
}

/// A string as it is, a number or a boolean as JSON writes it; nothing for what else there is.
std::optional<std::string> scalar_text(const boost::json::value& value);

}  // namespace weir::apps::workflow
