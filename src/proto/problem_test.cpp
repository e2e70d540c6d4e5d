#include "proto/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace weir::proto {
namespace {

TEST(Problem, HoldsTheRowOfTheTableAndTheDetail) {
  EXPECT_EQ(problem_json({base::ErrorCode::kBadTopic, "it holds \"x\""}),
            R"({"type":"/problems/bad-topic","title":"The topic's name is not valid","status":400,)"
            R"("detail":"it holds \"x\"","code":"bad-topic","retryable":false})");
}

TEST(Problem, LeavesAnEmptyDetailOut) {
  EXPECT_EQ(problem_json({base::ErrorCode::kDraining, ""}),
            R"({"type":"/problems/draining","title":"The server is shutting down","status":503,)"
            R"("code":"draining","retryable":true})");
}

TEST(Problem, IsValidJsonWithAnHttpStatusForEveryError) {
  for (const auto& row : base::error_table()) {
    const auto problem = boost::json::parse(problem_json({row.code, "\xFF\n"})).as_object();
    EXPECT_GE(problem.at("status").as_int64(), 400) << row.name;
    EXPECT_EQ(problem.at("code").as_string(), row.name);
  }
}

}  // namespace
}  // namespace weir::proto
