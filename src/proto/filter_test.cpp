#include "proto/filter.hpp"

#include <gtest/gtest.h>

#include <array>

#include "proto/field_mask.hpp"

namespace weir::proto {
namespace {

/// An event whose parts live as long as the test needs them.
struct Sample {
  std::array<std::string_view, 2> topics{"orders/17", "all"};
  EventView event;

  explicit Sample(std::string_view data, std::string_view type = "paid",
                  std::string_view key = "k1") {
    event.topics = topics;
    event.data = data;
    event.type = type;
    event.key = key;
  }
};

bool holds(std::string_view filter, const Sample& sample) {
  const auto parsed = Filter::parse(filter);
  EXPECT_TRUE(parsed) << filter << ": " << parsed.error().message();
  return parsed && parsed->matches(sample.event);
}
bool holds(std::string_view filter, std::string_view data) { return holds(filter, Sample(data)); }

std::string refusal(std::string_view filter) {
  const auto parsed = Filter::parse(filter);
  if (parsed) return "no refusal";
  EXPECT_EQ(parsed.error().code, base::ErrorCode::kBadFilter);
  return parsed.error().detail;
}

TEST(Filter, ComparesTheEventsOwnParts) {
  const Sample sample("x");
  EXPECT_TRUE(holds(R"(event == "paid")", sample));
  EXPECT_FALSE(holds(R"(event == 'sent')", sample));
  EXPECT_TRUE(holds(R"(topic == 'orders/17')", sample)) << "the canonical one";
  EXPECT_FALSE(holds(R"(topic == 'all')", sample));
  EXPECT_TRUE(holds(R"(key in ["k0", 'k1'])", sample));
  EXPECT_TRUE(holds("event == 'message'", Sample("x", "")));
  EXPECT_FALSE(holds("key == ''", Sample("x", "", ""))) << "no key is undefined";
  EXPECT_TRUE(holds("key != ''", Sample("x", "", "")));
}

TEST(Filter, FindsPathsInJsonData) {
  constexpr std::string_view data =
      R"({"order": {"total": 12.5, "items": [{"id": 7}, {"id": "b"}]}, "odd key": true, "n": null})";
  EXPECT_TRUE(holds("data.order.total == 12.5", data));
  EXPECT_TRUE(holds("data.order.items[0].id == 7", data));
  EXPECT_TRUE(holds("data.order.items[1].id == 'b'", data));
  EXPECT_FALSE(holds("data.order.items[2].id == 'b'", data));
  EXPECT_TRUE(holds(R"(data["odd key"])", data));
  EXPECT_TRUE(holds(R"(data['order']["total"] > 12)", data));
  EXPECT_TRUE(holds("data.n == null", data));
  EXPECT_FALSE(holds("data.order == null", data));
  EXPECT_TRUE(holds("data.order.items[0].id != data.order.items[1].id", data));
  EXPECT_TRUE(holds("data[1][0] == 3", "[1,[3]]"));
  EXPECT_TRUE(holds("data == 5", " 5 "));
  EXPECT_TRUE(holds("12 < data.order.total", data));
}

TEST(Filter, AMissingValueEqualsNothing) {
  EXPECT_FALSE(holds("data.a == null", "{}"));
  EXPECT_TRUE(holds("data.a != null", "{}"));
  EXPECT_FALSE(holds("data.a == data.b", "{}"));
  for (const auto* order : {"<", "<=", ">", ">="}) {
    EXPECT_FALSE(holds(std::string("data.a ") + order + " 0", "{}")) << order;
    EXPECT_FALSE(holds(std::string("data.a ") + order + " 0", R"({"a":"1"})")) << order;
    EXPECT_FALSE(holds(std::string("data.a ") + order + " null", R"({"a":null})")) << order;
    EXPECT_FALSE(holds(std::string("data.a ") + order + " true", R"({"a":true})")) << order;
  }
  EXPECT_FALSE(holds("data.a", "{}"));
  EXPECT_TRUE(holds("!data.a", "{}"));
  EXPECT_FALSE(holds("data.a in [1, null]", "{}"));
}

TEST(Filter, NothingIsConverted) {
  EXPECT_FALSE(holds("data.a == 1", R"({"a":"1"})"));
  EXPECT_FALSE(holds("data.a == '1'", R"({"a":1})"));
  EXPECT_FALSE(holds("data.a == true", R"({"a":1})"));
  EXPECT_FALSE(holds("data.a", R"({"a":1})")) << "alone it means true itself";
  EXPECT_FALSE(holds("data.a == data.a", R"({"a":[1]})")) << "arrays equal nothing";
  EXPECT_FALSE(holds("data.a.b == 1", R"({"a":[{"b":1}]})")) << "arrays have no names";
}

TEST(Filter, NumbersAreComparedExactly) {
  EXPECT_TRUE(holds("data == 1.0", "1"));
  EXPECT_TRUE(holds("data == 1e2", "100"));
  EXPECT_TRUE(holds("data == 0", "-0.0"));
  EXPECT_FALSE(holds("data == 9007199254740993", "9007199254740992.0"));
  EXPECT_TRUE(holds("data < 9007199254740993", "9007199254740992.0"));
  EXPECT_TRUE(holds("data > 18446744073709551614", "18446744073709551615"));
  EXPECT_TRUE(holds("data < 18446744073709551616", "18446744073709551615"));
  EXPECT_TRUE(holds("data > -1", "18446744073709551615"));
  EXPECT_TRUE(holds("data < 0.5", "0"));
  EXPECT_TRUE(holds("data > -0.5", "0"));
  EXPECT_TRUE(holds("data >= -9223372036854775808", "-9223372036854775808"));
  EXPECT_TRUE(holds("data > -9223372036854777856.0", "-9223372036854775808"));
  EXPECT_TRUE(holds("data > 18446744073709551615", "1e400"));
}

TEST(Filter, AZeroIsAZeroWhateverItsExponent) {
  for (const auto* zero : {"0e07199", "-0.0e400", "0E99999"}) {
    EXPECT_TRUE(holds("data == 0", zero)) << zero;
    EXPECT_TRUE(holds("data < 91079254", zero)) << zero;
    EXPECT_FALSE(holds("data > 91079254", zero)) << zero;
  }
}

TEST(Filter, DataThatIsNotJsonHasNoPaths) {
  for (const auto* data :
       {"", "hello", "{\"a\":1} x", "{\"a\":1", "[1,]", "{\"a\":1}{\"a\":1}", "\"\xFF\"", "nul"}) {
    EXPECT_FALSE(holds("data.a == 1", data)) << data;
    EXPECT_TRUE(holds("data != 1", data)) << data;
  }
  EXPECT_FALSE(
      holds("data.a == 1", R"({"a":1,"b":)" + std::string(100, '[') + std::string(100, ']') + "}"));
}

TEST(Filter, OfMembersWithOneNameTheLastCountsWithAllThatLiesInIt) {
  EXPECT_TRUE(holds("data.a == 2", R"({"a":1,"a":2})"));
  EXPECT_FALSE(holds("data.a.b == 1", R"({"a":{"b":1},"a":2})"));
  EXPECT_FALSE(holds("data.a.b.c == 1", R"({"a":{"b":{"c":1}},"a":{"b":{}}})"));
  EXPECT_TRUE(holds("data.a.b.c == 3", R"({"a":{"b":{"c":1}},"a":{"b":{"c":2},"b":{"c":3}}})"));
}

TEST(Filter, AndBindsCloserThanOr) {
  EXPECT_TRUE(holds("event == 'paid' || event == 'sent' && key == 'no'", "x"));
  EXPECT_FALSE(holds("(event == 'paid' || event == 'sent') && key == 'no'", "x"));
  EXPECT_TRUE(holds("!(event == 'sent') && !!(key == 'k1')", "x"));
  EXPECT_TRUE(holds("!event == 'sent'", "x")) << "! takes the whole comparison";
}

TEST(Filter, StringsAreOrderedByCodePointsAndHaveJsonsEscapes) {
  EXPECT_TRUE(holds(R"(data.s == "a\"b\u00e9\n")", R"({"s":"a\"b\u00e9\n"})"));
  EXPECT_TRUE(holds(R"(data.s == 'it\'s "é"')", R"({"s":"it's \"\u00e9\""})"));
  EXPECT_TRUE(holds("data.s < 'b'", R"({"s":"a\uFFFF"})"));
  EXPECT_TRUE(holds(R"(data.s > "\uFFFF")", R"({"s":"\uD83D\uDE00"})"));
  EXPECT_TRUE(holds("data.grüße == 1", R"({"gr\u00fc\u00dfe":1})"));
}

TEST(Filter, ARefusalPointsAtTheCharacter) {
  EXPECT_EQ(
      refusal("data.total >"),
      "expected event, topic, key, data, a string, a number, true, false or null at character "
      "13\ndata.total >\n            ^");
  EXPECT_EQ(refusal("evnt == 'a'"),
            "an event has event, topic, key and data; strings stand in quotes at character 1\n"
            "evnt == 'a'\n^");
  EXPECT_EQ(refusal("key == 'é' & true"),
            "expected &&, ||, a comparison or the end at character 12\nkey == 'é' & true\n"
            "           ^");
  const auto far =
      refusal("key == '" + std::string(100, 'x') + "' ) || key == 'aaaaaaaaaaaaaaaaaaaaaaa'");
  EXPECT_TRUE(far.starts_with("expected &&, ||, a comparison or the end at character 111\n…xxx"))
      << far;
  EXPECT_TRUE(far.ends_with("…\n" + std::string(49, ' ') + "^")) << far;
}

TEST(Filter, RefusesWhatIsNoCondition) {
  for (const auto* text : {"",
                           "  ",
                           "true",
                           "'a'",
                           "1 == 1",
                           "'event' == 'paid'",
                           "data..a == 1",
                           "data. == 1",
                           "data[-1] == 1",
                           "data[1.5] == 1",
                           "data[x] == 1",
                           "data[0 == 1",
                           "data.a = 1",
                           "data.a === 1",
                           "(data.a",
                           "data.a)",
                           "data.a in []",
                           "data.a in [data.b]",
                           "data.a in 1",
                           "data.a == 'x",
                           "data.a == \"\\q\"",
                           "data.a == 01",
                           "data.a == 1.",
                           "data.a && ",
                           "! ",
                           "event.x == 1",
                           "data.a == undefined",
                           "data.a == 1 data.b",
                           "in in in",
                           "data.a == .5"}) {
    EXPECT_NE(refusal(text), "no refusal") << text;
  }
}

TEST(Filter, IsBoundedInLengthDepthTermsAndSteps) {
  const auto repeat = [](std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
  };
  EXPECT_TRUE(Filter::parse(repeat("(", 32) + "key" + repeat(")", 32)));
  EXPECT_TRUE(refusal(repeat("(", 33) + "key" + repeat(")", 33)).starts_with("more than 32"));
  EXPECT_TRUE(refusal(repeat("!", 2000) + "key").starts_with("more than 32"));
  EXPECT_TRUE(Filter::parse("key in [1" + repeat(",1", 250) + "]"));
  EXPECT_TRUE(refusal("key in [1" + repeat(",1", 256) + "]").starts_with("more than 256"));
  EXPECT_TRUE(Filter::parse(repeat("key||", 254) + "key"));
  EXPECT_TRUE(refusal(repeat("key||", 300) + "key").starts_with("more than 256"));
  EXPECT_TRUE(Filter::parse("data" + repeat(".a", 16)));
  EXPECT_TRUE(refusal("data" + repeat(".a", 17)).starts_with("a path has at most 16"));
  EXPECT_TRUE(refusal("key == '" + repeat("x", 2048) + "'").starts_with("it is longer than 2048"));
}

TEST(Filter, TellsWhichOfItsPathsAMaskHides) {
  const auto mask = FieldMask::parse("id,order.total,items.id");
  ASSERT_TRUE(mask);
  const auto outside = [&](std::string_view text) {
    return Filter::parse(text)->path_outside(*mask).value_or("none");
  };
  EXPECT_EQ(outside("data.id == 1 && data.order.total > 2 && event == 'x'"), "none");
  EXPECT_EQ(outside("data.id.deeper && data.items[3].id == 1"), "none");
  EXPECT_EQ(outside("data.id == 1 && data.order == null"), "order");
  EXPECT_EQ(outside("data.secret['x y']"), R"(secret["x y"])");
  EXPECT_EQ(outside("data == 5"), "");
}

}  // namespace
}  // namespace weir::proto
