#include "base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/result.hpp"

namespace weir::base {
namespace {

TEST(ErrorTable, NamesAreUniqueAndMadeForUrls) {
  std::set<std::string_view> names;
  for (const ErrorInfo& row : error_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(std::all_of(row.name.begin(), row.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '-';
    })) << row.name;
  }
}

TEST(ErrorTable, StatusesAreErrorsOrNone) {
  for (const ErrorInfo& row : error_table()) {
    EXPECT_TRUE(row.http_status == 0 || (row.http_status >= 400 && row.http_status < 600))
        << row.name;
    EXPECT_EQ(&info(row.code), &row);
  }
}

TEST(ErrorTable, TitlesAreSentencesWithoutAFullStop) {
  for (const ErrorInfo& row : error_table()) {
    ASSERT_FALSE(row.title.empty()) << row.name;
    EXPECT_TRUE(row.title.front() >= 'A' && row.title.front() <= 'Z') << row.title;
    EXPECT_NE(row.title.back(), '.') << row.title;
  }
}

TEST(Error, MessageIsTheTitleAndTheDetail) {
  EXPECT_EQ((Error{ErrorCode::kDraining, ""}.message()), "The server is shutting down");
  EXPECT_EQ((Error{ErrorCode::kDraining, "soon"}.message()), "The server is shutting down: soon");
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = make_error(ErrorCode::kNotFound, "x");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kNotFound);
}

TEST(ResultDeathTest, ReadingTheValueOfAFailureAborts) {
  const Result<int> bad = make_error(ErrorCode::kNotFound, "x");
  EXPECT_DEATH(bad.value(), "broken invariant.*There is nothing at this address: x");
}

}  // namespace
}  // namespace weir::base
