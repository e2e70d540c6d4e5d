#pragma once

// The words of the stream contract that every layer speaks, as types that cannot be mixed up.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace weir::base {

/// An event's position in the log: 1, 2, 3 … Zero is "before the first event".
struct Sequence {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(Sequence, Sequence) = default;
  constexpr Sequence next() const { return {value + 1}; }
  constexpr Sequence operator+(std::uint64_t n) const { return {value + n}; }
  constexpr std::uint64_t operator-(Sequence other) const { return value - other.value; }
};

/// The identity of a log. A recreated or restored log draws a new one, so that a cursor into the
/// old one is recognised instead of being read as a position in the new one.
struct Epoch {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(Epoch, Epoch) = default;
};

/// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMillis = std::int64_t;

}  // namespace weir::base

template <>
struct std::hash<weir::base::Sequence> {
  std::size_t operator()(weir::base::Sequence s) const noexcept {
    return std::hash<std::uint64_t>{}(s.value);
  }
};
