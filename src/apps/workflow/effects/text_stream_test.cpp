#include "apps/workflow/effects/text_stream.hpp"

#include <gtest/gtest.h>

#include "proto/utf8.hpp"

namespace weir::apps::workflow {
namespace {

std::string in_pieces(std::string_view text, std::size_t size) {
  Utf8Stream stream;
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    stream.feed(text.substr(0, size), out);
    EXPECT_TRUE(proto::is_utf8(out));
  }
  stream.finish(out);
  return out;
}

TEST(Utf8Stream, GivesTheSameTextHoweverItIsCut) {
  for (const std::string_view text :
       {"plain", "на русском языке", "\xF0\x9F\x8C\x8A and \xE2\x82\xAC", "bad \xFF\xC3 here",
        "cut \xF0\x9F\x8C", "\xC3", "\xE2\x82", "a\xC3(", "\xED\xA0\x80"}) {
    std::string whole;
    proto::append_utf8_lossy(whole, text);
    for (std::size_t size = 1; size <= text.size(); ++size) {
      EXPECT_EQ(in_pieces(text, size), whole) << text << " in pieces of " << size;
    }
  }
}

TEST(TextTail, KeepsTheEndInWholeCodePoints) {
  TextTail tail(8);
  tail.append("12345678");
  EXPECT_EQ(tail.text(), "12345678");
  EXPECT_FALSE(tail.cut());
  tail.append("я");
  EXPECT_EQ(tail.text(), "345678я");
  EXPECT_TRUE(tail.cut());
  tail.append("ыыы");
  EXPECT_EQ(tail.text(), "яыыы");
  tail.append("!");
  EXPECT_EQ(tail.text(), "ыыы!") << "half of a letter is none";
}

TEST(TextTail, TakesMoreThanItKeepsAtOnce) {
  for (const std::size_t size : {5U, 9U, 11U, 100U}) {
    TextTail tail(5);
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 26));
    tail.append("before ");
    tail.append(text);
    EXPECT_EQ(tail.text(), text.substr(text.size() - 5));
    EXPECT_TRUE(tail.cut());
  }
}

TEST(CutText, NeverCutsACodePoint) {
  EXPECT_EQ(cut_text("abc", 3), "abc");
  EXPECT_EQ(cut_text("abя", 3), "ab");
  EXPECT_EQ(cut_text("яя", 2), "я");
  EXPECT_EQ(cut_text("я", 1), "");
}

}  // namespace
}  // namespace weir::apps::workflow
