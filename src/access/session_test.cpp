#include "access/session.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "access/authority.hpp"
#include "access/operators.hpp"
#include "base/blocking_queue.hpp"
#include "base/small_file.hpp"
#include "base/testing/manual_clock.hpp"
#include "proto/base64url.hpp"

namespace weir::access {
namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

constexpr const char* kPassword = "correct horse battery";

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "weir-session-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    settings_.access.operators = folder_ + "/operators";
    settings_.access.jwt_key = {"HS256=" + folder_ + "/secret"};
    std::ofstream(folder_ + "/secret") << std::string(32, 's');
    write_operators("ada");
  }
  void TearDown() override {
    authority_.reset();
    std::filesystem::remove_all(folder_);
  }

  void write_operators(std::string_view name) {
    ASSERT_TRUE(
        base::replace_file(settings_.access.operators, operator_line(name, kPassword) + "\n"));
  }

  void open() {
    auto opened = Authority::open(settings_, clock_);
    ASSERT_TRUE(opened) << opened.error().message();
    authority_ = std::move(*opened);
  }

  base::Result<Session> log_in(const std::string& name, const std::string& password) {
    base::BlockingQueue<base::Result<Session>> answers;
    const auto begun = authority_->log_in(name, password, 1h, 16, [&](const auto& session) {
      answers.push(base::Result<Session>(session));
    });
    if (!begun) return begun.error();
    return *answers.pop();
  }

  /// "good", "not ours", or why not.
  std::string look_at(std::string_view text) {
    const auto access = authority_->authenticate_session(text);
    if (!access) return access.error().detail;
    return *access == nullptr ? "not ours" : "good";
  }

  std::string token(std::string_view claims) const {
    const auto key = Key::from_secret(Algorithm::kHs256, "", std::string(32, 's'));
    const auto text = proto::to_base64url(R"({"alg":"HS256"})") + "." + proto::to_base64url(claims);
    return text + "." + proto::to_base64url(key->sign(text));
  }

  base::ManualClock clock_;
  base::Settings settings_;
  std::string folder_;
  std::unique_ptr<Authority> authority_;
};

TEST_F(SessionTest, OfAnOperatorIsAnAdminsForAsLongAsItLasts) {
  open();
  const auto session = log_in("ada", kPassword);
  ASSERT_TRUE(session) << session.error().message();
  const auto access = *authority_->authenticate_session(session->text);
  EXPECT_EQ(access->kind, Access::Kind::kSession);
  EXPECT_TRUE(access->authenticated() && access->grants.admin);
  EXPECT_EQ(access->subject, "ada");
  EXPECT_EQ(access->identity, "operator\nada");
  EXPECT_TRUE(access->token_id.starts_with(kSessionIdPrefix));
  clock_.advance(59min);
  EXPECT_EQ(look_at(session->text), "good");
  clock_.advance(1min);
  EXPECT_EQ(look_at(session->text), "it has expired") << "without a leeway";
}

TEST_F(SessionTest, IsNotOpenedForAWrongNameOrPassword) {
  open();
  for (const auto& [name, password] :
       {std::pair{"ada", "wrong"}, {"eve", kPassword}, {"", ""}, {"ada", ""}}) {
    const auto session = log_in(name, password);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::kLoginFailed);
    EXPECT_EQ(session.error().detail, "the name or the password is not right");
  }
}

TEST_F(SessionTest, EndsWithTheOperatorsEntryAndByRevocation) {
  open();
  const auto session = *log_in("ada", kPassword);
  const auto other = *log_in("ada", kPassword);
  authority_->revoke({Revocation::Kind::kTokenId, session.access->token_id});
  EXPECT_EQ(look_at(session.text), "it has been revoked");
  EXPECT_TRUE(authority_->is_revoked(*session.access));
  EXPECT_FALSE(authority_->is_revoked(*other.access));
  write_operators("ada");  // The same password, with another salt.
  EXPECT_EQ(look_at(other.text), "good") << "until it is read";
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_TRUE(authority_->is_revoked(*other.access));
  EXPECT_EQ(look_at(other.text),
            "the key or operator that it rests on has been changed or removed");
}

