#pragma once

#include <cstdint>
#include <vector>

#include "base/counter.hpp"
#include "hub/hub.hpp"

namespace weir::api {

/// One counter of all shards.
template <typename Metrics>
std::uint64_t sum(const std::vector<const Metrics*>& shards, base::Counter Metrics::* counter) {
  std::uint64_t total = 0;
  for (const auto* shard : shards) total += (shard->*counter).get();
  return total;
}

inline std::vector<const hub::ShardMetrics*> hub_metrics(const hub::Hub& hub) {
  std::vector<const hub::ShardMetrics*> shards;
  for (std::size_t i = 0; i < hub.shards(); ++i) shards.push_back(&hub.shard(i).metrics());
  return shards;
}

}  // namespace weir::api
