#include "apps/notifications/telling.hpp"

#include <gmock/gmock.h>

#include "apps/notifications/inbox_fixture.hpp"

namespace weir::apps::notifications {
namespace {

using testing::ElementsAre;

class TellingTest : public InboxFixture {
 protected:
  base::Result<TellOutcome> post(const std::string& body) {
    auto request = read_notify_request(body, settings, test.clock.unix_millis());
    if (!request) return request.error();
    TellOutcome outcome;
    auto done = commit([&](const Commit& commit) -> base::Result<> {
      auto told = notifications::tell(commit, *request, body);
      if (!told) return told.error();
      outcome = *told;
      return {};
    });
    if (!done) return done.error();
    return outcome;
  }

  bool step(std::size_t limit) {
    bool more = false;
    EXPECT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      auto stepped = step_broadcast(commit, limit, last_);
      if (!stepped) return stepped.error();
      last_ = *stepped;
      more = *stepped != 0;
      return {};
    }));
    return more;
  }

  void add(Audience::Kind kind, const std::string& name, std::vector<std::string> users) {
    ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      for (const auto& user : users) {
        if (auto added = audience::add_member(commit.state(), {kind, name}, user); !added) {
          return added;
        }
      }
      return {};
    }));
  }

  std::int64_t last_ = 0;  ///< The broadcast that was stepped.
};

TEST_F(TellingTest, ATemplateTakesItsWordsFromTheData) {
  ASSERT_TRUE(commit([](const Commit& commit) {
    return types::save(commit.state(), "order",
                       {.title = "Order {{number}} of {{who}}{{nothing}}",
                        .body = "{{ who }}{{open",
                        .action_url = "/orders/{{number}}",
                        .severity = Severity::kWarning});
  }));
  ASSERT_TRUE(post(R"({"user":"alice","type":"order","data":{"number":17,"who":"{{number}}"}})"));
  const auto all = list("alice");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().title, "Order 17 of {{number}}") << "what is filled in is no template";
  EXPECT_EQ(all.front().body, "{{open");
  EXPECT_EQ(all.front().action_url, "/orders/17");
  EXPECT_EQ(all.front().severity, Severity::kWarning);
}

