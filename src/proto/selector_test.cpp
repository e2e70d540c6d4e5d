#include "proto/selector.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::proto {
namespace {

using base::ErrorCode;

struct Case {
  std::string_view pattern;
  std::string_view topic;
  bool matches;
};

class PatternMatch : public testing::TestWithParam<Case> {};

TEST_P(PatternMatch, IsAsTheTableSays) {
  const auto pattern = Pattern::parse(GetParam().pattern);
  ASSERT_TRUE(pattern) << pattern.error().message();
  EXPECT_EQ(pattern->matches(GetParam().topic), GetParam().matches)
      << GetParam().pattern << " on " << GetParam().topic;
  if (GetParam().matches) {
    EXPECT_TRUE(GetParam().topic.starts_with(pattern->literal_prefix()));
  }
}

INSTANTIATE_TEST_SUITE_P(Literals, PatternMatch,
                         testing::Values(Case{"orders/17", "orders/17", true},
                                         Case{"orders/17", "orders/1", false},
                                         Case{"orders/17", "orders/17/", false},
                                         Case{"orders/17", "orders", false}, Case{"/", "/", true}));

INSTANTIATE_TEST_SUITE_P(
    OneSegment, PatternMatch,
    testing::Values(Case{"*", "orders", true}, Case{"*", "orders/17", false},
                    Case{"orders/*", "orders/17", true}, Case{"orders/*", "orders", false},
                    Case{"orders/*", "orders/17/lines", false}, Case{"orders/*", "orders/", true},
                    Case{"*/17", "orders/17", true}, Case{"*/*", "a/b", true},
                    Case{"*/*", "a", false}, Case{"a/*/c", "a/b/c", true},
                    Case{"a/*/c", "a/b/b/c", false}, Case{"a/*/c", "a//c", true},
                    Case{"/*", "/a", true}, Case{"/*", "a", false}));

INSTANTIATE_TEST_SUITE_P(
    TheRest, PatternMatch,
    testing::Values(Case{"**", "orders", true}, Case{"**", "orders/17/lines", true},
                    Case{"**", "/", true}, Case{"orders/**", "orders/17", true},
                    Case{"orders/**", "orders/17/lines/3", true},
                    Case{"orders/**", "orders", false}, Case{"orders/**", "orders/", true},
                    Case{"orders/**", "ordersx/17", false}, Case{"*/b/**", "a/b/c/d", true},
                    Case{"*/b/**", "a/b", false}));

INSTANTIATE_TEST_SUITE_P(
    Variables, PatternMatch,
    testing::Values(Case{"orders/{id}", "orders/17", true}, Case{"orders/{id}", "orders/", false},
                    Case{"orders/{id}", "orders/1/2", false},
                    Case{"orders/{id}.json", "orders/17.json", true},
                    Case{"orders/{id}.json", "orders/.json", false},
                    Case{"orders/{id}.json", "orders/17.xml", false}, Case{"a-{x}-a", "a-a", false},
                    Case{"a-{x}-a", "a--a", false}, Case{"a-{x}-a", "a-b-a", true},
                    Case{"{a}/{b}", "x/y", true}, Case{"{a}/**", "x/y/z", true},
                    Case{"https://example.com/books/{id}", "https://example.com/books/1", true},
                    Case{"https://example.com/books/{id}", "https://example.org/books/1", false}));

class BadPattern : public testing::TestWithParam<std::string_view> {};

TEST_P(BadPattern, IsRefusedWithTheReason) {
  const auto pattern = Pattern::parse(GetParam());
  ASSERT_FALSE(pattern) << GetParam();
  EXPECT_EQ(pattern.error().code, ErrorCode::kBadSelector);
  EXPECT_FALSE(pattern.error().detail.empty());
}

INSTANTIATE_TEST_SUITE_P(Selector, BadPattern,
                         testing::Values("", "**/a", "a/**/b", "**/**", "{", "}", "a}", "{}",
                                         "a/{id", "a/{b/c}", "{a}{b}", "{a}-{b}", "{a}}", "{{a}}",
                                         "{+path}", "{/a*}", "a*b", "***", "a/b*", "*{x}", "{a b}",
                                         "a\nb", "a/\xFF/*"));

TEST(Pattern, SaysWhereTheMistakeIs) {
  EXPECT_EQ(Pattern::parse("orders/{id").error().detail,
            "a variable that does not end within its segment at byte 7");
  EXPECT_EQ(Pattern::parse("a/**/b").error().detail,
            "\"**\" stands only at the end, but it is at byte 2");
  EXPECT_EQ(Pattern::parse("orders/x*").error().detail,
            "a \"*\" is a whole segment, but there is one within a segment at byte 8");
}

TEST(Pattern, BeginsWithItsLiteralPartUpToTheFirstWildcard) {
  const auto prefix = [](std::string_view text) {
    return std::string(Pattern::parse(text)->literal_prefix());
  };
  EXPECT_EQ(prefix("orders/17"), "orders/17");
  EXPECT_EQ(prefix("orders/*"), "orders/");
  EXPECT_EQ(prefix("orders/*/lines"), "orders/");
  EXPECT_EQ(prefix("orders/**"), "orders/");
  EXPECT_EQ(prefix("orders/x{id}/y"), "orders/x");
  EXPECT_EQ(prefix("a/b/{id}.json"), "a/b/");
  EXPECT_EQ(prefix("**"), "");
  EXPECT_EQ(prefix("/*"), "/");
}

TEST(Pattern, KnowsWhichTextsAreNames) {
  EXPECT_TRUE(Pattern::is_literal("orders/17"));
  for (const auto text : {"*", "**", "a/*", "a/*/b", "a/**", "{x}", "a/{x}.json", "a}"}) {
    EXPECT_FALSE(Pattern::is_literal(text)) << text;
  }
}

TEST(Pattern, CoversAnotherExactlyWhenNoTopicTellsThemApart) {
  const std::vector<std::string> texts = {
      "**",     "*",    "a",     "a/*",     "a/**",   "*/a",    "*/*",      "*/**",
      "{x}",    "x{v}", "x{v}z", "xy{v}yz", "{v}z",   "{v}/a",  "a/{v}",    "a/{v}/**",
      "a/x{v}", "a/b",  "a/*/b", "a/b/*",   "a/b/**", "*/b/**", "a/{v}/b",  "x{v}z/**",
      "xaz",    "xz",   "/a",    "a/",      "*/{v}",  "{v}/**", "{v}/*/**", "a/b/c"};
  // What stands for a variable, with every beginning and end that the patterns can tell apart.
  const std::vector<std::string> segments = {"",    "a",    "b",    "c",     "x",     "z",   "xz",
                                             "xaz", "xyz",  "xyyz", "xyayz", "xyazz", "qz",  "xq",
                                             "q",   "xyqz", "xxyz", "xya",   "ayz",   "xqyz"};
  std::vector<std::string> topics;
  for (const auto& one : segments) {
    if (!one.empty()) topics.push_back(one);
    for (const auto& two : segments) {
      topics.push_back(one + "/" + two);
      for (const auto& three : segments) {
        topics.push_back(one + "/" + two + "/" + three);
        topics.push_back(one + "/" + two + "/" + three + "/q");
      }
    }
  }
  for (const auto& outer_text : texts) {
    const auto outer = *Pattern::parse(outer_text);
    for (const auto& inner_text : texts) {
      const auto inner = *Pattern::parse(inner_text);
      const bool within = std::all_of(topics.begin(), topics.end(), [&](const auto& topic) {
        return !inner.matches(topic) || outer.matches(topic);
      });
      EXPECT_EQ(outer.covers(inner), within) << outer_text << " over " << inner_text;
    }
  }
}

TEST(Pattern, MatchesTheServersOwnTopicsOnlyIfItNamesThem) {
  for (const auto* topic : {"$weir", "$weir/metrics", "$weir/a/b"}) {
    for (const auto* text : {"**", "*", "*/*", "*/**", "{x}", "{x}/metrics", "$we{x}/metrics",
                             "${x}/**", "{x}r/*", "*/metrics"}) {
      EXPECT_FALSE(Pattern::parse(text)->matches(topic)) << text << " " << topic;
      EXPECT_FALSE(Pattern::parse(text)->names_system_topics()) << text;
    }
  }
  EXPECT_TRUE(Pattern::parse("$weir/**")->matches("$weir/metrics"));
  EXPECT_TRUE(Pattern::parse("$weir/*")->matches("$weir/metrics"));
  EXPECT_TRUE(Pattern::parse("$weir/{x}")->names_system_topics());
  EXPECT_TRUE(Pattern::parse("**")->matches("$weird")) << "a topic like any other";
  EXPECT_TRUE(Pattern::parse("*/x")->matches("$other/x"));
}

TEST(Pattern, CoversTheServersOwnTopicsOnlyIfItNamesThem) {
  const auto covers = [](std::string_view one, std::string_view other) {
    return Pattern::parse(one)->covers(*Pattern::parse(other));
  };
  EXPECT_FALSE(covers("**", "$weir/**"));
  EXPECT_FALSE(covers("*/*", "$weir/{x}"));
  EXPECT_TRUE(covers("$weir/**", "$weir/*"));
  EXPECT_TRUE(covers("**", "${x}/*"));
  EXPECT_TRUE(covers("**", "**"));
}

TEST(Selectors, SayWhetherTheyNameTheServersOwnTopics) {
  EXPECT_TRUE(make_selectors({"a", "$weir/metrics"}, {}, 9)->name_system_topics());
  EXPECT_TRUE(make_selectors({"a"}, {"$weir/*"}, 9)->name_system_topics());
  EXPECT_FALSE(make_selectors({"a", "$weird"}, {"**"}, 9)->name_system_topics());
}

TEST(Selectors, CoverOthersThatLieWithinThem) {
  const auto grant = *make_selectors({"news"}, {"orders/*", "users/17/**"}, 10);
  const auto within = [&](std::vector<std::string> topics, std::vector<std::string> patterns) {
    return grant.cover(*make_selectors(topics, patterns, 10));
  };
  EXPECT_TRUE(within({"news", "orders/1"}, {"users/17/*"}));
  EXPECT_TRUE(within({}, {"orders/{id}"}));
  EXPECT_FALSE(within({"news", "weather"}, {}));
  EXPECT_FALSE(within({}, {"orders/**"}));
  EXPECT_FALSE(within({}, {"**"}));
  EXPECT_FALSE(within({}, {"users/*/inbox"}));
  EXPECT_FALSE(Selectors().cover(*make_selectors({"news"}, {}, 1)));
}

TEST(Selectors, SortNamesAndKeepPatternsApart) {
  const auto selectors =
      make_selectors({"b", "orders/*", "b"}, {"a", "orders/*", "orders/*", "b"}, 10);
  ASSERT_TRUE(selectors);
  EXPECT_EQ(selectors->topics, (std::vector<std::string>{"a", "b", "orders/*"}));
  ASSERT_EQ(selectors->patterns.size(), 1u);
  EXPECT_EQ(selectors->patterns[0].text(), "orders/*");
  EXPECT_FALSE(selectors->exact_only());
  EXPECT_TRUE(selectors->matches("a"));
  EXPECT_TRUE(selectors->matches("orders/17"));
  EXPECT_FALSE(selectors->matches("c"));
}

TEST(Selectors, ATopicIsAnExactNameWhateverItHolds) {
  const auto selectors = make_selectors({"**", "{x"}, {}, 10);
  ASSERT_TRUE(selectors);
  EXPECT_TRUE(selectors->exact_only());
  EXPECT_TRUE(selectors->matches("**"));
  EXPECT_TRUE(selectors->matches("{x"));
  EXPECT_FALSE(selectors->matches("a"));
}

TEST(Selectors, AreRefusedWhenNoneTooManyOrInvalid) {
  EXPECT_EQ(make_selectors({}, {}, 10).error().code, ErrorCode::kBadSelector);
  EXPECT_EQ(make_selectors({"a", "b"}, {"c"}, 2).error().code, ErrorCode::kTooManyTopics);
  EXPECT_TRUE(make_selectors({"a", "b"}, {"c"}, 3));
  EXPECT_EQ(make_selectors({""}, {}, 10).error().code, ErrorCode::kBadTopic);
  EXPECT_EQ(make_selectors({}, {"a\n"}, 10).error().code, ErrorCode::kBadSelector);
  EXPECT_EQ(make_selectors({}, {"**/a"}, 10).error().code, ErrorCode::kBadSelector);
}

}  // namespace
}  // namespace weir::proto
