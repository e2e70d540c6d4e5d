#include "log/data_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "log/testing/test_log.hpp"

namespace weir::log {
namespace {

using ::testing::HasSubstr;

TEST(DataDirectory, ASecondServerIsToldWhoHoldsItAndTheKernelLetsGoForAKilledOne) {
  testing::TemporaryDirectory directory;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = DataDirectory::open(directory.path(), base::system_clock());
    const char answer = held ? 'y' : 'n';
    (void)!::write(ready[1], &answer, 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');

  const auto second = DataDirectory::open(directory.path(), base::system_clock());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::ErrorCode::kDataDirectoryLocked);
  EXPECT_THAT(second.error().detail, HasSubstr("pid " + std::to_string(child) + " since 2"));

  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(DataDirectory::open(directory.path(), base::system_clock()));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(DataDirectory, TwoLogsInOneProcessExcludeEachOtherToo) {
  testing::TemporaryDirectory directory;
  testing::TestLog first;
  first.settings.data_dir = directory.path() + "/made/on/demand";
  ASSERT_TRUE(first.open());
  testing::TestLog second;
  second.settings.data_dir = first.settings.data_dir;
  const auto opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::ErrorCode::kDataDirectoryLocked);
  first.log.reset();
  EXPECT_TRUE(second.open());
}

TEST(DataDirectory, OneThatIsMadeIsItsOwnersAloneAndOneThatWasThereStaysAsItIs) {
  testing::TemporaryDirectory directory;
  const auto mode_of = [](const std::string& path) {
    return std::filesystem::status(path).permissions() & std::filesystem::perms::all;
  };
  const auto mode = std::filesystem::perms{0750};
  std::filesystem::permissions(directory.path(), mode);
  ASSERT_TRUE(DataDirectory::open(directory.path(), base::system_clock()));
  EXPECT_EQ(mode_of(directory.path()), mode);
  const auto made = directory.path() + "/made";
  ASSERT_TRUE(DataDirectory::open(made, base::system_clock()));
  EXPECT_EQ(mode_of(made), std::filesystem::perms::owner_all);
}

TEST(DataDirectory, APlaceThatIsNoDirectoryIsUnusable) {
  testing::TestLog test;
  test.settings.data_dir = "/dev/null/log";
  const auto opened = test.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::ErrorCode::kDataDirectoryUnusable);
}

}  // namespace
}  // namespace weir::log
