#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/notifications/audience.hpp"
#include "apps/notifications/deliveries.hpp"
#include "apps/notifications/inbox.hpp"
#include "apps/notifications/store.hpp"
#include "apps/notifications/telling.hpp"
#include "apps/notifications/told_before.hpp"
#include "apps/notifications/types.hpp"
#include "log/testing/test_log.hpp"
#include "log/value.hpp"

namespace weir::apps::notifications {

/// An inbox in a log that the test steps, with a clock that stands still until it moves it.
class InboxFixture : public testing::Test {
 protected:
  void SetUp() override {
    test.settings.data_dir = directory.path();
    open();
  }

  /// Again: a restart.
  void open() {
    ASSERT_TRUE(test.open());
    auto prepared = test.commit([&](log::Transaction& t) -> base::Result<> {
      for (auto* const make : {told_before::prepare, store::prepare, types::prepare,
                               audience::prepare, deliveries::prepare}) {
        if (auto made = make(t.state()); !made) return made;
      }
      auto last = store::last_id(t.state());
      if (!last) return last.error();
      ids = Ids();
      ids.start_after(*last);
      return {};
    });
    ASSERT_TRUE(prepared) << prepared.error().message();
  }

  base::Result<> commit(const std::function<base::Result<>(const Commit&)>& work) {
    return test.commit([&](log::Transaction& t) {
      effects = {};
      return work({t, settings, channels, ids, effects, metrics});
    });
  }

  base::Result<> with(const std::string& user, const std::function<base::Result<>(Inbox&)>& work) {
    return commit([&](const Commit& commit) { return Inbox::with(commit, user, work); });
  }

  base::Result<Told> tell(const std::string& user, const Draft& draft) {
    Told told;
    auto done = with(user, [&](Inbox& inbox) -> base::Result<> {
      auto one = inbox.tell(draft);
      if (!one) return one.error();
      told = *one;
      return {};
    });
    if (!done) return done.error();
    return told;
  }

  base::Result<> change(const std::string& user, std::int64_t id, const Change& change) {
    return with(user, [&](Inbox& inbox) -> base::Result<> {
      auto changed = inbox.change(id, change);
      if (!changed) return changed.error();
      return {};
    });
  }

  /// Does what is due, until nothing is.
  void come_due() {
    for (bool all = false; !all;) {
      auto done = commit([&](const Commit& commit) -> base::Result<> {
        auto step = step_due(commit, 3);
        if (!step) return step.error();
        all = *step;
        return {};
      });
      ASSERT_TRUE(done) << done.error().message();
    }
  }

  StoredUser user(const std::string& name) {
    StoredUser found;
    EXPECT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      found = *store::user(commit.state(), name);
      return {};
    }));
    return found;
  }
  Counters counters(const std::string& name) { return user(name).counters; }

  std::int64_t rows(const std::string& table) {
    std::int64_t count = 0;
    EXPECT_TRUE(commit([&](const Commit& commit) {
      return commit.state().query("SELECT COUNT(*) FROM " + table, {},
                                  [&](log::Row row) { count = log::integer_of(row[0]); });
    }));
    return count;
  }

  std::vector<Notification> list(const std::string& name, store::Tab tab = store::Tab::kInbox) {
    std::vector<Notification> found;
    EXPECT_TRUE(commit([&](const Commit& commit) -> base::Result<> {
      found = *store::list(commit.state(), name, tab, INT64_MAX, 10'000);
      return {};
    }));
    return found;
  }

  /// The user's events so far, with their types.
  std::vector<std::pair<std::string, boost::json::object>> events(const std::string& name) const {
    std::vector<std::pair<std::string, boost::json::object>> all;
    for (const auto& batch : test.listener.batches) {
      for (std::size_t i = 0; i < batch->size(); ++i) {
        const auto& event = (*batch)[i];
        if (event.topics.front() != topic_of(name)) continue;
        all.emplace_back(event.type, boost::json::parse(event.data).as_object());
      }
    }
    return all;
  }

  static Draft draft(std::string title, std::string type = "note") {
    Draft made;
    made.type = std::move(type);
    made.title = std::move(title);
    return made;
  }

  log::testing::TemporaryDirectory directory;
  log::testing::TestLog test;
  base::NotificationSettings settings;
  std::set<std::string> channels;
  Ids ids;
  Effects effects;
  Metrics metrics;
};

}  // namespace weir::apps::notifications
