#pragma once

#include <string_view>

namespace weir::apps::workflow {

/// The schema of a definition, but for what `with` holds: schema.cpp adds that for each kind.
extern const std::string_view kDefinitionSchemaText;

}  // namespace weir::apps::workflow
