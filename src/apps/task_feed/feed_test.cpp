#include "apps/task_feed/feed.hpp"

#include <gmock/gmock.h>

#include "apps/task_feed/feed_fixture.hpp"
#include "apps/task_feed/full_task.hpp"

namespace weir::apps::task_feed {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class FeedTest : public FeedFixture {
 protected:
  /// "type rev name-or-id" of what came since the last call.
  std::vector<std::string> news() {
    std::vector<std::string> out;
    const auto all = events("alice");
    for (; seen_ < all.size(); ++seen_) {
      const auto& [type, data] = all[seen_];
      const auto* const task = data.if_contains("task");
      out.push_back(
          fmt::format("{} {} {}", type, data.at("rev").as_int64(),
                      std::string_view(task != nullptr ? task->at("productName").as_string()
                                                       : data.at("id").as_string())));
    }
    return out;
  }

 private:
  std::size_t seen_ = 0;
};

TEST_F(FeedTest, ATaskGoesFromPendingToCompletedAndEachStepIsTold) {
  const auto id = make("chair");
  const auto claimed = claim(id);
  ASSERT_TRUE(claimed);
  EXPECT_EQ(claimed->attempt, 1U);
  ASSERT_TRUE(report(id, 20, "parse"));
  ASSERT_TRUE(report(id, 40));
  ASSERT_TRUE(complete(id));
  EXPECT_THAT(news(), ElementsAre("task.added 1 chair", "task.updated 2 chair",
                                  "task.updated 3 chair", "task.completed 4 chair"));
  const auto window = stored("alice");
  EXPECT_THAT(window.active, IsEmpty());
  ASSERT_EQ(window.completed.size(), 1U);
  EXPECT_EQ(window.completed.front()->progress, 100);
  EXPECT_EQ(window.completed.front()->current_stage, "parse");
  EXPECT_EQ(window.totals[Status::kCompleted], 1U);
}

TEST_F(FeedTest, TheMembersOfATaskAreThoseThatThePageWasPromised) {
  Draft draft;
  draft.product_name = "Стул \"Омега\"";
  draft.product_id = "p1";
  draft.product = R"({"id":"p1","name":"chair","price":9.9,"subcategoryId":7})";
  draft.data = R"({"executionId":"wf_exec_1"})";
  const auto made = create("alice", draft);
  ASSERT_TRUE(made);
  const auto task = boost::json::parse(to_json(made->task)).as_object();
  std::vector<std::string> names;
  for (const auto& [name, value] : task) names.emplace_back(name);
  EXPECT_THAT(names,
              ElementsAre("id", "productName", "status", "progress", "currentStage", "errorMessage",
                          "productId", "createdAt", "product", "rev", "updatedAt", "attempt"));
  EXPECT_EQ(boost::json::serialize(task.at("product")),
            R"({"id":"p1","name":"chair","status":null,"generatedName":null,"subcategoryId":7})");
  EXPECT_TRUE(task.at("currentStage").is_null());
}

TEST_F(FeedTest, ProgressIsToldInPassingAndNeverGoesBackWithinAnAttempt) {
  const auto id = make("chair");
  ASSERT_TRUE(claim(id));
  (void)news();
  ASSERT_TRUE(report(id, 50));
  ASSERT_EQ(effects.progress.size(), 1U);
  EXPECT_TRUE(effects.progress.front().event.has(proto::kEphemeral));
  EXPECT_EQ(effects.progress.front().event.data,
            fmt::format(R"({{"id":"{}","progress":50,"currentStage":null,"attempt":1}})", id));
  EXPECT_EQ(report(id, 30)->progress, 50);
  EXPECT_THAT(effects.progress, IsEmpty());
  EXPECT_THAT(news(), IsEmpty());
  EXPECT_EQ(windows->committed("alice")->active.front()->progress, 50);
  ASSERT_TRUE(fail(id, "no"));
  ASSERT_TRUE(retry(id));
  EXPECT_EQ(stored("alice").active.front()->progress, 0);
  EXPECT_EQ(stored("alice").active.front()->attempt, 2U);
}

TEST_F(FeedTest, WhatSomethingNewerPushesOutIsRemovedAndSlidesBackInWhenThereIsRoom) {
  size = {2, 1};
  open();
  const auto a = make("a");
  const auto b = make("b");
  (void)news();
  const auto c = make("c");
  EXPECT_THAT(news(), ElementsAre("task.added 3 c", "task.removed 3 " + a));
  ASSERT_TRUE(complete(b));
  EXPECT_THAT(news(), ElementsAre("task.completed 4 b", "task.added 4 a"));
  test.clock.advance(milliseconds(1));
  ASSERT_TRUE(fail(c, "no"));
  EXPECT_THAT(news(), ElementsAre("task.failed 5 c", "task.removed 5 " + b));
  // Out of the completed ones comes back what was pushed out of them.
  ASSERT_TRUE(retry(c));
  EXPECT_THAT(news(), ElementsAre("task.updated 6 c", "task.added 6 b"));
}

TEST_F(FeedTest, ATaskThatIsNotInTheWindowChangesTheTotalsAllTheSame) {
  size = {1, 1};
  open();
  const auto a = make("a");
  make("b");
  (void)news();
  ASSERT_TRUE(claim(a));
  EXPECT_THAT(news(), ElementsAre("task.removed 3 " + a));
  EXPECT_EQ(events("alice").back().second.at("totals").at("processing").as_int64(), 1);
  ASSERT_TRUE(report(a, 10));
  EXPECT_THAT(effects.progress, IsEmpty()) << "nobody sees it";
}

TEST_F(FeedTest, AWorkerOfAnEarlierAttemptIsRefused) {
  const auto id = make("chair");
  ASSERT_TRUE(claim(id));
  ASSERT_TRUE(fail(id, "no"));
  ASSERT_TRUE(retry(id));
  EXPECT_EQ(claim(id)->attempt, 2U);
  Report late;
  late.attempt = 1;
  late.progress = 90;
  for (const auto& outcome :
       {report(id, late), complete(id, late),
        run(id, [&](Feed& feed, const Task& task) { return feed.heartbeat(task, late); })}) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kStaleAttempt);
  }
  EXPECT_EQ(metrics.stale_refused.get(), 3U);
  late.attempt = 2;
  EXPECT_TRUE(complete(id, late));
}

