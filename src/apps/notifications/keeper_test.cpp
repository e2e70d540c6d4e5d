#include "apps/notifications/keeper.hpp"

#include <gmock/gmock.h>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/inbox_fixture.hpp"

namespace weir::apps::notifications {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

class KeeperTest : public InboxFixture {
 protected:
  void SetUp() override {
    InboxFixture::SetUp();
    channels = {"webhook"};
    start();
  }

  void start() {
    carried.clear();
    keeper.emplace(
        Keeper::Context{.clock = &test.clock,
                        .commit =
                            [this](const Keeper::Work& work, const auto& done) {
                              const auto outcome = fails ? base::Result<>(base::make_error(
                                                               base::ErrorCode::kStorageFull))
                                                         : commit(work);
                              done(outcome);
                            },
                        .carry = [this](Delivery one) { carried.push_back(std::move(one)); },
                        .settings = [this] { return settings; },
                        .workers = workers,
                        .seed = 1},
        metrics);
    step();
  }

  /// Until there is nothing to do now.
  void step() {
    while (keeper->due() && *keeper->due() <= test.clock.unix_millis()) keeper->step();
  }

  std::int64_t send(const std::string& user = "alice") { return send(user, draft("hello")); }

  std::int64_t send(const std::string& user, Draft one) {
    one.channels = R"(["webhook"])";
    return send_as_it_is(user, one);
  }

  /// To the one browser that alice has.
  std::int64_t send_push() {
    channels = {"push"};
    reach_by(fmt::format(
        R"({{"push":[{{"endpoint":"https://push.example/1","keys":{{"p256dh":"{}","auth":"{}"}}}}]}})",
        std::string(86, 'B') + "A", std::string(21, 'A') + "A"));
    auto one = draft("hello");
    one.channels = R"(["push"])";
    return send_as_it_is("alice", one);
  }

  std::int64_t send_as_it_is(const std::string& user, const Draft& one) {
    const auto told = tell(user, one);
    keeper->note_due(effects.due);
    step();
    return told->id;
  }

  void prefer(const std::string& json) {
    ASSERT_TRUE(commit([&](const Commit& commit) {
      return store::save_preferences(commit.state(), "alice", json);
    }));
  }

  void reach_by(const std::string& json) {
    ASSERT_TRUE(commit([&](const Commit& commit) {
      return store::save_addresses(commit.state(), "alice", json);
    }));
  }

  void end(const Outcome& outcome) {
    ASSERT_FALSE(carried.empty());
    auto one = std::move(carried.front());
    carried.erase(carried.begin());
    keeper->attempt_ended(std::move(one), outcome, test.clock.unix_millis());
    step();
  }

  Delivery delivery(std::int64_t id, const std::string& user = "alice") {
    Delivery found;
    EXPECT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      found = deliveries::of(commit.state(), user, id)->at(0);
      return {};
    }));
    return found;
  }

  static Outcome failed(std::optional<milliseconds> retry_after = {}) {
    return {.kind = Outcome::Kind::kFailed, .reason = "no \"luck\"", .retry_after = retry_after};
  }

  std::optional<Keeper> keeper;
  std::size_t workers = 100;
  std::vector<Delivery> carried;
  bool fails = false;
};

TEST_F(KeeperTest, ADeliveryIsTriedUntilItIsTakenAndEveryAttemptIsOnRecord) {
  const auto id = send();
  end(failed());
  EXPECT_EQ(delivery(id).state, Delivery::State::kPending);
  test.clock.advance(settings.backoff);
  step();
  end(Outcome{.kind = Outcome::Kind::kDelivered});
  const auto done = delivery(id);
  EXPECT_EQ(done.state, Delivery::State::kDelivered);
  EXPECT_EQ(done.attempts, 2U);
  const auto json = boost::json::parse(deliveries::to_json(done)).as_object();
  const auto& record = json.at("record").as_array();
  ASSERT_EQ(record.size(), 2U);
  EXPECT_EQ(record[0].at("outcome").as_string(), "failed");
  EXPECT_EQ(record[0].at("reason").as_string(), "no \"luck\"");
  EXPECT_EQ(record[1].at("outcome").as_string(), "delivered");
  test.clock.advance(hours(2));
  step();
  EXPECT_TRUE(carried.empty());
}

