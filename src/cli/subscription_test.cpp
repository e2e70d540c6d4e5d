#include "cli/subscription.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace weir::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Subscription, PrintsTheDataOfEachEventAndNothingElse) {
  SubscriptionOptions options;
  Subscription s(options, false);
  EXPECT_TRUE(s.take({"message", "one\ntwo", "e-1"}));
  EXPECT_TRUE(s.take({"price", "3\x1b[2J", "e-2"}));
  EXPECT_EQ(s.take_output(), "one\ntwo\n3\x1b[2J\n");
  EXPECT_EQ(s.take_output(), "");
  EXPECT_EQ(s.cursor(), "e-2");
}

TEST(Subscription, NeverSteersTheTerminal) {
  SubscriptionOptions options;
  Subscription s(options, true);
  s.take({"message", "a\x1b[2Jb\tc\nd", "e-1"});
  EXPECT_EQ(s.take_output(), "a [2Jb\tc\nd\n");
}

TEST(Subscription, PrintsJsonLines) {
  SubscriptionOptions options;
  options.json = true;
  Subscription s(options, true);
  s.take({"price", "{\"a\":\n1}", "e-1"});
  s.take({"message", "gone soon", "e-1"});
  EXPECT_EQ(s.take_output(),
            "{\"cursor\":\"e-1\",\"event\":\"price\",\"data\":\"{\\\"a\\\":\\n1}\"}\n"
            "{\"cursor\":null,\"event\":\"message\",\"data\":\"gone soon\"}\n");
}

TEST(Subscription, ControlFramesAreNotEvents) {
  SubscriptionOptions options;
  options.count = 1;
  Subscription s(options, false);
  EXPECT_TRUE(s.take({"system", "{\"type\":\"connected\",\"cursor\":\"e-7\"}", ""}));
  EXPECT_TRUE(s.take({"recovery", "{}", ""}));
  EXPECT_TRUE(s.take(
      {"gap", "{\"requested\":\"e-1\",\"available_from\":\"e-5\",\"reason\":\"trimmed\"}", ""}));
  EXPECT_EQ(s.take_output(), "");
  EXPECT_THAT(s.take_notes(), ElementsAre(HasSubstr("gap (trimmed): what came after e-1")));
  EXPECT_THAT(s.take_notes(), IsEmpty());
  EXPECT_FALSE(s.take({"message", "x", "e-8"}));
}

TEST(Subscription, APublishersEventMayBeCalledLikeAControlFrame) {
  SubscriptionOptions options;
  Subscription s(options, false);
  s.take({"system", "published", "e-1"});
  EXPECT_EQ(s.take_output(), "published\n");
}

TEST(Subscription, KnowsWhereItBeganBeforeTheFirstEvent) {
  SubscriptionOptions options;
  Subscription s(options, false);
  s.take({"system", "{\"cursor\":\"e-7\"}", ""});
  EXPECT_EQ(s.connected_at(), "e-7");
  EXPECT_EQ(s.cursor(), "e-7");
  s.take({"message", "x", "e-9"});
  s.take({"system", "{\"cursor\":\"e-20\"}", "e-9"});
  EXPECT_EQ(s.cursor(), "e-9") << "a reconnect's head is not what has been seen";
}

TEST(Subscription, TheCursorThatItResumesAtMakesNoControlFrameAnEvent) {
  SubscriptionOptions options;
  options.count = 1;
  Subscription s(options, false, "e-7");
  EXPECT_TRUE(s.take({"system", "{\"cursor\":\"e-9\"}", "e-7"}));
  EXPECT_EQ(s.take_output(), "");
  EXPECT_EQ(s.cursor(), "e-7") << "e-8 and e-9 are still to come";
  EXPECT_FALSE(s.take({"message", "x", "e-8"}));
  EXPECT_EQ(s.take_output(), "x\n");
}

TEST(Subscription, AReplayThatHasNotComeYetMovesNoCursor) {
  SubscriptionOptions options;
  options.after = "earliest";
  Subscription s(options, false);
  s.take({"system", "{\"cursor\":\"e-7\"}", ""});
  EXPECT_EQ(s.cursor(), "");
}

TEST(Subscription, AsksForTopicsAndPatterns) {
  SubscriptionOptions options;
  options.topics = {"orders/17", "a b&c"};
  options.match = {"x/*"};
  options.last = 5;
  EXPECT_EQ(subscription_target(options),
            "/v1/subscribe?topic=orders/17&topic=a%20b%26c&match=x/%2A&last=5");
}

TEST(SubscriptionState, SurvivesARestart) {
  std::string pattern = (std::filesystem::temp_directory_path() / "weir-state-XXXXXX").string();
  const std::filesystem::path directory = mkdtemp(pattern.data());
  const std::string path = directory / "cursor";
  EXPECT_EQ(*read_state(path), "");
  ASSERT_TRUE(write_state(path, "e-1"));
  ASSERT_TRUE(write_state(path, "e-2"));
  EXPECT_EQ(*read_state(path), "e-2");
  std::ofstream(path) << "two\nlines\n";
  EXPECT_FALSE(read_state(path));
  EXPECT_FALSE(read_state(directory)) << "a directory holds no cursor";
  EXPECT_FALSE(write_state((directory / "no" / "where").string(), "e-1"));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir::cli
