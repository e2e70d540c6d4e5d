#include "apps/notifications/draft.hpp"

#include <gtest/gtest.h>

#include "apps/notifications/occurrence.hpp"
#include "apps/notifications/preferences.hpp"
#include "apps/view/brief.hpp"

namespace weir::apps::notifications {
namespace {

constexpr base::UnixMillis kNow = 1'767'225'600'000;

base::Result<NotifyRequest> read(const std::string& body) {
  return read_notify_request(body, {}, kNow);
}

TEST(Draft, ARequestIsReadWithAllItsMembers) {
  const auto request =
      read(R"({"users":["bob","alice"],"type":"t","title":"T","body":"B","severity":"warning",)"
           R"("actionUrl":"/x","actions":[{"label":"Open","url":"https://a.example/"}],)"
           R"("groupKey":"g","dedupeKey":"d","data":{"n": 1e400},"channels":["email"],)"
           R"("deliverAt":"2026-01-02T00:00:00Z","expiresIn":172800})");
  ASSERT_TRUE(request) << request.error().message();
  const auto& draft = request->draft;
  EXPECT_EQ(request->recipients.users, (std::vector<std::string>{"alice", "bob"}));
  EXPECT_EQ(draft.severity, Severity::kWarning);
  EXPECT_EQ(draft.actions, R"([{"label":"Open","url":"https://a.example/"}])");
  EXPECT_EQ(draft.data, R"({"n": 1e400})") << "as it was written";
  EXPECT_EQ(draft.deliver_at, kNow + 86'400'000);
  EXPECT_EQ(draft.expires_at, kNow + 172'800'000);
}

TEST(Draft, WhatIsWrongIsSaidWithItsName) {
  for (const auto* body : {
           R"({"title":"to nobody"})",
           R"({"user":"","title":"x"})",
           R"({"user":"a\nb","title":"x"})",
           R"({"user":"alice"})",
           R"({"user":"alice","title":"x","titel":"y"})",
           R"({"user":"alice","title":"x","actionUrl":"javascript:alert`1`"})",
           R"({"user":"alice","title":"x","actionUrl":"//evil.example"})",
           R"({"user":"alice","title":"x","actionUrl":" https://a.example"})",
           R"({"user":"alice","title":"x","actions":[{"label":"x","url":"data:text/html,x"}]})",
           R"({"user":"alice","title":"x","severity":"loud"})",
           R"({"user":"alice","title":"x","channels":["pigeon"]})",
           R"({"user":"alice","title":"x","channels":["email","email"]})",
           R"({"user":"alice","title":"x","data":[1]})",
           R"({"user":"alice","title":"x","expiresIn":0})",
           R"({"user":"alice","title":"x","expiresAt":1})",
           R"({"user":"alice","title":"x","deliverAt":"tomorrow"})",
           R"({"user":"alice","title":"x","transient":true,"deliverAt":1999999999999})",
       }) {
    const auto request = read(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, base::ErrorCode::kBadRequest) << body;
    EXPECT_FALSE(request.error().detail.empty());
  }
  EXPECT_EQ(read("[1]").error().code, base::ErrorCode::kBadJson);
}

TEST(Draft, ABriefTextIsCutBetweenTwoCharacters) {
  const std::string text = std::string(252, 'a') + "жж" + std::string(50, 'b');
  const auto cut = brief(text);
  EXPECT_EQ(cut, std::string(252, 'a') + "…");
  EXPECT_EQ(brief("short"), "short");
}

TEST(Occurrence, WhatHappenedBecomesANotificationOfItsType) {
  const auto request = read_occurrence(R"({"to":["bob","alice"],"text":"Hello","task":"Fence"})",
                                       "task_message", "17", "carol", {});
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(request->draft.type, "task_message");
  EXPECT_EQ(request->draft.group_key, "task_message:17");
  EXPECT_EQ(request->draft.data, R"({"from":"carol","text":"Hello","task":"Fence","taskId":"17"})");
  EXPECT_EQ(request->recipients.users, (std::vector<std::string>{"alice", "bob"}));
  EXPECT_FALSE(read_occurrence(R"({"text":"x"})", "message", "", "carol", {}));
  EXPECT_FALSE(read_occurrence(R"({"to":"alice","text":"x"})", "message", "", "", {}));
  EXPECT_FALSE(read_occurrence(R"({"to":"alice"})", "review", "17", "carol", {}));
  EXPECT_TRUE(read_occurrence(R"({"to":"alice","rating":5})", "review", "17", "carol", {}));
}

TEST(Occurrence, MessagesOfTwoPeopleOfOneNameAreTwoGroupsWhereTheirIdsAreSaid) {
  const auto group = [](const char* body) {
    return read_occurrence(body, "message", "", "", {})->draft.group_key;
  };
  EXPECT_EQ(group(R"({"to":"alice","from":"Ann"})"), "message:Ann");
  EXPECT_EQ(group(R"({"to":"alice","from":"Ann","fromId":"u-17"})"), "message:u-17");
  EXPECT_NE(group(R"({"to":"alice","from":"Ann","fromId":"u-18"})"),
            group(R"({"to":"alice","from":"Ann","fromId":"u-17"})"));
}

TEST(Preferences, ASwitchOfTheTypeBeatsThatOfAnyType) {
  const auto preferences = Preferences::parse(
      R"({"types":{"*":{"email":false,"push":false},"message":{"email":true}}})");
  ASSERT_TRUE(preferences);
  EXPECT_TRUE(preferences->wants("message", "email"));
  EXPECT_FALSE(preferences->wants("message", "push"));
  EXPECT_FALSE(preferences->wants("review", "email"));
  EXPECT_TRUE(preferences->wants("review", "inbox"));
  EXPECT_EQ(Preferences::parse(preferences->to_json())->to_json(), preferences->to_json());
}

TEST(Preferences, WhatIsWrongIsRefused) {
  for (const auto* json :
       {R"({"types":{"a":{"pigeon":true}}})", R"({"types":{"a":{"email":1}}})", R"({"other":1})",
        R"({"quietHours":{"from":"22:00","to":"07:00","timeZone":"Mars/Olympus"}})",
        R"({"quietHours":{"from":"22:00","to":"22:00","timeZone":"Etc/UTC"}})",
        R"({"quietHours":{"from":"24:00","to":"07:00","timeZone":"Etc/UTC"}})"}) {
    EXPECT_FALSE(Preferences::parse(json)) << json;
  }
}

TEST(QuietHours, TheyEndByTheClocksOfTheirZone) {
  // 2026-03-28T22:30+01:00; in the night the clocks of Berlin go on by an hour.
  const base::UnixMillis evening = 1'774'733'400'000;
  const QuietHours night{.from_minute = 22 * 60, .to_minute = 7 * 60, .time_zone = "Europe/Berlin"};
  EXPECT_EQ(quiet_until(night, evening), evening + (7 * 60 + 30) * 60'000LL);
  EXPECT_EQ(quiet_until(night, evening - 60 * 60'000), std::nullopt);
  EXPECT_EQ(quiet_until(night, *quiet_until(night, evening)), std::nullopt);
  const QuietHours noon{.from_minute = 12 * 60, .to_minute = 13 * 60, .time_zone = "Etc/UTC"};
  EXPECT_EQ(quiet_until(noon, kNow + (12 * 60 + 1) * 60'000LL), kNow + 13 * 60 * 60'000LL);
  EXPECT_EQ(quiet_until(noon, kNow), std::nullopt);
}

}  // namespace
}  // namespace weir::apps::notifications