TEST_F(KeeperTest, TheReceiversWishForTimeIsHonoured) {
  const auto id = send();
  end(failed(minutes(10)));
  EXPECT_EQ(delivery(id).next_at, test.clock.unix_millis() + 600'000);
  test.clock.advance(minutes(9));
  step();
  EXPECT_TRUE(carried.empty());
  test.clock.advance(minutes(1));
  step();
  EXPECT_EQ(carried.size(), 1U);
}

TEST_F(KeeperTest, ADeliveryIsGivenUpAfterItsAttemptsAndAtOnceWhereThatIsOfNoUse) {
  settings.attempts_max = 3;
  const auto id = send();
  for (int i = 0; i < 3; ++i) {
    end(failed());
    test.clock.advance(settings.backoff_max);
    step();
  }
  EXPECT_EQ(delivery(id).state, Delivery::State::kFailed);
  EXPECT_TRUE(carried.empty());
  const auto other = send("bob");
  end(Outcome{.kind = Outcome::Kind::kGone, .reason = "gone"});
  EXPECT_EQ(delivery(other, "bob").state, Delivery::State::kFailed);
  EXPECT_EQ(metrics.given_up.get(), 2U);
}

TEST_F(KeeperTest, WhatWasUnderWayAtACrashIsTriedAgain) {
  const auto id = send();
  ASSERT_EQ(carried.size(), 1U);
  open();
  start();
  ASSERT_EQ(carried.size(), 1U);
  EXPECT_EQ(carried.front().notification, id);
  EXPECT_EQ(carried.front().attempts, 0U);
}

TEST_F(KeeperTest, WhatIsUnderWayIsNotBegunAgainAndWhatWaitsBeginsWhenThereIsRoom) {
  for (int i = 0; i < 70; ++i) send("user" + std::to_string(i));
  EXPECT_EQ(carried.size(), 64U);
  std::set<std::int64_t> begun;
  while (!carried.empty()) {
    EXPECT_TRUE(begun.insert(carried.front().id).second);
    end(Outcome{.kind = Outcome::Kind::kDelivered});
  }
  EXPECT_EQ(begun.size(), 70U);
  EXPECT_EQ(metrics.in_flight.get(), 0U);
}

TEST_F(KeeperTest, OfAChannelNoMoreBeginThanItHasWorkersAndOtherChannelsHaveTheirOwn) {
  workers = 2;
  channels = {"webhook", "email"};
  start();
  ASSERT_TRUE(commit([](const Commit& commit) {
    return store::save_addresses(commit.state(), "ann", R"({"email":"ann@example.com"})");
  }));
  for (int i = 0; i < 5; ++i) send("user" + std::to_string(i));
  EXPECT_EQ(carried.size(), 2U);
  auto mail = draft("mail");
  mail.channels = R"(["email"])";
  ASSERT_TRUE(tell("ann", mail));
  keeper->note_due(effects.due);
  step();
  ASSERT_EQ(carried.size(), 3U);
  EXPECT_EQ(carried.back().channel, "email");
  EXPECT_EQ(metrics.in_flight.get(), 6U);
  for (int i = 0; i < 6; ++i) end(Outcome{.kind = Outcome::Kind::kDelivered});
  EXPECT_TRUE(carried.empty());
  EXPECT_EQ(metrics.delivered.get(), 6U);
}

TEST_F(KeeperTest, WhatHasWaitedForLongIsAskedAboutAgainBeforeItBegins) {
  workers = 1;
  start();
  send("alice");
  const auto id = send("bob");
  const auto last = send("cem");
  ASSERT_EQ(carried.size(), 1U);
  test.clock.advance(minutes(1));
  ASSERT_TRUE(change("bob", id, {Change::Kind::kRead}));
  end(Outcome{.kind = Outcome::Kind::kDelivered});
  ASSERT_EQ(carried.size(), 1U);
  EXPECT_EQ(carried.front().notification, last);
  EXPECT_EQ(delivery(id, "bob").state, Delivery::State::kCancelled);
}

TEST_F(KeeperTest, WhoHasEnoughUnderWayIsPutOffAndOthersAreNot) {
  channels = {"push"};
  const auto subscribe = [&](const std::string& user, int browsers) {
    Addresses addresses;
    for (int i = 0; i < browsers; ++i) {
      addresses.add({.endpoint = fmt::format("https://push.example/{}/{}", user, i),
                     .p256dh = std::string(86, 'B') + "A",
                     .auth = std::string(21, 'A') + "A"});
    }
    ASSERT_TRUE(commit([&](const Commit& commit) {
      return store::save_addresses(commit.state(), user, addresses.to_json());
    }));
  };
  subscribe("mallory", 10);
  subscribe("alice", 1);
  auto one = draft("hello");
  one.channels = R"(["push"])";
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(tell("mallory", one));
  ASSERT_TRUE(tell("alice", one));
  keeper->note_due(effects.due);
  step();
  ASSERT_EQ(carried.size(), 2U) << "one of each, though sixty of hers were first";
  EXPECT_EQ(carried.back().user, "alice");
  EXPECT_EQ(metrics.put_off.get(), 50U);
  end(Outcome{.kind = Outcome::Kind::kDelivered});
  test.clock.advance(minutes(1));
  step();
  for (int i = 0; i < 100 && !carried.empty(); ++i) {
    end(Outcome{.kind = Outcome::Kind::kDelivered});
    test.clock.advance(milliseconds(1'000));
    step();
  }
  EXPECT_EQ(metrics.delivered.get(), 61U) << "all arrive in the end";
}

TEST_F(KeeperTest, ARefusalIsNotTriedAgainAndCostsNobodyTheirAddress) {
  const auto id = send_push();
  end(Outcome{.kind = Outcome::Kind::kRefused, .reason = "no"});
  EXPECT_EQ(delivery(id).state, Delivery::State::kFailed);
  EXPECT_NE(user("alice").addresses.find("push.example"), std::string::npos);
}

TEST_F(KeeperTest, AFullDiskHoldsEverythingUpAndLosesNothing) {
  const auto id = send();
  fails = true;
  end(Outcome{.kind = Outcome::Kind::kDelivered});
  fails = false;
  EXPECT_EQ(delivery(id).state, Delivery::State::kPending);
  test.clock.advance(milliseconds(5'000));
  step();
  end(Outcome{.kind = Outcome::Kind::kDelivered});
  EXPECT_EQ(delivery(id).state, Delivery::State::kDelivered);
}

TEST_F(KeeperTest, ABrowserThatIsGoneIsForgotten) {
  send_push();
  end(Outcome{.kind = Outcome::Kind::kGone, .reason = "gone"});
  EXPECT_EQ(user("alice").addresses, R"({"email":null,"ntfy":null,"push":[]})");
}

TEST_F(KeeperTest, EverythingThatIsTooOldGoesAtOnceHoweverMuchItIs) {
  constexpr int kMany = 300;
  settings.retention = hours(24);
  ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
    for (int i = 0; i < kMany; ++i) {
      Delivery over;
      over.id = commit.ids.next(commit.now());
      over.state = Delivery::State::kDelivered;
      if (auto put = deliveries::insert(commit.state(), over); !put) return put;
    }
    return {};
  }));
  for (int i = 0; i < kMany; ++i) ASSERT_TRUE(tell("alice", draft("old")));
  test.clock.advance(hours(25));
  ASSERT_TRUE(tell("alice", draft("new")));
  step();
  EXPECT_EQ(counters("alice").kept(), 1U);
  EXPECT_EQ(rows("notification_deliveries"), 0);
  EXPECT_EQ(keeper->due(), test.clock.unix_millis() + 3'600'000) << "then it rests";
}

TEST_F(KeeperTest, AFullDiskIsAskedAgainAfterAWhileAlsoForWhatIsTooOld) {
  settings.retention = hours(24);
  ASSERT_TRUE(tell("alice", draft("old")));
  test.clock.advance(hours(25));
  fails = true;
  step();
  EXPECT_EQ(keeper->due(), test.clock.unix_millis() + 5'000);
  fails = false;
  test.clock.advance(milliseconds(5'000));
  step();
  EXPECT_EQ(counters("alice").kept(), 0U);
}

TEST_F(KeeperTest, AgeCountsFromWhenANotificationCameLast) {
  settings.retention = hours(24);
  auto grouped = draft("first");
  grouped.group_key = "chat";
  auto scheduled = draft("scheduled");
  scheduled.deliver_at = test.clock.unix_millis() + 48 * 3'600'000;
  const auto snoozed = tell("alice", draft("snoozed"));
  const auto called_back = tell("alice", draft("called back"));
  ASSERT_TRUE(tell("alice", scheduled));
  ASSERT_TRUE(tell("bob", grouped));
  for (const auto& one : {*snoozed, *called_back}) {
    ASSERT_TRUE(change("alice", one.id, {Change::Kind::kSnooze, scheduled.deliver_at}));
  }
  test.clock.advance(hours(23));
  ASSERT_TRUE(tell("bob", grouped));
  test.clock.advance(hours(3));
  step();
  EXPECT_EQ(counters("bob").inbox, 1U) << "one more of its group makes it young";
  EXPECT_EQ(counters("alice").snoozed, 2U);
  ASSERT_TRUE(change("alice", called_back->id, {Change::Kind::kUnsnooze}));
  test.clock.advance(hours(22));
  step();
  EXPECT_EQ(counters("alice").inbox, 3U) << "what was to come has come, and stays";
  EXPECT_EQ(counters("bob").inbox, 0U);
  test.clock.advance(hours(3));
  step();
  EXPECT_EQ(counters("alice").inbox, 2U) << "24 hours after it was called back";
  test.clock.advance(hours(23));
  step();
  EXPECT_EQ(counters("alice"), (Counters{.rev = counters("alice").rev}));
}

TEST_F(KeeperTest, NothingIsSentAgainOfWhatIsGone) {
  const auto id = send();
  end(failed());
  ASSERT_TRUE(with("alice", [&](Inbox& inbox) { return inbox.remove(id); }));
  EXPECT_EQ(rows("notification_deliveries"), 0) << "nor is anything of it kept";
  test.clock.advance(settings.backoff);
  step();
  EXPECT_TRUE(carried.empty());
  EXPECT_EQ(metrics.cancelled.get(), 1U);
}

TEST_F(KeeperTest, WhatIsDeletedWhileItIsUnderWayLeavesNothing) {
  const auto id = send();
  ASSERT_TRUE(with("alice", [&](Inbox& inbox) { return inbox.remove(id); }));
  end(failed());
  EXPECT_EQ(rows("notification_deliveries"), 0);
  test.clock.advance(settings.backoff);
  step();
  EXPECT_TRUE(carried.empty());
}

TEST_F(KeeperTest, WhatWasDealtWithIsNotSentAnyMoreUnlessItIsCritical) {
  using Kind = Change::Kind;
  const auto later = test.clock.unix_millis() + 86'400'000;
  for (const auto kind : {Kind::kRead, Kind::kArchive, Kind::kSnooze, Kind::kSeen}) {
    for (const auto severity : {Severity::kInfo, Severity::kCritical}) {
      carried.clear();
      auto one = draft("hello");
      one.severity = severity;
      const auto id = send("alice", one);
      end(failed());
      test.clock.advance(settings.backoff);
      ASSERT_TRUE(change("alice", id, {kind, later}));
      step();
      const bool sent = severity == Severity::kCritical || kind == Kind::kSeen;
      EXPECT_EQ(carried.size(), sent ? 1U : 0U) << static_cast<int>(kind);
      const auto now = delivery(id);
      EXPECT_EQ(now.state, sent ? Delivery::State::kPending : Delivery::State::kCancelled);
      EXPECT_EQ(now.payload.empty(), !sent);
    }
  }
}

TEST_F(KeeperTest, WhatIsNotWantedInTheInboxIsSentAllTheSame) {
  prefer(R"({"types":{"note":{"inbox":false}}})");
  send();
  EXPECT_EQ(carried.size(), 1U);
}

TEST_F(KeeperTest, WhatTheUserSwitchesOffMeanwhileIsNotTriedAgain) {
  const auto id = send();
  end(failed());
  prefer(R"({"types":{"note":{"webhook":false}}})");
  test.clock.advance(settings.backoff);
  step();
  EXPECT_TRUE(carried.empty());
  const auto json = boost::json::parse(deliveries::to_json(delivery(id))).as_object();
  EXPECT_EQ(json.at("state").as_string(), "cancelled");
  EXPECT_TRUE(json.at("nextAt").is_null());
  EXPECT_EQ(json.at("record").as_array().back().at("reason").as_string(),
            "the user has switched this off");
}

TEST_F(KeeperTest, QuietHoursHoldForFurtherAttemptsToo) {
  // The clock stands at midnight, UTC.
  const auto id = send();
  end(failed());
  prefer(R"({"quietHours":{"from":"22:00","to":"07:00","timeZone":"Etc/UTC"}})");
  const auto morning = test.clock.unix_millis() + 7 * 3'600'000;
  test.clock.advance(settings.backoff);
  step();
  EXPECT_TRUE(carried.empty());
  EXPECT_EQ(delivery(id).next_at, morning);
  test.clock.advance(hours(7));
  step();
  EXPECT_EQ(carried.size(), 1U);
}

TEST_F(KeeperTest, ADeliveryGoesWhereTheUserIsReachedNow) {
  channels = {"email", "push"};
  const auto browser = [](int number, char key) {
    return fmt::format(
        R"({{"endpoint":"https://push.example/{}","keys":{{"p256dh":"{}A","auth":"{}A"}}}})",
        number, std::string(86, key), std::string(21, 'A'));
  };
  reach_by(fmt::format(R"({{"email":"old@example.com","push":[{},{}]}})", browser(1, 'B'),
                       browser(2, 'B')));
  auto one = draft("hello");
  one.channels = R"(["email","push"])";
  ASSERT_TRUE(tell("alice", one));
  reach_by(fmt::format(R"({{"email":"new@example.com","push":[{}]}})", browser(2, 'C')));
  keeper->note_due(test.clock.unix_millis());
  step();
  std::vector<std::string> to;
  for (const auto& each : carried) to.push_back(each.address);
  EXPECT_THAT(to, testing::ElementsAre("new@example.com", browser(2, 'C')));
  EXPECT_EQ(metrics.cancelled.get(), 1U) << "the browser that was removed";
}

TEST_F(KeeperTest, WhatIsBehindManyThatAreCancelledIsSentAllTheSame) {
  for (int i = 0; i < 200; ++i) {
    auto one = draft("hello", i < 199 ? "unwanted" : "wanted");
    one.channels = R"(["webhook"])";
    ASSERT_TRUE(tell("alice", one));
  }
  prefer(R"({"types":{"unwanted":{"webhook":false}}})");
  keeper->note_due(test.clock.unix_millis());
  step();
  ASSERT_EQ(carried.size(), 1U);
  EXPECT_EQ(metrics.cancelled.get(), 199U);
}

TEST_F(KeeperTest, WhatIsDueHappensWithoutAnybodyAsking) {
  auto one = draft("later");
  one.deliver_at = test.clock.unix_millis() + 60'000;
  ASSERT_TRUE(tell("alice", one));
  keeper->note_due(effects.due);
  step();
  EXPECT_EQ(keeper->due(), one.deliver_at);
  test.clock.advance(minutes(1));
  step();
  EXPECT_EQ(counters("alice").unread, 1U);
}

}  // namespace
}  // namespace weir::apps::notifications
