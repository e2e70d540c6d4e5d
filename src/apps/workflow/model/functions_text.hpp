#pragma once

#include "apps/workflow/model/functions.hpp"

namespace weir::apps::workflow {

// The functions of expressions that are about text. A character is a code point; letters are those
// of ASCII, so that a result does not depend on a locale.

base::Result<boost::json::value> ends_with(Arguments arguments, Budget& budget);
base::Result<boost::json::value> format_text(Arguments arguments, Budget& budget);
base::Result<boost::json::value> join(Arguments arguments, Budget& budget);
base::Result<boost::json::value> lower(Arguments arguments, Budget& budget);
base::Result<boost::json::value> parse_json(Arguments arguments, Budget& budget);
base::Result<boost::json::value> replace(Arguments arguments, Budget& budget);
base::Result<boost::json::value> split(Arguments arguments, Budget& budget);
base::Result<boost::json::value> starts_with(Arguments arguments, Budget& budget);
base::Result<boost::json::value> to_json_text(Arguments arguments, Budget& budget);
base::Result<boost::json::value> to_string(Arguments arguments, Budget& budget);
base::Result<boost::json::value> trim(Arguments arguments, Budget& budget);
base::Result<boost::json::value> upper(Arguments arguments, Budget& budget);

/// Where characters `from` to `to` lie; both are counted and bounded by the text.
std::string_view characters(std::string_view text, std::size_t from, std::size_t to);
std::size_t count_characters(std::string_view text);

/// Appends what stands for the value in a text: strings as they are, null as nothing, all else as
/// JSON. False if the budget does not allow it.
bool append_text(std::string& out, const boost::json::value& value, Budget& budget);

}  // namespace weir::apps::workflow
