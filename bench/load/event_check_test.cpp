#include "load/event_check.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::bench {
namespace {

struct EventCheckTest : testing::Test {
  // An event of one reader of one topic, published just before.
  std::string publish() { return std::string(Payload(40).write({book.publish(0), 0})); }
  ScannedEvent event(std::string_view id, std::string_view data) const {
    return {.type = {}, .id = id, .data = data, .data_lines = 1};
  }

  Faults faults;
  DeliveryBook book{1, 1, faults};
  EventCheck check{40, true, book, faults};
  ReaderProgress reader;
};

TEST_F(EventCheckTest, WhatWasPublishedIsDeliveredInOrder) {
  for (std::string_view id : {"e-1", "e-5", "e-6"}) {
    const std::string data = publish();
    check.on_event(reader, event(id, data), 0);
  }
  EXPECT_EQ(book.deliveries(), 3U);
  EXPECT_EQ(reader.position, 3U);
  EXPECT_EQ(faults.count(), 0U);
}

TEST_F(EventCheckTest, AnIdThatDoesNotRiseOrIsNoneIsAFault) {
  uint64_t expected = 0;
  const std::string first = publish();
  check.on_event(reader, event("e-5", first), 0);
  for (std::string_view id : {"e-5", "e-4", "", "e", "e-x"}) {
    const std::string data = publish();
    check.on_event(reader, event(id, data), 0);
    EXPECT_EQ(faults.count(), ++expected) << id;
    reader.id_sequence = 5;
  }
}

TEST_F(EventCheckTest, DamagedDataIsAFaultAndNoDelivery) {
  const std::string data = publish();
  ScannedEvent twice = event("e-1", data);
  twice.data_lines = 2;
  check.on_event(reader, twice, 0);
  check.on_event(reader, event("e-1", data.substr(1)), 0);
  EXPECT_EQ(faults.count(), 2U);
  EXPECT_EQ(book.deliveries(), 0U);
}

TEST_F(EventCheckTest, ControlEventsAreCountedAndAGapOrAnIdInOneIsAFault) {
  check.on_event(reader, {.type = "system", .id = {}, .data = "{}", .data_lines = 1}, 0);
  EXPECT_EQ(check.control_events(), 1U);
  EXPECT_EQ(faults.count(), 0U);
  check.on_event(reader, {.type = "gap", .id = {}, .data = "{}", .data_lines = 1}, 0);
  EXPECT_EQ(faults.count(), 1U);
  check.on_event(reader, {.type = "system", .id = "e-1", .data = "{}", .data_lines = 1}, 0);
  EXPECT_EQ(faults.count(), 2U);
}

}  // namespace
}  // namespace weir::bench
