#pragma once

#include <boost/json.hpp>
#include <string>

#include "apps/workflow/model/report.hpp"

namespace weir::apps::workflow {

/// Reports at `pointer` and below what SchemaCheck cannot use of a schema: unknown keywords, values
/// of a wrong kind, references that lead nowhere, patterns that are none.
void check_keywords(const boost::json::value& schema, const std::string& pointer, Report& report);

}  // namespace weir::apps::workflow
