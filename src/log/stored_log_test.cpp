// The log with its own threads, and at size.

#include "log/stored_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "log/testing/fault_vfs.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::ElementsAre;
using testing::event;
using testing::FunctionRequest;
using testing::TemporaryDirectory;
using testing::TestLog;
using testing::topics;

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define WEIR_SANITIZED 1
#endif
#endif
#ifdef WEIR_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// Checks on the log thread that batches arrive in order without a hole, and lets others wait for a
/// position.
class OrderListener final : public Listener {
 public:
  void on_batch(BatchPtr batch) override {
    if (batch->first() != last_.next()) in_order = false;
    last_ = batch->last();
    ++batches;
  }
  void on_trim(FloorsPtr floors) override {
    if (floors->all < floor_ || floors->version <= version_) in_order = false;
    floor_ = floors->all;
    version_ = floors->version;
  }

  std::atomic<bool> in_order{true};
  std::atomic<int> batches{0};

 private:
  base::Sequence last_;
  base::Sequence floor_;
  std::uint64_t version_ = 0;
};

Options options_of(const base::Settings& settings, Listener* listener = nullptr) {
  Options options;
  options.settings = &settings;
  options.listener = listener;
  return options;
}

base::Result<ReadResult> read(Log& log, base::Sequence after) {
  std::promise<base::Result<ReadResult>> answer;
  log.read({after, 1 << 16, nullptr},
           [&](base::Result<ReadResult> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

/// While the log thread waits for company, company comes.
class PatientListener final : public Listener {
 public:
  void on_batch(BatchPtr batch) override { sizes.push_back(batch->size()); }
  void on_trim(FloorsPtr) override {}
  std::chrono::microseconds patience() const override {
    if (waits != nullptr) ++*waits;
    if (on_wait) std::exchange(on_wait, nullptr)();
    return std::chrono::microseconds(1);
  }

  mutable std::function<void()> on_wait;
  std::atomic<int>* waits = nullptr;
  std::vector<std::size_t> sizes;  // The log thread's, until its last answer.
};

class Threaded : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Engines, Threaded, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "OnDisk" : "InMemory"; });

TEST_P(Threaded, ACommitTakesAlongWhatComesWhileItsListenerIsPatient) {
  TemporaryDirectory directory;
  base::Settings settings;
  if (GetParam()) settings.data_dir = directory.path();
  PatientListener listener;
  std::unique_ptr<Log> log;
  std::atomic<int> acknowledged{0};
  std::promise<void> done;
  const auto submit = [&] {
    log->submit(std::make_unique<FunctionRequest>(
        [](Transaction& t) -> base::Result<> {
          t.append(event("t", "x"));
          return {};
        },
        [&](const base::Result<>&) {
          if (++acknowledged == 2) done.set_value();
        }));
  };
  std::promise<void> submitted;
  listener.on_wait = [&] {
    submitted.get_future().wait();
    submit();
  };
  auto opened = open(options_of(settings, &listener));
  ASSERT_TRUE(opened);
  log = std::move(*opened);
  submit();
  submitted.set_value();
  done.get_future().wait();
  EXPECT_EQ(listener.sizes, std::vector<std::size_t>{2});
}

TEST_P(Threaded, WhatAGroupLeavesOverIsCommittedAtOnce) {
  constexpr int kRequests = 20;  // Of 900 KB: several groups of 4 MiB.
  TemporaryDirectory directory;
  base::Settings settings;
  if (GetParam()) settings.data_dir = directory.path();
  PatientListener listener;
  std::promise<void> submitted;
  std::atomic<int> waits{0};
  listener.on_wait = [&] { submitted.get_future().wait(); };
  listener.waits = &waits;
  auto log = open(options_of(settings, &listener));
  ASSERT_TRUE(log);
  int acknowledged = 0;
  std::promise<int> done;
  for (int i = 0; i < kRequests; ++i) {
    (*log)->submit(std::make_unique<FunctionRequest>(
        [](Transaction& t) -> base::Result<> {
          t.append(event("t", std::string(900'000, 'x')));
          return {};
        },
        [&](const base::Result<>&) {
          if (++acknowledged == kRequests) done.set_value(waits);
        }));
  }
  submitted.set_value();
  // Each further wait would have been for a request that nobody sends.
  EXPECT_EQ(done.get_future().get(), 1);
  EXPECT_GT(listener.sizes.size(), 1U);
}

TEST_P(Threaded, PublishersReadersAndRetentionTogetherKeepOrderAndLoseNothing) {
  constexpr int kPublishers = 3;
  constexpr int kEach = 400;
  TemporaryDirectory directory;
  base::Settings settings;
  if (GetParam()) settings.data_dir = directory.path();
  settings.wal_bytes = 256 << 10;
  settings.namespaces = {{.name = "short", .topics = {"short"}, .retention = {.events = 10}}};
  OrderListener listener;
  auto opened = open(options_of(settings, &listener));
  ASSERT_TRUE(opened);
  auto& log = **opened;

  std::atomic<int> acknowledged{0};
  std::atomic<int> failed{0};
  std::promise<void> all_done;
  std::vector<std::thread> threads;
  for (int p = 0; p < kPublishers; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) {
        const auto topic = i % 4 == 0 ? std::string("short") : "topic/" + std::to_string(p);
        log.submit(std::make_unique<FunctionRequest>(
            [topic](Transaction& t) -> base::Result<> {
              t.append(event(topic, std::string(300, 'x')));
              return {};
            },
            [&](const base::Result<>& outcome) {
              if (!outcome) ++failed;
              if (++acknowledged == kPublishers * kEach) all_done.set_value();
            }));
      }
    });
  }
  std::atomic<bool> reads_in_order{true};
  threads.emplace_back([&] {
    base::Sequence after;
    while (after.value < kPublishers * kEach) {
      auto result = read(log, after);
      if (!result || (result->covered < after && result->floor <= after)) {
        reads_in_order = false;
        return;
      }
      after = std::max(after, std::max(result->covered, result->floor));
    }
  });
  all_done.get_future().wait();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(listener.in_order);
  EXPECT_TRUE(reads_in_order);
  EXPECT_EQ(log.head().value, static_cast<std::uint64_t>(kPublishers * kEach));

  std::promise<std::uint64_t> counted;
  log.count(topics({"topic/1"}), {}, log.head(),
            [&](base::Result<std::uint64_t> n) { counted.set_value(n ? *n : 0); });
  EXPECT_EQ(counted.get_future().get(), static_cast<std::uint64_t>(kEach - kEach / 4));
}

TEST(StoredLog, RefusesWhatComesAfterItBeganToCloseAndFinishesTheRest) {
  TemporaryDirectory directory;
  base::Settings settings;
  settings.data_dir = directory.path();
  std::atomic<int> completed{0};
  {
    auto opened = open(options_of(settings));
    ASSERT_TRUE(opened);
    for (int i = 0; i < 100; ++i) {
      (*opened)->submit(std::make_unique<FunctionRequest>(
          [](Transaction& t) -> base::Result<> {
            t.append(event("a", "x"));
            return {};
          },
          [&](const base::Result<>& outcome) { completed += outcome ? 1 : 0; }));
    }
  }
  EXPECT_EQ(completed, 100);
  auto opened = open(options_of(settings));
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->head().value, 100u);
}

