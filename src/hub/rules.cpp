#include "hub/rules.hpp"

#include <algorithm>
#include <string>

namespace weir::hub {
namespace {

template <typename Rules, typename Holds>
const auto& first_or_last(const Rules& rules, Holds holds) {
  const auto end = std::prev(rules.end());
  return *std::find_if(rules.begin(), end, [&](const auto& rule) {
    return std::any_of(rule.patterns.begin(), rule.patterns.end(), holds);
  });
}

}  // namespace

Rules::Rules(const base::Settings& settings) {
  for (const auto& space : settings.namespaces) {
    Rule rule{{}, space.retention, space.slow_consumer, space.presence};
    for (const auto& text : space.topics) {
      if (auto pattern = proto::Pattern::parse(text)) rule.patterns.push_back(std::move(*pattern));
    }
    rules_.push_back(std::move(rule));
  }
  rules_.push_back({{}, settings.retention, settings.slow_consumer, settings.presence});
  any_presence_ = std::any_of(rules_.begin(), rules_.end(), [](const auto& rule) {
    return rule.presence != base::Presence::kOff;
  });
}

const Rules::Rule& Rules::of(std::string_view topic) const {
  return first_or_last(rules_, [&](const auto& pattern) { return pattern.matches(topic); });
}

const Rules::Rule& Rules::of(const proto::Pattern& wanted) const {
  return first_or_last(rules_, [&](const auto& pattern) { return pattern.covers(wanted); });
}

base::SlowConsumer Rules::slow_consumer(const proto::Selectors& selectors) const {
  if (!selectors.topics.empty()) return of(selectors.topics.front()).slow_consumer;
  if (!selectors.patterns.empty()) return of(selectors.patterns.front()).slow_consumer;
  return rules_.back().slow_consumer;  // Of nothing, as of what no namespace holds.
}

}  // namespace weir::hub
