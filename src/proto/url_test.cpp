#include "proto/url.hpp"

#include <gtest/gtest.h>

namespace weir::proto {
namespace {

using Query = std::vector<std::pair<std::string, std::string>>;

struct Good {
  std::string_view target;
  std::string_view path;
  Query query;
};

class GoodTarget : public testing::TestWithParam<Good> {};

TEST_P(GoodTarget, IsCutIntoPathAndQuery) {
  const auto target = parse_target(GetParam().target);
  ASSERT_TRUE(target) << target.error().message();
  EXPECT_EQ(target->raw_path, GetParam().path);
  EXPECT_EQ(target->query, GetParam().query);
}

INSTANTIATE_TEST_SUITE_P(
    Url, GoodTarget,
    testing::Values(Good{"/", "/", {}}, Good{"*", "*", {}}, Good{"/a/b%2Fc", "/a/b%2Fc", {}},
                    Good{"/?", "/", {}}, Good{"//a", "//a", {}}, Good{"/a?b", "/a", {{"b", ""}}},
                    Good{"/a?b=c&b=d", "/a", {{"b", "c"}, {"b", "d"}}},
                    Good{"/a?&&b=1&", "/a", {{"b", "1"}}}, Good{"/a?=1", "/a", {{"", "1"}}},
                    Good{"/a?b=c=d?e/f", "/a", {{"b", "c=d?e/f"}}},
                    Good{"/a+b?c+d=e+f%2B", "/a+b", {{"c d", "e f+"}}},
                    Good{"/s?match=orders/{id}|x", "/s", {{"match", "orders/{id}|x"}}},
                    Good{"/s?topic=%E4%B8%96", "/s", {{"topic", "世"}}},
                    Good{"/s?topic=a%26b%3Dc%23", "/s", {{"topic", "a&b=c#"}}},
                    Good{"http://example.com/a?b=1", "/a", {{"b", "1"}}},
                    Good{"HTTPS://example.com:8080", "/", {}},
                    Good{"http://[::1]:80?b=1", "/", {{"b", "1"}}},
                    Good{"/https://example.com/", "/https://example.com/", {}}));

class BadTarget : public testing::TestWithParam<std::string_view> {};

TEST_P(BadTarget, IsABadRequest) {
  const auto target = parse_target(GetParam());
  ASSERT_FALSE(target) << GetParam();
  EXPECT_EQ(target.error().code, base::ErrorCode::kBadRequest);
}

INSTANTIATE_TEST_SUITE_P(Url, BadTarget,
                         testing::Values("", "a", "?a=b", "example.com:443", "ftp://example.com/",
                                         "http://", "http:///a", "http://user:pw@example.com/",
                                         "http://exa mple/", "**", "/%", "/%2", "/%zz", "/a?b=%",
                                         "/a?%4=1", "/%00", "/a?b=%00", "/%FF", "/a?b=%C3",
                                         "/a?%ED%A0%80=1", "/a b", "/a?b=c d", "/a#b", "/a?b#c",
                                         "/\xC3\xBC", "/a?b=\xC3\xBC", "/a\x7F", "/a\tb",
                                         std::string_view("/a\0", 3)));

TEST(Target, FindsValuesByName) {
  const auto target = parse_target("/s?topic=a&x=1&topic=b&empty=");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->get("topic"), "a");
  EXPECT_EQ(target->get_all("topic"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(target->get("empty"), "");
  EXPECT_FALSE(target->get("Topic"));
  EXPECT_TRUE(target->get_all("none").empty());
}

TEST(DecodePath, KeepsPlusesAndSlashes) {
  EXPECT_EQ(*decode_path("orders/a+b%20c%2Fd"), "orders/a+b c/d");
  EXPECT_FALSE(decode_path("%C3%28"));
}

TEST(EncodeTopicPath, IsUndoneByDecoding) {
  std::string topic;
  for (int byte = 1; byte < 0x80; ++byte) topic.push_back(static_cast<char>(byte));
  topic += "世界";
  const std::string encoded = encode_topic_path(topic);
  EXPECT_EQ(*decode_path(encoded), topic);
  EXPECT_TRUE(parse_target("/v1/topics/" + encoded));
  EXPECT_EQ(encode_topic_path("orders/a b~c?{x}"), "orders/a%20b~c%3F%7Bx%7D");
}

}  // namespace
}  // namespace weir::proto
