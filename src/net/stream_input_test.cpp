// Streams that deliver what their clients send, that are under a channel, and that a carrier
// carries.

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>

#include "net/server_fixture.hpp"
#include "net/stream_table.hpp"

namespace weir::net::test {
namespace {

iovec piece_of(std::string_view text) { return {const_cast<char*>(text.data()), text.size()}; }

class Recorder final : public StreamObserver {
 public:
  void on_writable(StreamId, StreamOwner) override { ++writable; }
  void on_closed(StreamId, StreamOwner) override { ++closed; }
  void on_data(StreamId stream, StreamOwner, std::string_view bytes) override {
    data += bytes;
    largest = std::max(largest, bytes.size());
    if (then) then(stream);
  }

  std::string data;
  std::size_t largest = 0;
  int writable = 0;
  int closed = 0;
  std::function<void(StreamId)> then;
};

class StreamInput : public testing::Test {
 protected:
  StreamInput() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    server_ = pair[0];
    client_ = pair[1];
  }
  ~StreamInput() override { ::close(client_); }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      pollfd ready{client_, POLLOUT, 0};
      ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
      const ssize_t sent = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void poll_until(const std::function<bool()>& condition) {
    while (!condition()) {
      pollfd ready{table_.descriptor(), POLLIN, 0};
      ASSERT_EQ(::poll(&ready, 1, 10'000), 1) << "no event in time";
      table_.poll();
    }
  }
  /// Handles whatever is to be told now.
  void poll_now() {
    pollfd ready{table_.descriptor(), POLLIN, 0};
    while (::poll(&ready, 1, 0) == 1) table_.poll();
  }

  int server_;
  int client_;
  Recorder observer_;
  StreamTable table_{observer_};
};

TEST_F(StreamInput, DeliversWhatTheClientSends) {
  table_.adopt(Socket(server_), 1, Incoming::kDelivered);
  send("hello");
  poll_until([&] { return observer_.data == "hello"; });
  send(" again");
  poll_until([&] { return observer_.data == "hello again"; });
}

TEST_F(StreamInput, AnEventStreamDropsWhatTheClientSends) {
  table_.adopt(Socket(server_), 1);
  send("hello");
  poll_now();
  EXPECT_EQ(observer_.data, "");
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(StreamInput, InputFromBeforeTheAdoptionComesFirst) {
  send("second");
  const StreamId stream = table_.adopt(Socket(server_), 1, Incoming::kDelivered);
  table_.keep_input(stream, "first ");
  EXPECT_EQ(observer_.data, "") << "not from within the call";
  poll_until([&] { return observer_.data == "first second"; });
}

TEST_F(StreamInput, PausedInputWaitsAndFollowsAfterResuming) {
  const StreamId stream = table_.adopt(Socket(server_), 1, Incoming::kDelivered);
  observer_.then = [&](StreamId id) { table_.pause_input(id); };
  send("one");
  poll_until([&] { return observer_.data == "one"; });
  send("two");
  ::shutdown(client_, SHUT_WR);
  poll_now();
  EXPECT_EQ(observer_.data, "one");
  EXPECT_EQ(observer_.closed, 0);
  table_.resume_input(stream);
  EXPECT_EQ(observer_.data, "one") << "not from within the call";
  poll_until([&] { return observer_.data == "onetwo"; });
  table_.resume_input(stream);
  poll_until([&] { return observer_.closed == 1; });
}

TEST_F(StreamInput, AFloodComesInBoundedPieces) {
  table_.adopt(Socket(server_), 1, Incoming::kDelivered);
  const std::string flood(1 << 20, 'x');
  std::thread sender([&] { send(flood); });
  poll_until([&] { return observer_.data.size() == flood.size(); });
  sender.join();
  EXPECT_LE(observer_.largest, 64U << 10);
}

TEST_F(StreamInput, TheEndIsToldAfterTheLastBytes) {
  table_.adopt(Socket(server_), 1, Incoming::kDelivered);
  send(std::string(100'000, 'x') + "end");
  ::shutdown(client_, SHUT_WR);
  poll_until([&] { return observer_.closed == 1; });
  EXPECT_TRUE(observer_.data.ends_with("end"));
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(StreamInput, AStreamMayBeClosedByWhatItDelivers) {
  table_.adopt(Socket(server_), 1, Incoming::kDelivered);
  observer_.then = [&](StreamId id) { table_.close(id); };
  send("x");
  poll_until([&] { return table_.size() == 0; });
  EXPECT_EQ(observer_.closed, 0) << "its owner knows";
}

/// Takes everything, and passes it on to the socket only when told to.
class RetainingChannel final : public Channel {
 public:
  RetainingChannel(int descriptor, std::string& kept, bool& may_pass)
      : descriptor_(descriptor), kept_(kept), may_pass_(may_pass) {}

  ssize_t receive(std::span<char> buffer) override {
    return ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  }
  std::size_t input_bytes() const override { return 0; }
  ssize_t send(std::span<const iovec> pieces) override {
    if (flush() != 0) return -1;
    for (const iovec& piece : pieces) {
      kept_.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    const std::size_t taken = kept_.size();
    flush();
    return static_cast<ssize_t>(taken);
  }
  bool retains() const override { return !kept_.empty(); }
  int flush() override {
    if (kept_.empty()) return 0;
    if (!may_pass_) {
      errno = EAGAIN;
      return -1;
    }
    EXPECT_EQ(::send(descriptor_, kept_.data(), kept_.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(kept_.size()));
    kept_.clear();
    return 0;
  }
  void finish_sending() override {}

 private:
  int descriptor_;
  std::string& kept_;
  bool& may_pass_;
};

TEST_F(StreamInput, AStreamIsBlockedWhileItsChannelRetainsBytes) {
  std::string kept;
  bool may_pass = false;
  const StreamId stream =
      table_.adopt(Socket(server_, std::make_unique<RetainingChannel>(server_, kept, may_pass)), 1);
  const iovec piece = piece_of("record");
  const StreamTable::Written written = table_.write(stream, {&piece, 1});
  EXPECT_EQ(written.status, StreamTable::WriteStatus::kBlocked);
  EXPECT_EQ(written.bytes, 6U) << "the channel has them";
  poll_now();
  EXPECT_EQ(observer_.writable, 0);

  may_pass = true;
  char bytes[16];
  send("x");  // Any event of the socket, which is writable all along.
  poll_until([&] { return observer_.writable == 1; });
  EXPECT_EQ(::recv(client_, bytes, sizeof bytes, 0), 6);
  EXPECT_FALSE(table_.blocked(stream));
}

/// A connection with room for so many bytes.
class RoomyCarrier final : public StreamCarrier {
 public:
  ssize_t send(Key key, std::span<const iovec> pieces) override {
    EXPECT_EQ(key, 5U);
    if (room == 0) {
      errno = EAGAIN;
      return -1;
    }
    ssize_t taken = 0;
    for (const iovec& piece : pieces) {
      const std::size_t some = std::min(room, piece.iov_len);
      sent.append(static_cast<const char*>(piece.iov_base), some);
      room -= some;
      taken += static_cast<ssize_t>(some);
    }
    return taken;
  }
  void close(Key) override { ++closed; }
  void reset(Key) override { ++resets; }
  void want_input(Key, bool wanted) override { wants = wanted; }
  std::optional<base::IpAddress> peer() const override {
    return base::IpAddress::parse("192.0.2.7");
  }

  std::string sent;
  std::size_t room = 0;
  int closed = 0;
  int resets = 0;
  bool wants = true;
};

TEST_F(StreamInput, ACarriedStreamTakesWhatItsCarrierHasRoomFor) {
  RoomyCarrier carrier;
  carrier.room = 4;
  const StreamId stream = table_.adopt(carrier, 5, 1);
  EXPECT_EQ(table_.size(), 1U);
  EXPECT_EQ(table_.sockets(), 0U);
  EXPECT_TRUE(table_.carried(stream));
  EXPECT_EQ(table_.peer(stream), carrier.peer());
  const auto frame = std::make_shared<const std::string>("frame one");
  const iovec piece = piece_of(*frame);
  const StreamTable::Written written = table_.write(stream, {&piece, 1});
  EXPECT_EQ(written.status, StreamTable::WriteStatus::kBlocked);
  EXPECT_EQ(written.bytes, 4U);
  table_.keep_tail(stream, frame, std::string_view(*frame).substr(4));
  carrier.room = 2;
  table_.carrier_writable(stream);
  EXPECT_EQ(observer_.writable, 0) << "the tail comes first";
  carrier.room = 100;
  table_.carrier_writable(stream);
  EXPECT_EQ(observer_.writable, 1);
  EXPECT_EQ(carrier.sent, "frame one");

  table_.carrier_data(stream, "input");
  EXPECT_EQ(observer_.data, "input");
  table_.pause_input(stream);
  EXPECT_FALSE(carrier.wants);
  table_.resume_input(stream);
  EXPECT_TRUE(carrier.wants);

  table_.close(stream);
  EXPECT_EQ(carrier.closed, 1);
  EXPECT_EQ(observer_.closed, 0);
  const StreamId next = table_.adopt(carrier, 5, 2);
  table_.carrier_closed(stream);
  EXPECT_TRUE(table_.contains(next)) << "the place has been taken by another";
  table_.carrier_closed(next);
  EXPECT_EQ(observer_.closed, 1);
  table_.reset(table_.adopt(carrier, 5, 3));
  EXPECT_EQ(carrier.resets, 1);
  ::close(server_);
}

TEST(HttpServer, AConnectionThatChangesItsProtocolHandsOverWhatFollowsTheRequest) {
  class Echo final : public StreamObserver {
   public:
    void on_writable(StreamId, StreamOwner) override {}
    void on_closed(StreamId, StreamOwner) override {}
    void on_data(StreamId stream, StreamOwner, std::string_view bytes) override {
      const iovec piece = piece_of(bytes);
      streams->write(stream, {&piece, 1});
    }
    StreamTable* streams = nullptr;
  } echo;
  TestServer server({}, &echo);
  echo.streams = server.streams.get();
  server.handler.on_stream = [](const std::shared_ptr<Exchange>& exchange) {
    StreamOpening opening{.response = {}, .incoming = Incoming::kDelivered};
    opening.response.status = 101;
    opening.response.set("Connection", "Upgrade");
    opening.response.set("Upgrade", "echo");
    opening.response.body = "welcome ";
    exchange->detach(1, std::move(opening));
  };
  Client client = server.connect();
  client.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\nearly ");
  const std::string answer = client.receive_until("welcome early ");
  EXPECT_EQ(status_of(answer), 101);
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
  client.send("late");
  EXPECT_EQ(client.receive_until("late"), "late");
}

}  // namespace
}  // namespace weir::net::test
