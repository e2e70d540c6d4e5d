// Whatever is done to inboxes, in whatever order, with the server ending in between: the counters
// are those of the rows, and who follows the events sees what the list says.

#include <gtest/gtest.h>

#include "apps/notifications/inbox_fixture.hpp"
#include "base/random.hpp"

namespace weir::apps::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

/// What a client makes of the events, by the rule of views: what is not newer than what it has is
/// dropped, what leaves one out would be a mistake.
struct Follower {
  struct Seen {
    bool inbox = false;
    bool read = false;
    bool seen = false;
    std::int64_t order = 0;
    friend bool operator==(const Seen&, const Seen&) = default;
  };

  void take(const std::string& type, const boost::json::object& data) {
    const auto rev = data.at("rev").as_int64();
    unread = data.at("unread").as_int64();
    unseen = data.at("unseen").as_int64();
    if (rev <= last) return;
    EXPECT_EQ(rev, last + 1) << "after rev " << last << " comes " << type;
    last = rev;
    if (type == "notification.removed") {
      all.erase(std::string(data.at("id").as_string()));
    } else if (type == "badge") {
      const bool read = data.contains("readUpToRev");
      const auto up_to = data.at(read ? "readUpToRev" : "seenUpToRev").as_int64();
      for (auto& [id, one] : all) {
        if (!one.inbox || one.order > up_to) continue;
        one.seen = true;
        if (read) one.read = true;
      }
    } else {
      const auto& one = data.at("notification").as_object();
      all[std::string(one.at("id").as_string())] = {
          one.at("archivedAt").is_null() && one.at("snoozedUntil").is_null(),
          !one.at("readAt").is_null(), !one.at("seenAt").is_null(), one.at("order").as_int64()};
    }
  }

  std::int64_t last = 0;
  std::int64_t unread = 0;
  std::int64_t unseen = 0;
  std::map<std::string, Seen> all;
};

class AnySequence : public InboxFixture, public testing::WithParamInterface<std::uint64_t> {
 protected:
  void SetUp() override {
    InboxFixture::SetUp();
    settings.per_user_max = 8;
    channels = {"webhook"};
  }

  std::string any_user() { return "user" + std::to_string(random.below(3)); }

  /// One that the user has, or one that nobody has.
  std::int64_t any_id(const std::string& name) {
    std::vector<std::int64_t> known;
    for (const auto tab : {store::Tab::kInbox, store::Tab::kArchived, store::Tab::kSnoozed}) {
      for (const auto& one : list(name, tab)) known.push_back(one.id);
    }
    if (known.empty() || random.below(20) == 0) return 1;
    return known[random.below(known.size())];
  }

  /// Of those that have not come yet.
  std::vector<std::int64_t> scheduled(const std::string& name) {
    std::vector<std::int64_t> found;
    EXPECT_TRUE(commit([&](const Commit& commit) {
      const log::Value key[] = {name};
      return commit.state().query("SELECT id FROM notifications WHERE user_id = ? AND place = 3",
                                  key,
                                  [&](log::Row row) { found.push_back(log::integer_of(row[0])); });
    }));
    return found;
  }

  Draft any_draft() {
    auto made = draft("title", random.below(2) == 0 ? "a" : "b");
    if (random.below(3) == 0) made.channels = R"(["webhook"])";
    if (random.below(3) != 0) made.group_key = "g" + std::to_string(random.below(2));
    if (random.below(4) == 0) made.dedupe_key = "d" + std::to_string(random.below(3));
    const auto now = test.clock.unix_millis();
    // Some so late that more are scheduled than there may be.
    if (random.below(2) == 0) made.deliver_at = now + later() * (random.below(4) == 0 ? 1 : 200);
    if (random.below(5) == 0) {
      made.expires_at = std::max(now, made.deliver_at) + later();
    }
    if (random.below(15) == 0) made.transient = true, made.deliver_at = 0;
    return made;
  }

