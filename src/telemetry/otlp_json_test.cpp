#include "telemetry/otlp_json.hpp"

#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

TEST(OtlpJson, ASpanIsWrittenAsTheSpecificationHasIt) {
  base::Span span{.name = "publish", .kind = base::Span::Kind::kProducer};
  span.trace_id.fill(0xab);
  span.span_id.fill(0x01);
  span.parent_id.fill(0x02);
  span.start_nanos = 1'700'000'000'000'000'001;
  span.end_nanos = 1'700'000'000'000'000'002;
  span.attributes = {{"messaging.destination.name", "orders/\"17\""}, {"weir.subscribers", 3}};
  span.error = "The disk is full";
  EXPECT_EQ(
      otlp_json({&span, 1}, "1.2.3", "host"),
      R"({"resourceSpans":[{"resource":{"attributes":[)"
      R"({"key":"service.name","value":{"stringValue":"weir"}},)"
      R"({"key":"service.version","value":{"stringValue":"1.2.3"}},)"
      R"({"key":"service.instance.id","value":{"stringValue":"host"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"weir"},"spans":[)"
      R"({"traceId":"abababababababababababababababab","spanId":"0101010101010101",)"
      R"("parentSpanId":"0202020202020202","name":"publish","kind":4,)"
      R"("startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000000000002",)"
      R"("attributes":[{"key":"messaging.destination.name","value":{"stringValue":"orders/\"17\""}},)"
      R"({"key":"weir.subscribers","value":{"intValue":"3"}}],)"
      R"("status":{"code":2,"message":"The disk is full"}}]}]}]})");
}

TEST(OtlpJson, AFirstSpanHasNoParentAndAGoodOneNoStatus) {
  const base::Span spans[] = {{.name = "one"}, {.name = "two"}};
  const std::string json = otlp_json(spans, "1", "h");
  EXPECT_EQ(json.find("parentSpanId"), json.npos);
  EXPECT_EQ(json.find("status"), json.npos);
  EXPECT_NE(json.find(R"(},{"traceId")"), json.npos);
}

}  // namespace
}  // namespace weir::telemetry
