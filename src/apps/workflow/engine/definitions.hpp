#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "apps/workflow/model/definition.hpp"
#include "base/types.hpp"

namespace weir::apps::workflow {

/// The newest version of each workflow, as executions are begun from it. One thread.
class Definitions {
 public:
  struct Entry {
    std::uint64_t version = 0;
    base::UnixMillis created = 0;
    std::shared_ptr<const Definition> definition;
  };

  const Entry* find(const std::string& id) const {
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : &at->second;
  }
  /// An older version than the one that is known changes nothing.
  void put(Entry entry) {
    auto& known = entries_[entry.definition->id];
    if (entry.version > known.version) known = std::move(entry);
  }
  /// Whether it was there; a newer version than that stays.
  bool remove(const std::string& id, std::uint64_t version) {
    const auto at = entries_.find(id);
    if (at == entries_.end() || at->second.version > version) return false;
    entries_.erase(at);
    return true;
  }
  const std::map<std::string, Entry>& all() const { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace weir::apps::workflow
