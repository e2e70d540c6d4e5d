#include "log/derived_batch.hpp"

#include <gtest/gtest.h>

#include "log/batch_builder.hpp"

namespace weir::log {
namespace {

BatchPtr three_events() {
  std::vector<proto::Event> events(3);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].topics = {"t"};
    events[i].type = "type" + std::to_string(i);
    events[i].data = "data " + std::to_string(i);
  }
  return BatchBuilder::ephemeral({1}, events, 1000);
}

void last_byte_twice(std::string_view data, std::string& out) { out.append(2, data.back()); }

TEST(DerivedBatch, HoldsTheChosenEventsWithOtherData) {
  const auto source = three_events();
  const std::vector<EventRange> ranges{{0, 1}, {2, 1}};
  const auto derived = DerivedBatch::make(source, ranges, last_byte_twice);
  ASSERT_EQ(derived->size(), 2U);
  EXPECT_EQ((*derived)[0].data, "00");
  EXPECT_EQ((*derived)[1].data, "22");
  EXPECT_EQ((*derived)[1].type, "type2");
  EXPECT_EQ((*derived)[1].topics.front(), "t");
  EXPECT_EQ(derived->first(), source->first());
  EXPECT_EQ(derived->last(), source->last());
  EXPECT_TRUE(derived->ephemeral());
  EXPECT_EQ(derived->sse_frames().plain(1), "event: type2\ndata: 22\n\n");
  EXPECT_EQ(source->sse_frames().plain(2), "event: type2\ndata: data 2\n\n") << "as it was";
}

TEST(DerivedBatch, OutlivesWhoeverHeldItsSource) {
  auto source = three_events();
  const std::vector<EventRange> ranges{{1, 1}};
  const auto derived = DerivedBatch::make(std::move(source), ranges, last_byte_twice);
  EXPECT_EQ(derived->sse_frames().plain(0), "event: type1\ndata: 11\n\n");
}

}  // namespace
}  // namespace weir::log
