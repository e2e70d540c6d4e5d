#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "log/log.hpp"

namespace weir::log {

/// A column that holds whole numbers; 0 for anything else.
inline std::int64_t integer_of(const Value& value) {
  const auto* const found = std::get_if<std::int64_t>(&value);
  return found == nullptr ? 0 : *found;
}
inline std::uint64_t natural_of(const Value& value) {
  return static_cast<std::uint64_t>(integer_of(value));
}

/// A whole number as a column takes it. Those of the log and of its applications stay below 2^63.
inline Value value_of(std::uint64_t natural) { return static_cast<std::int64_t>(natural); }

/// A column that holds text; empty for anything else.
inline std::string text_of(const Value& value) {
  const auto* const found = std::get_if<std::string>(&value);
  return found == nullptr ? std::string() : *found;
}

}  // namespace weir::log
