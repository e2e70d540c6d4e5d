#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/settings.hpp"
#include "log/batch_codec.hpp"
#include "proto/selector.hpp"

namespace weir::log {

inline constexpr NamespaceId kDefaultNamespace = 0;
/// A row's key holds the namespace in 10 bits.
inline constexpr NamespaceId kNamespacesMax = 1024;

/// The rules of one namespace, for the log's purposes.
struct NamespaceRules {
  NamespaceId id = kDefaultNamespace;
  base::Retention retention;
  base::Durability durability = base::Durability::kFsync;
};

/// Which rules an event follows. Immutable.
class Namespaces {
 public:
  /// `ids` holds the number of every name that the store has seen; configured names without one,
  /// and patterns that do not parse, are left out.
  Namespaces(const base::Settings& settings,
             const std::unordered_map<std::string, NamespaceId>& ids);

  /// By the event's first topic; the first namespace with a matching pattern, or the default one.
  const NamespaceRules& of(std::string_view topic) const;
  /// As DurabilityRules reads it.
  const std::string& durability_text() const { return durability_text_; }
  /// Namespaces that are no longer configured follow the default's rules.
  const NamespaceRules& of(NamespaceId id) const;

 private:
  struct Entry {
    std::vector<proto::Pattern> patterns;
    NamespaceRules rules;
  };
  NamespaceRules default_;
  std::vector<Entry> entries_;
  std::string durability_text_;
};

}  // namespace weir::log