TEST_F(TellingTest, ALinkThatATemplateMakesIsHeldToTheRulesToo) {
  ASSERT_TRUE(commit([](const Commit& commit) {
    return types::save(commit.state(), "t", {.title = "t", .body = "", .action_url = "{{url}}"});
  }));
  const auto refused = post(R"({"user":"alice","type":"t","data":{"url":"javascript:alert`1`"}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kBadRequest);
  EXPECT_TRUE(list("alice").empty());
}

TEST_F(TellingTest, LinksAreShortTogetherBecauseEveryEventHasThemWhole) {
  const auto body = [](std::size_t link, std::size_t action) {
    return fmt::format(
        R"({{"user":"alice","title":"x","actionUrl":"/{}","actions":[{{"label":"Go","url":"/{}"}}]}})",
        std::string(link, 'a'), std::string(action, 'b'));
  };
  EXPECT_TRUE(post(body(1'000, 1'000)));
  const auto refused = post(body(1'100, 1'000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kBadRequest);
  EXPECT_EQ(list("alice").size(), 1U);
}

TEST_F(TellingTest, SeveralUsersAreToldInOneCommitOrNobodyIs) {
  const auto outcome = post(R"({"users":["bob","alice","bob"],"title":"hello"})");
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->told.size(), 2U);
  EXPECT_EQ(outcome->told.front().first, "alice");
  EXPECT_NE(outcome->told.front().second.id, outcome->told.back().second.id);
  const auto refused = post(R"({"users":["alice","bob"],"type":"nobody-declared-it"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(counters("alice").inbox, 1U);
}

TEST_F(TellingTest, ABroadcastThatIsInterruptedGoesOnAndTellsNobodyTwice) {
  add(Audience::Kind::kGroup, "staff", {"ann", "ben", "cem", "dia", "eve"});
  add(Audience::Kind::kTopic, "news", {"ben", "fay"});
  const auto outcome =
      post(R"({"groups":["staff"],"topics":["news"],"users":["eve"],"title":"x"})");
  ASSERT_TRUE(outcome);
  EXPECT_NE(outcome->broadcast, 0);
  EXPECT_EQ(counters("eve").inbox, 1U) << "who is named is told at once";
  ASSERT_TRUE(step(2));
  EXPECT_EQ(counters("cem").inbox, 0U);
  open();
  while (step(2)) {
  }
  for (const auto* name : {"ann", "ben", "cem", "dia", "eve", "fay"}) {
    EXPECT_EQ(counters(name).inbox, 1U) << name;
  }
  EXPECT_FALSE(step(2));
}

TEST_F(TellingTest, ABroadcastToFewDoesNotWaitForThoseToMany) {
  std::vector<std::string> many;
  for (int i = 0; i < 100; ++i) many.push_back(fmt::format("user{:03}", i));
  add(Audience::Kind::kGroup, "many", many);
  add(Audience::Kind::kGroup, "ops", {"alice"});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(post(R"({"groups":["many"],"title":"to many"})"));
  ASSERT_TRUE(post(R"({"groups":["ops"],"title":"fire","severity":"critical"})"));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(step(10));
  EXPECT_EQ(counters("alice").inbox, 1U);
  EXPECT_EQ(counters("user009").inbox, 3U) << "each has had its turn";
  EXPECT_EQ(counters("user010").inbox, 0U);
  while (step(10)) {
  }
  EXPECT_EQ(counters("user099").inbox, 3U);
}

TEST_F(TellingTest, BeyondTheLimitNoBroadcastIsBegunUntilOneHasEnded) {
  settings.broadcasts_max = 2;
  ASSERT_TRUE(post(R"({"users":["alice"],"title":"hello"})"));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(post(R"({"everyone":true,"title":"to all"})"));
  const auto refused = post(R"({"users":["alice"],"everyone":true,"title":"one more"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kTooManyBroadcasts);
  EXPECT_EQ(metrics.broadcasts_refused.get(), 1U);
  EXPECT_EQ(counters("alice").inbox, 1U) << "nobody is told of it";
  ASSERT_TRUE(post(R"({"users":["alice"],"title":"by name"})"));
  while (step(10)) {
  }
  EXPECT_TRUE(post(R"({"everyone":true,"title":"one more"})"));
}

TEST_F(TellingTest, WhoIsInTwoAudiencesIsToldOnceHoweverLongItTakesAndWhateverHeDoes) {
  settings.dedupe_window = std::chrono::seconds(1);
  add(Audience::Kind::kGroup, "a", {"ann", "ben"});
  add(Audience::Kind::kGroup, "b", {"ann", "ben"});
  ASSERT_TRUE(post(R"({"groups":["a","b"],"title":"kept"})"));
  ASSERT_TRUE(step(2));
  const auto id = list("ann").front().id;
  ASSERT_TRUE(with("ann", [&](Inbox& inbox) { return inbox.remove(id); }));
  test.clock.advance(std::chrono::hours(1));
  while (step(2)) {
  }
  EXPECT_EQ(counters("ann").inbox, 0U) << "deleted is deleted";
  EXPECT_EQ(counters("ben").inbox, 1U);
  EXPECT_EQ(list("ben").front().dedupe_key, "") << "the producer gave it none";
  EXPECT_EQ(rows("notification_reached"), 0) << "not remembered for longer than it lasts";

  const auto shown = metrics.alerts.get();
  ASSERT_TRUE(post(R"({"groups":["a","b"],"users":["ben"],"title":"shown","transient":true})"));
  while (step(2)) {
  }
  EXPECT_EQ(metrics.alerts.get(), shown + 2);
}

TEST_F(TellingTest, WhoHasTooManyScheduledIsNamedAndHoldsNoBroadcastUp) {
  settings.per_user_max = 1;
  add(Audience::Kind::kGroup, "staff", {"ann", "ben"});
  const auto later = fmt::format(R"("title":"x","deliverAt":{})", test.clock.unix_millis() + 1'000);
  ASSERT_TRUE(post(fmt::format(R"({{"user":"ann",{}}})", later)));
  const auto refused = post(fmt::format(R"({{"users":["ann","ben"],{}}})", later));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kBadRequest);
  EXPECT_EQ(refused.error().detail, "\"deliverAt\" is refused: 1 are scheduled for ann already");
  EXPECT_EQ(counters("ben").scheduled, 0U) << "all are told, or nobody is";
  ASSERT_TRUE(post(fmt::format(R"({{"groups":["staff"],{}}})", later)));
  while (step(1)) {
  }
  EXPECT_EQ(counters("ann").scheduled, 1U);
  EXPECT_EQ(counters("ben").scheduled, 1U);
}

TEST_F(TellingTest, EveryoneIsWhoeverWasToldAnythingBefore) {
  ASSERT_TRUE(post(R"({"users":["alice","bob"],"title":"hello"})"));
  ASSERT_TRUE(post(R"({"everyone":true,"title":"to all"})"));
  while (step(1)) {
  }
  EXPECT_EQ(counters("alice").inbox, 2U);
  EXPECT_EQ(counters("bob").inbox, 2U);
}

TEST_F(TellingTest, KeysAreForgottenWhenTheirWindowIsOver) {
  settings.retention = std::chrono::milliseconds(0);
  for (const auto* key : {"a", "b", "c"}) {
    ASSERT_TRUE(post(fmt::format(R"({{"user":"alice","title":"x","dedupeKey":"{}"}})", key)));
  }
  test.clock.advance(settings.dedupe_window);
  ASSERT_TRUE(post(R"({"user":"alice","title":"x","dedupeKey":"d"})"));
  test.clock.advance(std::chrono::milliseconds(1));
  std::vector<bool> all;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      auto done = step_retention(commit, 2);
      if (!done) return done.error();
      all.push_back(*done);
      return {};
    }));
  }
  EXPECT_THAT(all, ElementsAre(false, true));
  EXPECT_EQ(rows("notification_keys"), 1);
}

TEST_F(TellingTest, WhatIsOlderThanTheSettingsKeepIsRemovedWithItsCount) {
  settings.retention = std::chrono::hours(24);
  ASSERT_TRUE(post(R"({"user":"alice","title":"old"})"));
  test.clock.advance(std::chrono::hours(23));
  ASSERT_TRUE(post(R"({"user":"alice","title":"new"})"));
  test.clock.advance(std::chrono::hours(2));
  ASSERT_TRUE(commit([](const Commit& commit) -> base::Result<> {
    auto done = step_retention(commit, 10);
    if (!done) return done.error();
    EXPECT_TRUE(*done);
    return {};
  }));
  ASSERT_EQ(list("alice").size(), 1U);
  EXPECT_EQ(list("alice").front().title, "new");
  EXPECT_EQ(counters("alice").unread, 1U);
}

}  // namespace
}  // namespace weir::apps::notifications
