#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/json_reader.hpp"

namespace weir::proto {

/// Reads a text that is one JSON object and hands on its members in order; an error of `member`
/// ends it. A name that comes twice is kBadJson: two programs could take different ones (RFC 8259,
/// 4). What is nested in a value is read from its `bytes`.
base::Result<> read_object(
    std::string_view text, std::size_t depth_max,
    const std::function<base::Result<>(std::string_view name, JsonValue& value)>& member);

/// The same for an array's elements.
base::Result<> read_array(std::string_view text, std::size_t depth_max,
                          const std::function<base::Result<>(JsonValue& value)>& element);

/// An array of at most `count_max` strings, without space before it. kBadJson.
base::Result<std::vector<std::string>> read_texts(std::string_view text, std::size_t count_max);

}  // namespace weir::proto
