#include "api/operations/memory_budget.hpp"

#include <array>
#include <cstddef>

namespace weir::api {
namespace {

// In percent of the budget, by Pressure.
constexpr std::array<std::uint64_t, 4> kBegins = {0, 100, 105, 110};
constexpr std::uint64_t kEndsBelow = 3;

}  // namespace

Pressure MemoryBudget::update(std::uint64_t resident, std::uint64_t budget) {
  if (budget == 0) return pressure_ = Pressure::kNone;
  const double percent = 100.0 * static_cast<double>(resident) / static_cast<double>(budget);
  auto level = static_cast<std::size_t>(pressure_);
  while (level + 1 < kBegins.size() && percent >= static_cast<double>(kBegins[level + 1])) ++level;
  while (level > 0 && percent < static_cast<double>(kBegins[level] - kEndsBelow)) --level;
  return pressure_ = static_cast<Pressure>(level);
}

const char* name_of(Pressure pressure) {
  constexpr std::array<const char*, 4> kNames = {"none", "refuse-streams", "refuse-publishes",
                                                 "disconnect-slow"};
  return kNames[static_cast<std::size_t>(pressure)];
}

}  // namespace weir::api
