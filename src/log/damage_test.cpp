// Files that were cut, torn or overwritten.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "log/testing/fault_vfs.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using base::ErrorCode;
using testing::event;
using testing::FaultDisk;
using testing::TestLog;

constexpr int kEvents = 40;
const std::string kFile = "disk/log.db";
const std::string kWal = "disk/log.db-wal";

/// A log whose first half is in the main file and whose second half is in the write-ahead log.
class DamagedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    FaultDisk disk;
    TestLog test;
    test.vfs = disk.name();
    test.settings.data_dir = "disk";
    ASSERT_TRUE(test.open());
    for (int i = 1; i <= kEvents; ++i) {
      if (i == kEvents / 2 + 1) {
        ASSERT_TRUE(test.open());
      }
      const auto data = std::to_string(i) + std::string(3000, 'x');
      ASSERT_TRUE(test.publish("a", data));
      expected.push_back(std::to_string(i) + ":a=" + data);
    }
    disk.kill();
    file = disk.contents(kFile);
    wal = disk.contents(kWal);
    ASSERT_FALSE(wal.empty());
  }

  /// What is found with these files: events in order, or an error of which nothing is hidden.
  struct Found {
    bool opened = false;
    ErrorCode code = ErrorCode::kInternal;
    std::vector<std::string> events;
    bool damage_told = false;
    std::uint64_t damage_counted = 0;
  };

  Found open_with(const std::string& main_file, const std::string& wal_file) {
    FaultDisk disk;
    disk.set_contents(kFile, main_file);
    disk.set_contents(kWal, wal_file);
    TestLog test;
    test.vfs = disk.name();
    test.settings.data_dir = "disk";
    Found found;
    const auto opened = test.open();
    found.opened = opened.has_value();
    if (!opened) {
      found.code = opened.error().code;
      return found;
    }
    base::Sequence after;
    while (after < test.log->head()) {
      auto result = test.read(after);
      if (!result) {
        found.damage_told = true;
        found.code = result.error().code;
        break;
      }
      if (result->floor > after) {
        found.damage_told = true;
        after = result->floor;
        continue;
      }
      for (const auto& batch : result->batches) {
        testing::describe(*batch, after, found.events);
        after = std::max(after, batch->last());
      }
      if (result->covered > after) after = result->covered;
    }
    found.damage_counted = test.log->stats().damaged;
    return found;
  }

  bool is_prefix(const std::vector<std::string>& events) const {
    return events.size() <= expected.size() &&
           std::equal(events.begin(), events.end(), expected.begin());
  }
  bool is_subsequence(const std::vector<std::string>& events) const {
    auto at = expected.begin();
    for (const auto& one : events) {
      at = std::find(at, expected.end(), one);
      if (at == expected.end()) return false;
      ++at;
    }
    return true;
  }

  std::vector<std::string> expected;
  std::string file;
  std::string wal;
};

TEST_F(DamagedLog, UndamagedFilesHoldEverything) {
  const auto found = open_with(file, wal);
  ASSERT_TRUE(found.opened);
  EXPECT_EQ(found.events, expected);
  EXPECT_FALSE(found.damage_told);
  EXPECT_EQ(found.damage_counted, 0u);
}

TEST_F(DamagedLog, DamageWithinACommitIsToldAndCounted) {
  auto damaged = file;
  const auto at = damaged.find(std::string(500, 'x'), damaged.size() / 2);
  ASSERT_NE(at, std::string::npos);
  damaged[at + 250] = 'y';
  const auto found = open_with(damaged, wal);
  ASSERT_TRUE(found.opened);
  EXPECT_EQ(found.events.size(), expected.size() - 1);
  EXPECT_TRUE(found.damage_told);
  EXPECT_GE(found.damage_counted, 1u);
}

TEST_F(DamagedLog, AWriteAheadLogCutAnywhereOpensWithAPrefixThatHoldsTheMainFile) {
  base::Random random(3);
  for (int round = 0; round < 120; ++round) {
    const auto cut = random.below(wal.size());
    const auto found = open_with(file, wal.substr(0, cut));
    ASSERT_TRUE(found.opened) << cut;
    EXPECT_TRUE(is_prefix(found.events)) << cut;
    EXPECT_GE(found.events.size(), kEvents / 2u) << cut;
    EXPECT_FALSE(found.damage_told) << cut;
  }
}

TEST_F(DamagedLog, AWriteAheadLogOverwrittenAnywhereOpensWithAPrefix) {
  base::Random random(4);
  for (int round = 0; round < 120; ++round) {
    auto torn = wal;
    const auto at = random.below(torn.size());
    for (auto i = at; i < std::min(torn.size(), at + 512); ++i) {
      torn[i] = static_cast<char>(random.next());
    }
    const auto found = open_with(file, torn);
    ASSERT_TRUE(found.opened) << at;
    EXPECT_TRUE(is_prefix(found.events)) << at;
    EXPECT_GE(found.events.size(), kEvents / 2u) << at;
  }
}

TEST_F(DamagedLog, AMainFileCutOrOverwrittenAnywhereIsToldOrHarmless) {
  base::Random random(5);
  for (int round = 0; round < 250; ++round) {
    auto damaged = file;
    const auto at = random.below(damaged.size());
    if (round % 2 == 0) {
      damaged.resize(at);
    } else {
      for (auto i = at; i < std::min(damaged.size(), at + 700); ++i) {
        damaged[i] = static_cast<char>(random.next());
      }
    }
    const auto found = open_with(damaged, wal);
    if (!found.opened) {
      EXPECT_EQ(found.code, ErrorCode::kCorrupt) << "round " << round << " at " << at;
      continue;
    }
    EXPECT_TRUE(is_subsequence(found.events)) << "round " << round << " at " << at;
    if (found.events.size() < expected.size()) {
      EXPECT_TRUE(found.damage_told)
          << "silent loss in round " << round << " at " << at << ": " << found.events.size();
    }
  }
}

}  // namespace
}  // namespace weir::log