  base::UnixMillis later() { return static_cast<base::UnixMillis>(1 + random.below(600'000)); }

  /// Several of them in one commit, as the log gathers what comes together.
  void act() {
    const auto name = any_user();
    const auto id = any_id(name);
    const auto until = test.clock.unix_millis() + later();
    const auto roll = random.below(13);
    const auto to_come = scheduled(name);
    const auto call_off = to_come.empty() ? id : to_come[random.below(to_come.size())];
    const auto up_to = random.below(counters(name).rev + 2);
    const auto kind = static_cast<Change::Kind>(random.below(7));
    const auto next = any_draft();
    (void)with(name, [&](Inbox& inbox) -> base::Result<> {
      if (roll < 5) {
        auto told = inbox.tell(next);
        if (!told) return told.error();
        return {};
      }
      if (roll == 5) return inbox.mark_all(up_to, true);
      if (roll == 6) return inbox.mark_all(up_to, false);
      if (roll == 7) return inbox.remove(id);
      if (roll == 8 && random.below(6) == 0) return inbox.call_off(call_off);
      auto changed = inbox.change(id, {kind, until});
      if (!changed) return changed.error();
      // A second one that fails takes the first one back.
      if (random.below(10) == 0) return inbox.remove(2);
      return {};
    });
    if (random.below(4) == 0) {
      test.clock.advance(milliseconds(later() / 4));
      come_due();
    }
    if (random.below(40) == 0) open();
  }

  void check(const std::string& name, const Follower& follower) {
    Counters counted;
    counted.rev = counters(name).rev;
    std::map<std::string, Follower::Seen> rows;
    for (const auto tab : {store::Tab::kInbox, store::Tab::kArchived, store::Tab::kSnoozed}) {
      for (const auto& one : list(name, tab)) {
        counted.add(one);
        rows[id_text(one.id)] = {one.place == Place::kInbox, one.read_at != 0, one.seen_at != 0,
                                 static_cast<std::int64_t>(one.order)};
      }
    }
    counted.scheduled = scheduled(name).size();
    ASSERT_EQ(counters(name), counted) << name;
    ASSERT_LE(counted.kept(), settings.per_user_max) << name;
    ASSERT_LE(counted.scheduled, settings.per_user_max) << name;
    ASSERT_EQ(follower.all, rows) << name;
    ASSERT_EQ(follower.last, static_cast<std::int64_t>(counted.rev)) << name;
    ASSERT_EQ(follower.unread, static_cast<std::int64_t>(counted.unread)) << name;
    ASSERT_EQ(follower.unseen, static_cast<std::int64_t>(counted.unseen)) << name;
    ASSERT_EQ(list(name, store::Tab::kUnread).size(), counted.unread) << name;
  }

  base::Random random{GetParam()};
};

TEST_P(AnySequence, CountersAreThoseOfTheRowsAndFollowersSeeTheList) {
  RecordProperty("seed", std::to_string(GetParam()));
  std::map<std::string, Follower> followers;
  std::map<std::string, std::size_t> taken;
  for (int step = 0; step < 400; ++step) {
    act();
    for (const auto* name : {"user0", "user1", "user2"}) {
      const auto all = events(name);
      auto& at = taken[name];
      for (; at < all.size(); ++at) followers[name].take(all[at].first, all[at].second);
    }
    if (step % 20 != 19) continue;
    for (const auto* name : {"user0", "user1", "user2"}) check(name, followers[name]);
    EXPECT_EQ(rows("notification_deliveries WHERE notification_id NOT IN "
                   "(SELECT id FROM notifications)"),
              0)
        << "nothing is sent of what is gone";
    if (HasFatalFailure()) FAIL() << "seed " << GetParam() << ", step " << step;
  }
  EXPECT_GT(metrics.changed.get(), 0U);
  EXPECT_GT(metrics.removed.get(), 0U);
  EXPECT_GT(metrics.merged.get(), 0U);
  EXPECT_GT(metrics.cancelled.get(), 0U);
  EXPECT_GT(metrics.refused.get(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnySequence, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace weir::apps::notifications
