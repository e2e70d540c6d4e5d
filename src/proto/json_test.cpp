#include "proto/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace weir::proto {
namespace {

TEST(JsonString, EscapesWhatTheGrammarForbidsAndNothingElse) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(json_string(std::string_view("\0\b\t\n\v\f\r\x1F\x7F", 9)),
            "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\x7F\"");
  EXPECT_EQ(json_string("grüße \xE2\x80\xA8\xE2\x80\xA9"), "\"grüße \xE2\x80\xA8\xE2\x80\xA9\"");
}

TEST(JsonString, ReplacesInvalidUtf8) {
  EXPECT_EQ(json_string("a\xFF"
                        "b\xED\xA0\x80\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(json_string("\xE2\x82\"x"), "\"\xEF\xBF\xBD\\\"x\"");
}

TEST(JsonString, AppendsBehindWhatIsThere) {
  std::string out = "[";
  append_json_string(out, "x");
  EXPECT_EQ(out, "[\"x\"");
}

TEST(JsonString, EveryByteIsReadBackByAParser) {
  std::string text;
  for (int byte = 0; byte < 0x80; ++byte) text.push_back(static_cast<char>(byte));
  text += "grüße 世界 \xF0\x9F\x98\x80";
  EXPECT_EQ(boost::json::parse(json_string(text)).as_string(), text);
}

}  // namespace
}  // namespace weir::proto
