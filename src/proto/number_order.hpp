#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <type_traits>

namespace weir::proto {

/// The order of two numbers of JSON, exactly: neither is rounded to the other's kind. Unordered
/// only where one is NaN.
struct NumberOrder {
  using Order = std::partial_ordering;

  Order operator()(double a, double b) const { return a <=> b; }
  Order operator()(std::int64_t a, std::int64_t b) const { return a <=> b; }
  Order operator()(std::uint64_t a, std::uint64_t b) const { return a <=> b; }
  Order operator()(std::int64_t a, std::uint64_t b) const {
    return a < 0 ? Order::less : static_cast<std::uint64_t>(a) <=> b;
  }
  Order operator()(std::uint64_t a, std::int64_t b) const { return 0 <=> (*this)(b, a); }
  Order operator()(std::int64_t a, double b) const { return with_double(a, b); }
  Order operator()(std::uint64_t a, double b) const { return with_double(a, b); }
  Order operator()(double a, std::int64_t b) const { return 0 <=> with_double(b, a); }
  Order operator()(double a, std::uint64_t b) const { return 0 <=> with_double(b, a); }

 private:
  /// 2^63 and 2^64 are doubles themselves.
  template <typename Integer>
  static Order with_double(Integer left, double right) {
    constexpr bool is_signed = std::is_signed_v<Integer>;
    constexpr double beyond = is_signed ? 0x1p63 : 0x1p64;
    constexpr double least = is_signed ? -0x1p63 : 0.0;
    if (std::isnan(right)) return Order::unordered;
    if (right >= beyond) return Order::less;
    if (right < least) return Order::greater;
    const double whole = std::trunc(right);
    const auto integer = static_cast<Integer>(whole);
    if (left != integer) return left < integer ? Order::less : Order::greater;
    return 0.0 <=> (right - whole);
  }
};

}  // namespace weir::proto
