#include "proto/jwt.hpp"

#include <gtest/gtest.h>

#include "proto/base64url.hpp"

namespace weir::proto {
namespace {

using base::ErrorCode;

std::string token(std::string_view header, std::string_view payload = "{}",
                  std::string_view signature = "s") {
  return to_base64url(header) + "." + to_base64url(payload) + "." + to_base64url(signature);
}

TEST(Jws, IsCutIntoItsParts) {
  const auto text = token(R"({"typ":"JWT","alg":"HS256","kid":"k1"})", R"({"sub":"x"})", "mac");
  const auto jws = parse_jws(text, 1000);
  ASSERT_TRUE(jws) << jws.error().message();
  EXPECT_EQ(jws->algorithm, "HS256");
  EXPECT_EQ(jws->key_id, "k1");
  EXPECT_EQ(jws->payload, R"({"sub":"x"})");
  EXPECT_EQ(jws->signature, "mac");
  EXPECT_EQ(jws->signing_input, text.substr(0, text.rfind('.')));
}

TEST(Jws, WhatIsNoTokenIsRefusedAndNotRepeated) {
  const std::string good = token(R"({"alg":"HS256"})");
  for (const auto& text : {std::string(),
                           std::string("."),
                           std::string(".."),
                           std::string("garbage"),
                           good + ".",
                           good + ".x",
                           good + "=",
                           " " + good,
                           good + "\n",
                           "x" + good,
                           token("[]"),
                           token("{"),
                           token("{}"),
                           token(R"({"alg":1})"),
                           token(R"({"alg":""})"),
                           token(R"({"alg":"A"}x)"),
                           token(R"({"alg":"HS256","alg":"none"})"),
                           token(R"({"alg":"HS256","kid":7})"),
                           token(R"({"alg":"HS256","crit":["b64"],"b64":false})"),
                           token(R"({"alg":"HS256","crit":[]})"),
                           token(R"({"alg":"HS256","kid":")" + std::string(300, 'k') + R"("})")}) {
    const auto jws = parse_jws(text, 4000);
    ASSERT_FALSE(jws) << text;
    EXPECT_EQ(jws.error().code, ErrorCode::kInvalidToken);
    EXPECT_FALSE(jws.error().detail.empty());
    EXPECT_EQ(jws.error().detail.find("eyJ"), std::string::npos) << jws.error().detail;
  }
}

TEST(Jws, IsNoLongerThanItMayBe) {
  const auto text = token(R"({"alg":"HS256"})", std::string(1000, ' ') + "{}");
  EXPECT_TRUE(parse_jws(text, text.size()));
  EXPECT_FALSE(parse_jws(text, text.size() - 1));
}

TEST(Claims, AreRead) {
  const auto claims = parse_claims(
      R"({"iss":"i","sub":"s","jti":"j","aud":["a","b"],"exp":12.5,"nbf":-1,"iat":3,"weir":{"admin":true},"other":[1]})");
  ASSERT_TRUE(claims) << claims.error().message();
  EXPECT_EQ(claims->issuer, "i");
  EXPECT_EQ(claims->subject, "s");
  EXPECT_EQ(claims->token_id, "j");
  EXPECT_EQ(claims->audience, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(claims->expires, 12.5);
  EXPECT_EQ(claims->not_before, -1);
  EXPECT_EQ(claims->issued_at, 3);
  EXPECT_EQ(claims->weir, R"({"admin":true})");
  EXPECT_EQ(parse_claims(R"({"aud":"one"})")->audience, std::vector<std::string>{"one"});
  EXPECT_FALSE(parse_claims("{}")->audience);
}

TEST(Claims, OfTheWrongKindAreRefused) {
  for (const auto* text :
       {"", "[]", "null", "{", R"({"exp":"1"})", R"({"exp":1e300})", R"({"exp":1e999})",
        R"({"exp":null})", R"({"sub":1})", R"({"aud":1})", R"({"aud":[1]})", R"({"aud":{}})",
        R"({"exp":1,"exp":2})", R"({"nbf":true})", "{}{}"}) {
    const auto claims = parse_claims(text);
    ASSERT_FALSE(claims) << text;
    EXPECT_EQ(claims.error().code, ErrorCode::kInvalidToken) << text;
  }
}

}  // namespace
}  // namespace weir::proto
