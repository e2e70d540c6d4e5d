#include "access/authority.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/testing/manual_clock.hpp"
#include "proto/base64url.hpp"

namespace weir::access {
namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

constexpr std::int64_t kNow = base::ManualClock::kStart / 1000;
const std::string kSecret(32, 's');

std::string sign(std::string_view claims, std::string_view header = R"({"alg":"HS256"})",
                 const std::string& secret = kSecret) {
  const auto key = Key::from_secret(Algorithm::kHs256, "", secret);
  const auto text = proto::to_base64url(header) + "." + proto::to_base64url(claims);
  return text + "." + proto::to_base64url(key->sign(text));
}

std::string claims(std::string_view more = "", std::int64_t lasting = 60) {
  return fmt::format(R"({{"sub":"bob","exp":{}{}}})", kNow + lasting, more);
}

class AuthorityTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "weir-access-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    settings_.access.jwt_key = {"HS256=" + file("secret", kSecret + "\n")};
  }
  void TearDown() override {
    authority_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string file(const std::string& name, const std::string& text) const {
    const auto path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  void open() {
    auto opened = Authority::open(settings_, clock_);
    ASSERT_TRUE(opened) << opened.error().message();
    authority_ = std::move(*opened);
  }

  /// "good", or why not.
  std::string look_at(const std::string& token) {
    const auto access = authority_->authenticate(token);
    if (access) return "good";
    EXPECT_EQ(access.error().code, ErrorCode::kInvalidToken);
    return access.error().detail;
  }

  base::ManualClock clock_;
  base::Settings settings_;
  std::string folder_;
  std::unique_ptr<Authority> authority_;
};

TEST_F(AuthorityTest, ATokenIsKnownByItsSignatureAndGrantsWhatItSays) {
  open();
  const auto access = authority_->authenticate(
      sign(claims(R"(,"jti":"t1","weir":{"publish":["orders/*"],"subscribe":["news"]})")));
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ((*access)->kind, Access::Kind::kToken);
  EXPECT_EQ((*access)->subject, "bob");
  EXPECT_EQ((*access)->token_id, "t1");
  EXPECT_TRUE((*access)->grants.may_publish("orders/1"));
  EXPECT_FALSE((*access)->grants.may_publish("news"));
  EXPECT_FALSE((*access)->grants.admin);
}

TEST_F(AuthorityTest, MercuresClaimIsTakenWhereThereIsNoOther) {
  open();
  const auto mercure = authority_->authenticate(sign(claims(R"(,"mercure":{"publish":["*"]})")));
  ASSERT_TRUE(mercure);
  EXPECT_TRUE((*mercure)->grants.may_publish("any"));
  const auto both =
      authority_->authenticate(sign(claims(R"(,"mercure":{"publish":["*"]},"weir":{})")));
  EXPECT_FALSE((*both)->grants.may_publish("any"));
}

TEST_F(AuthorityTest, TimesAreHeldToTheClockWithALeewayAndAlsoFromTheCache) {
  settings_.access.jwt_leeway = 5s;
  open();
  const auto token = sign(claims());
  EXPECT_EQ(look_at(token), "good");
  clock_.advance(64s);
  EXPECT_EQ(look_at(token), "good");
  clock_.advance(1s);
  EXPECT_EQ(look_at(token), "it has expired");
  EXPECT_EQ(authority_->counts().verified, 1U);
  EXPECT_EQ(authority_->counts().cached, 2U);
  const auto later = sign(fmt::format(R"({{"exp":{},"nbf":{}}})", kNow + 1000, kNow + 75));
  EXPECT_EQ(look_at(later), "it is not valid yet");
  clock_.advance(5s);
  EXPECT_EQ(look_at(later), "good");
}

/// A long token's hash takes a while, in which the keys may become others.
TEST_F(AuthorityTest, ATokenOfAKeyThatIsTakenOutMeanwhileIsNotKeptAsGood) {
  settings_.access.token_bytes_max = 64 << 10;
  open();
  auto without = settings_;
  without.access.jwt_key = {"HS256=" + file("other", std::string(32, 'o'))};
  const auto token = sign(claims(R"(,"weir":{},"padding":")" + std::string(40 << 10, 'x') + '"'));
  std::atomic<bool> done{false};
  std::thread somebody([&] {
    while (!done) (void)authority_->authenticate(token);
  });
  int kept = 0;
  for (int i = 0; i < 500; ++i) {
    EXPECT_TRUE(authority_->reconfigure(settings_));
    EXPECT_TRUE(authority_->authenticate(token));
    EXPECT_TRUE(authority_->reconfigure(without));
    if (authority_->authenticate(token)) ++kept;
  }
  done = true;
  somebody.join();
  EXPECT_EQ(kept, 0);
}

TEST_F(AuthorityTest, AnApiKeyIsOverOnceItsLineIsAnotherOrNone) {
  const auto key = make_api_key("ci", R"("publish":["**"])", {});
  const auto other = make_api_key("other", "", {});
  settings_.access.api_keys = file("keys", key.line + "\n");
  open();
  const auto access = authority_->authenticate(key.text);
  ASSERT_TRUE(access) << access.error().message();
  file("keys", other.line + "\n" + key.line + "\n");
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_TRUE(authority_->still_valid(**access)) << "other lines are no matter";
  EXPECT_FALSE(authority_->is_revoked(**access));
  auto narrower = key.line;
  narrower.replace(narrower.find("**"), 2, "a/*");
  file("keys", narrower + "\n");
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_FALSE(authority_->still_valid(**access));
  EXPECT_TRUE(authority_->is_revoked(**access));
  EXPECT_TRUE(authority_->authenticate(key.text)) << "but what it grants now is another's";
  file("keys", other.line + "\n");
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_FALSE(authority_->still_valid(**access));
  EXPECT_TRUE(authority_->is_revoked(**access));
}

TEST_F(AuthorityTest, ATokenWithoutAnEndNeedsPermission) {
  open();
  EXPECT_EQ(look_at(sign("{}")), "it never expires (no \"exp\")");
  settings_.access.jwt_without_exp = true;
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_EQ(look_at(sign("{}")), "good");
}

TEST_F(AuthorityTest, AudienceAndIssuerMustBeThoseThatAreAskedFor) {
  open();
  EXPECT_EQ(look_at(sign(claims(R"(,"aud":"app")"))), "it is for another audience (\"aud\")");
  EXPECT_EQ(look_at(sign(claims(R"(,"iss":"anybody")"))), "good");
  settings_.access.jwt_audience = {"weir", "app"};
  settings_.access.jwt_issuer = {"https://id.example"};
  ASSERT_TRUE(authority_->reconfigure(settings_));
  const auto with = [](std::string_view aud, std::string_view iss) {
    return sign(claims(fmt::format(R"(,"aud":{},"iss":"{}")", aud, iss)));
  };
  EXPECT_EQ(look_at(with(R"("app")", "https://id.example")), "good");
  EXPECT_EQ(look_at(with(R"(["x","weir"])", "https://id.example")), "good");
  EXPECT_EQ(look_at(with(R"(["x"])", "https://id.example")),
            "it is for another audience (\"aud\")");
  EXPECT_EQ(look_at(with("[]", "https://id.example")), "it is for another audience (\"aud\")");
  EXPECT_EQ(look_at(with(R"("app")", "https://evil.example")), "it is of another issuer (\"iss\")");
  EXPECT_EQ(look_at(sign(claims())), "it is for another audience (\"aud\")");
}

TEST_F(AuthorityTest, NoneAndUnknownAlgorithmsAreRefused) {
  open();
  for (const auto* header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"hs256"})", R"({"alg":"RS512"})"}) {
    EXPECT_EQ(look_at(sign(claims(), header)), "its algorithm is not accepted") << header;
    const auto bare = proto::to_base64url(header) + "." + proto::to_base64url(claims()) + ".";
    EXPECT_EQ(look_at(bare), "its algorithm is not accepted") << header;
  }
}

TEST_F(AuthorityTest, APublicKeyIsNoHmacSecret) {
  // The PEM of an RSA key, which anybody may know, as the secret of a token's signature.
  const std::string pem =
      "-----BEGIN PUBLIC KEY-----\n"
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
      "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
      "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
      "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
      "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
      "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
      "oQIDAQAB\n"
      "-----END PUBLIC KEY-----\n";
  settings_.access.jwt_key = {"RS256:k=" + file("rsa.pem", pem)};
  open();
  const auto header = R"({"alg":"HS256","kid":"k"})";
  const auto text = proto::to_base64url(header) + "." + proto::to_base64url(claims());
  // Key::from_secret would not take it: a forger has other tools.
  std::string mac(32, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), pem.data(), static_cast<int>(pem.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &length);
  const auto forged = text + "." + proto::to_base64url(mac);
  EXPECT_EQ(look_at(forged), "its key is for another algorithm");
  EXPECT_EQ(look_at(sign(claims(), R"({"alg":"HS256"})")),
            "it is signed with a key that is not known");
}

TEST_F(AuthorityTest, KeysAreChosenByTheirId) {
  const std::string other(32, 'o');
  settings_.access.jwt_key = {"HS256:one=" + file("one", kSecret),
                              "HS256:two=" + file("two", other)};
  open();
  const auto one = R"({"alg":"HS256","kid":"one"})";
  const auto two = R"({"alg":"HS256","kid":"two"})";
  EXPECT_EQ(look_at(sign(claims(), one, kSecret)), "good");
  EXPECT_EQ(look_at(sign(claims(), two, other)), "good");
  EXPECT_EQ(look_at(sign(claims(), two, kSecret)), "its signature is not good");
  EXPECT_EQ(look_at(sign(claims(), R"({"alg":"HS256"})", other)), "good");
  EXPECT_EQ(look_at(sign(claims(), R"({"alg":"HS256","kid":"three"})")),
            "it is signed with a key that is not known");
}

TEST_F(AuthorityTest, GarbageAndTooLongTokensAreRefused) {
  settings_.access.token_bytes_max = 512;
  open();
  for (const auto& text :
       {std::string(), std::string("x"), std::string("a.b.c"), std::string("weir_"),
        std::string("weir_0123_abc"), sign(claims()) + "x", std::string(300, '.')}) {
    EXPECT_NE(look_at(text), "good") << text;
  }
  EXPECT_EQ(look_at(sign(claims(fmt::format(R"(,"x":"{}")", std::string(500, 'x'))))),
            "the token is longer than 512 bytes");
  EXPECT_GT(authority_->counts().refused, 0U);
}

TEST_F(AuthorityTest, WhatIsRevokedIsRefusedAlsoFromTheCache) {
  open();
  const auto token = sign(claims(R"(,"jti":"t1")"));
  EXPECT_EQ(look_at(token), "good");
  authority_->revoke(*Revocation::parse("jti:t1"));
  EXPECT_EQ(look_at(token), "it has been revoked");
  authority_->restore(*Revocation::parse("jti:t1"));
  EXPECT_EQ(look_at(token), "good");
  settings_.access.revocations = file("revoked", "sub:bob\n");
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_EQ(look_at(token), "it has been revoked");
}

TEST_F(AuthorityTest, AKeyThatIsReplacedVerifiesNoMore) {
  open();
  const auto token = sign(claims());
  EXPECT_EQ(look_at(token), "good");
  file("secret", std::string(32, 'n'));
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_EQ(look_at(token), "its signature is not good");
}

TEST_F(AuthorityTest, WhatATokenOfAKeyThatIsGoneHasOpenedIsOver) {
  const auto other = "HS256:2=" + file("other", std::string(32, 'o'));
  settings_.access.jwt_key.push_back(other);
  open();
  const auto access = *authority_->authenticate(sign(claims()));
  const auto of_other = *authority_->authenticate(
      sign(claims(), R"({"alg":"HS256","kid":"2"})", std::string(32, 'o')));
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_FALSE(authority_->is_revoked(*access)) << "the same key, read again";
  EXPECT_TRUE(authority_->still_valid(*access));
  settings_.access.jwt_key = {other};
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_TRUE(authority_->is_revoked(*access));
  EXPECT_FALSE(authority_->still_valid(*access));
  EXPECT_FALSE(authority_->is_revoked(*of_other));
  file("other", std::string(32, 'n'));
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_TRUE(authority_->is_revoked(*of_other)) << "of the same id, and yet another key";
}

TEST_F(AuthorityTest, AReloadWithAMistakeChangesNothing) {
  open();
  auto broken = settings_;
  broken.access.jwt_key = {"HS256=" + folder_ + "/missing"};
  const auto outcome = authority_->reconfigure(broken);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kBadConfiguration);
  EXPECT_EQ(look_at(sign(claims())), "good");
}

TEST_F(AuthorityTest, TheCacheStaysWithinItsBytes) {
  settings_.access.token_cache_bytes = 4096;
  open();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(look_at(sign(claims("", 60 + i))), "good");
  EXPECT_EQ(look_at(sign(claims("", 60))), "good");
  EXPECT_EQ(authority_->counts().verified, 101U) << "the first was forgotten";
}

TEST_F(AuthorityTest, AnApiKeyEndsWithoutLeeway) {
  const auto key = make_api_key("ci", R"("publish":["a"])", base::ManualClock::kStart + 1000);
  settings_.access.api_keys = file("keys", key.line + "\n");
  open();
  EXPECT_EQ(look_at(key.text), "good");
  clock_.advance(1s);
  EXPECT_EQ(look_at(key.text), "it has expired");
}

TEST_F(AuthorityTest, WithoutKeysTheServerIsOpenAndWithThemAnonymousHaveWhatTheyAreGiven) {
  settings_.access.jwt_key = {};
  open();
  EXPECT_TRUE(authority_->is_open());
  EXPECT_TRUE(authority_->anonymous()->grants.admin);
  settings_.access.jwt_key = {"HS256=" + folder_ + "/secret"};
  settings_.access.anonymous_subscribe = {"news", "public/**"};
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_FALSE(authority_->is_open());
  const auto anonymous = authority_->anonymous();
  EXPECT_FALSE(anonymous->grants.admin);
  EXPECT_FALSE(anonymous->grants.may_publish("news"));
  EXPECT_TRUE(anonymous->grants.subscribe.matches("public/x"));
}

}  // namespace
}  // namespace weir::access
