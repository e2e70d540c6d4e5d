#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::proto {

/// Appends `text` as a JSON string with its quotes (RFC 8259, 7). Invalid UTF-8 becomes U+FFFD, so
/// that what is written is always valid JSON. U+2028 and U+2029 are written as they are.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);
/// The same, but `null` for a text that is empty.
std::string json_string_or_null(std::string_view text);
/// An array of such strings.
std::string json_array(const std::vector<std::string>& texts);

}  // namespace weir::proto
