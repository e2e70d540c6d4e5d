#pragma once

#include <string_view>
#include <vector>

#include "base/settings.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

/// Which policy a subscription's topics have: the settings' namespaces with their patterns
/// compiled. Immutable; any thread.
class Rules {
 public:
  /// Patterns that do not parse are left out: the configuration has been checked before.
  explicit Rules(const base::Settings& settings);

  /// The policy of the first topic named, or else of the first pattern: a namespace that matches a
  /// pattern's text holds every topic that the pattern can match.
  base::SlowConsumer slow_consumer(const proto::Selectors& selectors) const;

 private:
  struct Rule {
    std::vector<proto::Pattern> patterns;
    base::SlowConsumer slow_consumer;
  };
  std::vector<Rule> rules_;
  base::SlowConsumer default_;
};

}  // namespace weir::hub
