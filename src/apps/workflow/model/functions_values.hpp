#pragma once

#include "apps/workflow/model/functions.hpp"

namespace weir::apps::workflow {

// The functions of expressions that are about numbers, arrays and objects.

base::Result<boost::json::value> absolute(Arguments arguments, Budget& budget);
base::Result<boost::json::value> contains(Arguments arguments, Budget& budget);
base::Result<boost::json::value> first(Arguments arguments, Budget& budget);
base::Result<boost::json::value> floor_of(Arguments arguments, Budget& budget);
base::Result<boost::json::value> keys(Arguments arguments, Budget& budget);
base::Result<boost::json::value> last(Arguments arguments, Budget& budget);
base::Result<boost::json::value> length(Arguments arguments, Budget& budget);
base::Result<boost::json::value> max_of(Arguments arguments, Budget& budget);
base::Result<boost::json::value> min_of(Arguments arguments, Budget& budget);
base::Result<boost::json::value> or_default(Arguments arguments, Budget& budget);
base::Result<boost::json::value> round_to(Arguments arguments, Budget& budget);
base::Result<boost::json::value> slice(Arguments arguments, Budget& budget);
base::Result<boost::json::value> to_number(Arguments arguments, Budget& budget);
base::Result<boost::json::value> values(Arguments arguments, Budget& budget);

}  // namespace weir::apps::workflow