TEST_F(FeedTest, AWorkerThatFallsSilentStallsItsTaskAlsoOverARestartAndMayComeBack) {
  const auto id = make("chair");
  ASSERT_TRUE(claim(id));
  EXPECT_EQ(effects.due, test.clock.unix_millis() + settings.stalled_after.count());
  ASSERT_TRUE(report(id, 30));
  open();
  test.clock.advance(settings.stalled_after - milliseconds(1));
  come_due();
  EXPECT_EQ(stored("alice").active.front()->status, Status::kProcessing);
  test.clock.advance(milliseconds(1));
  come_due();
  EXPECT_EQ(stored("alice").active.front()->status, Status::kStalled);
  EXPECT_EQ(news().back(), "task.updated 3 chair");
  Report beat;
  beat.attempt = 1;
  const auto back =
      run(id, [&](Feed& feed, const Task& task) { return feed.heartbeat(task, beat); });
  ASSERT_TRUE(back);
  EXPECT_EQ(back->status, Status::kProcessing);
  EXPECT_EQ(back->progress, 30);
  EXPECT_EQ(news().back(), "task.updated 4 chair");
}

TEST_F(FeedTest, HeartbeatsChangeNothingThatAnybodyIsTold) {
  const auto id = make("chair");
  ASSERT_TRUE(claim(id));
  (void)news();
  test.clock.advance(seconds(20));
  ASSERT_TRUE(run(id, [](Feed& feed, const Task& task) { return feed.heartbeat(task, {}); }));
  EXPECT_THAT(news(), IsEmpty());
  test.clock.advance(seconds(20));
  come_due();
  EXPECT_EQ(stored("alice").active.front()->status, Status::kProcessing);
}

