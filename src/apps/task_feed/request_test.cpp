#include "apps/task_feed/request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::apps::task_feed {
namespace {

using base::ErrorCode;

const base::TaskFeedSettings kLimits;

TEST(TaskRequestTest, ADraftNeedsANameAndRefusesWhatItDoesNotKnow) {
  const auto draft = read_draft(
      R"({"productName":"chair","productId":null,"owner":"alice","data":[1e400],"product":{"name":"x"}})",
      kLimits);
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->product_name, "chair");
  EXPECT_EQ(draft->owner, "alice");
  EXPECT_EQ(draft->data, "[1e400]") << "as it was sent";
  for (const auto* bad :
       {R"({})", R"({"productName":""})", R"({"productName":7})", R"({"productName":"x","no":1})",
        R"({"productName":"x","product":[]})", R"({"productName":"x","product":{"id":{}}})",
        R"({"productName":"x","id":"a/b"})", R"({"productName":"x","id":"stream"})",
        R"({"id":"х"})"}) {
    const auto read = read_draft(bad, kLimits);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::kBadRequest) << bad;
  }
  EXPECT_EQ(read_draft("{", kLimits).error().code, ErrorCode::kBadJson);
  const auto long_name = R"({"productName":")" + std::string(257, 'x') + R"("})";
  EXPECT_FALSE(read_draft(long_name, kLimits));
}

TEST(TaskRequestTest, AReportTakesProgressFromZeroToAHundred) {
  using enum ReportKind;
  const auto report =
      read_report(R"({"progress":12.5,"attempt":2,"currentStage":"parse"})", kProgress, kLimits);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->progress, 12.5);
  EXPECT_EQ(report->attempt, 2U);
  EXPECT_EQ(report->current_stage, "parse");
  for (const auto* bad :
       {R"({"progress":-1})", R"({"progress":101})", R"({"progress":"5"})", R"({"progress":1e400})",
        R"({"attempt":0})", R"({"attempt":1.5})", R"({"currentStage":""})"}) {
    EXPECT_FALSE(read_report(bad, kProgress, kLimits)) << bad;
  }
}

TEST(TaskRequestTest, AReportTakesOnlyWhatItIsFor) {
  using enum ReportKind;
  const auto taken = [](ReportKind kind, const char* body) {
    return read_report(body, kind, kLimits).has_value();
  };
  for (const auto kind : {kProgress, kHeartbeat, kComplete, kFail, kNothing}) {
    EXPECT_TRUE(taken(kind, "")) << "it may say nothing";
    EXPECT_EQ(taken(kind, R"({"errorMessage":"no"})"), kind == kFail);
    EXPECT_EQ(taken(kind, R"({"attempt":1})"), kind != kNothing);
    const bool speaks = kind != kNothing && kind != kHeartbeat;
    EXPECT_EQ(taken(kind, R"({"currentStage":"parse","progress":1,"result":[]})"), speaks);
  }
}

TEST(TaskRequestTest, WhatIsNewOfAProductTakesThePlaceOfWhatWasKnown) {
  EXPECT_EQ(*merged("", R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(*merged(R"({"a":1,"b":{"c":2}})", R"({"b":[3],"d":1e400})"),
            R"({"a":1,"b":[3],"d":1e400})");
}

}  // namespace
}  // namespace weir::apps::task_feed
