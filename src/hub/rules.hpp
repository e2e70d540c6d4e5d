#pragma once

#include <string_view>
#include <vector>

#include "base/settings.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

/// What the settings' namespaces, with their patterns compiled, say of topics. Immutable; any
/// thread.
class Rules {
 public:
  /// Patterns that do not parse are left out: the configuration has been checked before.
  explicit Rules(const base::Settings& settings);

  const base::Retention& retention(std::string_view topic) const { return of(topic).retention; }

  base::Presence presence(std::string_view topic) const { return of(topic).presence; }
  /// Whether any topic may have presence.
  bool any_presence() const { return any_presence_; }

  /// The policy of the first topic named, or else of the first pattern: that of a namespace one of
  /// whose patterns holds every topic that the pattern can match. Of nothing (a WebSocket without
  /// subscriptions): that of topics without a namespace.
  base::SlowConsumer slow_consumer(const proto::Selectors& selectors) const;

 private:
  struct Rule {
    std::vector<proto::Pattern> patterns;
    base::Retention retention;
    base::SlowConsumer slow_consumer;
    base::Presence presence;
  };

  const Rule& of(std::string_view topic) const;
  const Rule& of(const proto::Pattern& wanted) const;

  bool any_presence_ = false;
  std::vector<Rule> rules_;  // The first that matches counts; the last is for all others.
};

}  // namespace weir::hub
