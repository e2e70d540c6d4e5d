#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::apps::workflow {

// Reading a node's resolved `with`, whose shape was held against its kind's schema before.

/// JSON of commands, servers and scripts may be nested so deep.
inline constexpr std::size_t kJsonDepthMax = 64;

/// A member's text; "" if it is absent, or no string. Valid while the object is.
std::string_view text_member(const boost::json::object& object, std::string_view name);

/// A string as it is, a number or a boolean as JSON writes it; nothing for what else there is.
std::optional<std::string> scalar_text(const boost::json::value& value);

}  // namespace weir::apps::workflow
