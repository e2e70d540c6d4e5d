#include "base/rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir::base {
namespace {

double seconds(std::chrono::duration<double> duration) { return duration.count(); }

}  // namespace

RateLimiter::RateLimiter(std::size_t entries_max) {
  const std::size_t each = std::max<std::size_t>(entries_max / kParts, 1);
  for (auto& part : parts_) {
    part.with([each](auto& buckets) { buckets.set_weight_max(each); });
  }
}

double RateLimiter::level_of(const Bucket* bucket, const Charge& charge, Clock::Steady now) {
  const auto rate = static_cast<double>(charge.rate);
  // Slow rates admit one at a time.
  const double full = std::max(rate * seconds(charge.burst), 1.0);
  if (bucket == nullptr) return full;
  return std::min(bucket->level + rate * seconds(now - bucket->at), full);
}

std::chrono::milliseconds RateLimiter::admit(std::span<const Charge> charges, Clock::Steady now) {
  const auto left = wait(charges, now);
  if (left.count() == 0) take(charges, now);
  return left;
}

std::chrono::milliseconds RateLimiter::wait(std::span<const Charge> charges, Clock::Steady now) {
  double wait = 0;
  for (const auto& charge : charges) {
    const double level = part_of(charge.name).with([&](auto& buckets) {
      return level_of(buckets.find(charge.name), charge, now);
    });
    // Less than one: what refills at once is not yet a permission.
    if (level < 1) wait = std::max(wait, (1 - level) / static_cast<double>(charge.rate));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(wait * 1000)));
}

void RateLimiter::take(std::span<const Charge> charges, Clock::Steady now) {
  for (const auto& charge : charges) {
    part_of(charge.name).with([&](auto& buckets) {
      const double level = level_of(buckets.find(charge.name), charge, now);
      buckets.put(charge.name, {level - static_cast<double>(charge.cost), now}, 1);
    });
  }
}

std::size_t RateLimiter::size() const {
  std::size_t sum = 0;
  for (const auto& part : parts_) sum += part.with([](const auto& b) { return b.size(); });
  return sum;
}

bool ShareCounter::add(const std::string& name, std::uint64_t most) {
  return counts_.with([&](auto& counts) {
    auto& count = counts[name];
    if (count >= most) {
      if (count == 0) counts.erase(name);
      return false;
    }
    ++count;
    return true;
  });
}

void ShareCounter::remove(const std::string& name) {
  counts_.with([&](auto& counts) {
    const auto at = counts.find(name);
    if (at != counts.end() && --at->second == 0) counts.erase(at);
  });
}

}  // namespace weir::base
