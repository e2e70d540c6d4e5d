// Whatever is done to tasks, in whatever order, with kills and power cuts in between: the totals
// and the windows, in memory and as a client makes them of the events, are those of the rows.

#include <gtest/gtest.h>

#include <map>

#include "apps/task_feed/feed_fixture.hpp"
#include "base/random.hpp"
#include "log/testing/fault_vfs.hpp"

namespace weir::apps::task_feed {
namespace {

using std::chrono::milliseconds;

/// What a client makes of the events: tasks go by their status into one of two lists, in the order
/// that the server's have.
struct Follower {
  using Known = std::map<std::string, boost::json::object>;

  void take(const std::string& type, const boost::json::object& data) {
    const auto fresh = data.at("rev").as_int64();
    // Several events of one change have its rev.
    EXPECT_TRUE(fresh == rev || fresh == rev + 1) << "after rev " << rev << " comes " << fresh;
    rev = fresh;
    totals = boost::json::serialize(data.at("totals"));
    if (type == "task.removed") {
      tasks.erase(std::string(data.at("id").as_string()));
      return;
    }
    const auto& task = data.at("task").as_object();
    tasks[std::string(task.at("id").as_string())] = task;
  }
  void take_progress(const std::string& json) {
    const auto data = boost::json::parse(json).as_object();
    const auto found = tasks.find(std::string(data.at("id").as_string()));
    if (found == tasks.end()) return;
    auto& task = found->second;
    if (task.at("attempt") != data.at("attempt")) return;
    EXPECT_GE(data.at("progress").to_number<double>(), task.at("progress").to_number<double>());
    task["progress"] = data.at("progress");
  }

  /// One of the two lists, as the server writes it.
  std::string list(bool over) const {
    std::vector<std::pair<std::pair<std::int64_t, std::string>, std::string>> all;
    for (const auto& [id, task] : tasks) {
      const auto status = parse_status(std::string_view(task.at("status").as_string()));
      if (is_over(*status) != over) continue;
      const auto at = task.at(over ? "updatedAt" : "createdAt").as_int64();
      all.push_back({{at, id}, boost::json::serialize(task)});
    }
    std::sort(all.rbegin(), all.rend());
    std::string out;
    for (const auto& each : all) out += each.second + "\n";
    return out;
  }

  std::int64_t rev = 0;
  std::string totals;
  Known tasks;
};

std::string list_of(const std::vector<TaskPtr>& tasks) {
  std::string out;
  for (const auto& each : tasks) {
    out += boost::json::serialize(boost::json::parse(to_json(*each))) + "\n";
  }
  return out;
}

class AnyTaskSequence : public FeedFixture, public testing::WithParamInterface<std::uint64_t> {
 protected:
  void SetUp() override {
    settings.history_max = 12;
    settings.open_max = 9;
    settings.history_retention = std::chrono::hours(1);
    size = {4, 3};
    test.vfs = disk.name();
    test.settings.data_dir = "disk";
    open();
  }

  /// Before its disk is gone.
  void TearDown() override { test.log.reset(); }

  std::string any_owner() { return "owner" + std::to_string(random.below(3)); }

