// Parked streams under TLS: what a socket does by itself, a channel has to do, too.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "net/listener.hpp"
#include "net/stream_table.hpp"
#include "net/tls_channel.hpp"
#include "net/tls_fixture.hpp"

namespace weir::net::test {
namespace {

class Recorder final : public StreamObserver {
 public:
  void on_writable(StreamId, StreamOwner) override { ++writable; }
  void on_closed(StreamId, StreamOwner) override { ++closed; }
  void on_data(StreamId stream, StreamOwner, std::string_view bytes) override {
    data += bytes;
    if (then) then(stream);
  }

  std::string data;
  int writable = 0;
  int closed = 0;
  std::function<void(StreamId)> then;
};

struct Opened {
  StreamId stream;
  TlsClient client;
};

class TlsStream : public testing::Test {
 protected:
  TlsStream() : context_(tls_context(tls_settings(certificates_))) {
    ::signal(SIGPIPE, SIG_IGN);
    const int small = 4096;
    ::setsockopt(listener_, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  ~TlsStream() override { ::close(listener_); }

  /// A stream and its reader, both with small buffers.
  Opened open(Incoming incoming = Incoming::kDropped, int version = TLS1_3_VERSION) {
    Client socket(listener_address(listener_), 4096);
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    SslPointer ssl = context_->accept(descriptor);
    TlsClient client(std::move(socket), certificates_, {.version = version});
    std::thread connecting([&] { client.handshake(); });
    EXPECT_EQ(SSL_do_handshake(ssl.get()), 1);
    connecting.join();
    EXPECT_TRUE(client.connected()) << client.failure();
    ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
    auto channel = std::make_unique<TlsChannel>(std::move(ssl), descriptor);
    return {table_.adopt(Socket(descriptor, std::move(channel)), 1, incoming), std::move(client)};
  }
  StreamTable::Written write(StreamId stream, std::string_view text) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    return table_.write(stream, {&piece, 1});
  }
  void poll_until(const std::function<bool()>& condition) {
    while (!condition()) {
      pollfd ready{table_.descriptor(), POLLIN, 0};
      ASSERT_EQ(::poll(&ready, 1, 10'000), 1) << "no event in time";
      table_.poll();
    }
  }
  void poll_now() {
    pollfd ready{table_.descriptor(), POLLIN, 0};
    while (::poll(&ready, 1, 0) == 1) table_.poll();
  }
  /// Writes numbered text until the socket takes no more; what was taken.
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
  /// Reads so many bytes with the client while the table's events are handled.
  std::string read(TlsClient& client, std::size_t bytes) {
    std::string got;
    std::thread reading([&] {
      while (got.size() < bytes) {
        const std::string some = client.receive();
        if (some.empty()) return;
        got += some;
      }
      done_ = true;
      const char mark = 'x';
      EXPECT_EQ(::write(wake_[1], &mark, 1), 1);
    });
    pollfd ready[2] = {{table_.descriptor(), POLLIN, 0}, {wake_[0], POLLIN, 0}};
    while (::poll(ready, 2, 10'000) > 0 && ready[1].revents == 0) table_.poll();
    reading.join();
    char mark;
    EXPECT_EQ(::read(wake_[0], &mark, 1), 1);
    return got;
  }

  struct Pipe {
    Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
    ~Pipe() {
      ::close(ends[0]);
      ::close(ends[1]);
    }
    int operator[](int i) const { return ends[i]; }
    int ends[2];
  };

  TestCertificates certificates_;
  std::shared_ptr<const TlsContext> context_;
  int listener_ = *open_listener("127.0.0.1:0");
  Recorder observer_;
  StreamTable table_{observer_};
  Pipe wake_;
  std::atomic<bool> done_{false};
};

TEST_F(TlsStream, WhatIsWrittenArrives) {
  Opened opened = open();
  const std::string one = "one ";
  const std::string two = "two";
  const iovec pieces[] = {{const_cast<char*>(one.data()), one.size()},
                          {nullptr, 0},
                          {const_cast<char*>(two.data()), two.size()}};
  const auto written = table_.write(opened.stream, pieces);
  EXPECT_EQ(written.status, StreamTable::WriteStatus::kDone);
  EXPECT_EQ(written.bytes, 7U);
  EXPECT_EQ(opened.client.receive(), "one two") << "one record";
}

TEST_F(TlsStream, ABlockedStreamTakesNothingAndGoesOnWhenItsReaderReads) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Opened opened = open(Incoming::kDropped, version);
    const int writable = observer_.writable;
    const std::string taken = fill(opened.stream);
    EXPECT_TRUE(table_.blocked(opened.stream));
    EXPECT_EQ(write(opened.stream, "more").bytes, 0U);
    EXPECT_EQ(read(opened.client, taken.size()), taken);
    poll_until([&] { return observer_.writable == writable + 1; });
    EXPECT_FALSE(table_.blocked(opened.stream));
    EXPECT_EQ(write(opened.stream, "after").status, StreamTable::WriteStatus::kDone);
    EXPECT_EQ(opened.client.receive_until("after"), "after");
  }
}

TEST_F(TlsStream, ATailIsSentBeforeTheStreamIsWritable) {
  Opened opened = open();
  const std::string taken = fill(opened.stream);
  const auto tail = std::make_shared<const std::string>(50'000, 't');
  table_.keep_tail(opened.stream, tail, *tail);
  EXPECT_EQ(read(opened.client, taken.size() + tail->size()), taken + *tail);
  poll_until([&] { return observer_.writable == 1; });
}

TEST_F(TlsStream, ClosingDeliversEverythingThatWasTaken) {
  Opened opened = open();
  const std::string taken = fill(opened.stream);
  table_.close(opened.stream);
  EXPECT_FALSE(table_.contains(opened.stream)) << "its owner is done with it";
  EXPECT_EQ(table_.ending(), 1U);
  EXPECT_EQ(read(opened.client, taken.size()), taken);
  poll_until([&] { return table_.size() == 0; });
  EXPECT_EQ(table_.ending(), 0U);
  EXPECT_EQ(opened.client.receive(), "");
  EXPECT_TRUE(opened.client.ended_in_order());
  EXPECT_EQ(observer_.closed, 0);
}

TEST_F(TlsStream, AReaderWhoLeavesAStreamThatIsEndingFreesItsPlace) {
  Opened opened = open();
  fill(opened.stream);
  table_.close(opened.stream);
  opened.client.socket().reset();
  poll_until([&] { return table_.size() == 0; });
  EXPECT_EQ(table_.ending(), 0U);
  EXPECT_EQ(observer_.closed, 0) << "its owner knows";
}

TEST_F(TlsStream, AResetBreaksTheConnectionAtOnce) {
  Opened opened = open();
  fill(opened.stream);
  table_.reset(opened.stream);
  EXPECT_EQ(table_.size(), 0U);
  opened.client.receive_all();
  EXPECT_FALSE(opened.client.ended_in_order());
}

TEST_F(TlsStream, TheEndOfTheClientIsToldOnce) {
  Opened opened = open();
  opened.client.finish();
  opened.client.socket().close();
  poll_until([&] { return observer_.closed == 1; });
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(TlsStream, WhatAnEventStreamsClientSendsIsReadAndDropped) {
  Opened opened = open();
  opened.client.send(std::string(100'000, 'x'));
  poll_now();
  EXPECT_EQ(observer_.data, "");
  EXPECT_EQ(write(opened.stream, "still here").status, StreamTable::WriteStatus::kDone);
  EXPECT_EQ(opened.client.receive_until("here"), "still here");
}

TEST_F(TlsStream, InputIsDeliveredToItsEnd) {
  Opened opened = open(Incoming::kDelivered);
  const std::string input(200'000, 'i');
  std::thread sending([&] {
    opened.client.send(input);
    opened.client.finish();
  });
  poll_until([&] { return observer_.closed == 1; });
  sending.join();
  EXPECT_EQ(observer_.data, input);
}

TEST_F(TlsStream, PausedInputStaysWithTheClientButForTheRestOfARecord) {
  Opened opened = open(Incoming::kDelivered);
  observer_.then = [&](StreamId stream) { table_.pause_input(stream); };
  const std::string input(500'000, 'i');
  std::thread sending([&] { opened.client.send(input); });
  poll_until([&] { return !observer_.data.empty(); });
  poll_now();
  EXPECT_LE(observer_.data.size(), (64U + 16U) << 10);
  while (observer_.data.size() < input.size()) {
    const std::size_t before = observer_.data.size();
    table_.resume_input(opened.stream);
    poll_until([&] { return observer_.data.size() > before; });
  }
  sending.join();
  EXPECT_EQ(observer_.data, input);
}

TEST_F(TlsStream, AKeyThatTheClientRenewsChangesNothing) {
  Opened opened = open();
  std::string taken = fill(opened.stream);
  // Answering it takes room in a socket that has none: it follows what was taken.
  ASSERT_EQ(SSL_key_update(opened.client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
  ASSERT_TRUE(opened.client.send("x"));
  poll_now();
  EXPECT_EQ(read(opened.client, taken.size()), taken);
  poll_until([&] { return observer_.writable == 1; });
  EXPECT_EQ(write(opened.stream, "after").status, StreamTable::WriteStatus::kDone);
  EXPECT_EQ(opened.client.receive_until("after"), "after");
  EXPECT_EQ(table_.size(), 1U);
}

TEST_F(TlsStream, ABrokenRecordEndsTheStream) {
  Opened opened = open(Incoming::kDelivered);
  opened.client.socket().send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  poll_until([&] { return observer_.closed == 1; });
  EXPECT_EQ(observer_.data, "");
}

}  // namespace
}  // namespace weir::net::test
