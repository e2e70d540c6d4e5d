#include "base/mailbox.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <thread>

#include "base/task.hpp"

namespace weir::base {
namespace {

TEST(Mailbox, ABurstWakesTheReceiverOnce) {
  int wakes = 0;
  Mailbox<int> mailbox([&] { ++wakes; });
  for (int i = 0; i < 3; ++i) mailbox.post(i);
  EXPECT_EQ(wakes, 1);

  std::vector<int> seen;
  mailbox.drain([&](int message) { seen.push_back(message); });
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2}));

  mailbox.post(3);
  EXPECT_EQ(wakes, 2);
}

TEST(Mailbox, WhatArrivesWhileItDrainsWakesAgain) {
  int wakes = 0;
  Mailbox<int> mailbox([&] { ++wakes; });
  std::vector<int> seen;
  mailbox.post(1);
  const auto drain = [&] {
    mailbox.drain([&](int message) {
      seen.push_back(message);
      if (message == 1) mailbox.post(2);
    });
  };
  drain();
  EXPECT_EQ(seen, (std::vector<int>{1}));
  EXPECT_EQ(wakes, 2);
  drain();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(Mailbox, KeepsTheOrderWhenADrainNests) {
  Mailbox<int> mailbox([] {});
  std::vector<int> seen;
  for (int i = 0; i < 4; ++i) mailbox.post(i);
  mailbox.drain([&](int message) {
    seen.push_back(message);
    if (message == 1) mailbox.drain([&](int inner) { seen.push_back(inner); });
  });
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3}));
}

TEST(Mailbox, TakesMessagesThatCanOnlyBeMoved) {
  Mailbox<Task> mailbox([] {});
  int result = 0;
  mailbox.post([&result, value = std::make_unique<int>(7)] { result = *value; });
  mailbox.drain([](Task task) { task(); });
  EXPECT_EQ(result, 7);
}

TEST(Mailbox, LosesNothingBetweenThreadsAndKeepsEachSendersOrder) {
  constexpr int kSenders = 4;
  constexpr int kMessages = 5'000;
  struct Message {
    int sender;
    int number;
  };
  std::counting_semaphore<> woken(0);
  Mailbox<Message> mailbox([&] { woken.release(); });

  std::vector<std::jthread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&mailbox, sender] {
      for (int number = 0; number < kMessages; ++number) mailbox.post({sender, number});
    });
  }

  // Only a wake-up makes the receiver look: one that is missing would hang the test.
  std::vector<int> next(kSenders, 0);
  for (int received = 0; received < kSenders * kMessages;) {
    woken.acquire();
    mailbox.drain([&](Message message) {
      EXPECT_EQ(message.number, next[static_cast<std::size_t>(message.sender)]++);
      ++received;
    });
  }
}

}  // namespace
}  // namespace weir::base
