#include "load/delivery_book.hpp"

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

TEST(DeliveryBook, AnEventIsCompleteWhenEveryReaderHasIt) {
  Faults faults;
  DeliveryBook book(1, 2, faults);
  uint64_t first = book.publish(0);
  book.deliver(0, 0, first, 0);
  EXPECT_EQ(book.completed(), 0U);
  book.deliver(0, 0, first, 0);
  EXPECT_EQ(book.completed(), 1U);
  EXPECT_EQ(book.in_flight(), 0U);
  EXPECT_EQ(faults.count(), 0U);
}

TEST(DeliveryBook, TheFirstReaderMayDecideTheOrderOfConcurrentPublishes) {
  Faults faults;
  DeliveryBook book(1, 2, faults);
  uint64_t one = book.publish(0);
  uint64_t two = book.publish(0);
  book.deliver(0, 0, two, 0);
  book.deliver(0, 1, one, 0);
  book.deliver(0, 0, two, 0);
  book.deliver(0, 1, one, 0);
  EXPECT_EQ(faults.count(), 0U);
  EXPECT_EQ(book.completed(), 2U);
}

TEST(DeliveryBook, ReadersThatDisagreeAboutTheOrderAreAFault) {
  Faults faults;
  DeliveryBook book(1, 2, faults);
  uint64_t one = book.publish(0);
  uint64_t two = book.publish(0);
  book.deliver(0, 0, one, 0);
  book.deliver(0, 1, two, 0);
  book.deliver(0, 0, two, 0);
  EXPECT_EQ(faults.count(), 1U);
}

TEST(DeliveryBook, AnEventTwiceIsAFault) {
  Faults faults;
  DeliveryBook book(1, 1, faults);
  uint64_t one = book.publish(0);
  book.deliver(0, 0, one, 0);
  book.deliver(0, 1, one, 0);
  EXPECT_EQ(faults.count(), 1U);
}

TEST(DeliveryBook, ALostEventIsAFaultAtTheNextOne) {
  Faults faults;
  DeliveryBook book(1, 2, faults);
  uint64_t one = book.publish(0);
  uint64_t two = book.publish(0);
  book.deliver(0, 0, one, 0);
  book.deliver(0, 1, two, 0);
  book.deliver(0, 0, one, 0);
  EXPECT_EQ(faults.count(), 0U);
  book.deliver(0, 1, one, 0);
  EXPECT_EQ(faults.count(), 1U);
}

TEST(DeliveryBook, AnEventOfAnotherTopicAndAnUnknownOneAreFaults) {
  Faults faults;
  DeliveryBook book(2, 1, faults);
  uint64_t one = book.publish(0);
  book.deliver(1, 0, one, 0);
  EXPECT_EQ(faults.count(), 1U);
  book.deliver(0, 0, 77, 0);
  EXPECT_EQ(faults.count(), 2U);
}

TEST(DeliveryBook, WhatWasPublishedEarlierIsExpectedExactlyAndNoFurther) {
  Faults faults;
  DeliveryBook book(1, 1, faults);
  book.expect(0, 20);
  book.expect(0, 21);
  book.deliver(0, 0, 20, 0);
  book.deliver(0, 1, 21, 0);
  EXPECT_EQ(faults.count(), 0U);
  book.deliver(0, 2, 22, 0);
  EXPECT_EQ(faults.count(), 1U);
}

}  // namespace
}  // namespace weir::bench
