#include "log/backup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryDirectory;
using testing::TestLog;

constexpr base::Epoch kNewEpoch{4711};

class Backup : public ::testing::Test {
 protected:
  void SetUp() override {
    test.settings.data_dir = directory.path() + "/data";
    base::Namespace orders;
    orders.name = "orders";
    orders.topics = {"orders/**"};
    test.settings.namespaces.push_back(orders);
    ASSERT_TRUE(test.open());
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(test.publish({testing::event("news", std::to_string(i)),
                                testing::event("orders/" + std::to_string(i % 3), "x")}));
    }
    out = directory.path() + "/backup.db";
    target = directory.path() + "/restored";
  }

  BackupRequest request() const {
    BackupRequest made;
    made.data_dir = directory.path() + "/data";
    made.out = out;
    return made;
  }
  RestoreRequest restoring() const {
    RestoreRequest made;
    made.backup = out;
    made.data_dir = target;
    made.new_epoch = kNewEpoch;
    return made;
  }
  /// A log with what was restored.
  std::unique_ptr<TestLog> restored() const {
    auto log = std::make_unique<TestLog>();
    log->settings = test.settings;
    log->settings.data_dir = target;
    const auto opened = log->open();
    EXPECT_TRUE(opened) << opened.error().message();
    return log;
  }
  /// Changes a byte of the file where the text stands.
  static void damage(const std::string& file, const std::string& text) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    std::string all((std::istreambuf_iterator<char>(stream)), {});
    const auto at = all.find(text);
    ASSERT_NE(at, std::string::npos);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put('?');
  }

  TemporaryDirectory directory;
  TestLog test;
  std::string out;
  std::string target;
};

TEST_F(Backup, OfAnOpenLogHoldsEverythingInOrderUnderANewEpoch) {
  const auto before = test.read_all();
  const auto made = back_up(request());
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->head, test.log->head());
  EXPECT_THAT(made->check.damage, IsEmpty());
  EXPECT_EQ(made->check.events, 80u);

  const auto done = restore(restoring(), base::system_clock());
  ASSERT_TRUE(done) << done.error().message();
  const auto log = restored();
  EXPECT_EQ(log->log->epoch(), kNewEpoch);
  EXPECT_EQ(log->read_all(), before);
  EXPECT_EQ(log->log->head(), test.log->head());
}

TEST_F(Backup, KeepsItsEpochWhereThatIsAskedFor) {
  ASSERT_TRUE(back_up(request()));
  auto same = restoring();
  same.same_epoch = true;
  ASSERT_TRUE(restore(same, base::system_clock()));
  EXPECT_EQ(restored()->log->epoch(), test.log->epoch());
}

TEST_F(Backup, IsOneFileThatNobodyElseMayRead) {
  ASSERT_TRUE(back_up(request()));
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    files.push_back(entry.path().filename());
  }
  EXPECT_THAT(files, ::testing::UnorderedElementsAre("data", "backup.db"));
  const auto permissions = std::filesystem::status(out).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Backup, NeverReplacesAFileNorLeavesHalfAOne) {
  ASSERT_TRUE(back_up(request()));
  const auto again = back_up(request());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::kBackupFailed);
  EXPECT_FALSE(std::filesystem::exists(out + ".partial"));

  auto stopped = request();
  stopped.out += "2";
  stopped.stop = [] { return true; };
  const auto half = back_up(stopped);
  ASSERT_FALSE(half);
  EXPECT_FALSE(std::filesystem::exists(stopped.out));
  EXPECT_FALSE(std::filesystem::exists(stopped.out + ".partial"));
}

TEST_F(Backup, OfADamagedLogIsMadeAndNamedSo) {
  ASSERT_TRUE(test.open());  // Brings the write-ahead log into the file.
  ASSERT_TRUE(test.publish("big", std::string(500, 'x') + "needle"));
  test.log.reset();
  damage(directory.path() + "/data/log.db", "needle");
  const auto made = back_up(request());
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_THAT(made->check.damage, Each(HasSubstr("fails its checksum")));
  EXPECT_EQ(made->check.damage.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_TRUE(std::filesystem::exists(out + ".damaged"));

  auto refused = restoring();
  refused.backup = out + ".damaged";
  const auto done = restore(refused, base::system_clock());
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, HasSubstr("fails its checksum"));
  EXPECT_FALSE(std::filesystem::exists(target));

  refused.accept_damage = true;
  ASSERT_TRUE(restore(refused, base::system_clock()));
  EXPECT_EQ(restored()->log->head().value, 81u);
}

TEST_F(Backup, IsNotRestoredOverAnything) {
  ASSERT_TRUE(back_up(request()));
  auto over = restoring();
  over.data_dir = directory.path() + "/data";
  const auto before = test.read_all();
  const auto done = restore(over, base::system_clock());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::ErrorCode::kBackupFailed);
  EXPECT_THAT(done.error().detail, HasSubstr("not empty"));
  EXPECT_EQ(test.read_all(), before);
}

TEST_F(Backup, OfNoLogIsAnErrorInWords) {
  auto none = request();
  none.data_dir = directory.path() + "/nowhere";
  const auto made = back_up(none);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, base::ErrorCode::kDataDirectoryUnusable);
  std::ofstream(directory.path() + "/text")
      << "this is no log, but it is long enough to be looked at " << std::string(2000, '.');
  auto text = restoring();
  text.backup = directory.path() + "/text";
  const auto done = restore(text, base::system_clock());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, base::ErrorCode::kCorrupt);
}

TEST_F(Backup, ThatWouldLetTheWriteAheadLogGrowTooFarGivesUp) {
  auto small = request();
  small.wal_bytes_max = 1;
  const auto made = back_up(small);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, HasSubstr("write-ahead log has grown"));
  EXPECT_FALSE(std::filesystem::exists(out + ".partial"));
}

TEST_F(Backup, IsOfOneMomentHoweverMuchIsWrittenMeanwhile) {
  const auto before = test.read_all();
  auto writing = request();
  int more = 0;
  writing.progress = [&](std::uint64_t, std::uint64_t) {
    ASSERT_TRUE(test.publish("meanwhile", std::string(200000, 'm')));
    test.log->run_background();  // A checkpoint, too.
    ++more;
  };
  // Many steps: the log is larger than one of them.
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(test.publish("bulk", std::string(300000, 'b')));
  const auto expected = test.read_all();
  const auto made = back_up(writing);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_THAT(made->check.damage, IsEmpty());
  EXPECT_GT(more, 5);
  ASSERT_TRUE(restore(restoring(), base::system_clock()));
  EXPECT_EQ(restored()->read_all(), expected);
  EXPECT_EQ(test.log->head().value, 100u + static_cast<std::uint64_t>(more));
}

}  // namespace
}  // namespace weir::log
