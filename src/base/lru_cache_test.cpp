#include "base/lru_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::base {
namespace {

TEST(LruCache, WhatWasUsedLastStays) {
  LruCache<int, std::string> cache(3);
  cache.put(1, "one", 1);
  cache.put(2, "two", 1);
  cache.put(3, "three", 1);
  ASSERT_NE(cache.find(1), nullptr);
  cache.put(4, "four", 1);
  EXPECT_EQ(cache.find(2), nullptr);
  ASSERT_NE(cache.find(1), nullptr);
  EXPECT_EQ(*cache.find(1), "one");
  EXPECT_EQ(cache.size(), 3u);
}

TEST(LruCache, IsBoundedByWeightAndTakesNothingThatIsTooHeavy) {
  LruCache<int, int> cache(10);
  cache.put(1, 1, 6);
  cache.put(2, 2, 6);
  EXPECT_EQ(cache.find(1), nullptr);
  EXPECT_EQ(cache.weight(), 6u);
  cache.put(3, 3, 11);
  EXPECT_EQ(cache.find(3), nullptr);
  EXPECT_NE(cache.find(2), nullptr);
  cache.put(2, 4, 1);
  EXPECT_EQ(*cache.find(2), 4);
  EXPECT_EQ(cache.weight(), 1u);
  cache.erase(2);
  EXPECT_EQ(cache.weight(), 0u);
}

}  // namespace
}  // namespace weir::base