  std::string any_id() {
    if (ids_made.empty() || random.below(30) == 0) return "nobody";
    // Mostly one of the newest: most of what happens to old ones is a conflict.
    const auto most = std::min<std::size_t>(ids_made.size(), random.below(4) == 0 ? 1'000 : 12);
    return ids_made[ids_made.size() - 1 - random.below(most)];
  }

  Report any_report(const Task& task) {
    Report what;
    if (random.below(3) != 0) what.attempt = task.attempt - random.below(8) / 7;
    if (random.below(3) != 0) what.progress = static_cast<double>(random.below(101));
    if (random.below(3) == 0) what.current_stage = "stage" + std::to_string(random.below(3));
    if (random.below(4) == 0)
      what.product = R"({"name":"n)" + std::to_string(random.below(9)) + R"("})";
    return what;
  }

  base::Result<> act(const Commit& commit) {
    const auto roll = random.below(20);
    if (roll < 5) {
      Draft draft;
      draft.product_name = "product";
      if (random.below(4) == 0) {
        draft.id = "own" + std::to_string(random.below(9));
        draft.fingerprint = std::to_string(random.below(2));
      }
      return Feed::with(commit, any_owner(), [&](Feed& feed) -> base::Result<> {
        auto made = feed.create(draft);
        if (!made) return made.error();
        if (!made->repeated) ids_made.push_back(made->task.id);
        return {};
      });
    }
    return with_task(commit, any_id(), {}, [&](Feed& feed, const Task& task) -> base::Result<> {
      const auto what = any_report(task);
      auto done = roll < 8    ? feed.claim(task, "w")
                  : roll < 13 ? feed.progress(task, what,
                                              random.below(5) == 0 ? Heart::kNone : Heart::kBeats)
                  : roll < 14 ? feed.heartbeat(task, what)
                  : roll < 16 ? feed.complete(task, what)
                  : roll < 17 ? feed.fail(task, what)
                  : roll < 18 ? feed.cancel(task)
                              : feed.retry(task);
      if (!done) return done.error();
      // What fails after something was done takes it back.
      if (random.below(12) == 0) return base::make_error(base::ErrorCode::kInternal);
      return {};
    });
  }

  /// Several requests in one commit, as the log gathers what comes together.
  void round() {
    struct Asked {
      std::shared_ptr<Effects> effects = std::make_shared<Effects>();
      std::shared_ptr<std::optional<base::Result<>>> outcome;
    };
    std::vector<Asked> all(1 + random.below(4));
    for (auto& each : all) {
      each.outcome = test.submit([this, effects = each.effects](log::Transaction& t) {
        CountedState state(t.state(), metrics);
        return act({t, state, settings, *windows, ids, *effects, metrics});
      });
    }
    while (test.log->step_writer()) {
    }
    for (auto& each : all) {
      ASSERT_TRUE(each.outcome->has_value());
      for (const auto& [owner, window] : each.effects->windows) {
        if (**each.outcome) {
          windows->settle(owner, window);
        } else {
          windows->drop(owner);
        }
      }
      if (!**each.outcome) continue;
      for (auto& one : each.effects->progress) told_progress.push_back(std::move(one.event));
    }
  }

  void follow() {
    for (auto& [owner, follower] : followers) {
      const auto all = events(owner);
      auto& at = taken[owner];
      for (; at < all.size(); ++at) follower.take(all[at].first, all[at].second);
      for (const auto& event : told_progress) {
        if (event.topics.front() == topic_of(owner))
          follower.take_progress(std::string(event.data));
      }
    }
    told_progress.clear();
  }

  void check(const std::string& owner, const Follower& follower) {
    const auto rows = stored(owner);
    Window counted;
    ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      using enum Status;
      for (const auto status : {kPending, kProcessing, kStalled, kCompleted, kFailed, kCancelled}) {
        for (const auto& each : *store::list(commit.state, owner, {status}, {}, 1'000)) {
          counted.totals.add(each.status);
        }
      }
      return {};
    }));
    ASSERT_EQ(rows.totals, counted.totals);
    ASSERT_LE(counted.totals.over(), settings.history_max);
    if (const auto memory = windows->committed(owner)) {
      ASSERT_EQ(list_of(memory->active), list_of(rows.active));
      ASSERT_EQ(list_of(memory->completed), list_of(rows.completed));
      ASSERT_EQ(memory->totals, rows.totals);
      ASSERT_EQ(memory->rev, rows.rev);
    }
    ASSERT_EQ(follower.rev, static_cast<std::int64_t>(rows.rev)) << owner;
    ASSERT_EQ(follower.list(false), list_of(rows.active));
    ASSERT_EQ(follower.list(true), list_of(rows.completed));
    if (rows.rev == 0) return;
    ASSERT_EQ(follower.totals, totals_json(rows.totals));
  }

  log::testing::FaultDisk disk{GetParam()};
  base::Random random{GetParam()};
  std::vector<std::string> ids_made;
  std::vector<proto::Event> told_progress;
  std::map<std::string, Follower> followers{{"owner0", {}}, {"owner1", {}}, {"owner2", {}}};
  std::map<std::string, std::size_t> taken;
};

TEST_P(AnyTaskSequence, TotalsAndWindowsAreThoseOfTheRowsInMemoryAndForWhoFollows) {
  RecordProperty("seed", std::to_string(GetParam()));
  for (int step = 0; step < 300; ++step) {
    round();
    // One after the other, as the events of a change are told apart by their times.
    test.clock.advance(milliseconds(1 + random.below(3)));
    follow();
    if (random.below(12) == 0) {
      test.clock.advance(milliseconds(random.below(40'000)));
      come_due();
      follow();
    }
    if (random.below(30) == 0) {
      // What was answered is durable, so no follower is ahead of the rows.
      if (random.below(2) == 0) {
        disk.kill();
      } else {
        disk.crash();
      }
      open();
    }
    if (step % 10 != 9) continue;
    for (const auto& [owner, follower] : followers) check(owner, follower);
    if (HasFatalFailure() || HasFailure()) FAIL() << "seed " << GetParam() << ", step " << step;
  }
  EXPECT_GT(metrics.stalled.get(), 0U);
  EXPECT_GT(metrics.removed.get(), 0U);
  EXPECT_GT(metrics.retried.get(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyTaskSequence, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace weir::apps::task_feed
