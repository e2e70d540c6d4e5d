#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "base/result.hpp"

namespace weir::apps::workflow {

/// What a scalar of YAML stands for in the core schema (YAML 1.2.2, 10.3.2). `tag` is the
/// library's:
/// "?" of a plain one, "!" of a quoted one, or what was written. kBadRequest for a tag that has no
/// meaning here, and for what JSON has no number for.
base::Result<boost::json::value> yaml_scalar(std::string_view tag, std::string_view text);

/// Whether a plain scalar of this text is a string.
bool is_plain_string(std::string_view text);

}  // namespace weir::apps::workflow
