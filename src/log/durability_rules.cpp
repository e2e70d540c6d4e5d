#include "log/durability_rules.hpp"

#include <algorithm>

namespace weir::log {
namespace {

using base::Durability;

// A line is a letter and a pattern; without a pattern it is the default.
constexpr std::string_view kLetters = "fbm";

char letter_of(Durability durability) { return kLetters[static_cast<std::size_t>(durability)]; }

bool may_overlap(const proto::Pattern& a, const proto::Pattern& b) {
  const auto one = a.literal_prefix();
  const auto other = b.literal_prefix();
  return one.starts_with(other) || other.starts_with(one);
}

}  // namespace

std::string DurabilityRules::text_of(const base::Settings& settings) {
  std::string text;
  for (const auto& configured : settings.namespaces) {
    for (const auto& pattern : configured.topics) {
      text.append(1, letter_of(configured.durability)).append(pattern).append(1, '\n');
    }
  }
  return text.append(1, letter_of(settings.durability)).append(1, '\n');
}

DurabilityRules::DurabilityRules(std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto letter = line.empty() ? std::string_view::npos : kLetters.find(line.front());
    if (letter == std::string_view::npos) continue;
    const auto durability = static_cast<Durability>(letter);
    if (line.size() == 1) {
      default_ = durability;
    } else if (auto pattern = proto::Pattern::parse(line.substr(1))) {
      rules_.emplace_back(std::move(*pattern), durability);
    }
  }
}

Durability DurabilityRules::of(std::string_view topic) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const auto& r) { return r.first.matches(topic); });
  return rule == rules_.end() ? default_ : rule->second;
}

bool DurabilityRules::may_touch(const proto::Pattern& pattern, Durability durability) const {
  for (const auto& [rule, ruled] : rules_) {
    if (ruled == durability && may_overlap(rule, pattern)) return true;
    if (rule.covers(pattern)) return false;
  }
  return default_ == durability;
}

bool DurabilityRules::may_touch(const proto::Selectors& selectors, Durability durability) const {
  return std::any_of(selectors.topics.begin(), selectors.topics.end(),
                     [&](const auto& topic) { return of(topic) == durability; }) ||
         std::any_of(selectors.patterns.begin(), selectors.patterns.end(),
                     [&](const auto& pattern) { return may_touch(pattern, durability); });
}

}  // namespace weir::log
