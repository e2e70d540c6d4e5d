#include "apps/once.hpp"

#include <gtest/gtest.h>

#include "log/testing/test_log.hpp"
#include "log/value.hpp"

namespace weir::apps::once {
namespace {

class Once : public testing::Test {
 protected:
  void SetUp() override {
    test.settings.data_dir = directory.path();
    open();
  }

  void open() {
    ASSERT_TRUE(test.open());
    ASSERT_TRUE(test.commit([](log::Transaction& t) { return prepare(t.state()); }));
  }

  Key key(std::string text, std::string fingerprint = "same") {
    return {std::move(text), std::move(fingerprint), test.clock.unix_millis() + 1'000};
  }

  /// Counts how often it is done.
  base::Result<std::string> ask(const Key& key) {
    base::Result<std::string> answer(std::string{});
    auto outcome = test.commit([&](log::Transaction& t) -> base::Result<> {
      answer = run(t, key, [&]() -> base::Result<std::string> {
        if (fails) return base::make_error(base::ErrorCode::kNotFound);
        return "answer " + std::to_string(++done);
      });
      if (!answer) return answer.error();
      return {};
    });
    if (!outcome) return outcome.error();
    return answer;
  }

  std::int64_t rows() {
    std::int64_t count = 0;
    EXPECT_TRUE(test.commit([&](log::Transaction& t) {
      return t.state().query("SELECT COUNT(*) FROM app_answers", {},
                             [&](log::Row row) { count = log::integer_of(row[0]); });
    }));
    return count;
  }

  log::testing::TemporaryDirectory directory;
  log::testing::TestLog test;
  int done = 0;
  bool fails = false;
};

TEST_F(Once, ARepetitionGetsTheFirstAnswerAlsoAfterARestart) {
  EXPECT_EQ(*ask(key("a")), "answer 1");
  EXPECT_EQ(*ask(key("a")), "answer 1");
  open();
  EXPECT_EQ(*ask(key("a")), "answer 1");
  EXPECT_EQ(*ask(key("b")), "answer 2");
  EXPECT_EQ(done, 2);
}

TEST_F(Once, WithoutAKeyItIsDoneEachTime) {
  EXPECT_EQ(*ask(Key{}), "answer 1");
  EXPECT_EQ(*ask(Key{}), "answer 2");
  EXPECT_EQ(rows(), 0);
}

TEST_F(Once, AnotherRequestWithTheSameKeyIsRefused) {
  ASSERT_TRUE(ask(key("a")));
  const auto other = ask(key("a", "other"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::ErrorCode::kIdempotencyConflict);
  EXPECT_EQ(done, 1);
}

TEST_F(Once, WhatFailedMayBeTriedAgain) {
  fails = true;
  EXPECT_EQ(ask(key("a")).error().code, base::ErrorCode::kNotFound);
  fails = false;
  EXPECT_EQ(*ask(key("a")), "answer 1");
}

TEST_F(Once, AnExpiredKeyIsNewAndItsAnswerIsDropped) {
  for (const auto* each : {"a", "b", "c"}) ASSERT_TRUE(ask(key(each)));
  test.clock.advance(std::chrono::milliseconds(1'000));
  EXPECT_EQ(*ask(key("a", "other")), "answer 4");
  EXPECT_EQ(rows(), 1);
}

}  // namespace
}  // namespace weir::apps::once
