#include "cli/line_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace weir::cli {
namespace {

using testing::ElementsAre;

class LineReaderTest : public testing::Test {
 protected:
  LineReaderTest() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~LineReaderTest() override {
    ::close(ends_[0]);
    close_writer();
  }
  void write(std::string_view text) {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  static std::vector<std::string> ready(LineReader& reader) {
    std::vector<std::string> lines;
    while (const auto line = reader.next()) lines.emplace_back(*line);
    return lines;
  }

  std::array<int, 2> ends_{};
};

TEST_F(LineReaderTest, GivesLinesAsSoonAsTheyAreWhole) {
  LineReader reader(ends_[0]);
  EXPECT_THAT(ready(reader), ElementsAre());
  write("one\ntw");
  ASSERT_TRUE(*reader.fill());
  EXPECT_THAT(ready(reader), ElementsAre("one"));
  write("o\r\n\nthree");
  ASSERT_TRUE(*reader.fill());
  EXPECT_THAT(ready(reader), ElementsAre("two", ""));
  EXPECT_EQ(reader.line_number(), 3u);
  close_writer();
  ASSERT_FALSE(*reader.fill());
  EXPECT_THAT(ready(reader), ElementsAre("three"));
  EXPECT_EQ(reader.line_number(), 4u);
}

TEST_F(LineReaderTest, AnInputThatEndsWithALineEndHasNoEmptyLastLine) {
  LineReader reader(ends_[0]);
  write("one\n");
  close_writer();
  ASSERT_TRUE(*reader.fill());
  EXPECT_THAT(ready(reader), ElementsAre("one"));
  ASSERT_FALSE(*reader.fill());
  EXPECT_THAT(ready(reader), ElementsAre());
}

TEST_F(LineReaderTest, SaysWhyItCannotRead) {
  LineReader reader(-1);
  const auto filled = reader.fill();
  ASSERT_FALSE(filled);
  EXPECT_THAT(filled.error().detail, testing::HasSubstr("Bad file descriptor"));
}

}  // namespace
}  // namespace weir::cli
