#include "api/operations/memory_budget.hpp"

#include <gtest/gtest.h>

namespace weir::api {
namespace {

TEST(MemoryBudget, ShedsMoreTheFurtherMemoryIsOverIt) {
  MemoryBudget budget;
  EXPECT_EQ(budget.update(999, 1000), Pressure::kNone);
  EXPECT_EQ(budget.update(1000, 1000), Pressure::kNoStreams);
  EXPECT_EQ(budget.update(1050, 1000), Pressure::kNoPublishes);
  EXPECT_EQ(budget.update(1100, 1000), Pressure::kDisconnect);
}

TEST(MemoryBudget, LeavesOffALittleBelowWhereItBegan) {
  MemoryBudget budget;
  EXPECT_EQ(budget.update(2000, 1000), Pressure::kDisconnect);
  EXPECT_EQ(budget.update(1080, 1000), Pressure::kDisconnect);
  EXPECT_EQ(budget.update(1069, 1000), Pressure::kNoPublishes);
  EXPECT_EQ(budget.update(1019, 1000), Pressure::kNoStreams);
  EXPECT_EQ(budget.update(980, 1000), Pressure::kNoStreams);
  EXPECT_EQ(budget.update(969, 1000), Pressure::kNone);
}

TEST(MemoryBudget, WithoutABudgetNothingIsShed) {
  MemoryBudget budget;
  EXPECT_EQ(budget.update(1'000'000, 100), Pressure::kDisconnect);
  EXPECT_EQ(budget.update(1'000'000, 0), Pressure::kNone);
}

}  // namespace
}  // namespace weir::api
