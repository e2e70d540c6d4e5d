#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/settings.hpp"
#include "proto/selector.hpp"

namespace weir::log {

/// How lasting each topic's events are meant to be, as a text that the store can keep: what a
/// restart may have taken depends on the configuration of the time, not on that of today.
/// Immutable.
class DurabilityRules {
 public:
  static std::string text_of(const base::Settings& settings);

  /// Lines that cannot be read are left out.
  explicit DurabilityRules(std::string_view text);

  /// Whether some topic that matches may have this durability; of patterns this may say so wrongly,
  /// but never the contrary.
  bool may_touch(const proto::Selectors& selectors, base::Durability durability) const;

 private:
  base::Durability of(std::string_view topic) const;
  bool may_touch(const proto::Pattern& pattern, base::Durability durability) const;

  std::vector<std::pair<proto::Pattern, base::Durability>>
      rules_;  // The first that matches counts.
  base::Durability default_ = base::Durability::kFsync;
};

}  // namespace weir::log
