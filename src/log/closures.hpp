#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/string_map.hpp"
#include "base/types.hpp"

namespace weir::log {

/// The topics that have ended, and where.
class Closures {
 public:
  Closures() = default;
  Closures(const Closures&) = delete;
  Closures& operator=(const Closures&) = delete;

  void close(std::string_view topic, base::Sequence at) {
    reopen(topic);
    const auto placed = topics_.emplace(topic, at).first;
    by_position_.emplace(at, placed->first);
  }

  void reopen(std::string_view topic) {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return;
    by_position_.erase({found->second, found->first});
    topics_.erase(found);
  }

  std::optional<base::Sequence> at(std::string_view topic) const {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return std::nullopt;
    return found->second;
  }

  /// Those that ended up to the position, at most `limit`; the oldest come first.
  std::vector<std::string> up_to(base::Sequence position, std::size_t limit) const {
    std::vector<std::string> names;
    for (const auto& [at, name] : by_position_) {
      if (at > position || names.size() == limit) break;
      names.emplace_back(name);
    }
    return names;
  }

  std::size_t size() const { return topics_.size(); }

 private:
  base::StringMap<base::Sequence> topics_;
  std::set<std::pair<base::Sequence, std::string_view>> by_position_;  // Names as in topics_.
};

}  // namespace weir::log
