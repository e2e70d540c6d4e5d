#include "api/console/topic_changes.hpp"

#include <algorithm>
#include <utility>

namespace weir::api {
namespace {

// Topics of one interval; beyond it the busiest may be missed.
constexpr std::size_t kTopicsMax = 65'536;

}  // namespace

void TopicChanges::want(bool wanted) {
  if (wanted_.exchange(wanted, std::memory_order_relaxed) == wanted) return;
  counts_.with([](auto& counts) { counts.clear(); });
}

void TopicChanges::note(const log::Batch& batch) {
  if (!wanted()) return;
  counts_.with([&](auto& counts) {
    for (const auto& topic : batch.by_topic()) {
      auto at = counts.find(topic.topic);
      if (at == counts.end()) {
        if (counts.size() == kTopicsMax) continue;
        at = counts.emplace(std::string(topic.topic), 0).first;
      }
      for (const auto& run : topic.runs) at->second += run.count;
    }
  });
}

TopicChanges::Taken TopicChanges::take(std::size_t most) {
  auto counts = counts_.with([](auto& all) { return std::exchange(all, {}); });
  Taken taken;
  taken.changes.reserve(counts.size());
  for (auto& [topic, published] : counts) taken.changes.push_back({topic, published});
  const auto kept = std::min(most, taken.changes.size());
  std::partial_sort(
      taken.changes.begin(), taken.changes.begin() + static_cast<std::ptrdiff_t>(kept),
      taken.changes.end(), [](const auto& a, const auto& b) {
        return a.published != b.published ? a.published > b.published : a.topic < b.topic;
      });
  taken.omitted = taken.changes.size() - kept;
  taken.changes.resize(kept);
  return taken;
}

}  // namespace weir::api
