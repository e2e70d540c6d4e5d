#include "apps/notifications/inbox.hpp"

#include <gmock/gmock.h>

#include "apps/notifications/inbox_fixture.hpp"

namespace weir::apps::notifications {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;

class InboxTest : public InboxFixture {
 protected:
  std::vector<std::string> types(const std::string& name) const {
    std::vector<std::string> all;
    for (const auto& [type, data] : events(name)) all.push_back(type);
    return all;
  }
  base::UnixMillis in(milliseconds time) { return test.clock.unix_millis() + time.count(); }
};

TEST_F(InboxTest, EveryEventCarriesTheCountersOfItsOwnChange) {
  const auto first = tell("alice", draft("one"));
  ASSERT_TRUE(tell("alice", draft("two")));
  ASSERT_TRUE(change("alice", first->id, {Change::Kind::kRead}));
  std::vector<std::string> seen;
  for (const auto& [type, data] : events("alice")) {
    seen.push_back(fmt::format("{} {} {} {}", type, data.at("rev").as_int64(),
                               data.at("unread").as_int64(), data.at("unseen").as_int64()));
  }
  EXPECT_THAT(seen, ElementsAre("notification 1 1 1", "badge 1 1 1", "notification 2 2 2",
                                "badge 2 2 2", "notification.updated 3 1 1", "badge 3 1 1"));
}

TEST_F(InboxTest, WhatIsSoAlreadyChangesNothingAndTellsNobody) {
  const auto told = tell("alice", draft("one"));
  ASSERT_TRUE(change("alice", told->id, {Change::Kind::kRead}));
  const auto before = events("alice").size();
  ASSERT_TRUE(change("alice", told->id, {Change::Kind::kRead}));
  ASSERT_TRUE(with("alice", [](Inbox& inbox) { return inbox.mark_all(99, true); }));
  EXPECT_EQ(events("alice").size(), before);
  EXPECT_EQ(counters("alice").rev, 2U);
}

TEST_F(InboxTest, NobodyReachesAnothersNotification) {
  const auto told = tell("alice", draft("one"));
  const auto read = change("mallory", told->id, {Change::Kind::kRead});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, base::ErrorCode::kNotFound);
  const auto removed = with("mallory", [&](Inbox& inbox) { return inbox.remove(told->id); });
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, base::ErrorCode::kNotFound);
  EXPECT_EQ(counters("alice").unread, 1U);
}

TEST_F(InboxTest, ReadingAllUpToARevLeavesWhatCameLater) {
  ASSERT_TRUE(tell("alice", draft("one")));
  ASSERT_TRUE(tell("alice", draft("two")));
  const auto seen = counters("alice").rev;
  ASSERT_TRUE(tell("alice", draft("came meanwhile")));
  ASSERT_TRUE(with("alice", [&](Inbox& inbox) { return inbox.mark_all(seen, true); }));
  EXPECT_EQ(counters("alice").unread, 1U);
  EXPECT_EQ(list("alice", store::Tab::kUnread).front().title, "came meanwhile");
  const auto [type, data] = events("alice").back();
  EXPECT_EQ(type, "badge");
  EXPECT_EQ(data.at("readUpToRev").as_int64(), static_cast<std::int64_t>(seen));
}

TEST_F(InboxTest, TheSameDedupeKeyIsLeftOutUntilItsWindowIsOver) {
  auto one = draft("one");
  one.dedupe_key = "k";
  const auto first = tell("alice", one);
  const auto again = tell("alice", one);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->id, first->id);
  EXPECT_FALSE(tell("bob", one)->duplicate) << "another user's is another one";
  test.clock.advance(settings.dedupe_window + minutes(1));
  EXPECT_FALSE(tell("alice", one)->duplicate);
  EXPECT_EQ(counters("alice").inbox, 2U);
}

TEST_F(InboxTest, ADedupeKeyOutlivesItsNotification) {
  auto one = draft("one");
  one.dedupe_key = "k";
  const auto first = tell("alice", one);
  ASSERT_TRUE(with("alice", [&](Inbox& inbox) { return inbox.remove(first->id); }));
  EXPECT_TRUE(tell("alice", one)->duplicate) << "deleted";
  one.dedupe_key = "expires";
  one.expires_at = in(minutes(1));
  ASSERT_TRUE(tell("alice", one));
  test.clock.advance(minutes(1));
  come_due();
  one.expires_at = 0;
  EXPECT_TRUE(tell("alice", one)->duplicate) << "expired";
  settings.per_user_max = 1;
  one.dedupe_key = "makes room";
  ASSERT_TRUE(tell("alice", one));
  ASSERT_TRUE(tell("alice", draft("another")));
  EXPECT_EQ(list("alice").front().title, "another");
  EXPECT_TRUE(tell("alice", one)->duplicate) << "made room";
}

