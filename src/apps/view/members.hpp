#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/result.hpp"
#include "proto/json_reader.hpp"

namespace weir::apps {

// Members of a JSON object, as the applications' bodies have them.

/// kBadRequest: `what` is wrong with the member.
base::Error wrong_member(std::string_view name, std::string_view what);

/// A string of at most so many bytes. kBadRequest with the name.
base::Result<> take_text(std::string_view name, const proto::JsonValue& value,
                         std::size_t bytes_max, std::string& out);

}  // namespace weir::apps
