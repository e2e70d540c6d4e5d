#include "apps/notifications/store.hpp"

#include <gtest/gtest.h>

#include "apps/notifications/inbox_fixture.hpp"

namespace weir::apps::notifications {
namespace {

class StoreTest : public InboxFixture {};

TEST_F(StoreTest, TheTablesOfAnEarlierWeirAreBroughtUpToDate) {
  auto one = draft("kept");
  one.dedupe_key = "k";
  const auto kept = tell("alice", one);
  one.dedupe_key.clear();
  one.deliver_at = test.clock.unix_millis() + 1'000;
  ASSERT_TRUE(tell("bob", one));
  // As it was: neither the columns nor the keys, and no row of who has nothing but what is to come.
  ASSERT_TRUE(commit([](const Commit& commit) -> base::Result<> {
    for (const auto* const sql :
         {"DROP TABLE notification_keys", "DROP INDEX notifications_by_age",
          "ALTER TABLE notifications DROP COLUMN came_at",
          "ALTER TABLE notification_users DROP COLUMN scheduled",
          "DELETE FROM notification_users WHERE user_id = 'bob'",
          "CREATE INDEX notifications_by_dedupe_key ON notifications (user_id, dedupe_key)"}) {
      if (auto done = commit.state().execute(sql, {}); !done) return done;
    }
    return {};
  }));
  open();
  EXPECT_EQ(counters("bob"), Counters{.scheduled = 1});
  EXPECT_EQ(counters("alice").unread, 1U);
  EXPECT_EQ(list("alice").front().came_at, list("alice").front().created_at);
  one.deliver_at = 0;
  one.dedupe_key = "k";
  EXPECT_EQ(tell("alice", one)->id, kept->id);
  open();
  EXPECT_EQ(counters("bob"), Counters{.scheduled = 1}) << "once";
}

}  // namespace
}  // namespace weir::apps::notifications
