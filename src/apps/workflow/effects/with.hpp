#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace weir::apps::workflow {

// Reading a node's resolved `with`, whose shape was held against its kind's schema before.

/// JSON of commands, servers and scripts may be nested so deep.
inline constexpr std::size_t kJsonDepthMax = 64;

/// A string as it is, a number or a boolean as JSON writes it; nothing for what else there is.
std::optional<std::string> scalar_text(const boost::json::value& value);

}  // namespace weir::apps::workflow
