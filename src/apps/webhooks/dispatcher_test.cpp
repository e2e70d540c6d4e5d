#include "apps/webhooks/dispatcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "apps/webhooks/event_body.hpp"
#include "hub/testing/hub_fixture.hpp"
#include "log/testing/test_log.hpp"

namespace weir::apps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A hub over a log of its own and a dispatcher, all stepped by the test. Attempts are not carried
/// out but kept, and end as the test says.
class DispatcherTest : public hub::HubFixture {
 protected:
  void begin(base::Settings settings = {}) {
    open(std::move(settings));
    hub_->watch([this](const log::BatchPtr& batch) {
      tasks_.emplace_back([this, batch] { dispatcher_->on_batch(batch); });
    });
    dispatcher_ = make_dispatcher();
  }

  std::unique_ptr<Dispatcher> make_dispatcher() {
    return std::make_unique<Dispatcher>(
        Dispatcher::Context{
            .log = log_.get(),
            .clock = &clock_,
            .carry = [this](Attempt attempt) { attempts_.push_back(std::move(attempt)); },
            .post = [this](base::Task task) { tasks_.push_back(std::move(task)); },
            .seed = 1},
        metrics_);
  }

  void TearDown() override {
    attempts_.clear();
    dispatcher_.reset();
    tasks_.clear();
    HubFixture::TearDown();
  }

  static base::Webhook hook(std::string name = "h", std::string topics = "a/**") {
    base::Webhook config;
    config.name = std::move(name);
    config.url = "http://receiver.example/";
    config.topics = {std::move(topics)};
    return config;
  }

  void configure(const std::vector<base::Webhook>& configs) {
    std::vector<std::shared_ptr<const Receiver>> receivers;
    for (const auto& config : configs) receivers.push_back(*Receiver::make(config, key_));
    dispatcher_->configure(std::move(receivers));
    run();
  }

  /// Everything that can happen without time.
  void run() {
    for (int quiet = 0; quiet < 3; ++quiet) {
      settle();
      for (auto& task : std::exchange(tasks_, {})) {
        task();
        quiet = 0;
      }
      dispatcher_->step();
    }
  }

  void pass_time(std::chrono::milliseconds time) {
    clock_.advance(time);
    run();
  }

  void put(const std::string& topic, const std::string& data, const std::string& key = {}) {
    auto made = event(topic, data);
    made.key = key;
    ASSERT_TRUE(publish(std::move(made)));
    run();
  }

  /// The data of what is on its way.
  std::vector<std::string> under_way() const {
    std::vector<std::string> out;
    for (const auto& attempt : attempts_) out.emplace_back(attempt.event->data);
    return out;
  }

  /// Ends the oldest attempt.
  void end(const Outcome& outcome) {
    ASSERT_FALSE(attempts_.empty());
    auto attempt = std::move(attempts_.front());
    attempts_.pop_front();
    dispatcher_->attempt_ended(std::move(attempt), outcome);
    run();
  }
  void deliver() { end({.kind = Outcome::Kind::kDelivered}); }
  void fail(std::optional<std::chrono::milliseconds> retry_after = {}) {
    end({.kind = Outcome::Kind::kFailed, .reason = "no luck", .retry_after = retry_after});
  }

  /// As after a crash, or with `close`, a stop: a new dispatcher over the same store.
  void restart(bool close, const std::vector<base::Webhook>& configs) {
    if (close) dispatcher_->close();
    settle();
    attempts_.clear();
    tasks_.clear();
    dispatcher_ = make_dispatcher();
    configure(configs);
  }

  std::vector<std::string> events_of(const std::string& topic) {
    std::vector<std::string> out;
    log_->read({.after = {0}, .selectors = log::testing::topics({topic})},
               [&](base::Result<log::ReadResult> result) {
                 for (const auto& batch : result->batches) {
                   for (std::size_t i = 0; i < batch->size(); ++i) {
                     if ((*batch)[i].topics.front() == topic) out.emplace_back((*batch)[i].data);
                   }
                 }
               });
    settle();
    return out;
  }