TEST_F(InboxTest, ADedupeKeyOutlivesTheMergingOfItsGroup) {
  auto one = draft("one");
  one.group_key = "chat";
  for (const auto* key : {"m1", "m2"}) {
    one.dedupe_key = key;
    EXPECT_FALSE(tell("alice", one)->duplicate);
  }
  one.dedupe_key = "m1";
  EXPECT_TRUE(tell("alice", one)->duplicate);
  EXPECT_EQ(list("alice").front().count, 2U);
}

TEST_F(InboxTest, WhatIsTransientIsShownOnceUnderItsDedupeKey) {
  auto one = draft("look");
  one.transient = true;
  one.dedupe_key = "k";
  ASSERT_TRUE(tell("alice", one));
  EXPECT_EQ(effects.alerts.size(), 1U);
  const auto again = tell("alice", one);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->id, 0);
  EXPECT_TRUE(effects.alerts.empty());
}

TEST_F(InboxTest, UnreadOnesOfAGroupBecomeOneAndReadOnesStay) {
  auto one = draft("first");
  one.group_key = "chat";
  const auto first = tell("alice", one);
  one.title = "second";
  EXPECT_EQ(tell("alice", one)->id, first->id);
  auto all = list("alice");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().title, "second");
  EXPECT_EQ(all.front().count, 2U);
  EXPECT_EQ(counters("alice").unread, 1U);
  ASSERT_TRUE(change("alice", first->id, {Change::Kind::kRead}));
  one.title = "third";
  EXPECT_NE(tell("alice", one)->id, first->id);
  EXPECT_EQ(list("alice").size(), 2U);
}

TEST_F(InboxTest, WhatIsScheduledIsSeenWhenItsTimeHasComeAlsoAfterARestart) {
  auto one = draft("later");
  one.deliver_at = in(hours(1));
  ASSERT_TRUE(tell("alice", one));
  EXPECT_EQ(effects.due, one.deliver_at);
  EXPECT_EQ(counters("alice"), Counters{.scheduled = 1});
  EXPECT_TRUE(list("alice").empty());
  EXPECT_TRUE(events("alice").empty());
  open();
  test.clock.advance(minutes(59));
  come_due();
  EXPECT_TRUE(list("alice").empty());
  test.clock.advance(minutes(1));
  come_due();
  EXPECT_EQ(counters("alice").unread, 1U);
  EXPECT_EQ(list("alice").front().created_at, test.clock.unix_millis());
}

TEST_F(InboxTest, WhatIsSnoozedComesBackUnreadAndFirst) {
  const auto told = tell("alice", draft("one"));
  ASSERT_TRUE(change("alice", told->id, {Change::Kind::kRead}));
  ASSERT_TRUE(change("alice", told->id, {Change::Kind::kSnooze, in(hours(1))}));
  EXPECT_EQ(counters("alice").snoozed, 1U);
  ASSERT_TRUE(tell("alice", draft("two")));
  test.clock.advance(hours(1));
  come_due();
  const auto all = list("alice");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.front().title, "one");
  EXPECT_EQ(counters("alice").unread, 2U);
  EXPECT_EQ(types("alice").at(types("alice").size() - 2), "notification");
}

TEST_F(InboxTest, SnoozingUntilATimeThatIsOverIsRefused) {
  const auto told = tell("alice", draft("one"));
  const auto refused = change("alice", told->id, {Change::Kind::kSnooze, in(milliseconds(0))});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kBadRequest);
}

TEST_F(InboxTest, WhatExpiresIsRemovedWithItsCount) {
  auto one = draft("soon gone");
  one.expires_at = in(minutes(5));
  ASSERT_TRUE(tell("alice", one));
  test.clock.advance(minutes(5));
  come_due();
  EXPECT_EQ(counters("alice").unread, 0U);
  EXPECT_TRUE(list("alice").empty());
  EXPECT_THAT(types("alice"),
              ElementsAre("notification", "badge", "notification.removed", "badge"));
}

TEST_F(InboxTest, AFullInboxRemovesTheArchivesOldestFirstAndThenWhateverIsOldest) {
  settings.per_user_max = 3;
  ASSERT_TRUE(tell("alice", draft("old")));
  const auto snoozed = tell("alice", draft("snoozed"));
  ASSERT_TRUE(change("alice", snoozed->id, {Change::Kind::kSnooze, in(hours(1))}));
  const auto archived = tell("alice", draft("archived"));
  ASSERT_TRUE(change("alice", archived->id, {Change::Kind::kArchive}));
  ASSERT_TRUE(tell("alice", draft("new")));
  EXPECT_EQ(counters("alice").archived, 0U);
  ASSERT_TRUE(tell("alice", draft("newer")));
  EXPECT_EQ(list("alice").size(), 2U) << "old has gone";
  EXPECT_EQ(counters("alice").snoozed, 1U);
  ASSERT_TRUE(tell("alice", draft("newest")));
  EXPECT_EQ(counters("alice").snoozed, 0U) << "nobody hoards by snoozing";
  EXPECT_EQ(list("alice").back().title, "new");
}

