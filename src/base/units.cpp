#include "base/units.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace weir::base {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

// Smallest first; formatting takes the largest that divides the value.
constexpr std::array kDurations = {Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000},
                                   Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kBinary = {Unit{"", 1}, Unit{"KiB", 1ULL << 10}, Unit{"MiB", 1ULL << 20},
                                Unit{"GiB", 1ULL << 30}};
constexpr std::array kDecimal = {Unit{"KB", 1'000}, Unit{"MB", 1'000'000},
                                 Unit{"GB", 1'000'000'000}};

const Unit* find(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

/// Digits, then whatever follows them.
Result<Quantity> split(std::string_view text) {
  Quantity quantity{0, {}};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, quantity.number);
  if (error == std::errc::result_out_of_range) {
    return make_error(ErrorCode::kBadRequest, fmt::format("\"{}\" is too large", text));
  }
  if (error != std::errc()) {
    return make_error(ErrorCode::kBadRequest, fmt::format("\"{}\" is not a number", text));
  }
  quantity.unit = {stop, static_cast<std::size_t>(end - stop)};
  return quantity;
}

Result<std::uint64_t> scale(std::string_view text, std::uint64_t number, const Unit& unit,
                            std::uint64_t max) {
  if (number > max / unit.size) {
    return make_error(ErrorCode::kBadRequest, fmt::format("\"{}\" is too large", text));
  }
  return number * unit.size;
}

std::string format(std::span<const Unit> units, std::uint64_t value) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.size == 0) best = &unit;
  }
  return fmt::format("{}{}", value / best->size, best->name);
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return quantity.error();
  if (quantity->unit.empty() && quantity->number == 0) return std::chrono::milliseconds(0);
  const Unit* unit = find(kDurations, quantity->unit);
  if (unit == nullptr) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("\"{}\" needs one of the units ms, s, m, h, d", text));
  }
  constexpr auto kMax = std::numeric_limits<std::chrono::milliseconds::rep>::max();
  const auto value = scale(text, quantity->number, *unit, static_cast<std::uint64_t>(kMax));
  if (!value) return value.error();
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(*value));
}

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0";
  if (duration.count() < 0) return fmt::format("{}ms", duration.count());
  return format(kDurations, static_cast<std::uint64_t>(duration.count()));
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto quantity = split(text);
  if (!quantity) return quantity.error();
  const Unit* unit = find(kBinary, quantity->unit);
  if (unit == nullptr) unit = find(kDecimal, quantity->unit);
  if (unit == nullptr) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("\"{}\" has a unit other than KiB, MiB, GiB, KB, MB, GB", text));
  }
  return scale(text, quantity->number, *unit, std::numeric_limits<std::uint64_t>::max());
}

std::string format_bytes(std::uint64_t bytes) { return format(kBinary, bytes); }

}  // namespace weir::base
