#pragma once

#include <boost/json.hpp>

namespace weir::apps::workflow {

/// The document of a good definition with the members of its parts in the schema's order. What is
/// free (an input's schema, what is sent) stays as it is.
boost::json::object canonical_document(const boost::json::object& document);

}  // namespace weir::apps::workflow
