#include "api/access/revocations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

#include "hub/testing/hub_fixture.hpp"

namespace weir::api {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

class StoredRevocationsTest : public hub::HubFixture {
 protected:
  /// Changes the tables as nobody of ours does.
  void execute(const std::string& sql) {
    std::optional<base::Result<>> done;
    hub_->change_now(
        [sql](log::Transaction& transaction) { return transaction.state().execute(sql, {}); },
        [&done](base::Result<> outcome) { done = std::move(outcome); });
    settle();
    ASSERT_TRUE(done && *done) << (done ? done->error().detail : "no outcome");
  }

  /// It blocks until the log has got to it, which this thread steps.
  base::Result<access::Revocations> load() {
    auto loading = std::async(std::launch::async, [this] { return load_revocations(*hub_); });
    while (loading.wait_for(std::chrono::seconds(0)) != std::future_status::ready) settle();
    return loading.get();
  }
};

TEST_F(StoredRevocationsTest, ANewLogHasNone) {
  open();
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_TRUE(loaded->all().empty());
  EXPECT_TRUE(load()) << "also once there is a table";
}

TEST_F(StoredRevocationsTest, AreThoseOfTheTable) {
  open();
  ASSERT_TRUE(load());
  execute("INSERT INTO revocations (entry, revoked_at) VALUES ('sub:bob', 1), ('jti:7', 2)");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().detail;
  ASSERT_EQ(loaded->all().size(), 2U);
  EXPECT_EQ(loaded->all().begin()->text(), "jti:7");
}

TEST_F(StoredRevocationsTest, ATableThatCannotBeReadIsAnErrorAndNotNone) {
  open();
  execute("CREATE TABLE revocations (other TEXT)");
  const auto loaded = load();
  ASSERT_FALSE(loaded) << "whoever was revoked would be let in";
  EXPECT_EQ(loaded.error().code, ErrorCode::kInternal);
  EXPECT_THAT(loaded.error().detail, HasSubstr("the stored revocations: "));
}

TEST_F(StoredRevocationsTest, AnEntryThatCannotBeReadIsAnError) {
  open();
  ASSERT_TRUE(load());
  execute("INSERT INTO revocations (entry, revoked_at) VALUES ('nobody', 1)");
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kCorrupt);
}

class RevokeTest : public StoredRevocationsTest {
 protected:
  void begin(std::uint64_t most) {
    base::Settings settings;
    settings.access.revocations_max = most;
    open(settings);
    authority_ = std::move(*access::Authority::open(settings, clock_));
  }
  /// The error's name, or "".
  std::string add(const std::string& text) {
    std::string outcome = "none";
    revoke(*hub_, 0, *authority_, *access::Revocation::parse(text), [&](const auto& stored) {
      outcome = stored ? "" : base::info(stored.error().code).name;
    });
    settle();
    return outcome;
  }
  void TearDown() override {
    StoredRevocationsTest::TearDown();
    authority_.reset();
  }

  std::unique_ptr<access::Authority> authority_;
};

TEST_F(RevokeTest, OneMoreThanThereMayBeIsRefusedAndChangesNothing) {
  begin(2);
  EXPECT_EQ(add("sub:alice"), "");
  EXPECT_EQ(add("jti:7"), "");
  EXPECT_EQ(add("sub:bob"), "too-many-revocations");
  EXPECT_EQ(add("jti:7"), "") << "it is there already";
  EXPECT_EQ(authority_->counts().revocations, 2U);
  EXPECT_EQ(authority_->counts().revocations_refused, 1U);
  EXPECT_EQ(load()->all(), authority_->revocations()->all());
}

TEST_F(RevokeTest, ThoseOfSessionsThatAreOverMakeRoom) {
  begin(2);
  EXPECT_EQ(add("jti:session-1"), "");
  EXPECT_EQ(add("jti:session-2"), "");
  EXPECT_EQ(add("sub:bob"), "too-many-revocations");
  clock_.advance(std::chrono::hours(31 * 24));  // No session is longer.
  EXPECT_EQ(add("sub:bob"), "");
  EXPECT_EQ(authority_->counts().revocations, 1U);
}

}  // namespace
}  // namespace weir::api
