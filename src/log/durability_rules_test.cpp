#include "log/durability_rules.hpp"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

using base::Durability;

base::Settings settings() {
  base::Settings settings;
  settings.durability = Durability::kBuffered;
  settings.namespaces = {
      {.name = "a", .topics = {"orders/**"}, .retention = {}, .durability = Durability::kFsync},
      {.name = "b",
       .topics = {"quick/*", "*/typing"},
       .retention = {},
       .durability = Durability::kMemory}};
  return settings;
}

bool touches(const std::vector<std::string>& topics, const std::vector<std::string>& patterns,
             Durability durability) {
  const DurabilityRules rules(DurabilityRules::text_of(settings()));
  return rules.may_touch(*proto::make_selectors(topics, patterns, 10), durability);
}

TEST(DurabilityRules, ATopicHasTheDurabilityOfTheFirstRuleThatMatches) {
  EXPECT_TRUE(touches({"orders/typing"}, {}, Durability::kFsync));
  EXPECT_FALSE(touches({"orders/typing"}, {}, Durability::kMemory));
  EXPECT_TRUE(touches({"chat/typing"}, {}, Durability::kMemory));
  EXPECT_TRUE(touches({"chat"}, {}, Durability::kBuffered));
  EXPECT_FALSE(touches({"chat"}, {}, Durability::kMemory));
  EXPECT_TRUE(touches({"chat", "quick/1"}, {}, Durability::kMemory));
}

TEST(DurabilityRules, APatternTouchesWhatItMayMatch) {
  EXPECT_FALSE(touches({}, {"orders/*"}, Durability::kMemory));
  EXPECT_FALSE(touches({}, {"orders/*"}, Durability::kBuffered));
  EXPECT_TRUE(touches({}, {"**"}, Durability::kMemory));
  EXPECT_TRUE(touches({}, {"**"}, Durability::kBuffered));
  EXPECT_TRUE(touches({}, {"quick/{id}"}, Durability::kMemory));
  EXPECT_TRUE(touches({}, {"or{word}", "chat/*"}, Durability::kBuffered));
}

}  // namespace
}  // namespace weir::log
