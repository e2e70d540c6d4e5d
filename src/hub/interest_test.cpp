#include "hub/interest.hpp"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "base/random.hpp"

namespace weir::hub {
namespace {

using log::EventRange;
using testing::ElementsAre;
using testing::IsEmpty;

Wish wish(const std::vector<std::string>& topics, const std::vector<std::string>& patterns = {}) {
  Wish wish;
  wish.selectors =
      std::make_shared<const proto::Selectors>(*proto::make_selectors(topics, patterns, 100));
  return wish;
}

TEST(NormalizeTest, RangesThatTouchOrOverlapBecomeOne) {
  std::vector<EventRange> ranges = {{5, 2}, {0, 1}, {1, 2}, {6, 3}, {20, 1}, {20, 1}};
  normalize(ranges);
  EXPECT_THAT(ranges, ElementsAre(EventRange{0, 3}, EventRange{5, 4}, EventRange{20, 1}));
}

TEST(InterestTableTest, EqualSelectorsShareAnInterest) {
  InterestTable table;
  auto& one = table.acquire(wish({"a", "b"}), base::SlowConsumer::kCatchUp);
  auto& two = table.acquire(wish({"b", "a"}), base::SlowConsumer::kCatchUp);
  auto& three = table.acquire(wish({"a", "b"}), base::SlowConsumer::kConflate);
  EXPECT_EQ(&one, &two);
  EXPECT_NE(&one, &three);
  EXPECT_EQ(table.topics(), 2U);
  table.release(one);
  table.release(three);
  EXPECT_EQ(table.topics(), 0U);
  EXPECT_EQ(table.find("a"), nullptr);
}

TEST(InterestTableTest, AfterAnyOrderOfComingAndGoingATopicKnowsExactlyItsInterests) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    InterestTable table;
    std::map<std::set<std::string>, Interest*> model;
    for (int step = 0; step < 300; ++step) {
      std::set<std::string> names;
      for (auto n = 1 + random.below(3); n > 0; --n) {
        names.insert(std::string(1, static_cast<char>('a' + random.below(6))));
      }
      const auto at = model.find(names);
      if (at == model.end()) {
        model[names] =
            &table.acquire(wish({names.begin(), names.end()}), base::SlowConsumer::kCatchUp);
      } else {
        table.release(*at->second);
        model.erase(at);
      }
      for (char topic = 'a'; topic < 'g'; ++topic) {
        std::set<Interest*> expected;
        for (const auto& [key, interest] : model) {
          if (key.contains(std::string(1, topic))) expected.insert(interest);
        }
        std::set<Interest*> found;
        if (const auto* entry = table.find(std::string(1, topic))) {
          for (const auto& wanted : entry->interests) found.insert(wanted.interest);
        }
        ASSERT_EQ(found, expected);
      }
    }
  }
}

TEST(InterestTableTest, PatternsAreKeptApart) {
  InterestTable table;
  auto& first = table.acquire(wish({}, {"a/*"}), base::SlowConsumer::kCatchUp);
  auto& second = table.acquire(wish({}, {"b/*"}), base::SlowConsumer::kCatchUp);
  table.release(first);
  EXPECT_THAT(table.with_patterns(), ElementsAre(&second));
  table.release(second);
  EXPECT_THAT(table.with_patterns(), IsEmpty());
}

}  // namespace
}  // namespace weir::hub
