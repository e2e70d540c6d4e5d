#include "proto/field_mask.hpp"

#include <gtest/gtest.h>

namespace weir::proto {
namespace {

FieldMask mask_of(std::string_view text) {
  auto mask = FieldMask::parse(text);
  EXPECT_TRUE(mask) << text << ": " << mask.error().message();
  return std::move(*mask);
}

std::string project(std::string_view mask, std::string_view data) {
  std::string out;
  mask_of(mask).project(data, out);
  return out;
}

std::string refusal(std::string_view text) {
  const auto mask = FieldMask::parse(text);
  return mask ? "no refusal" : mask.error().detail;
}

TEST(FieldMask, KeepsWhatItNamesWithTheBytesThatWerePublished) {
  constexpr std::string_view data =
      R"({ "id" : 1e400, "user": {"name":"\u0041\/", "mail": "x"}, "n":-0.0,  "big": 123456789012345678901234567890 })";
  EXPECT_EQ(project("id", data), R"({"id":1e400})");
  EXPECT_EQ(project("big,n", data), R"({"n":-0.0,"big":123456789012345678901234567890})");
  EXPECT_EQ(project("user.name", data), R"({"user":{"name":"\u0041\/"}})");
  EXPECT_EQ(project("user", data), R"({"user":{"name":"\u0041\/", "mail": "x"}})");
  EXPECT_EQ(project("user,user.name", data), project("user.name,user", data));
  EXPECT_EQ(project("nothing", data), "{}");
}

TEST(FieldMask, GoesThroughArraysToEachElement) {
  EXPECT_EQ(project("a", R"([{"a":1,"b":2},3,[{"a":4}],{}])"), R"([{"a":1},[{"a":4}],{}])");
  EXPECT_EQ(project("items.id", R"({"items":[{"id":1,"x":2},"s",{"y":3}]})"),
            R"({"items":[{"id":1},{}]})");
}

TEST(FieldMask, LeavesOutWhereAPathCannotGoOn) {
  EXPECT_EQ(project("a.b", R"({"a":5})"), "{}");
  EXPECT_EQ(project("a.b", R"({"a":"b"})"), "{}");
  EXPECT_EQ(project("a.b", R"({"a":{"c":1}})"), R"({"a":{}})");
}

TEST(FieldMask, LeavesNothingOfWhatHasNoFields) {
  for (const auto* data : {"", "secret", "5", "\"a\"", "null", "{\"a\":1", "{\"a\":1}x",
                           "{\"a\":1,}", "{\"a\":\"\xFF\"}", "[1,2"}) {
    EXPECT_EQ(project("a", data), "{}") << data;
  }
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_EQ(project("a", deep), "{}");
  EXPECT_EQ(project("a", "{\"a\":" + deep + "}"), "{}");
}

TEST(FieldMask, FindsNamesBehindEscapesAndKeepsEveryOneOfADuplicate) {
  EXPECT_EQ(project("ab", R"({"\u0061b":1,"ab":2,"abc":3})"), R"({"\u0061b":1,"ab":2})");
  EXPECT_EQ(project(R"(["odd key"].x,['it\'s'])", R"({"odd key":{"x":1,"y":2},"it's":3})"),
            R"({"odd key":{"x":1},"it's":3})");
}

TEST(FieldMask, AppendsBehindWhatIsThere) {
  std::string out = "before";
  mask_of("a").project("{broken", out);
  EXPECT_EQ(out, "before{}");
}

TEST(FieldMask, AnIntersectionKeepsWhatBothKeep) {
  const auto both = [](std::string_view a, std::string_view b) {
    const auto text = FieldMask::intersection(mask_of(a), mask_of(b)).text();
    EXPECT_EQ(FieldMask::intersection(mask_of(b), mask_of(a)).text(), text);
    return text;
  };
  EXPECT_EQ(both("a,b.c,d", "b,d.e.f,x"), "b.c,d.e.f");
  EXPECT_EQ(both("a.b", "a.c"), "") << "not even the name is left";
  EXPECT_EQ(both("a", "b"), "");
  EXPECT_EQ(both("a,b", "b,a"), "a,b");
  std::string out;
  FieldMask::intersection(mask_of("a"), mask_of("b")).project(R"({"a":1,"b":2})", out);
  EXPECT_EQ(out, "{}");
}

TEST(FieldMask, HasOneTextForWhatKeepsTheSame) {
  EXPECT_EQ(mask_of(" b , a.c,a.b,a.b.x , b.c").text(), "a.b,a.c,b");
  EXPECT_EQ(mask_of(R"(['odd "key'].x)").text(), R"(["odd \"key"].x)");
  for (const auto* text : {"a", R"([""])", R"(a["b c"]["d"].e,["\n"])"}) {
    const auto canonical = mask_of(text).text();
    EXPECT_EQ(mask_of(canonical).text(), canonical);
  }
}

TEST(FieldMask, TellsWhetherItKeepsAPath) {
  const auto mask = mask_of("a.b,c");
  const auto keeps = [&](std::vector<std::string> path) { return mask.keeps(path); };
  EXPECT_TRUE(keeps({"c"}));
  EXPECT_TRUE(keeps({"c", "d"}));
  EXPECT_TRUE(keeps({"a", "b"}));
  EXPECT_FALSE(keeps({"a"}));
  EXPECT_FALSE(keeps({"x"}));
  EXPECT_FALSE(keeps({}));
}

TEST(FieldMask, ARefusalPointsAtTheCharacter) {
  EXPECT_EQ(refusal("a,,b"), "expected a name at character 3\na,,b\n  ^");
  for (const auto* text : {"", " ", "a.", ".a", "a[0]", "a b", "a,", "['x", "a.['x']", "1a", "*"}) {
    EXPECT_NE(refusal(text), "no refusal") << text;
  }
}

TEST(FieldMask, IsBoundedInLengthPathsAndSteps) {
  std::string many = "a";
  for (int i = 0; i < 255; ++i) many += ",a";
  EXPECT_TRUE(FieldMask::parse(many));
  EXPECT_TRUE(refusal(many + ",a").starts_with("more than 256"));
  std::string deep = "a";
  for (int i = 0; i < 15; ++i) deep += ".a";
  EXPECT_TRUE(FieldMask::parse(deep));
  EXPECT_TRUE(refusal(deep + ".a").starts_with("a path has at most 16"));
  EXPECT_TRUE(refusal(std::string(2049, 'a')).starts_with("it is longer than 2048"));
}

}  // namespace
}  // namespace weir::proto
