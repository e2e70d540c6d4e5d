#pragma once

#include "apps/workflow/model/definition_reader.hpp"
#include "apps/workflow/model/graph.hpp"
#include "apps/workflow/model/value_types.hpp"
#include "base/string_map.hpp"

namespace weir::apps::workflow {

/// Checks the names and types of every expression. Gives what each string with expressions will be,
/// by pointer, for the schema to be held against.
base::StringMap<Types> check_expressions(const ReadDefinition& read, const Graph& graph,
                                         Report& report);

}  // namespace weir::apps::workflow
