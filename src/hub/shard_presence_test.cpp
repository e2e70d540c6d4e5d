// Presence as subscribers and listings see it.

#include <gmock/gmock.h>

#include <algorithm>

#include "hub/testing/hub_fixture.hpp"

namespace weir::hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ShardPresence : public HubFixture {
 protected:
  static base::Settings with(base::Presence presence) {
    base::Settings settings;
    settings.presence = presence;
    return settings;
  }
  SubscribeRequest as(std::string id, const std::vector<std::string>& topics = {"t"}) {
    auto wanted = request(topics);
    wanted.present_id = std::move(id);
    return wanted;
  }
  PresencePage list(std::string topic = "t", std::string after = {}, std::size_t limit = 100) {
    std::optional<PresencePage> answer;
    hub_->list_present(0, std::move(topic), std::move(after), limit,
                       [&](PresencePage page) { answer = std::move(page); });
    settle();
    EXPECT_TRUE(answer);
    return *answer;
  }
  std::vector<std::string> ids(std::string topic = "t", std::string after = {},
                               std::size_t limit = 100) {
    std::vector<std::string> out;
    for (const auto& each : list(std::move(topic), std::move(after), limit).members) {
      out.push_back(each.id);
    }
    return out;
  }
  void pass_window() {
    pass(std::chrono::milliseconds(1100));
    settle();
  }
};

TEST_F(ShardPresence, ListsSubscribersByNameOverAllShards) {
  wakes_.assign(3, [] {});
  open(with(base::Presence::kList));
  std::vector<SubscriberId> subscribers;
  std::vector<std::string> expected;
  for (int i = 0; i < 12; ++i) {
    expected.push_back("id" + std::to_string((i * 7) % 12));
    const auto on = static_cast<std::size_t>(i) % 3;
    subscribers.push_back(begin(hub_->shard(on), as(expected.back())).id);
  }
  settle();
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(ids(), expected);
  EXPECT_EQ(list("t", "", 1).total, 12U);
  std::vector<std::string> paged;
  for (std::string after;;) {
    const auto page = ids("t", after, 5);
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    after = page.back();
  }
  EXPECT_EQ(paged, expected);
  hub_->shard(1).remove(subscribers[1]);
  EXPECT_THAT(ids(), SizeIs(11));
  EXPECT_THAT(ids("other"), IsEmpty());
}

TEST_F(ShardPresence, TellsTheTopicsSubscribersOnEveryShard) {
  wakes_.assign(2, [] {});
  open(with(base::Presence::kEvents));
  const auto watcher = begin(hub_->shard(1), request({}, {"*"}));
  const auto member = begin(hub_->shard(0), as("a"));
  settle();
  EXPECT_THAT(watcher.sink.data, IsEmpty()) << "not before the window is over";
  pass_window();
  EXPECT_THAT(watcher.sink.data, ElementsAre(HasSubstr(R"({"id":"a","user":null)")));
  EXPECT_THAT(watcher.sink.sequences, ElementsAre(0)) << "no position";
  EXPECT_THAT(member.sink.data, SizeIs(1)) << "of itself, too";
  shard().remove(member.id);
  pass_window();
  EXPECT_THAT(watcher.sink.data, SizeIs(2));
  EXPECT_EQ(shard().metrics().presence_events.get(), 2U);
  EXPECT_EQ(shard().metrics().presence_members.get(), 0U);
}

TEST_F(ShardPresence, AListIsNotTold) {
  open(with(base::Presence::kList));
  const auto member = subscribe(as("a"));
  pass_window();
  EXPECT_THAT(member.sink.data, IsEmpty());
  EXPECT_THAT(ids(), ElementsAre("a"));
}

TEST_F(ShardPresence, WhereItIsOffNothingIsKept) {
  open();
  const auto member = subscribe(as("a"));
  pass_window();
  EXPECT_THAT(member.sink.data, IsEmpty());
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_EQ(shard().metrics().presence_members.get(), 0U);
}

TEST_F(ShardPresence, OnlyTopicsThatKeepItAndSubscribersThatHaveAnIdCount) {
  base::Settings settings;
  settings.namespaces.push_back(
      {.name = "rooms", .topics = {"rooms/*"}, .retention = {}, .presence = base::Presence::kList});
  open(settings);
  subscribe(as("a", {"rooms/1", "t"}));
  subscribe(request({"rooms/1"}));
  EXPECT_THAT(ids("rooms/1"), ElementsAre("a"));
  EXPECT_THAT(ids("t"), IsEmpty());
}

TEST_F(ShardPresence, AReservedPlaceIsNobodyYet) {
  open(with(base::Presence::kList));
  const auto id = shard().reserve(as("a"));
  EXPECT_THAT(ids(), IsEmpty());
  shard().remove(id);
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_EQ(shard().metrics().presence_members.get(), 0U);
}

TEST_F(ShardPresence, ARestartLeavesNobodyBehind) {
  open(with(base::Presence::kList));
  subscribe(as("a"));
  EXPECT_THAT(ids(), ElementsAre("a"));
  open(with(base::Presence::kList));
  EXPECT_THAT(ids(), IsEmpty());
}

TEST_F(ShardPresence, EveryEndOfAStreamIsALeave) {
  open(with(base::Presence::kList));
  subscribe(as("removed"));
  auto ended = subscribe(as("ended", {"t", "closing"}));
  const auto closing = subscribe(as("closing", {"closing"}));
  auto last = event("closing", "over");
  last.flags = proto::kTerminal;
  publish(std::move(last));
  EXPECT_TRUE(closing.sink.ended);
  EXPECT_THAT(ids("closing"), ElementsAre("ended"));
  shard().drain(std::chrono::milliseconds(1));
  EXPECT_THAT(ids(), IsEmpty());
  EXPECT_TRUE(ended.sink.ended);
}

TEST_F(ShardPresence, AServerThatStopsTellsNothing) {
  open(with(base::Presence::kEvents));
  const auto member = subscribe(as("a"));
  pass_window();
  member.sink.room = 0;
  subscribe(as("b"));
  shard().drain(std::chrono::milliseconds(1));
  pass_window();
  EXPECT_EQ(shard().metrics().presence_events.get(), 1U);
}

}  // namespace
}  // namespace weir::hub
