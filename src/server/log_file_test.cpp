#include "server/log_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace weir::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest()
      : path_((std::filesystem::temp_directory_path() /
               ("weir_log_file_" + std::to_string(::getpid()) + ".log"))
                  .string()) {
    std::filesystem::remove(path_);
  }
  ~LogFileTest() override { std::filesystem::remove(path_); }

  void append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }

  std::string path_;
};

TEST_F(LogFileTest, OnlyWhatIsAppendedIsNew) {
  append("old\n");
  LogFile file(path_);
  EXPECT_THAT(file.read_new(), IsEmpty());
  append("one\n\ntwo\n");
  EXPECT_THAT(file.read_new(), ElementsAre("one", "two"));
  EXPECT_THAT(file.read_new(), IsEmpty());
}

TEST_F(LogFileTest, ALineComesOnceItIsWhole) {
  append("old\nhalf");
  LogFile file(path_);
  EXPECT_THAT(file.read_new(), IsEmpty());
  append(" a line\nand");
  EXPECT_THAT(file.read_new(), ElementsAre("half a line"));
  EXPECT_THAT(file.last_lines(5), ElementsAre("old", "half a line"));
}

TEST_F(LogFileTest, TheLastLinesAreTheNewestOldestFirst) {
  append("one\ntwo\nthree\n");
  const LogFile file(path_);
  EXPECT_THAT(file.last_lines(2), ElementsAre("two", "three"));
  EXPECT_THAT(file.last_lines(9), ElementsAre("one", "two", "three"));
}

TEST_F(LogFileTest, LastLinesOfALargeFileBeginWithAWholeLine) {
  const std::string line(99, 'x');
  for (int i = 0; i < 2000; ++i) append(line + "\n");
  const LogFile file(path_);
  const auto lines = file.last_lines(5000);
  EXPECT_EQ(lines.size(), (LogFile::kReadBytesMax - 1) / 100);
  EXPECT_THAT(lines, testing::Each(line));
}

TEST_F(LogFileTest, AReplacedFileIsReadFromItsStart) {
  append("one\ntwo\n");
  LogFile file(path_);
  std::filesystem::rename(path_, path_ + ".1");
  append("a first line that is longer than the old file\n");
  EXPECT_THAT(file.read_new(), ElementsAre("a first line that is longer than the old file"));
  std::filesystem::remove(path_ + ".1");
}

TEST_F(LogFileTest, AFileThatWasCutShortIsReadFromItsStart) {
  append("one\ntwo\n");
  LogFile file(path_);
  std::ofstream(path_, std::ios::trunc) << "new\n";
  EXPECT_THAT(file.read_new(), ElementsAre("new"));
}

TEST_F(LogFileTest, AFileMayAppearLater) {
  LogFile file(path_);
  EXPECT_THAT(file.read_new(), IsEmpty());
  EXPECT_THAT(file.last_lines(3), IsEmpty());
  append("hello\n");
  EXPECT_THAT(file.read_new(), ElementsAre("hello"));
}

TEST_F(LogFileTest, AnEndlessLineIsCutAndDoesNotStopTheRest) {
  append("old\n");
  LogFile file(path_);
  append(std::string(LogFile::kReadBytesMax + 10, 'x') + "\nafter\n");
  const auto first = file.read_new();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].size(), LogFile::kLineBytesMax);
  EXPECT_THAT(file.read_new(), ElementsAre(std::string(10, 'x'), "after"));
}

TEST_F(LogFileTest, AFolderHasNoLines) {
  LogFile file(std::filesystem::temp_directory_path().string());
  EXPECT_THAT(file.read_new(), IsEmpty());
}

}  // namespace
}  // namespace weir::server
