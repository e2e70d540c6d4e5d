#include "hub/presence.hpp"

#include <gmock/gmock.h>

namespace weir::hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kTellAll = [](std::string_view) { return true; };

std::unique_ptr<Presence::Member> person(std::string id, std::vector<std::string> topics) {
  return std::make_unique<Presence::Member>(
      Presence::Member{{std::move(id), "", "sse", 0}, std::move(topics)});
}

std::vector<std::string> ids(const Presence& presence, std::string_view topic,
                             std::string_view after = {}, std::size_t limit = 100) {
  PresencePage page;
  presence.page(topic, after, limit, page);
  std::vector<std::string> ids;
  for (const auto& each : page.members) ids.push_back(each.id);
  return ids;
}

std::vector<std::string> told(Presence& presence, std::size_t events_max = 100) {
  std::uint64_t untold = 0;
  std::vector<std::string> out;
  for (const auto& event : presence.take_events(kTellAll, events_max, untold)) {
    EXPECT_TRUE(event.has(proto::kEphemeral));
    out.push_back(event.topics.front() + " " + event.type + " " + event.data.substr(0, 10));
  }
  return out;
}

TEST(Presence, ListsATopicsMembersInPagesInTheOrderOfTheirIds) {
  Presence presence;
  auto c = presence.join(person("c", {"t", "u"}));
  auto a = presence.join(person("a", {"t"}));
  auto b = presence.join(person("b", {"t"}));
  EXPECT_THAT(ids(presence, "t"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids(presence, "t", "", 2), ElementsAre("a", "b"));
  EXPECT_THAT(ids(presence, "t", "b", 2), ElementsAre("c"));
  EXPECT_THAT(ids(presence, "t", "aa", 2), ElementsAre("b", "c")) << "gone meanwhile";
  EXPECT_THAT(ids(presence, "u"), ElementsAre("c"));
  EXPECT_THAT(ids(presence, "v"), IsEmpty());
  EXPECT_EQ(presence.members(), 3U);
  presence.leave(std::move(b));
  EXPECT_THAT(ids(presence, "t"), ElementsAre("a", "c"));
  presence.leave(std::move(a));
  presence.leave(std::move(c));
  EXPECT_THAT(ids(presence, "t"), IsEmpty());
  EXPECT_EQ(presence.members(), 0U);
}

TEST(Presence, TellsWhoCameAndWhoWentOnce) {
  Presence presence;
  auto a = presence.join(person("a", {"t", "u"}));
  EXPECT_TRUE(presence.changed());
  EXPECT_THAT(told(presence),
              ElementsAre(R"(t presence.joined {"id":"a",)", R"(u presence.joined {"id":"a",)"));
  EXPECT_FALSE(presence.changed());
  EXPECT_THAT(told(presence), IsEmpty());
  auto b = presence.join(person("b", {"t"}));
  presence.leave(std::move(a));
  EXPECT_THAT(told(presence),
              ElementsAre(R"(t presence.left {"id":"a",)", R"(t presence.joined {"id":"b",)",
                          R"(u presence.left {"id":"a",)"));
  presence.leave(std::move(b));
}

TEST(Presence, AnEventSaysWhoAndWhere) {
  Presence presence;
  auto a = presence.join(std::make_unique<Presence::Member>(
      Presence::Member{{"a", "u\"1", "websocket", 1'000}, {"t"}}));
  std::uint64_t untold = 0;
  const auto events = presence.take_events(kTellAll, 1, untold);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data,
            R"({"id":"a","user":"u\"1","since":"1970-01-01T00:00:01.000Z","transport":"websocket",)"
            R"("topic":"t"})");
  presence.leave(std::move(a));
}

TEST(Presence, WhoCameAndWentInBetweenIsNotTold) {
  Presence presence;
  presence.leave(presence.join(person("a", {"t"})));
  std::uint64_t untold = 0;
  EXPECT_THAT(presence.take_events(kTellAll, 100, untold), IsEmpty());
  EXPECT_EQ(untold, 2U);
}

TEST(Presence, AStormIsOneEventThatCountsIt) {
  Presence presence;
  std::vector<std::unique_ptr<Presence::Member>> crowd;
  const auto join_all = [&] {
    for (int i = 0; i < 19'000; ++i) {
      crowd.push_back(presence.join(person("x" + std::to_string(i), {"t"})));
    }
  };
  join_all();
  std::uint64_t untold = 0;
  auto events = presence.take_events(kTellAll, 100, untold);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "presence.changed");
  EXPECT_EQ(events[0].data, R"({"topic":"t","joined":19000,"left":0})");
  EXPECT_EQ(untold, 19'000U);
  for (auto& each : crowd) presence.leave(std::move(each));
  crowd.clear();
  join_all();
  events = presence.take_events(kTellAll, 1'000, untold);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, R"({"topic":"t","joined":19000,"left":19000})");
  for (auto& each : crowd) presence.leave(std::move(each));
  events = presence.take_events(kTellAll, 1'000, untold);
  EXPECT_EQ(events[0].data, R"({"topic":"t","joined":0,"left":19000})");
}

TEST(Presence, TopicsThatAreNotToldAboutKeepNothing) {
  Presence presence;
  auto a = presence.join(person("a", {"quiet", "t"}));
  std::uint64_t untold = 0;
  const auto events =
      presence.take_events([](std::string_view topic) { return topic == "t"; }, 100, untold);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_THAT(events[0].data, HasSubstr(R"("topic":"t")"));
  EXPECT_EQ(untold, 0U);
  presence.leave(std::move(a));
}

}  // namespace
}  // namespace weir::hub