  SigningKey key_ = SigningKey::generate();
  WebhookMetrics metrics_;
  std::deque<Attempt> attempts_;
  std::vector<base::Task> tasks_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, EventsGoOutOneAfterTheOtherInTheLogsOrder) {
  begin();
  configure({hook()});
  put("a/1", "one");
  put("b", "not its own");
  put("a/2", "two");
  EXPECT_THAT(under_way(), ElementsAre("one"));
  deliver();
  EXPECT_THAT(under_way(), ElementsAre("two"));
  deliver();
  EXPECT_THAT(under_way(), IsEmpty());
  EXPECT_EQ(metrics_.delivered.get(), 2U);
}

TEST_F(DispatcherTest, ANewHookBeginsAtTheHeadOrAtTheBeginning) {
  begin();
  put("a/1", "old");
  auto from_start = hook("all");
  from_start.from_earliest = true;
  configure({hook("new"), from_start});
  EXPECT_THAT(under_way(), ElementsAre("old"));
  put("a/2", "fresh");
  EXPECT_THAT(under_way(), ElementsAre("old", "fresh"));
}

TEST_F(DispatcherTest, AFailureHoldsUpWhatFollowsAndIsTriedAgainLater) {
  begin();
  configure({hook()});
  put("a/1", "one");
  put("a/1", "two");
  fail();
  EXPECT_THAT(under_way(), IsEmpty()) << "nothing overtakes";
  ASSERT_TRUE(dispatcher_->due());
  pass_time(1s);
  EXPECT_THAT(under_way(), ElementsAre("one")) << "the first wait is a second at most";
  deliver();
  EXPECT_THAT(under_way(), ElementsAre("two"));
}