TEST(StoredLog, FewEventsAmongManyAreFoundByTheIndexInOneRead) {
  TemporaryDirectory directory;
  TestLog test;
  test.settings.data_dir = directory.path();
  test.settings.durability = base::Durability::kBuffered;
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 60; ++i) {
    std::vector<proto::Event> many(200, event("common", "x"));
    if (i % 20 == 7) many[50] = event("rare", std::to_string(i));
    ASSERT_TRUE(test.publish(std::move(many)));
  }
  const auto result = test.read({}, topics({"rare"}), 1 << 30);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->batches.size(), 3u);
  EXPECT_EQ(result->covered.value, 12'000u);
  const auto part = test.read({}, topics({"rare"}), 1);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->batches.size(), 1u);
  EXPECT_EQ(part->covered, part->batches.front()->last());
  const auto rest = test.read(part->covered, topics({"rare"}), 1 << 30);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->batches.size(), 2u);
}

TEST(StoredLog, OpensTenMillionEventsWithoutReadingThemAgain) {
  // A sanitizer makes it twenty times slower, and looks at other things.
  constexpr int kCommits = kSanitized ? 250 : 2'500;
  constexpr int kEach = 4'000;
  testing::FaultDisk disk;
  base::Settings settings;
  settings.data_dir = "disk";
  settings.wal_bytes = 1 << 20;
  settings.durability = base::Durability::kBuffered;
  auto options = options_of(settings);
  options.manual = true;
  options.vfs = disk.name();
  {
    auto opened = open(options);
    ASSERT_TRUE(opened);
    for (int i = 0; i < kCommits; ++i) {
      (*opened)->submit(std::make_unique<FunctionRequest>(
          [&](Transaction& t) -> base::Result<> {
            for (int e = 0; e < kEach; ++e) t.append(event("topic", ""));
            return {};
          },
          [](const base::Result<>& outcome) { ASSERT_TRUE(outcome); }));
      (*opened)->step_writer();
      if (i % 16 == 0) (*opened)->run_background();
    }
    (*opened)->run_background();
    // Not a clean end: what the log knows of itself is what it wrote along the way.
    disk.kill();
  }
  const auto read_before = disk.read_bytes();
  const auto before = std::chrono::steady_clock::now();
  auto opened = open(options);
  const auto took = std::chrono::steady_clock::now() - before;
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->stats().events, static_cast<std::uint64_t>(kCommits) * kEach);
  const auto read_bytes = disk.read_bytes() - read_before;
  // The write-ahead logs of both files, which are bounded, and what follows the last flush.
  EXPECT_LT(read_bytes, 24u << 20);
  std::printf("%d million events in %.1f MB: opened in %.1f ms, read %.1f MB\n",
              kCommits * kEach / 1'000'000, static_cast<double>(disk.used()) / 1e6,
              std::chrono::duration<double, std::milli>(took).count(),
              static_cast<double>(read_bytes) / 1e6);
}

}  // namespace
}  // namespace weir::log
