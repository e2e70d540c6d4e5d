#include "access/password_hash.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "access/operators.hpp"
#include "access/password_checker.hpp"
#include "base/blocking_queue.hpp"

namespace weir::access {
namespace {

/// Of "correct horse battery", by Python's hashlib.scrypt.
constexpr const char* kVector =
    "$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$faCG2Y2MU7gpu0yKEJONexUzhBri6oOSfKdyxUHubQ0";

TEST(PasswordHash, IsWhatOtherImplementationsOfScryptMake) {
  const auto hash = PasswordHash::parse(kVector);
  ASSERT_TRUE(hash) << hash.error().detail;
  EXPECT_TRUE(hash->matches("correct horse battery"));
  EXPECT_FALSE(hash->matches("correct horse batterz"));
  EXPECT_FALSE(hash->matches(""));
  EXPECT_EQ(hash->text(), kVector);
}

TEST(PasswordHash, HasASaltOfItsOwnAndCanBeReadBack) {
  const auto one = PasswordHash::make("secret words");
  EXPECT_NE(one.text(), PasswordHash::make("secret words").text());
  const auto read = PasswordHash::parse(one.text());
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->matches("secret words"));
  EXPECT_FALSE(PasswordHash::decoy().matches(""));
}

TEST(PasswordHash, IsRefusedWhereItIsNoneOrCostsTooMuchWithoutBeingRepeated) {
  const std::string good = kVector;
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const auto& text :
       {std::string(), std::string("secret"), std::string("$scrypt$"), with("scrypt", "argon2id"),
        with("ln=10", "ln=0"), with("ln=10", "ln=21"), with("ln=10", "ln=x"), with("r=8", "r=0"),
        with("r=8", "r=33"), with("p=2", "p=17"), with("p=2", "p=2,q=1"),
        with("ln=10,r=8", "ln=20,r=32"), with("MDEy", "M!Ey"), with("MDEyMzQ1", ""), good + "A",
        good + "$"}) {
    const auto parsed = PasswordHash::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, base::ErrorCode::kBadConfiguration);
    EXPECT_EQ(parsed.error().detail.find("MDEy"), std::string::npos);
  }
}

TEST(Operators, AreReadFromLinesAndToldApartFromTheirEarlierPasswords) {
  const std::string line = std::string(R"({"name":"ada","password":")") + kVector + "\"}";
  const auto operators = Operators::parse("# who\n\n" + line + "\r\n");
  ASSERT_TRUE(operators) << operators.error().detail;
  EXPECT_EQ(operators->find("bob"), nullptr);
  const auto* ada = operators->find("ada");
  ASSERT_NE(ada, nullptr);
  EXPECT_TRUE(ada->password.matches("correct horse battery"));
  const auto later = Operators::parse(operator_line("ada", "correct horse battery"));
  ASSERT_TRUE(later);
  EXPECT_NE(later->find("ada")->fingerprint, ada->fingerprint);
  EXPECT_EQ(operator_name_of(line), "ada");
  EXPECT_EQ(operator_name_of("# ada"), "");
  EXPECT_EQ(Operators::parse(line + "\n" + line).error().detail,
            "line 2: the name \"ada\" is used twice");
}

TEST(PasswordChecker, ChecksInTurnAndRefusesWhatWouldWaitTooLong) {
  PasswordChecker checker;
  const auto hash = *PasswordHash::parse(kVector);
  base::BlockingQueue<bool> go;
  base::BlockingQueue<bool> results;
  // The first one holds the thread until it is told to go on.
  ASSERT_TRUE(checker.check(hash, "wrong", 1, [&](const base::Result<bool>& matches) {
    results.push(bool(*matches));
    go.pop();
  }));
  EXPECT_EQ(results.pop(), false);
  const auto done = [&](const base::Result<bool>& matches) { results.push(matches && *matches); };
  ASSERT_TRUE(checker.check(hash, "correct horse battery", 1, done));
  ASSERT_TRUE(checker.check(hash, "wrong", 1, done));
  EXPECT_FALSE(checker.check(hash, "wrong", 1, done)) << "as many wait as may";
  go.push(true);
  EXPECT_EQ(results.pop(), true);
  EXPECT_EQ(results.pop(), false);
  EXPECT_FALSE(results.try_pop());
}

TEST(PasswordChecker, SaysOfWhatStillWaitsAtItsEndThatItIsNotKnown) {
  PasswordChecker checker;
  const auto hash = *PasswordHash::parse(kVector);
  base::BlockingQueue<bool> begun;
  base::BlockingQueue<bool> go;
  base::BlockingQueue<base::ErrorCode> results;
  ASSERT_TRUE(checker.check(hash, "x", 9, [&](const base::Result<bool>&) {
    begun.push(true);
    go.pop();
  }));
  ASSERT_TRUE(checker.check(hash, "correct horse battery", 9, [&](const auto& matches) {
    results.push(matches ? base::ErrorCode::kInternal : matches.error().code);
  }));
  begun.pop();
  std::thread stopping([&] { checker.stop(); });
  // Refused from the moment on at which it is told to stop.
  while (checker.check(hash, "x", 1'000'000, [](const auto&) {})) std::this_thread::yield();
  go.push(true);
  stopping.join();
  EXPECT_EQ(results.pop(), base::ErrorCode::kDraining);
}

}  // namespace
}  // namespace weir::access
