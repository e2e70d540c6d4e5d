#include "hub/rules.hpp"

#include <algorithm>
#include <string>

namespace weir::hub {
namespace {

/// By the texts: whatever matches a wildcard matches the wildcard's own text. What ends in `**`
/// matches names of any length, and so must what is to hold them all.
bool covers(const proto::Pattern& outer, const proto::Pattern& inner) {
  const auto& text = inner.text();
  return outer.matches(text) && (!text.ends_with("**") || outer.matches(text + "/"));
}

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
  return first_or_last(rules_, [&](const auto& pattern) { return covers(pattern, wanted); });
}

base::SlowConsumer Rules::slow_consumer(const proto::Selectors& selectors) const {
  const auto& rule =
      selectors.topics.empty() ? of(selectors.patterns.front()) : of(selectors.topics.front());
  return rule.slow_consumer;
}

}  // namespace weir::hub
