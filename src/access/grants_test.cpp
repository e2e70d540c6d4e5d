#include "access/grants.hpp"

#include <gtest/gtest.h>

#include "access/api_keys.hpp"
#include "access/revocations.hpp"

namespace weir::access {
namespace {

TEST(Grants, SayWhatMayBePublishedAndFollowed) {
  const auto grants = read_grants(
      R"({"publish":["orders/*"],"subscribe":["news","users/17/**"],"fields":["a.b"],"limits":{"connections":3,"publish_rate":10},"admin":true})");
  ASSERT_TRUE(grants) << grants.error().message();
  EXPECT_TRUE(grants->may_publish("orders/1"));
  EXPECT_FALSE(grants->may_publish("orders/1/2"));
  EXPECT_FALSE(grants->may_publish("news"));
  EXPECT_TRUE(grants->may_subscribe(*proto::make_selectors({"news"}, {"users/17/*"}, 9)));
  EXPECT_FALSE(grants->may_subscribe(*proto::make_selectors({"orders/1"}, {}, 9)));
  ASSERT_TRUE(grants->fields);
  EXPECT_EQ(grants->fields->text(), "a.b");
  EXPECT_EQ(grants->limits.connections, 3U);
  EXPECT_EQ(grants->limits.publish_rate, 10U);
  EXPECT_TRUE(grants->admin);
}

TEST(Grants, AreNothingWhereNothingIsSaid) {
  const auto grants = read_grants("{}");
  ASSERT_TRUE(grants);
  EXPECT_FALSE(grants->may_publish("a"));
  EXPECT_FALSE(grants->may_subscribe(*proto::make_selectors({"a"}, {}, 9)));
  EXPECT_FALSE(grants->admin);
}

TEST(Grants, AMistakeIsRefusedAndNotTakenForLess) {
  for (const auto* text :
       {"", "[]", "null", R"({"publsih":["a"]})", R"({"publish":"a"})", R"({"publish":[1]})",
        R"({"publish":["a**"]})", R"({"publish":[""]})", R"({"admin":"true"})", R"({"admin":1})",
        R"({"limits":[]})", R"({"limits":{"connections":0}})", R"({"limits":{"connections":-1}})",
        R"({"limits":{"rate":1}})", R"({"fields":[]})", R"({"fields":["a..b"]})",
        R"({"admin":false,"admin":true})"}) {
    const auto grants = read_grants(text);
    ASSERT_FALSE(grants) << text;
    EXPECT_EQ(grants.error().code, base::ErrorCode::kInvalidToken) << text;
  }
}

TEST(Grants, OfMercureHaveAStarForEverything) {
  const auto grants = read_mercure_grants(
      R"({"publish":["*"],"subscribe":["https://example.org/a","https://example.org/b/{id}","https://e.org/{+x}","a/*"],"payload":{"x":1}})");
  ASSERT_TRUE(grants) << grants.error().message();
  EXPECT_TRUE(grants->may_publish("anything/at/all"));
  EXPECT_TRUE(grants->subscribe.matches("https://example.org/a"));
  EXPECT_TRUE(grants->subscribe.matches("https://example.org/b/7"));
  EXPECT_FALSE(grants->subscribe.matches("https://example.org/b/7/c"));
  EXPECT_FALSE(grants->subscribe.matches("https://e.org/q"));
  EXPECT_FALSE(grants->subscribe.matches("a/b")) << "a star within a text is no wildcard there";
  EXPECT_FALSE(grants->admin);
}

TEST(ApiKey, IsFoundByItsTextAloneAndTheFileHoldsNoSecret) {
  const auto key = make_api_key("ci", R"("publish":["orders/**"])", std::nullopt);
  EXPECT_TRUE(key.text.starts_with("weir_"));
  EXPECT_EQ(key.line.find(key.text.substr(key.text.rfind('_') + 1)), std::string::npos);
  const auto keys = ApiKeys::parse("# keys\n\n" + key.line + "\r\n");
  ASSERT_TRUE(keys) << keys.error().message();
  const auto access = keys->find(key.text);
  ASSERT_TRUE(access);
  EXPECT_EQ(access->subject, "ci");
  EXPECT_TRUE(access->grants.may_publish("orders/1"));
  EXPECT_FALSE(keys->find(key.text + "x"));
  EXPECT_FALSE(keys->find(key.text.substr(0, key.text.size() - 1)));
  EXPECT_FALSE(keys->find("weir_"));
  EXPECT_FALSE(keys->find(""));
  auto other = key.text;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(keys->find(other));
}

TEST(ApiKey, AFileWithAMistakeIsRefusedByItsLine) {
  const auto key = make_api_key("ci", "", std::nullopt);
  const auto twice = ApiKeys::parse(key.line + "\n" + make_api_key("ci", "", {}).line);
  ASSERT_FALSE(twice);
  EXPECT_TRUE(twice.error().detail.starts_with("line 2: ")) << twice.error().detail;
  for (
      const auto* text :
      {"{}", "x", R"({"name":"a","id":"b","sha256":"c"})",
       R"({"name":"a","id":"b","sha256":"0000000000000000000000000000000000000000000000000000000000000000","publsh":[]})",
       R"({"name":"a","id":"b","sha256":"0000000000000000000000000000000000000000000000000000000000000000","expires":"soon"})"}) {
    EXPECT_FALSE(ApiKeys::parse(text)) << text;
  }
}

TEST(Revocations, AreOfOneKindOfThingOnly) {
  const auto revoked = Revocations::parse("jti:1\n# no more\nsub:bob\nkey:ci\n");
  ASSERT_TRUE(revoked);
  Access token;
  token.kind = Access::Kind::kToken;
  token.subject = "ci";
  EXPECT_FALSE(revoked->covers(token)) << "a key of that name is";
  token.subject = "bob";
  EXPECT_TRUE(revoked->covers(token));
  token.subject.clear();
  EXPECT_FALSE(revoked->covers(token));
  token.token_id = "1";
  EXPECT_TRUE(revoked->covers(token));
  Access key;
  key.kind = Access::Kind::kKey;
  key.subject = "bob";
  EXPECT_FALSE(revoked->covers(key));
  key.subject = "ci";
  EXPECT_TRUE(revoked->covers(key));
  for (const auto* text : {"jti:", "who:x", "bob", "sub:a\r"}) {
    EXPECT_FALSE(Revocation::parse(text)) << text;
  }
}

}  // namespace
}  // namespace weir::access