TEST_F(SessionTest, OfATokenHasItsGrantsAndEndsWithIt) {
  open();
  const auto exp = base::ManualClock::kStart / 1000 + 60;
  const auto shown = token(fmt::format(
      R"({{"sub":"root","jti":"t1","exp":{},"weir":{{"admin":true,"subscribe":["a/*"]}}}})", exp));
  const auto session = authority_->log_in(shown, 1h);
  ASSERT_TRUE(session) << session.error().message();
  const auto& access = *session->access;
  EXPECT_EQ(access.expires, exp * 1000);
  EXPECT_TRUE(access.grants.admin);
  EXPECT_FALSE(access.grants.may_publish("a/b"));
  EXPECT_TRUE(access.grants.subscribe.matches("a/b"));
  EXPECT_EQ(access.identity, "sub\n\nroot") << "what is counted by subject is counted with it";
  authority_->revoke({Revocation::Kind::kSubject, "root"});
  EXPECT_EQ(look_at(session->text), "it has been revoked");
  authority_->restore({Revocation::Kind::kSubject, "root"});
  EXPECT_EQ(look_at(session->text), "good");
  authority_->revoke({Revocation::Kind::kTokenId, "t1"});
  EXPECT_EQ(look_at(session->text), "it has been revoked");
}

TEST_F(SessionTest, OfATokenEndsWithTheKeyThatSignedIt) {
  open();
  const auto exp = base::ManualClock::kStart / 1000 + 60;
  const auto session =
      authority_->log_in(token(fmt::format(R"({{"exp":{},"weir":{{"admin":true}}}})", exp)), 1h);
  ASSERT_TRUE(session) << session.error().message();
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_EQ(look_at(session->text), "good");
  std::ofstream(folder_ + "/secret") << std::string(32, 'n');
  ASSERT_TRUE(authority_->reconfigure(settings_));
  EXPECT_TRUE(authority_->is_revoked(*session->access));
  EXPECT_EQ(look_at(session->text),
            "the key or operator that it rests on has been changed or removed");
}

TEST_F(SessionTest, IsNotOpenedForWhoIsNoAdmin) {
  open();
  const auto exp = base::ManualClock::kStart / 1000 + 60;
  const auto weak = token(fmt::format(R"({{"exp":{},"weir":{{"subscribe":["**"]}}}})", exp));
  EXPECT_EQ(authority_->log_in(weak, 1h).error().code, ErrorCode::kForbidden);
  const auto old = token(fmt::format(R"({{"exp":{},"weir":{{"admin":true}}}})", exp - 120));
  EXPECT_EQ(authority_->log_in(old, 1h).error().code, ErrorCode::kLoginFailed);
}

TEST_F(SessionTest, IsKnownByItsOwnSignatureAndNoOther) {
  open();
  const auto session = *log_in("ada", kPassword);
  EXPECT_FALSE(authority_->authenticate(session.text)) << "it is no token";
  EXPECT_EQ(look_at("x"), "not ours");
  EXPECT_EQ(look_at(token(R"({"jti":"session-x","exp":99999999999,"operator":"ada"})")),
            "not ours");
  auto bent = session.text;
  bent[bent.find('.') + 5] ^= 1;
  EXPECT_EQ(look_at(bent), "not ours");
  authority_->use_session_key(SessionSigner());
  EXPECT_EQ(look_at(session.text), "not ours");
}

TEST_F(SessionTest, TheKeyOfAFileIsMadeOnceAndKeepsSessionsGood) {
  const auto path = folder_ + "/session.key";
  const auto first = SessionSigner::from_file(path);
  ASSERT_TRUE(first) << first.error().detail;
  const auto text = first->sign("{}");
  EXPECT_EQ(SessionSigner::from_file(path)->claims_of(text), "{}");
  EXPECT_FALSE(SessionSigner().claims_of(text));
  std::ofstream(path) << "short\n";
  EXPECT_FALSE(SessionSigner::from_file(path)) << "a key that is too short is no key";
}

TEST_F(SessionTest, ClaimsOfALaterVersionAreRefusedBecauseTheyCouldRestrict) {
  for (const auto* json :
       {"{}", "x", R"({"jti":"a","exp":1})", R"({"jti":"a","operator":"b","key":"c"})",
        R"({"jti":"a","operator":"b","only":"d"})", R"({"jti":"a","operator":"b","exp":"1"})"}) {
    EXPECT_FALSE(SessionClaims::parse(json)) << json;
  }
  SessionClaims claims;
  claims.token_id = "session-1";
  claims.issued_at = 1000;
  claims.expires = 5000;
  claims.key_name = "o\"ps";
  claims.fingerprint = "ab";
  const auto read = SessionClaims::parse(claims.json());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->json(), claims.json());
  EXPECT_EQ(read->key_name, "o\"ps");
}

}  // namespace
}  // namespace weir::access
