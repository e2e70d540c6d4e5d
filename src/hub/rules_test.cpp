#include "hub/rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::hub {
namespace {

using enum base::SlowConsumer;

Rules rules() {
  base::Settings settings;
  settings.retention = {.events = 1};
  settings.namespaces = {
      {.name = "flat", .topics = {"a/*"}, .retention = {.events = 2}, .slow_consumer = kConflate},
      {.name = "deep",
       .topics = {"b/**", "a/special"},
       .retention = {.events = 3},
       .slow_consumer = kDisconnect}};
  return Rules(settings);
}

base::SlowConsumer policy(std::vector<std::string> topics, std::vector<std::string> patterns) {
  return rules().slow_consumer(*proto::make_selectors(topics, patterns, 10));
}

TEST(Rules, ATopicHasTheRetentionOfTheFirstNamespaceThatMatches) {
  EXPECT_EQ(rules().retention("a/special").events, 2u);
  EXPECT_EQ(rules().retention("b/c/d").events, 3u);
  EXPECT_EQ(rules().retention("a/b/c").events, 1u);
}

TEST(Rules, ASubscriptionHasThePolicyOfItsFirstTopic) {
  EXPECT_EQ(policy({"a/x", "b/x"}, {"**"}), kConflate);
  EXPECT_EQ(policy({"c"}, {"a/*"}), kCatchUp);
}

TEST(Rules, APatternHasThePolicyOfTheNamespaceThatHoldsAllOfItsTopics) {
  EXPECT_EQ(policy({}, {"a/*"}), kConflate);
  EXPECT_EQ(policy({}, {"a/{id}.json"}), kConflate);
  EXPECT_EQ(policy({}, {"a/**"}), kCatchUp) << "a/b/c is none of its topics";
  EXPECT_EQ(policy({}, {"b/**"}), kDisconnect);
  EXPECT_EQ(policy({}, {"b/*/c/**"}), kDisconnect);
  EXPECT_EQ(policy({}, {"**"}), kCatchUp);
}

TEST(Rules, ASubscriptionToNothingHasThePolicyOfWhatNoNamespaceHolds) {
  EXPECT_EQ(rules().slow_consumer({}), kCatchUp);
}

}  // namespace
}  // namespace weir::hub
