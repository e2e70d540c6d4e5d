#include "log/namespaces.hpp"

#include <algorithm>

#include "log/durability_rules.hpp"

namespace weir::log {

Namespaces::Namespaces(const base::Settings& settings,
                       const std::unordered_map<std::string, NamespaceId>& ids)
    : default_{kDefaultNamespace, settings.retention, settings.durability},
      durability_text_(DurabilityRules::text_of(settings)) {
  for (const auto& configured : settings.namespaces) {
    const auto id = ids.find(configured.name);
    if (id == ids.end()) continue;
    Entry entry{{}, {id->second, configured.retention, configured.durability}};
    for (const auto& text : configured.topics) {
      if (auto pattern = proto::Pattern::parse(text)) entry.patterns.push_back(std::move(*pattern));
    }
    entries_.push_back(std::move(entry));
  }
}

const NamespaceRules& Namespaces::of(std::string_view topic) const {
  for (const auto& entry : entries_) {
    const bool matches = std::any_of(entry.patterns.begin(), entry.patterns.end(),
                                     [&](const auto& p) { return p.matches(topic); });
    if (matches) return entry.rules;
  }
  return default_;
}

const NamespaceRules& Namespaces::of(NamespaceId id) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [id](const auto& entry) { return entry.rules.id == id; });
  return at == entries_.end() ? default_ : at->rules;
}

}  // namespace weir::log
