#include "net/stream_table.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "net/listener.hpp"
#include "net/server_fixture.hpp"

namespace weir::net::test {
namespace {

class Recorder final : public StreamObserver {
 public:
  void on_writable(StreamId stream, StreamOwner) override {
    ++writable;
    if (then) then(stream);
  }
  void on_closed(StreamId stream, StreamOwner owner) override {
    ++closed;
    last_owner = owner;
    if (then) then(stream);
  }

  int writable = 0;
  int closed = 0;
  StreamOwner last_owner = 0;
  std::function<void(StreamId)> then;
};

class StreamTableTest : public testing::Test {
 protected:
  StreamTableTest() : listener_(*open_listener("127.0.0.1:0")) {}
  ~StreamTableTest() override { ::close(listener_); }

  /// A stream and its reader, both with small buffers.
  std::pair<StreamId, Client> open(StreamOwner owner = 1) {
    const int small = 4096;
    ::setsockopt(listener_, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    Client client(listener_address(listener_), small);
    pollfd ready{listener_, POLLIN, 0};
    EXPECT_EQ(::poll(&ready, 1, 10'000), 1);
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return {table_.adopt(Socket(descriptor), owner), std::move(client)};
  }
  StreamTable::Written write(StreamId stream, std::string_view text) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    return table_.write(stream, {&piece, 1});
  }
  /// Handles events until the condition holds, each time waiting for one.
  void poll_until(const std::function<bool()>& condition) {
    while (!condition()) {
      pollfd ready{table_.descriptor(), POLLIN, 0};
      ASSERT_EQ(::poll(&ready, 1, 10'000), 1) << "no event in time";
      table_.poll();
    }
  }
  /// Writes numbered text until the socket takes no more; what it took.
  std::string fill(StreamId stream) {
    std::string taken;
    for (int i = 0;; ++i) {
      const std::string text(10'000, static_cast<char>('a' + i % 26));
      const auto written = write(stream, text);
      taken += text.substr(0, written.bytes);
      if (written.status != StreamTable::WriteStatus::kDone) {
        EXPECT_EQ(written.status, StreamTable::WriteStatus::kBlocked);
        return taken;
      }
    }
  }

  int listener_;
  Recorder observer_;
  StreamTable table_{observer_};
};

TEST_F(StreamTableTest, WritesGatheredPiecesInOrder) {
  auto [stream, client] = open();
  std::string one = "one ";
  std::string two = "two\n";
  const iovec pieces[] = {{one.data(), one.size()}, {two.data(), two.size()}};
  const auto written = table_.write(stream, pieces);
  EXPECT_EQ(written.status, StreamTable::WriteStatus::kDone);
  EXPECT_EQ(written.bytes, 8U);
  EXPECT_EQ(client.receive_until("\n"), "one two\n");
}

TEST_F(StreamTableTest, ABlockedStreamTakesNothingUntilItsTailIsSent) {
  auto [stream, client] = open();
  std::string sent = fill(stream);
  EXPECT_TRUE(table_.blocked(stream));
  EXPECT_EQ(write(stream, "x").status, StreamTable::WriteStatus::kBlocked);
  EXPECT_EQ(write(stream, "x").bytes, 0U);

  auto tail = std::make_shared<std::string>(100'000, 'T');
  const std::weak_ptr<std::string> kept = tail;
  table_.keep_tail(stream, tail, *tail);
  tail.reset();
  EXPECT_FALSE(kept.expired());
  std::thread reader([&, length = sent.size() + 100'000 + 4] {
    std::string received;
    while (received.size() < length) received += client.receive();
    EXPECT_EQ(received, sent + std::string(100'000, 'T') + "next");
  });
  poll_until([&] { return observer_.writable > 0; });
  EXPECT_TRUE(kept.expired());
  EXPECT_FALSE(table_.blocked(stream));
  // There is room for this: the edge comes with at least a third of the buffer free.
  EXPECT_EQ(write(stream, "next").status, StreamTable::WriteStatus::kDone);
  reader.join();
  EXPECT_EQ(observer_.writable, 1);
}

TEST_F(StreamTableTest, ASecondTailFollowsTheFirst) {
  auto [stream, client] = open();
  const std::string sent = fill(stream);
  for (const char* text : {"first, ", "second, ", "third"}) {
    const auto tail = std::make_shared<std::string>(text);
    table_.keep_tail(stream, tail, *tail);
  }
  const std::string all = sent + "first, second, third";
  std::string received;
  while (received.size() < sent.size()) received += client.receive();
  poll_until([&] { return observer_.writable > 0; });
  while (received.size() < all.size()) received += client.receive();
  EXPECT_EQ(received, all);
}

TEST_F(StreamTableTest, ManyTailsAreNoMoreWorkThanOneOfTheirLength) {
  auto [stream, client] = open();
  const std::string sent = fill(stream);
  // As the answers to what a client asks over a WebSocket without reading them. Copied each time,
  // they would be a terabyte.
  const auto tail = std::make_shared<std::string>(std::string(19, '.') + "\n");
  std::string all = sent;
  for (int i = 0; i < 300'000; ++i) {
    table_.keep_tail(stream, tail, *tail);
    all += *tail;
  }
  std::thread reader([&] {
    std::string received;
    while (received.size() < all.size()) received += client.receive();
    EXPECT_TRUE(received == all);
  });
  poll_until([&] { return observer_.writable > 0; });
  reader.join();
}

TEST_F(StreamTableTest, GathersMorePiecesThanOneCallTakes) {
  auto [stream, client] = open();
  std::string text;
  for (int i = 0; i < 2500; ++i) text += static_cast<char>('a' + i % 26);
  std::vector<iovec> pieces;
  for (char& c : text) pieces.push_back({&c, 1});
  const auto written = table_.write(stream, pieces);
  EXPECT_EQ(written.status, StreamTable::WriteStatus::kDone);
  EXPECT_EQ(written.bytes, text.size());
  std::string received;
  while (received.size() < text.size()) received += client.receive();
  EXPECT_EQ(received, text);
}

TEST_F(StreamTableTest, BlocksAndGoesOnAsOftenAsItTakes) {
  auto [stream, client] = open();
  std::string sent;
  std::string received;
  for (int round = 1; round <= 20; ++round) {
    sent += fill(stream);
    while (received.size() < sent.size()) received += client.receive();
    poll_until([&] { return observer_.writable == round; });
  }
  EXPECT_EQ(received, sent);
}

TEST_F(StreamTableTest, TellsWhenAClientHasGone) {
  auto [first, first_client] = open(11);
  auto [second, second_client] = open(22);
  auto [third, third_client] = open(33);
  EXPECT_EQ(table_.size(), 3U);
  first_client.close();
  poll_until([&] { return observer_.closed == 1; });
  EXPECT_EQ(observer_.last_owner, 11U);
  second_client.reset();
  poll_until([&] { return observer_.closed == 2; });
  EXPECT_EQ(observer_.last_owner, 22U);
  third_client.shut_down_sending();
  poll_until([&] { return observer_.closed == 3; });
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_FALSE(table_.contains(first));
  EXPECT_EQ(write(first, "x").status, StreamTable::WriteStatus::kClosed);
}

TEST_F(StreamTableTest, ATalkingClientIsReadOverAndStays) {
  auto [stream, client] = open();
  client.send(std::string(100'000, 'x'));
  write(stream, "still here\n");
  EXPECT_EQ(client.receive_until("\n"), "still here\n");
  table_.poll();
  EXPECT_TRUE(table_.contains(stream));
  // The unread bytes do not turn an orderly end into a reset.
  client.send("more");
  write(stream, "bye\n");
  table_.close(stream);
  EXPECT_EQ(client.receive_all(), "bye\n");
  EXPECT_EQ(observer_.closed, 0);
}

TEST_F(StreamTableTest, AWriteToABrokenStreamIsToldAsClosedByPoll) {
  auto [stream, client] = open(5);
  client.reset();
  while (write(stream, "x").status == StreamTable::WriteStatus::kDone) {
  }
  EXPECT_EQ(observer_.closed, 0);
  poll_until([&] { return observer_.closed == 1; });
  EXPECT_EQ(observer_.last_owner, 5U);
}

TEST_F(StreamTableTest, ResetDropsWhatTheReaderDidNotTake) {
  auto [stream, client] = open();
  const std::string sent = fill(stream);
  table_.reset(stream);
  EXPECT_LT(client.receive_all().size(), sent.size());
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(StreamTableTest, AReusedPlaceIsAnotherStream) {
  auto [first, first_client] = open();
  table_.close(first);
  auto [second, second_client] = open();
  EXPECT_EQ(first.slot, second.slot);
  EXPECT_FALSE(first == second);
  EXPECT_FALSE(table_.contains(first));
  table_.close(first);
  EXPECT_TRUE(table_.contains(second));
}

TEST_F(StreamTableTest, TheOwnerMayCloseOtherStreamsFromWithin) {
  std::vector<std::pair<StreamId, Client>> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(open());
  observer_.then = [&](StreamId) {
    for (auto& [stream, client] : streams) table_.close(stream);
  };
  for (auto& [stream, client] : streams) client.close();
  poll_until([&] { return observer_.closed > 0; });
  table_.poll();
  EXPECT_EQ(observer_.closed, 1);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(StreamTableTest, CountsItsStreamsInTheSharedTotal) {
  std::atomic<std::uint64_t> total{5};
  {
    StreamTable table(observer_, &total);
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    const StreamId first = table.adopt(Socket(pair[0]), 1);
    table.adopt(Socket(pair[1]), 2);
    EXPECT_EQ(total, 7U);
    table.close(first);
    EXPECT_EQ(total, 6U);
  }
  EXPECT_EQ(total, 5U);
}

}  // namespace
}  // namespace weir::net::test
