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

}  // namespace
}  // namespace weir::api
