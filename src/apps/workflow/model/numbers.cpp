#include "apps/workflow/model/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "base/refusal.hpp"
#include "proto/number_order.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::Result;
using Operator = ExpressionNode::Operator;

constexpr double kExactMax = 0x1p53;  // Up to here a double holds every integer.

/// Calls `visit` with the number as what it is stored as.
template <typename Visit>
auto visit_number(const json::value& value, Visit visit) {
  if (value.is_int64()) return visit(value.get_int64());
  if (value.is_uint64()) return visit(value.get_uint64());
  return visit(value.get_double());
}

std::optional<std::int64_t> exact(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  // The one quotient that overflows.
  const bool overflows = a == std::numeric_limits<std::int64_t>::min() && b == -1;
  switch (op) {
    case Operator::kAdd:
      return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Operator::kSubtract:
      return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Operator::kMultiply:
      return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Operator::kDivide:
      return overflows || a % b != 0 ? std::nullopt : std::optional(a / b);
    case Operator::kRemainder:
      return overflows ? 0 : a % b;
    default:
      return std::nullopt;
  }
}

double inexact(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return a + b;
    case Operator::kSubtract:
      return a - b;
    case Operator::kMultiply:
      return a * b;
    case Operator::kDivide:
      return a / b;
    default:
      return std::fmod(a, b);
  }
}

}  // namespace

std::partial_ordering order_of(const json::value& left, const json::value& right) {
  if (left.is_string() && right.is_string()) {
    const auto& a = left.get_string();
    const auto& b = right.get_string();
    return std::string_view(a.data(), a.size()) <=> std::string_view(b.data(), b.size());
  }
  if (!left.is_number() || !right.is_number()) return std::partial_ordering::unordered;
  return visit_number(left, [&](auto a) {
    return visit_number(right, [&](auto b) { return proto::NumberOrder()(a, b); });
  });
}

bool equal(const json::value& left, const json::value& right) {
  if (left.is_number() || left.is_string()) return order_of(left, right) == 0;
  if (left.kind() != right.kind()) return false;
  if (const auto* array = left.if_array()) {
    const auto& other = right.get_array();
    return std::equal(array->begin(), array->end(), other.begin(), other.end(), equal);
  }
  if (const auto* object = left.if_object()) {
    const auto& other = right.get_object();
    return object->size() == other.size() &&
           std::all_of(object->begin(), object->end(), [&](const auto& member) {
             const auto* value = other.if_contains(member.key());
             return value != nullptr && equal(member.value(), *value);
           });
  }
  return left == right;
}

double as_double(const json::value& number) {
  return visit_number(number, [](auto n) { return static_cast<double>(n); });
}

std::optional<std::int64_t> as_integer(const json::value& number) {
  if (number.is_int64()) return number.get_int64();
  if (const auto* whole = number.if_double();
      whole != nullptr && std::trunc(*whole) == *whole && std::abs(*whole) <= kExactMax) {
    return static_cast<std::int64_t>(*whole);
  }
  return std::nullopt;
}

Result<json::value> number_of(double value) {
  if (!std::isfinite(value)) return base::bad_request("the result is too large for a number");
  if (std::trunc(value) == value && std::abs(value) <= kExactMax) {
    return json::value(static_cast<std::int64_t>(value));
  }
  return json::value(value);
}

Result<json::value> calculate(Operator op, const json::value& left, const json::value& right) {
  const bool divides = op == Operator::kDivide || op == Operator::kRemainder;
  if (divides && order_of(right, json::value(0)) == 0) {
    return base::bad_request("a division by zero");
  }
  if (left.is_int64() && right.is_int64()) {
    if (const auto whole = exact(op, left.get_int64(), right.get_int64())) {
      return json::value(*whole);
    }
  }
  return number_of(inexact(op, as_double(left), as_double(right)));
}

Result<json::value> negate(const json::value& number) {
  constexpr std::uint64_t kLeast = 1ULL << 63;  // The least integer has no positive counterpart.
  if (const auto* big = number.if_uint64(); big != nullptr && *big == kLeast) {
    return json::value(std::numeric_limits<std::int64_t>::min());
  }
  return calculate(Operator::kSubtract, json::value(0), number);
}

}  // namespace weir::apps::workflow
