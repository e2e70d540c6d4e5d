#include "proto/ndjson.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weir::proto {
namespace {

struct Split {
  std::vector<std::string> lines;
  bool ok = true;
};

/// Feeds `text` in pieces of `piece` bytes.
Split split(std::string_view text, std::size_t piece, std::size_t limit = 100) {
  Split result;
  const auto on_line = [&](std::string_view line) { result.lines.emplace_back(line); };
  NdjsonSplitter splitter(limit);
  for (std::size_t at = 0; at < text.size() && result.ok; at += piece) {
    result.ok = splitter.feed(text.substr(at, piece), on_line);
  }
  if (result.ok) result.ok = splitter.finish(on_line);
  return result;
}

TEST(Ndjson, CutsTheSameLinesHoweverTheBytesArrive) {
  const std::string text = "{\"a\":1}\n{\"b\":2}\r\n\n\r\n  \n{\"c\r\":3}\nlast";
  const std::vector<std::string> expected = {"{\"a\":1}", "{\"b\":2}", "  ", "{\"c\r\":3}", "last"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Split result = split(text, piece);
    EXPECT_TRUE(result.ok);
    EXPECT_EQ(result.lines, expected) << "pieces of " << piece;
  }
}

TEST(Ndjson, ALineMayBeAsLongAsTheLimitWhateverItsEnd) {
  for (const std::string end : {"", "\n", "\r\n", "\r"}) {
    for (std::size_t piece = 1; piece <= 9; ++piece) {
      const Split result = split("x\n12345678" + end, piece, 8);
      EXPECT_TRUE(result.ok);
      EXPECT_EQ(result.lines, (std::vector<std::string>{"x", "12345678"}));
    }
  }
}

TEST(Ndjson, ALineBeyondTheLimitEndsTheStream) {
  for (const std::string end : {"", "\n", "\r\n", "\n{}\n"}) {
    for (std::size_t piece = 1; piece <= 14; ++piece) {
      const Split result = split("x\n123456789" + end, piece, 8);
      EXPECT_FALSE(result.ok);
      EXPECT_EQ(result.lines, std::vector<std::string>{"x"});
    }
  }
}

TEST(Ndjson, TakesNothingAfterAFailure) {
  NdjsonSplitter splitter(4);
  int lines = 0;
  const auto on_line = [&](std::string_view) { ++lines; };
  EXPECT_FALSE(splitter.feed("12345678", on_line));
  EXPECT_FALSE(splitter.feed("\nok\n", on_line));
  EXPECT_FALSE(splitter.finish(on_line));
  EXPECT_EQ(lines, 0);
}

}  // namespace
}  // namespace weir::proto
