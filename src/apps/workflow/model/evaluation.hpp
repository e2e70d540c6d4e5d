#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "apps/workflow/model/budget.hpp"
#include "apps/workflow/model/expression.hpp"
#include "apps/workflow/model/scope.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

/// What `Expression::evaluate` does, within a budget that several expressions share.
base::Result<boost::json::value> evaluate(const Expression& expression, const Scope& scope,
                                          Budget& budget);

}  // namespace weir::apps::workflow