TEST_F(InboxTest, AfterTheLimitIsLoweredEachThatComesRemovesAFew) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(tell("alice", draft("one")));
  settings.per_user_max = 10;
  ASSERT_TRUE(tell("alice", draft("one")));
  EXPECT_EQ(counters("alice").kept(), 17U);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(tell("alice", draft("one")));
  EXPECT_EQ(counters("alice").kept(), 10U);
}

TEST_F(InboxTest, AsManyAreScheduledAsThereMayBeAndTheOthersKnowOfIt) {
  settings.per_user_max = 2;
  auto one = draft("later");
  one.deliver_at = in(hours(1));
  one.dedupe_key = "first";
  ASSERT_TRUE(tell("alice", one));
  one.dedupe_key.clear();
  const auto second = tell("alice", one);
  one.dedupe_key = "third";
  EXPECT_TRUE(tell("alice", one)->refused);
  EXPECT_EQ(metrics.refused.get(), 1U);
  const auto removed = with("alice", [&](Inbox& inbox) { return inbox.remove(second->id); });
  ASSERT_FALSE(removed) << "its user knows nothing of it";
  EXPECT_EQ(removed.error().code, base::ErrorCode::kNotFound);
  ASSERT_TRUE(with("alice", [&](Inbox& inbox) { return inbox.call_off(second->id); }));
  EXPECT_FALSE(with("alice", [&](Inbox& inbox) { return inbox.call_off(second->id); }));
  const auto third = tell("alice", one);
  EXPECT_FALSE(third->duplicate) << "what was refused was not told";
  EXPECT_FALSE(third->refused);
  test.clock.advance(hours(1));
  come_due();
  EXPECT_EQ(counters("alice"), (Counters{.rev = 2, .inbox = 2, .unread = 2, .unseen = 2}));
  const auto called_off = with("alice", [&](Inbox& inbox) { return inbox.call_off(third->id); });
  EXPECT_FALSE(called_off) << "too late";
}

TEST_F(InboxTest, WhatHasJustBecomeOneMoreOfItsGroupDoesNotExpireWithTheFirst) {
  auto one = draft("first");
  one.group_key = "chat";
  one.expires_at = in(minutes(2));
  ASSERT_TRUE(tell("alice", one));
  one.title = "second";
  one.expires_at = 0;
  one.deliver_at = in(minutes(1));
  ASSERT_TRUE(tell("alice", one));
  // The keeper is late, and finds both at once.
  test.clock.advance(minutes(3));
  come_due();
  ASSERT_EQ(list("alice").size(), 1U);
  EXPECT_EQ(list("alice").front().title, "second");
  EXPECT_EQ(list("alice").front().count, 2U);
  EXPECT_EQ(types("alice").size(), 3U) << "it came, and one more of it";
}

TEST_F(InboxTest, WhatWasScheduledBecomesOneWithItsGroupWhenItComes) {
  auto one = draft("scheduled");
  one.group_key = "chat";
  one.deliver_at = in(hours(1));
  const auto first = tell("alice", one);
  ASSERT_TRUE(tell("alice", one));
  one.title = "there";
  one.deliver_at = 0;
  const auto there = tell("alice", one);
  test.clock.advance(hours(1));
  come_due();
  const auto all = list("alice");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().id, there->id);
  EXPECT_NE(all.front().id, first->id);
  EXPECT_EQ(all.front().title, "scheduled");
  EXPECT_EQ(all.front().count, 3U);
  EXPECT_EQ(counters("alice"), (Counters{.rev = 3, .inbox = 1, .unread = 1, .unseen = 1}));
  EXPECT_EQ(rows("notifications"), 1);
}

TEST_F(InboxTest, WhatIsTransientIsShownAndNotKept) {
  auto one = draft("look");
  one.transient = true;
  ASSERT_TRUE(tell("alice", one));
  ASSERT_EQ(effects.alerts.size(), 1U);
  EXPECT_EQ(effects.alerts.front().type, "alert");
  EXPECT_TRUE(effects.alerts.front().has(proto::kEphemeral));
  EXPECT_TRUE(list("alice").empty());
}