TEST_F(FeedTest, AStalledTaskMayBeTakenByAnotherWorker) {
  const auto id = make("chair");
  ASSERT_TRUE(claim(id));
  ASSERT_FALSE(claim(id)) << "it is somebody's";
  ASSERT_TRUE(report(id, 30, "parse"));
  test.clock.advance(settings.stalled_after);
  come_due();
  const auto taken = claim(id);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->attempt, 2U);
  EXPECT_EQ(taken->progress, 0);
  std::string json;
  ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
    json = *full_json(commit.state, *taken);
    return {};
  }));
  const auto attempts = boost::json::parse(json).at("attempts").as_array();
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].at("outcome").as_string(), "lost");
  EXPECT_EQ(attempts[0].at("stages").at(0).at("name").as_string(), "parse");
  EXPECT_FALSE(attempts[0].at("stages").at(0).at("endedAt").is_null());
  EXPECT_TRUE(attempts[1].at("endedAt").is_null());
}

TEST_F(FeedTest, EndingATaskTwiceIsAsOnceAndOtherwiseIsAConflict) {
  const auto id = make("chair");
  ASSERT_TRUE(complete(id));
  const auto before = events("alice").size();
  EXPECT_TRUE(complete(id));
  EXPECT_EQ(events("alice").size(), before);
  for (const auto& outcome : {fail(id, "no"), cancel(id), retry(id), claim(id), report(id, 1)}) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::kTaskConflict);
  }
  EXPECT_EQ(events("alice").size(), before);
}

TEST_F(FeedTest, TheSameRequestMakesOneTaskAndAnotherOneOfItsIdIsRefused) {
  Draft draft;
  draft.product_name = "chair";
  draft.id = "mine";
  draft.fingerprint = "one";
  EXPECT_EQ(create("alice", draft)->task.id, "mine");
  const auto again = create("alice", draft);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(create("bob", draft).error().code, ErrorCode::kTaskConflict);
  draft.fingerprint = "other";
  EXPECT_EQ(create("alice", draft).error().code, ErrorCode::kTaskConflict);
  EXPECT_EQ(stored("alice").totals.active(), 1U);
  EXPECT_EQ(stored("bob").totals.active(), 0U);
}

TEST_F(FeedTest, AnOwnerHasOnlySoManyOpenTasks) {
  settings.open_max = 2;
  const auto id = make("a");
  make("b");
  Draft draft;
  draft.product_name = "c";
  EXPECT_EQ(create("alice", draft).error().code, ErrorCode::kTooManyTasks);
  ASSERT_TRUE(fail(id, "no"));
  ASSERT_TRUE(create("alice", draft));
  EXPECT_EQ(retry(id).error().code, ErrorCode::kTooManyTasks);
}

TEST_F(FeedTest, TheHistoryKeepsSoManyAndForSoLong) {
  settings.history_max = 3;
  for (const auto* name : {"a", "b", "c", "d"}) ASSERT_TRUE(complete(make(name)));
  EXPECT_EQ(stored("alice").totals.over(), 3U);
  EXPECT_EQ(stored("alice").completed.back()->product_name, "b");
  (void)news();
  test.clock.advance(settings.history_retention);
  come_due();
  EXPECT_EQ(stored("alice").totals.over(), 0U);
  EXPECT_EQ(news().size(), 3U);
  EXPECT_EQ(events("alice").back().second.at("totals").at("completed").as_int64(), 0);
}

TEST_F(FeedTest, WhatIsKnownOfAProductGrowsAndOnlyItsOwnMembersAreOnTheStream) {
  const auto id = make("chair");
  Report what;
  what.product = R"({"generatedName":"Omega","price":10})";
  ASSERT_TRUE(report(id, what));
  what.product = R"({"price":12,"stock":3})";
  what.characteristics = R"([{"name":"colour","value":"red"}])";
  ASSERT_TRUE(report(id, what));
  Extras extras;
  ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
    extras = *store::extras(commit.state, id);
    return {};
  }));
  EXPECT_EQ(extras.product, R"({"generatedName":"Omega","price":12,"stock":3})");
  EXPECT_EQ(
      stored("alice").active.front()->product,
      R"({"id":null,"name":null,"status":null,"generatedName":"Omega","subcategoryId":null})");
  settings.body_bytes_max = 256;
  what.product = fmt::format(R"({{"description":"{}"}})", std::string(250, 'x'));
  EXPECT_EQ(report(id, what).error().code, ErrorCode::kBadRequest);
}

