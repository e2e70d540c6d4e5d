// What a full disk refuses, and what goes on as if nothing had been when there is room again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/testing/fault_vfs.hpp"
#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using base::ErrorCode;
using ::testing::ElementsAre;
using testing::event;
using testing::FaultDisk;
using testing::TestLog;

class OnAFullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    test.vfs = disk.name();
    test.settings.data_dir = "disk";
  }

  FaultDisk disk{7};
  TestLog test;
};

TEST_F(OnAFullDisk, TheWholeGroupIsRefusedAndWhenThereIsRoomItServesAgain) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  disk.set_capacity(disk.used() + 50'000);
  auto small = test.submit_event(event("a", "small"));
  auto large = test.submit_event(event("a", std::string(200'000, 'x')));
  test.log->step_writer();
  EXPECT_EQ((*small)->error().code, ErrorCode::kStorageFull);
  EXPECT_EQ((*large)->error().code, ErrorCode::kStorageFull);
  EXPECT_TRUE(test.log->stats().full);
  EXPECT_FALSE(test.log->stats().failed);
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1"));
  disk.set_capacity(0);
  ASSERT_TRUE(test.publish("a", "2"));
  EXPECT_FALSE(test.log->stats().full);
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1", "2:a=2"));
}

TEST_F(OnAFullDisk, AGroupIsRefusedForTheSameReasonWhenOneOfItsRequestsFindsItFull) {
  ASSERT_TRUE(test.open());
  ASSERT_TRUE(test.publish("a", "1"));
  disk.set_capacity(disk.used() + 1'000'000);
  auto small = test.submit_event(event("a", "small"));
  // More than the cache holds is written before the commit; SQLite then rolls back all by itself.
  auto large = test.submit([](Transaction& transaction) -> base::Result<> {
    if (auto made = transaction.state().execute("CREATE TABLE large (bytes BLOB)", {}); !made) {
      return made;
    }
    return transaction.state().execute("INSERT INTO large VALUES (zeroblob(40000000))", {});
  });
  test.log->step_writer();
  ASSERT_TRUE(small->has_value());
  EXPECT_EQ((*small)->error().code, ErrorCode::kStorageFull);
  EXPECT_EQ((*large)->error().code, ErrorCode::kStorageFull);
  EXPECT_TRUE(test.log->stats().full);
  disk.set_capacity(0);
  ASSERT_TRUE(test.publish("a", "2"));
  EXPECT_THAT(test.read_all(), ElementsAre("1:a=1", "2:a=2"));
}

TEST_F(OnAFullDisk, RetentionThatFoundTheDiskFullBeginsAgainAtTheOldest) {
  test.settings.retention = {.events = 3};
  ASSERT_TRUE(test.open());
  for (int i = 1; i <= 10; ++i) ASSERT_TRUE(test.publish("a", std::to_string(i)));
  disk.set_capacity(disk.used());
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 0u);
  disk.set_capacity(0);
  test.log->run_background();
  EXPECT_EQ(test.log->floor().value, 7u);
  EXPECT_THAT(test.read_all({7}), ElementsAre("8:a=8", "9:a=9", "10:a=10"));
}

TEST_F(OnAFullDisk, TheSpaceOfATrimmedTopicIsGivenBackAlthoughTheDiskWasFullAtFirst) {
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(test.publish("big", std::string(1000, 'x')));
  ASSERT_TRUE(test.publish(std::vector{event("big", "y"), event("big", "z"), event("kept", "1")}));
  ASSERT_TRUE(test.trim("big", test.log->head(), true));
  disk.set_capacity(disk.used());
  test.log->run_background();
  EXPECT_EQ(test.log->stats().events, 13u);
  test.log->run_background();
  EXPECT_EQ(test.log->stats().topics, 2u) << "the index knows where the events are until they go";
  disk.set_capacity(0);
  test.log->run_background();
  EXPECT_EQ(test.log->stats().events, 1u);
  EXPECT_THAT(test.read_all(test.log->floor()), ElementsAre("13:kept=1"));
  test.log->run_background();
  EXPECT_EQ(test.log->stats().topics, 1u);
}

TEST_F(OnAFullDisk, AtOpenTheLogIsReadable) {
  ASSERT_TRUE(test.open());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(test.publish("a", std::string(10'000, 'x')));
  disk.kill();
  test.log.reset();
  disk.set_capacity(disk.used());
  const auto opened = test.open();
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(test.read_all().size(), 20u);
  auto refused = test.publish("a", std::string(100'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStorageFull);
}

}  // namespace
}  // namespace weir::log
