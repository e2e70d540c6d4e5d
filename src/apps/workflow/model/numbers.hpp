#pragma once

#include <boost/json.hpp>
#include <compare>
#include <cstdint>
#include <optional>

#include "apps/workflow/model/expression_tree.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

// Arithmetic and comparison of JSON's values. A number is one whether it is written 1 or 1.0;
// integers are exact as long as they fit 64 bits, and doubles from there on.

/// The order of two numbers or of two strings (by code points); unordered for anything else.
std::partial_ordering order_of(const boost::json::value& left, const boost::json::value& right);

/// Of whole values: numbers by value, arrays by element, objects by member in any order.
bool equal(const boost::json::value& left, const boost::json::value& right);

/// `op` is one of the five of arithmetic, both values are numbers. kBadRequest for a division by
/// zero and for a result that is no finite number.
base::Result<boost::json::value> calculate(ExpressionNode::Operator op,
                                           const boost::json::value& left,
                                           const boost::json::value& right);
base::Result<boost::json::value> negate(const boost::json::value& number);

double as_double(const boost::json::value& number);
/// The number as an integer, if it is one: 3, 3.0, but not 3.5.
std::optional<std::int64_t> as_integer(const boost::json::value& number);
/// A double as a value, an integer where it is one and can be held exactly. kBadRequest unless it
/// is finite.
base::Result<boost::json::value> number_of(double value);

}  // namespace weir::apps::workflow
