#include "proto/trace_context.hpp"

#include <gtest/gtest.h>

namespace weir::proto {
namespace {

constexpr std::string_view kExample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, ReadsTheSpecificationsExample) {
  const auto context = parse_traceparent(kExample);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id[0], 0x4b);
  EXPECT_EQ(context->span_id[7], 0xb7);
  EXPECT_TRUE(context->sampled());
  EXPECT_EQ(format_traceparent(*context), kExample);
}

TEST(TraceContext, PackedAndUnpackedItIsTheSame) {
  const auto context = parse_traceparent(kExample);
  const std::string packed = pack_trace(*context);
  EXPECT_EQ(packed.size(), kPackedTraceBytes);
  EXPECT_EQ(unpack_trace(packed), context);
  EXPECT_EQ(unpack_trace(packed.substr(1)), std::nullopt);
  EXPECT_EQ(unpack_trace({}), std::nullopt);
}

TEST(TraceContext, ALaterVersionMaySayMore) {
  std::string later(kExample);
  later[1] = '1';
  EXPECT_EQ(parse_traceparent(later), parse_traceparent(kExample));
  EXPECT_EQ(parse_traceparent(later + "-more"), parse_traceparent(kExample));
  EXPECT_FALSE(parse_traceparent(later + "more"));
  EXPECT_EQ(format_traceparent(*parse_traceparent(later + "-more")), kExample);
}

TEST(TraceContext, WhatIsNotValidIsIgnored) {
  for (const std::string_view text :
       {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473\r-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(parse_traceparent(text)) << text;
  }
}

}  // namespace
}  // namespace weir::proto