TEST_F(InboxTest, WhatAUserDoesNotWantGoesIntoTheArchiveRead) {
  ASSERT_TRUE(commit([](const Commit& commit) {
    return store::save_preferences(commit.state(), "alice",
                                   R"({"types":{"note":{"inbox":false}}})");
  }));
  ASSERT_TRUE(tell("alice", draft("unwanted")));
  ASSERT_TRUE(tell("alice", draft("wanted", "other")));
  EXPECT_EQ(counters("alice").unread, 1U);
  EXPECT_EQ(counters("alice").archived, 1U);
  EXPECT_EQ(types("alice").front(), "notification.updated");
}

TEST_F(InboxTest, WhatAUserDoesNotWantIsNotShownEitherUnlessItIsCritical) {
  ASSERT_TRUE(commit([](const Commit& commit) {
    return store::save_preferences(commit.state(), "alice",
                                   R"({"types":{"note":{"inbox":false}}})");
  }));
  for (const bool transient : {true, false}) {
    for (const auto severity : {Severity::kWarning, Severity::kCritical}) {
      auto one = draft("unwanted");
      one.transient = transient;
      one.severity = severity;
      ASSERT_TRUE(tell("alice", one));
      EXPECT_EQ(effects.alerts.size(), severity == Severity::kCritical ? 1U : 0U) << transient;
    }
  }
  EXPECT_EQ(counters("alice").unread, 0U);
}

TEST_F(InboxTest, ATimeZoneThatIsNotKnownAnyMoreTakesTheQuietHoursAndNothingElse) {
  channels = {"webhook"};
  ASSERT_TRUE(commit([](const Commit& commit) {
    return store::save_preferences(
        commit.state(), "alice",
        R"({"types":{"note":{"inbox":false}},)"
        R"("quietHours":{"from":"22:00","to":"07:00","timeZone":"Mars/Olympus"}})");
  }));
  auto one = draft("unwanted");
  one.channels = R"(["webhook"])";
  ASSERT_TRUE(tell("alice", one));
  EXPECT_EQ(effects.due, test.clock.unix_millis()) << "never quiet";
  EXPECT_EQ(counters("alice").archived, 1U);
  EXPECT_EQ(counters("alice").unread, 0U);
}

TEST_F(InboxTest, OtherChannelsAreUsedWhereTheyAreSetUpWantedAndHaveAnAddress) {
  channels = {"email", "ntfy", "webhook"};
  ASSERT_TRUE(commit([](const Commit& commit) -> base::Result<> {
    if (auto saved =
            store::save_addresses(commit.state(), "alice", R"({"email":"alice@example.com"})");
        !saved) {
      return saved;
    }
    return store::save_preferences(commit.state(), "alice",
                                   R"({"types":{"quiet":{"email":false}}})");
  }));
  const auto sent = [&](Draft one) {
    one.channels = R"(["email","ntfy","webhook","push"])";
    const auto told = tell("alice", one);
    std::vector<std::string> to;
    EXPECT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      for (const auto& each : *deliveries::of(commit.state(), "alice", told->id)) {
        to.push_back(each.channel + " " + each.address);
      }
      return {};
    }));
    return to;
  };
  EXPECT_THAT(sent(draft("one")), ElementsAre("email alice@example.com", "webhook "));
  EXPECT_THAT(sent(draft("two", "quiet")), ElementsAre("webhook "));
}

TEST_F(InboxTest, IdsAscendAlsoWhereTheClockWasSetBackOverARestart) {
  channels = {"webhook"};
  auto one = draft("hello");
  one.channels = R"(["webhook"])";
  const auto first = tell("alice", one);
  ASSERT_TRUE(first);
  test.clock.advance(-std::chrono::hours(1));
  open();
  const auto second = tell("alice", one);
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_GT(second->id, first->id + 1) << "that is the delivery's";
}

TEST_F(InboxTest, OtherChannelsWaitForTheEndOfQuietHoursUnlessItIsCritical) {
  channels = {"webhook"};
  // The clock stands at midnight, UTC.
  ASSERT_TRUE(commit([](const Commit& commit) {
    return store::save_preferences(
        commit.state(), "alice",
        R"({"quietHours":{"from":"22:00","to":"07:00","timeZone":"Etc/UTC"}})");
  }));
  auto one = draft("at night");
  one.channels = R"(["webhook"])";
  ASSERT_TRUE(tell("alice", one));
  EXPECT_EQ(effects.due, in(hours(7)));
  one.severity = Severity::kCritical;
  ASSERT_TRUE(tell("alice", one));
  EXPECT_EQ(effects.due, test.clock.unix_millis());
  EXPECT_EQ(effects.alerts.size(), 1U);
}

}  // namespace
}  // namespace weir::apps::notifications
