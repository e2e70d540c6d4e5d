#include "base/tracing.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Tracer, IsDisabledUntilItIsEnabled) {
  Tracer tracer;
  EXPECT_FALSE(tracer.enabled());
  EXPECT_FALSE(tracer.samples());
  tracer.enable(1);
  EXPECT_TRUE(tracer.enabled());
  tracer.disable();
  EXPECT_FALSE(tracer.enabled());
}

TEST(Tracer, SamplesOneInSoMany) {
  Tracer tracer;
  tracer.enable(4);
  int sampled = 0;
  for (int i = 0; i < 40; ++i) sampled += tracer.samples() ? 1 : 0;
  EXPECT_EQ(sampled, 10);
  tracer.enable(0);
  EXPECT_FALSE(tracer.samples());
}

TEST(Tracer, KeepsSpansInOrderUntilTheyAreTaken) {
  Tracer tracer;
  tracer.record({.name = "one"});
  tracer.record({.name = "two"});
  const auto spans = tracer.take();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].name, "one");
  EXPECT_EQ(spans[1].name, "two");
  EXPECT_TRUE(tracer.take().empty());
  EXPECT_EQ(tracer.recorded(), 2U);
}

TEST(Tracer, DropsAndCountsWhatNobodyTakes) {
  Tracer tracer;
  for (std::size_t i = 0; i < Tracer::kSpansMax + 7; ++i) tracer.record({.name = "span"});
  EXPECT_EQ(tracer.dropped(), 7U);
  EXPECT_EQ(tracer.take().size(), Tracer::kSpansMax);
}

TEST(Tracer, IdentitiesDiffer) {
  EXPECT_NE(Tracer::new_trace_id(), Tracer::new_trace_id());
  EXPECT_NE(Tracer::new_span_id(), Tracer::new_span_id());
}

}  // namespace
}  // namespace weir::base