TEST_F(FeedTest, AnAttemptHasOnlySoManyStagesAndATaskOnlySoManyAttempts) {
  settings.stages_max = 2;
  settings.attempts_kept = 2;
  const auto id = make("chair");
  ASSERT_TRUE(report(id, 1, "one"));
  ASSERT_TRUE(report(id, 2, "two"));
  ASSERT_TRUE(report(id, 2, "two")) << "it is in it";
  EXPECT_EQ(report(id, 3, "three").error().code, ErrorCode::kBadRequest);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(cancel(id));
    ASSERT_TRUE(retry(id));
    ASSERT_TRUE(claim(id));
  }
  std::vector<Attempt> attempts;
  ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
    attempts = *store::attempts(commit.state, id);
    return {};
  }));
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts.front().number, 3U);
}

TEST_F(FeedTest, ACommitThatFailsLeavesNothingInMemory) {
  const auto id = make("chair");
  const auto failed = commit([&](const Commit& commit) -> base::Result<> {
    auto done = with_task(commit, id, {}, [](Feed& feed, const Task& task) -> base::Result<> {
      auto claimed = feed.claim(task, "worker");
      if (!claimed) return claimed.error();
      return {};
    });
    if (!done) return done;
    return base::make_error(ErrorCode::kInternal, "and then this");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(windows->committed("alice"), nullptr);
  ASSERT_TRUE(claim(id));
  EXPECT_EQ(windows->committed("alice")->rev, 2U);
  EXPECT_EQ(windows->committed("alice")->totals, stored("alice").totals);
}

TEST_F(FeedTest, WhatItsMakerWorksOnIsNoWorkersToTake) {
  Draft draft;
  draft.product_name = "chair";
  draft.driver = "wf_exec_1";
  const auto made = create("alice", draft);
  ASSERT_TRUE(made);
  const auto id = made->task.id;
  EXPECT_EQ(made->task.status, Status::kProcessing);
  EXPECT_THAT(effects.offered, IsEmpty());
  EXPECT_EQ(claim(id).error().code, ErrorCode::kTaskConflict);
  test.clock.advance(settings.stalled_after * 2);
  come_due();
  EXPECT_EQ(stored("alice").active.front()->status, Status::kProcessing) << "it needs no heartbeat";
  ASSERT_TRUE(fail(id, "no"));
  EXPECT_EQ(retry(id).error().code, ErrorCode::kTaskConflict) << "nobody would work on it";
}

TEST_F(FeedTest, WhatItsWorkerCouldNotHearOfGoesBackIntoTheQueue) {
  const auto id = make("chair");
  ASSERT_TRUE(claim(id));
  const auto give_back = [&](std::uint32_t attempt) {
    return run(id, [=](Feed& feed, const Task& task) { return feed.give_back(task, attempt); });
  };
  EXPECT_FALSE(give_back(2));
  const auto back = give_back(1);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->status, Status::kPending);
  EXPECT_EQ(back->attempt, 2U);
  EXPECT_THAT(effects.offered, ElementsAre("alice"));
  EXPECT_FALSE(give_back(2)) << "nobody has it";
  EXPECT_EQ(report(id, 10)->attempt, 2U);
}

TEST_F(FeedTest, TheLastReportMayEnterAStage) {
  const auto id = make("chair");
  Report last;
  last.current_stage = "publish";
  last.progress = 40;
  EXPECT_EQ(complete(id, last)->current_stage, "publish");
  const auto other = make("table");
  ASSERT_TRUE(report(other, 30, "parse"));
  last.error_message = "no";
  const auto failed =
      run(other, [&](Feed& feed, const Task& task) { return feed.fail(task, last); });
  EXPECT_EQ(failed->progress, 40);
  EXPECT_EQ(failed->current_stage, "publish");
}

TEST_F(FeedTest, TheStreamCarriesALongErrorInShort) {
  const auto id = make("chair");
  ASSERT_TRUE(fail(id, std::string(1'000, 'x')));
  const auto told = events("alice").back().second.at("task").at("errorMessage").as_string();
  EXPECT_EQ(told.size(), 256U);
  ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
    const auto task = *store::find(commit.state, id);
    EXPECT_NE(full_json(commit.state, *task)->find(std::string(1'000, 'x')), std::string::npos);
    return {};
  }));
}

}  // namespace
}  // namespace weir::apps::task_feed
