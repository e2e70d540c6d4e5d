#pragma once

#include <string_view>

namespace weir::apps::workflow {

/// A JSON array of the kinds, in the order of NodeKind.
extern const std::string_view kNodeKindsText;

}  // namespace weir::apps::workflow
