#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "apps/workflow/model/node_kind.hpp"
#include "apps/workflow/model/problem.hpp"

namespace weir::apps::workflow {

/// The JSON Schema (2020-12) of a definition: `GET /api/workflow/schema`, and what parse_definition
/// holds a definition against first.
const boost::json::object& definition_schema();

/// What of `schema` cannot be used as the schema of a run's input. The supported keywords are those
/// of docs/workflow-definitions.md#input; an unknown one is a problem rather than a rule that
/// nobody checks. References lead into the same document only.
Problems check_schema(const boost::json::value& schema);

/// What of `value` the schema does not allow; problems without lines. A null schema allows
/// everything. The schema is one that `check_schema` has nothing against. Bounded in time by a
/// number of steps; a check that takes more is a problem itself.
Problems validate_input(const boost::json::value& schema, const boost::json::value& value);

/// `input` with what the schema gives as `default` for members that it lacks. A null input becomes
/// an object if the schema has any defaults. To be done before `validate_input`.
boost::json::value with_defaults(const boost::json::value& schema, boost::json::value input);

/// The same for a node's resolved `with`, against its kind's schema.
Problems validate_with(NodeKind kind, const boost::json::value& with);

}  // namespace weir::apps::workflow
