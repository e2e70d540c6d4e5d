#include "hub/rules.hpp"

#include <algorithm>

namespace weir::hub {

Rules::Rules(const base::Settings& settings) : default_(settings.slow_consumer) {
  for (const auto& space : settings.namespaces) {
    Rule rule{{}, space.slow_consumer};
    for (const auto& text : space.topics) {
      if (auto pattern = proto::Pattern::parse(text)) rule.patterns.push_back(std::move(*pattern));
    }
    rules_.push_back(std::move(rule));
  }
}

base::SlowConsumer Rules::slow_consumer(const proto::Selectors& selectors) const {
  const std::string_view probe = selectors.topics.empty()
                                     ? std::string_view(selectors.patterns.front().text())
                                     : std::string_view(selectors.topics.front());
  for (const auto& rule : rules_) {
    if (std::any_of(rule.patterns.begin(), rule.patterns.end(),
                    [&](const auto& pattern) { return pattern.matches(probe); })) {
      return rule.slow_consumer;
    }
  }
  return default_;
}

}  // namespace weir::hub