TEST_F(DispatcherTest, WaitsGrowAndAreDrawn) {
  begin();
  auto config = hook();
  config.attempts_max = 0;
  configure({config});
  put("a/1", "one");
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 14; ++i) {
    fail();
    std::int64_t wait = 0;
    for (; attempts_.empty(); wait += 50) pass_time(50ms);
    waits.push_back(wait);
    const auto bound = std::min<std::int64_t>(1000LL << i, 300'000);
    EXPECT_LE(wait, bound + 50) << i;
  }
  EXPECT_GT(*std::max_element(waits.begin(), waits.end()), 30'000) << "they do grow";
  EXPECT_GT(std::set<std::int64_t>(waits.begin(), waits.end()).size(), 5U) << "and are drawn";
}

TEST_F(DispatcherTest, RetryAfterIsTheLeastWait) {
  begin();
  configure({hook()});
  put("a/1", "one");
  fail(10s);
  pass_time(9'999ms);
  EXPECT_THAT(under_way(), IsEmpty());
  pass_time(1'001ms);
  EXPECT_THAT(under_way(), ElementsAre("one"));
}

TEST_F(DispatcherTest, AfterEnoughAttemptsAnEventGoesToTheDeadLettersAndTheNextOneFollows) {
  begin();
  auto config = hook();
  config.attempts_max = 2;
  configure({config});
  put("a/1", "one");
  put("a/1", "two");
  fail();
  pass_time(1s);
  EXPECT_THAT(events_of("$dead/h"), IsEmpty());
  fail();
  EXPECT_THAT(under_way(), ElementsAre("two"));
  const auto letters = events_of("$dead/h");
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_THAT(letters[0], HasSubstr(R"("webhook":"h","reason":"no luck","attempts":2,"event":{)"));
  EXPECT_THAT(letters[0], HasSubstr(R"("topic":"a/1","event":"message","data":"one")"));
  EXPECT_EQ(metrics_.dead_letters.get(), 1U);
}

TEST_F(DispatcherTest, AnEventThatIsTooOldIsTriedOnceMore) {
  begin();
  auto config = hook();
  config.age_max = 60s;
  configure({config});
  put("a/1", "one");
  pass_time(2min);
  EXPECT_THAT(events_of("$dead/h"), IsEmpty()) << "it has not failed yet";
  fail();
  EXPECT_EQ(events_of("$dead/h").size(), 1U);
}

TEST_F(DispatcherTest, TheDeadLetterOfAPrivateEventIsPrivate) {
  begin();
  auto config = hook();
  config.attempts_max = 1;
  configure({config});
  auto secret = event("a/1", "secret");
  secret.flags = proto::kPrivate;
  ASSERT_TRUE(publish(std::move(secret)));
  run();
  fail();
  bool is_private = false;
  log_->read({.after = {0}, .selectors = log::testing::topics({"$dead/h"})},
             [&](base::Result<log::ReadResult> result) {
               is_private = (*result->batches.back())[0].has(proto::kPrivate);
             });
  settle();
  EXPECT_TRUE(is_private);
}

TEST_F(DispatcherTest, AHookOfEverythingDoesNotGetDeadLetters) {
  begin();
  auto all = hook("all", "**");
  all.attempts_max = 1;
  configure({all, hook("dead", "$dead/**")});
  put("x", "one");
  EXPECT_THAT(under_way(), ElementsAre("one"));
  fail();
  ASSERT_EQ(attempts_.size(), 1U);
  EXPECT_EQ(attempts_[0].receiver->config().name, "dead");
}

TEST_F(DispatcherTest, GoneSwitchesTheHookOffAndLosesNothing) {
  begin();
  configure({hook()});
  put("a/1", "one");
  end({.kind = Outcome::Kind::kGone, .reason = "gone"});
  put("a/1", "two");
  pass_time(1h);
  EXPECT_THAT(under_way(), IsEmpty());
  EXPECT_EQ(metrics_.disabled.get(), 1U);
  EXPECT_TRUE(dispatcher_->enable("h"));
  run();
  EXPECT_THAT(under_way(), ElementsAre("one"));
  deliver();
  EXPECT_THAT(under_way(), ElementsAre("two"));
  EXPECT_FALSE(dispatcher_->enable("nobody"));
}

TEST_F(DispatcherTest, AHookThatIsGoneStaysGoneOverARestartUntilItsUrlChanges) {
  begin();
  configure({hook()});
  put("a/1", "one");
  end({.kind = Outcome::Kind::kGone, .reason = "gone"});
  pass_time(1s);
  restart(false, {hook()});
  EXPECT_THAT(under_way(), IsEmpty());
  EXPECT_EQ(dispatcher_->status().front().disabled, "gone");
  auto moved = hook();
  moved.url = "http://elsewhere.example/";
  restart(true, {moved});
  EXPECT_THAT(under_way(), ElementsAre("one"));
}

TEST_F(DispatcherTest, AfterAStopTheNextOneGoesOnExactlyWhereItWas) {
  begin();
  configure({hook()});
  for (const auto* data : {"one", "two", "three"}) put("a/1", data);
  deliver();
  restart(true, {hook()});
  EXPECT_THAT(under_way(), ElementsAre("two"));
}

TEST_F(DispatcherTest, ACrashRepeatsButLosesNothing) {
  begin();
  configure({hook()});
  for (const auto* data : {"one", "two", "three"}) put("a/1", data);
  deliver();
  pass_time(1s);
  deliver();
  restart(false, {hook()});
  ASSERT_FALSE(attempts_.empty());
  EXPECT_THAT(under_way(), ElementsAre(testing::AnyOf("two", "three")));
  while (!attempts_.empty() && attempts_[0].event->data != "three") deliver();
  EXPECT_THAT(under_way(), ElementsAre("three"));
}

TEST_F(DispatcherTest, WhatWasCommittedWhileNobodyRanIsDelivered) {
  begin();
  configure({hook()});
  put("a/1", "one");
  deliver();
  dispatcher_->close();
  settle();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(publish("a/1", std::to_string(i)));
  restart(false, {hook()});
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(under_way(), ElementsAre(std::to_string(i)));
    deliver();
  }
}

TEST_F(DispatcherTest, ABacklogIsTakenInByBoundedSteps) {
  begin();
  configure({hook()});
  for (int i = 0; i < 1'000; ++i) put("a/1", std::to_string(i));
  EXPECT_LE(metrics_.pending.get(), 256U);
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_THAT(under_way(), ElementsAre(std::to_string(i)));
    deliver();
  }
  EXPECT_THAT(under_way(), IsEmpty());
}

TEST_F(DispatcherTest, WithConcurrencyEventsOfOneKeyStayInOrder) {
  begin();
  auto config = hook();
  config.concurrency = 8;
  configure({config});
  for (int i = 0; i < 40; ++i) put("a/1", std::to_string(i), "key" + std::to_string(i % 5));
  EXPECT_GT(attempts_.size(), 1U);
  EXPECT_LE(attempts_.size(), 8U);
  std::map<std::string, int> last;
  int delivered = 0;
  for (; !attempts_.empty(); ++delivered) {
    // The newest first, so that lanes overtake each other.
    std::swap(attempts_.front(), attempts_.back());
    const int number = std::stoi(std::string(attempts_.front().event->data));
    auto& before = last.try_emplace(std::string(attempts_.front().event->key), -1).first->second;
    EXPECT_GT(number, before);
    before = number;
    deliver();
  }
  EXPECT_EQ(delivered, 40);
}

TEST_F(DispatcherTest, TheCursorDoesNotPassAnEventThatAnotherLaneStillHas) {
  begin();
  auto config = hook();
  config.concurrency = 8;
  configure({config});
  put("a/1", "slow", "x");
  int fast = 0;
  for (; attempts_.size() < 2 && fast < 100; ++fast) put("a/1", "fast", std::to_string(fast));
  ASSERT_EQ(attempts_.size(), 2U);
  std::swap(attempts_[0], attempts_[1]);
  deliver();
  pass_time(1s);
  restart(false, {config});
  EXPECT_THAT(under_way(), testing::Contains("slow"));
}

TEST_F(DispatcherTest, ChangedSettingsWaitForWhatIsOnItsWay) {
  begin();
  configure({hook()});
  put("a/1", "one");
  configure({hook("h", "c/**")});
  put("c/1", "other");
  EXPECT_THAT(under_way(), ElementsAre("one"));
  deliver();
  ASSERT_THAT(under_way(), ElementsAre("other"));
  EXPECT_EQ(attempts_[0].receiver->config().topics.front(), "c/**");
}

TEST_F(DispatcherTest, ARemovedHookGetsNothingAndGoesOnWhereItWasWhenItComesBack) {
  begin();
  configure({hook()});
  put("a/1", "one");
  deliver();
  pass_time(1s);
  configure({});
  put("a/1", "two");
  EXPECT_THAT(under_way(), IsEmpty());
  configure({hook()});
  EXPECT_THAT(under_way(), ElementsAre("two"));
}

TEST_F(DispatcherTest, RetentionThatOvertakesAHookIsCounted) {
  base::Settings settings;
  settings.retention.events = 3;
  begin(settings);
  configure({hook()});
  dispatcher_->disable("h");
  for (int i = 0; i < 300; ++i) put("a/1", std::string(20'000, 'x'));
  pass_time(1min);
  ASSERT_GT(log_->floor().value, 0U);
  dispatcher_->enable("h");
  run();
  while (!attempts_.empty()) deliver();
  EXPECT_EQ(metrics_.gaps.get(), 1U);
}

TEST_F(DispatcherTest, DeletedEventsAreNotDelivered) {
  begin();
  configure({hook()});
  put("a/1", "one");
  dispatcher_->disable("h");
  deliver();
  put("a/1", "two");
  std::optional<base::Result<>> trimmed;
  hub_->trim(0, "a/1", std::nullopt, [&](base::Result<> done) { trimmed = std::move(done); });
  run();
  ASSERT_TRUE(trimmed && *trimmed);
  put("a/2", "three");
  dispatcher_->enable("h");
  run();
  EXPECT_THAT(under_way(), ElementsAre("three"));
}

TEST(EventBody, IsTheEventAsJson) {
  const std::string_view topics[] = {"a", "b"};
  proto::EventView event{.sequence = {7}, .topics = topics, .data = "x\"y"};
  event.time = 1'767'225'600'000;
  event.id = "i";
  event.key = "k";
  EXPECT_EQ(event_body({0xabc}, event),
            R"({"cursor":"0000000000000abc-7","topic":"a","topics":["a","b"],"event":"message",)"
            R"("data":"x\"y","id":"i","key":"k","time":"2026-01-01T00:00:00.000Z"})");
}

}  // namespace
}  // namespace weir::apps
