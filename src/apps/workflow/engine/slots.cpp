#include "apps/workflow/engine/slots.hpp"

#include <algorithm>

namespace weir::apps::workflow {

bool Slots::take(const Holder& holder, const std::vector<Limit>& limits) {
  for (const auto& limit : limits) {
    auto& places = limits_[limit.name];
    // The newest definition's number counts.
    places.most = limit.most;
    if (places.holders.contains(holder) || places.holders.size() < limit.most) continue;
    auto& waiting = places.waiting;
    if (std::find(waiting.begin(), waiting.end(), holder.execution) == waiting.end()) {
      waiting.push_back(holder.execution);
    }
    return false;
  }
  for (const auto& limit : limits) {
    limits_[limit.name].holders.insert(holder);
    of_execution_[holder.execution].insert(limit.name);
  }
  return true;
}

void Slots::hold(const std::string& execution,
                 const std::vector<std::pair<std::string, std::vector<Limit>>>& nodes) {
  const auto held = of_execution_.find(execution);
  if (held != of_execution_.end()) {
    for (const auto& name : held->second) {
      auto& holders = limits_[name].holders;
      auto at = holders.lower_bound({execution, {}});
      while (at != holders.end() && at->execution == execution) at = holders.erase(at);
    }
    of_execution_.erase(held);
  }
  for (const auto& [node, limits] : nodes) {
    for (const auto& limit : limits) {
      auto& places = limits_[limit.name];
      places.most = limit.most;
      places.holders.insert({execution, node});
      of_execution_[execution].insert(limit.name);
    }
  }
}

std::optional<std::string> Slots::next_waiting() {
  for (auto at = limits_.begin(); at != limits_.end();) {
    auto& places = at->second;
    if (!places.waiting.empty() && places.holders.size() < places.most) {
      auto execution = std::move(places.waiting.front());
      places.waiting.pop_front();
      return execution;
    }
    // Groups are named by definitions, which come and go.
    at = places.waiting.empty() && places.holders.empty() ? limits_.erase(at) : std::next(at);
  }
  return std::nullopt;
}

std::size_t Slots::held(const std::string& limit) const {
  const auto at = limits_.find(limit);
  return at == limits_.end() ? 0 : at->second.holders.size();
}

std::size_t Slots::waiting() const {
  std::size_t count = 0;
  for (const auto& [name, places] : limits_) count += places.waiting.size();
  return count;
}

}  // namespace weir::apps::workflow
