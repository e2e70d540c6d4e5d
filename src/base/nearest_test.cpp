#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weir::base {
namespace {

const std::vector<std::string> kNames = {"keepalive", "listen", "shards", "retention_age"};

TEST(Nearest, FindsAMisspeltName) {
  EXPECT_EQ(nearest("keepalve", kNames), "keepalive");
  EXPECT_EQ(nearest("lisetn", kNames), "listen");
  EXPECT_EQ(nearest("shard", kNames), "shards");
}

TEST(Nearest, DoesNotGuessWhenNothingIsNear) {
  EXPECT_EQ(nearest("colour", kNames), "");
  EXPECT_EQ(nearest("", kNames), "");
  EXPECT_EQ(nearest(std::string(10'000, 'k'), kNames), "");
}

TEST(Nearest, AsksOnlyWhenItHasAGuess) {
  EXPECT_EQ(did_you_mean("retention_aeg", kNames), "; did you mean \"retention_age\"?");
  EXPECT_EQ(did_you_mean("colour", kNames), "");
}

}  // namespace
}  // namespace weir::base
