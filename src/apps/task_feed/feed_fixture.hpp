#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/task_feed/counted_state.hpp"
#include "apps/task_feed/feed.hpp"
#include "apps/task_feed/store.hpp"
#include "log/testing/test_log.hpp"

namespace weir::apps::task_feed {

/// A feed in a log that the test steps, with a clock that stands still until it moves it.
class FeedFixture : public testing::Test {
 protected:
  void SetUp() override {
    test.settings.data_dir = directory.path();
    open();
  }

  /// Again: a restart.
  void open() {
    ASSERT_TRUE(test.open());
    ASSERT_TRUE(test.commit([](log::Transaction& t) { return store::prepare(t.state()); }));
    windows = std::make_unique<Windows>(1 << 20, WindowSize{size.active, size.completed});
    ids = Ids();
  }

  base::Result<> commit(const std::function<base::Result<>(const Commit&)>& work) {
    auto outcome = test.commit([&](log::Transaction& t) {
      effects = {};
      CountedState state(t.state(), metrics);
      return work({t, state, settings, *windows, ids, effects, metrics});
    });
    for (const auto& [owner, window] : effects.windows) {
      if (outcome) {
        windows->settle(owner, window);
      } else {
        windows->drop(owner);
      }
    }
    return outcome;
  }

  base::Result<Made> create(const std::string& owner, const Draft& draft) {
    Made made;
    auto done = commit([&](const Commit& commit) {
      return Feed::with(commit, owner, [&](Feed& feed) -> base::Result<> {
        auto one = feed.create(draft);
        if (!one) return one.error();
        made = std::move(*one);
        return {};
      });
    });
    if (!done) return done.error();
    return made;
  }
  /// Named, for alice, later than the one before.
  std::string make(const std::string& name) {
    test.clock.advance(std::chrono::milliseconds(1));
    Draft draft;
    draft.product_name = name;
    return create("alice", draft)->task.id;
  }

  base::Result<Task> run(const std::string& id,
                         const std::function<base::Result<Task>(Feed&, const Task&)>& command) {
    Task after;
    auto done = commit([&](const Commit& commit) {
      return with_task(commit, id, {}, [&](Feed& feed, const Task& task) -> base::Result<> {
        auto one = command(feed, task);
        if (!one) return one.error();
        after = std::move(*one);
        return {};
      });
    });
    if (!done) return done.error();
    return after;
  }
  base::Result<Task> claim(const std::string& id) {
    return run(id, [](Feed& feed, const Task& task) { return feed.claim(task, "worker"); });
  }
  base::Result<Task> report(const std::string& id, const Report& what) {
    return run(
        id, [&](Feed& feed, const Task& task) { return feed.progress(task, what, Heart::kBeats); });
  }
  base::Result<Task> report(const std::string& id, double progress, std::string stage = {}) {
    Report what;
    what.progress = progress;
    if (!stage.empty()) what.current_stage = std::move(stage);
    return report(id, what);
  }
  base::Result<Task> complete(const std::string& id, const Report& what = {}) {
    return run(id, [&](Feed& feed, const Task& task) { return feed.complete(task, what); });
  }
  base::Result<Task> fail(const std::string& id, std::string why) {
    Report what;
    what.error_message = std::move(why);
    return run(id, [&](Feed& feed, const Task& task) { return feed.fail(task, what); });
  }
  base::Result<Task> cancel(const std::string& id) {
    return run(id, [](Feed& feed, const Task& task) { return feed.cancel(task); });
  }
  base::Result<Task> retry(const std::string& id) {
    return run(id, [](Feed& feed, const Task& task) { return feed.retry(task); });
  }
  /// Does what is due, until nothing is.
  void come_due() {
    for (bool all = false; !all;) {
      ASSERT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
        auto step = step_due(commit, 2);
        if (!step) return step.error();
        all = *step;
        return {};
      }));
    }
  }

  /// As the rows say.
  Window stored(const std::string& owner) {
    Window found;
    EXPECT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      found = *store::window(commit.state, owner, windows->size());
      return {};
    }));
    return found;
  }

  /// The owner's events so far, with their types.
  std::vector<std::pair<std::string, boost::json::object>> events(const std::string& owner) const {
    std::vector<std::pair<std::string, boost::json::object>> all;
    for (const auto& batch : test.listener.batches) {
      for (std::size_t i = 0; i < batch->size(); ++i) {
        const auto& event = (*batch)[i];
        if (event.topics.front() != topic_of(owner)) continue;
        all.emplace_back(event.type, boost::json::parse(event.data).as_object());
      }
    }
    return all;
  }

  log::testing::TemporaryDirectory directory;
  log::testing::TestLog test;
  base::TaskFeedSettings settings;
  WindowSize size;
  std::unique_ptr<Windows> windows;
  Ids ids;
  Effects effects;
  Metrics metrics;
};

}  // namespace weir::apps::task_feed
