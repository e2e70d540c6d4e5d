#pragma once

#include <string>
#include <string_view>

namespace weir::apps {

/// A text as streams carry it: cut to 256 bytes between two characters, with an ellipsis. The whole
/// of it is at the resource's own address.
std::string brief(std::string_view text);

}  // namespace weir::apps
