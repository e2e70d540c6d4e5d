#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <set>

#include "net/connection.hpp"
#include "net/http2_fixture.hpp"
#include "net/http2_preface.hpp"
#include "net/http_server_impl.hpp"
#include "net/memory_channel.hpp"
#include "net/stream_table.hpp"

namespace weir::net::test {
namespace {

using namespace std::chrono_literals;

struct Recorder final : StreamObserver {
  void on_writable(StreamId stream, StreamOwner owner) override {
    ++writable;
    if (then) then(stream, owner);
  }
  void on_closed(StreamId, StreamOwner owner) override { closed.push_back(owner); }
  void on_data(StreamId stream, StreamOwner, std::string_view bytes) override {
    data.append(bytes);
    if (pause_after_data) table->pause_input(stream);
  }

  int writable = 0;
  std::vector<StreamOwner> closed;
  std::string data;
  bool pause_after_data = false;
  StreamTable* table = nullptr;
  std::function<void(StreamId, StreamOwner)> then;
};

/// A server whose /stream opens event streams, numbered as they come.
struct StreamServer {
  explicit StreamServer(const base::Settings& settings = {}) : server(settings, &observer) {
    server.on_loop([this] {
      observer.table = server.streams.get();
      server.handler.on_stream = [this](const std::shared_ptr<Exchange>& exchange) {
        EXPECT_FALSE(exchange->chunks_streams());
        EXPECT_EQ(exchange->head().major_version, 2);
        StreamOpening opening;
        opening.response.set("Content-Type", "text/event-stream");
        opening.response.set("Connection", "close");
        opening.response.body = welcome;
        opening.incoming = incoming;
        const OpenStream open = exchange->detach(opened.size(), std::move(opening));
        EXPECT_FALSE(exchange->alive());
        opened.push_back(open.id);
        blocked.push_back(open.blocked);
      };
    });
  }
  ~StreamServer() {
    server.on_loop([this] { server.server->close_all(); });
  }

  StreamTable::Written write(std::size_t stream, std::string_view text) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    return server.streams->write(opened[stream], {&piece, 1});
  }

  Recorder observer;
  std::string welcome = "welcome\n";
  Incoming incoming = Incoming::kDropped;
  std::deque<StreamId> opened;
  std::deque<bool> blocked;
  TestServer server;
};

void subscribe(Http2Client& client, std::int32_t id) {
  client.run_until([&] { return client.answer(id).body.ends_with("welcome\n"); });
}

TEST(Http2Streams, ManyStreamsOfOneConnectionGetTheirBytesInOrder) {
  StreamServer server;
  Http2Client client(server.server.address);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 200; ++i) ids.push_back(client.request("GET", "/stream"));
  for (const auto id : ids) subscribe(client, id);
  EXPECT_EQ(client.answer(ids[0]).field("content-type"), "text/event-stream");
  EXPECT_EQ(client.answer(ids[0]).field("connection"), "");
  server.server.on_loop([&] {
    EXPECT_EQ(server.server.streams->size(), 200U);
    EXPECT_EQ(server.server.streams->sockets(), 0U);
    for (int round = 0; round < 10; ++round) {
      for (std::size_t i = 0; i < 200; ++i) {
        EXPECT_EQ(server.write(i, std::to_string(round) + "\n").status,
                  StreamTable::WriteStatus::kDone);
      }
    }
  });
  for (const auto id : ids) {
    client.run_until([&] { return client.answer(id).body.ends_with("9\n"); });
    EXPECT_EQ(client.answer(id).body, "welcome\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  }
  EXPECT_EQ(server.server.metrics.connections_open.get(), 1U);
}

TEST(Http2Streams, WhatATurnWritesToAllOfThemLeavesInOneWrite) {
  Loop loop;
  Recorder observer;
  StreamTable streams(observer);
  observer.table = &streams;
  ScriptedHandler handler;
  std::vector<StreamId> opened;
  handler.on_stream = [&](const std::shared_ptr<Exchange>& exchange) {
    opened.push_back(exchange->detach(0, {}).id);
  };
  HttpMetrics metrics;
  MemoryWire wire;
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
  {
    HttpServer::Impl server(loop, {}, handler, streams, metrics, nullptr);
    server.add_connection(Socket(pair[0], std::make_unique<MemoryChannel>(wire)), {}, {});
    std::string input = std::string(kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0);
    for (std::uint32_t id = 1; id < 2 * 500; id += 2) {
      input += frame(NGHTTP2_HEADERS, 5, id, get_block("/stream"));
    }
    wire.input = input;
    while (opened.size() < 500) {
      server.places[0].connection->on_events(EPOLLIN);
      loop.impl().io.restart();
      loop.impl().io.poll();
    }
    wire.sends = 0;
    wire.output.clear();
    const std::string event(50, 'e');
    const iovec piece{const_cast<char*>(event.data()), event.size()};
    for (const StreamId stream : opened) {
      EXPECT_EQ(streams.write(stream, {&piece, 1}).status, StreamTable::WriteStatus::kDone);
    }
    EXPECT_EQ(wire.sends, 0) << "at the end of the turn";
    loop.impl().io.restart();
    loop.impl().io.poll();
    EXPECT_EQ(wire.sends, 1);
    EXPECT_EQ(wire.output.size(), 500U * (9 + event.size()));
  }
  ::close(pair[1]);
  EXPECT_EQ(streams.size(), 0U);
}

TEST(Http2Streams, AStreamWithoutAWindowBlocksAloneAndGoesOnWithItsTail) {
  StreamServer server;
  Http2Client client(server.server.address, {.window = 20, .credits = false});
  const auto slow = client.request("GET", "/stream");
  subscribe(client, slow);
  const auto quick = client.request("GET", "/stream");
  subscribe(client, quick);
  server.server.on_loop([&] {
    const auto cut = server.write(0, "this does not fit into twenty\n");
    EXPECT_EQ(cut.status, StreamTable::WriteStatus::kBlocked);
    EXPECT_EQ(cut.bytes, 12U);
    const auto tail = std::make_shared<std::string>("t fit into twenty\n");
    server.server.streams->keep_tail(server.opened[0], tail, *tail);
    EXPECT_EQ(server.write(0, "x").bytes, 0U) << "nothing comes before the tail";
    EXPECT_EQ(server.write(1, "other\n").status, StreamTable::WriteStatus::kDone);
  });
  client.run_until([&] { return client.answer(quick).body == "welcome\nother\n"; });
  EXPECT_EQ(client.answer(slow).body, "welcome\nthis does no");
  EXPECT_EQ(server.observer.writable, 0);
  // By small steps: each takes what there is of the tail.
  for (int i = 0; i < 18; ++i) {
    nghttp2_submit_window_update(client.session(), NGHTTP2_FLAG_NONE, slow, 1);
    client.flush();
    const std::size_t before = client.answer(slow).body.size();
    client.run_until([&] { return client.answer(slow).body.size() > before; });
  }
  EXPECT_EQ(client.answer(slow).body, "welcome\nthis does not fit into twenty\n");
  nghttp2_submit_window_update(client.session(), NGHTTP2_FLAG_NONE, slow, 100);
  client.flush();
  for (bool writable = false; !writable;) {
    server.server.on_loop([&] { writable = server.observer.writable > 0; });
  }
  server.server.on_loop(
      [&] { EXPECT_EQ(server.write(0, "next\n").status, StreamTable::WriteStatus::kDone); });
  client.run_until([&] { return client.answer(slow).body.ends_with("next\n"); });
}

TEST(Http2Streams, AFirstFrameLargerThanTheWindowFollowsByItself) {
  StreamServer server;
  server.welcome = std::string(50'000, 'w') + "\n";
  Http2Client client(server.server.address, {.window = 1000, .credits = true});
  const auto id = client.request("GET", "/stream");
  client.run_until([&] { return client.answer(id).body.size() == 50'001; });
  server.server.on_loop([&] { EXPECT_TRUE(server.blocked[0]); });
}

TEST(Http2Streams, TheConnectionsWindowIsSharedFairly) {
  StreamServer server;
  // 65,535 bytes for all of them together until credit comes.
  Http2Client client(server.server.address, {.window = 1 << 20, .credits = false});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(client.request("GET", "/stream"));
    subscribe(client, ids.back());
  }
  // Each owner writes on whenever it may, as the hub does.
  static const std::string block(1000, 'x');
  server.server.on_loop([&] {
    server.observer.then = [&server](StreamId, StreamOwner owner) {
      while (server.write(static_cast<std::size_t>(owner), block).status ==
             StreamTable::WriteStatus::kDone) {
      }
    };
    for (std::size_t i = 0; i < 10; ++i) {
      while (server.write(i, block).status == StreamTable::WriteStatus::kDone) {
      }
    }
  });
  std::size_t total = 0;
  const auto received = [&] {
    total = 0;
    for (const auto id : ids) total += client.answer(id).body.size();
    return total;
  };
  client.run_until([&] { return received() >= 65'535; });
  EXPECT_EQ(received(), 65'535U);
  for (int i = 0; i < 100; ++i) {
    nghttp2_submit_window_update(client.session(), NGHTTP2_FLAG_NONE, 0, 5'000);
    client.run_until(
        [&] { return received() >= 65'535U + 5'000U * (static_cast<unsigned>(i) + 1); });
  }
  server.server.on_loop([&] { server.observer.then = nullptr; });
  for (const auto id : ids) EXPECT_GT(client.answer(id).body.size(), 10'000U);
}

TEST(Http2Streams, ClosingEndsAStreamAfterWhatWasTaken) {
  StreamServer server;
  Http2Client client(server.server.address);
  const auto id = client.request("GET", "/stream");
  subscribe(client, id);
  server.server.on_loop([&] {
    server.write(0, "last\n");
    server.server.streams->close(server.opened[0]);
    EXPECT_EQ(server.server.streams->size(), 0U);
  });
  const auto& answer = client.finish(id);
  EXPECT_EQ(answer.body, "welcome\nlast\n");
  EXPECT_TRUE(answer.ended);
  EXPECT_EQ(answer.code, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_EQ(client.get("/next").body, "/next");
  EXPECT_TRUE(server.observer.closed.empty());
}

TEST(Http2Streams, AnEndThatHasNoWindowIsGivenUpInTheEnd) {
  StreamServer server(with([](auto& s) { s.body_timeout = 100ms; }));
  Http2Client client(server.server.address, {.window = 8, .credits = false});
  const auto id = client.request("GET", "/stream");
  subscribe(client, id);
  server.server.on_loop([&] { server.server.streams->close(server.opened[0]); });
  EXPECT_EQ(client.finish(id).code, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
}

TEST(Http2Streams, ResettingEndsAStreamAtOnce) {
  StreamServer server;
  Http2Client client(server.server.address, {.window = 8, .credits = false});
  const auto id = client.request("GET", "/stream");
  subscribe(client, id);
  server.server.on_loop([&] {
    EXPECT_EQ(server.write(0, "x").status, StreamTable::WriteStatus::kBlocked);
    server.server.streams->reset(server.opened[0]);
  });
  EXPECT_EQ(client.finish(id).code, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  EXPECT_TRUE(server.observer.closed.empty());
}

TEST(Http2Streams, TheOwnerHearsThatAClientHasLeft) {
  StreamServer server;
  auto client = std::make_unique<Http2Client>(server.server.address);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(client->request("GET", "/stream"));
    subscribe(*client, ids.back());
  }
  nghttp2_submit_rst_stream(client->session(), NGHTTP2_FLAG_NONE, ids[1], NGHTTP2_CANCEL);
  client->get("/a");
  server.server.on_loop([&] {
    EXPECT_EQ(server.observer.closed, std::vector<StreamOwner>{1});
    EXPECT_EQ(server.write(1, "x").status, StreamTable::WriteStatus::kClosed);
    EXPECT_EQ(server.write(0, "x").status, StreamTable::WriteStatus::kDone);
  });
  client.reset();
  for (std::size_t size = 2; size > 0;) {
    server.server.on_loop([&] { size = server.server.streams->size(); });
  }
  server.server.on_loop([&] {
    EXPECT_EQ(std::set<StreamOwner>(server.observer.closed.begin(), server.observer.closed.end()),
              (std::set<StreamOwner>{0, 1, 2}));
  });
}

TEST(Http2Streams, AnOwnerMayCloseStreamsWhileItHearsThatOthersAreGone) {
  StreamServer server;
  auto client = std::make_unique<Http2Client>(server.server.address);
  for (int i = 0; i < 10; ++i) subscribe(*client, client->request("GET", "/stream"));
  server.server.on_loop([&] {
    // Half of them end in the same turn in which the connection breaks.
    for (std::size_t i = 0; i < 10; i += 2) server.server.streams->close(server.opened[i]);
  });
  client->socket().reset();
  for (std::size_t size = 5; size > 0;) {
    server.server.on_loop([&] { size = server.server.streams->size(); });
  }
  server.server.on_loop([&] {
    for (const StreamOwner owner : server.observer.closed) EXPECT_EQ(owner % 2, 1U);
  });
}

TEST(Http2Streams, ARequestThatIsResetBeforeItBecomesAStreamLeavesNothingBehind) {
  StreamServer server(with([](auto& s) { s.idle_timeout = 100ms; }));
  RawHttp2 client(server.server.address);
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/stream")));
  ASSERT_TRUE(client.answers_ping());
  server.server.on_loop([&] {
    server.server.handler.on_stream =
        [&, open = server.server.handler.on_stream](const auto& exchange) {
          // Has the reset of this very request sent, which nghttp2 has ready.
          server.write(0, "for the other one\n");
          open(exchange);
        };
  });
  // A window of more than 2^31-1 is an error of the stream (RFC 9113, 6.9.1).
  client.send(frame(NGHTTP2_HEADERS, 5, 3, get_block("/stream")) +
              frame(NGHTTP2_WINDOW_UPDATE, 0, 3, number(0x7fffffff)));
  EXPECT_EQ(client.reset_of(3), static_cast<std::uint32_t>(NGHTTP2_FLOW_CONTROL_ERROR));
  ASSERT_TRUE(client.answers_ping());
  server.server.on_loop([&] {
    ASSERT_EQ(server.opened.size(), 2U);
    EXPECT_EQ(server.observer.closed, std::vector<StreamOwner>{1});
    EXPECT_EQ(server.server.streams->size(), 1U);
    server.server.streams->close(server.opened[0]);
  });
  EXPECT_EQ(client.end(), static_cast<std::uint32_t>(NGHTTP2_NO_ERROR)) << "no stream is left";
  EXPECT_EQ(server.server.metrics.timeouts_idle.get(), 1U);
}

TEST(Http2Streams, AClientThatDoesNotReadCostsABoundedOutput) {
  StreamServer server;
  RawHttp2 client(server.server.address);
  // All the windows that there are; but nobody reads the socket.
  client.send(frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + number(0x7fffffff)));
  client.send(frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(0x7fffffff - 65'535)));
  for (std::uint32_t id = 1; id < 20; id += 2) {
    client.send(frame(NGHTTP2_HEADERS, 5, id, get_block("/stream")));
  }
  ASSERT_TRUE(client.answers_ping());
  const std::string block(100'000, 'x');
  std::size_t taken = 0;
  server.server.on_loop([&] {
    ASSERT_EQ(server.opened.size(), 10U);
    for (std::size_t i = 0; i < 10; ++i) {
      for (;;) {
        const auto written = server.write(i, block);
        taken += written.bytes;
        if (written.status != StreamTable::WriteStatus::kDone) break;
      }
    }
  });
  EXPECT_LT(taken, 64U << 20) << "what the kernel takes, and 64 KiB";
  // They all come back when it reads.
  std::size_t received = 0;
  while (received < taken) {
    const auto got = client.receive(NGHTTP2_DATA);
    ASSERT_TRUE(got);
    received += got->payload.size();
  }
  for (int writable = 0; writable < 10;) {
    server.server.on_loop([&] { writable = server.observer.writable; });
  }
}

TEST(Http2Streams, AClientIsHeardWhileItsOutputNeverRunsDry) {
  StreamServer server;
  RawHttp2 client(server.server.address);
  client.send(frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + number(0x7fffffff)));
  client.send(frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(0x7fffffff - 65'535)));
  constexpr std::size_t kAnswers = 64U << 20;
  std::string requests;
  for (std::uint32_t id = 1; id < 16; id += 2) {
    requests += frame(NGHTTP2_HEADERS, 5, id, get_block("/big"));
  }
  client.send(requests);
  ASSERT_TRUE(client.receive(NGHTTP2_DATA));
  client.send(frame(NGHTTP2_PING, 0, 0, "12345678"));
  std::size_t received = 0;
  for (bool answered = false; !answered;) {
    const auto got = client.receive();
    ASSERT_TRUE(got);
    answered = got->type == NGHTTP2_PING;
    received += got->payload.size();
  }
  EXPECT_LT(received, kAnswers / 2) << "not only when everything else has been sent";
}

TEST(Http2Streams, AClientThatTakesItsOutputIsThereHoweverLateItsPingIsAnswered) {
  StreamServer server(with([](auto& s) {
    s.keepalive = 50ms;
    s.header_timeout = 100ms;
  }));
  RawHttp2 client(server.server.address);
  client.send(frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + number(0x7fffffff)));
  client.send(frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(0x7fffffff - 65'535)));
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/stream")));
  ASSERT_TRUE(client.answers_ping());
  std::size_t taken = 0;
  server.server.on_loop([&] {
    const std::string block(100'000, 'x');
    for (;;) {
      const auto written = server.write(0, block);
      taken += written.bytes;
      if (written.status != StreamTable::WriteStatus::kDone) break;
    }
  });
  // Another one shows when a PING without an answer has had its time.
  RawHttp2 silent(server.server.address);
  silent.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/later")));
  EXPECT_EQ(silent.end(), std::nullopt);
  for (std::size_t received = 0; received < taken;) {
    const auto got = client.receive(NGHTTP2_DATA);
    ASSERT_TRUE(got) << "closed after " << received << " of " << taken;
    received += got->payload.size();
  }
  EXPECT_EQ(server.server.metrics.http2_ping_timeouts.get(), 1U) << "the other one";
}

TEST(Http2Streams, AClientThatReadsNothingAtAllIsCutOff) {
  StreamServer server(with([](auto& s) { s.body_timeout = 200ms; }));
  RawHttp2 client(server.server.address);
  client.send(frame(NGHTTP2_SETTINGS, 0, 0, std::string("\0\4", 2) + number(0x7fffffff)));
  client.send(frame(NGHTTP2_WINDOW_UPDATE, 0, 0, number(0x7fffffff - 65'535)));
  client.send(frame(NGHTTP2_HEADERS, 5, 1, get_block("/stream")));
  ASSERT_TRUE(client.answers_ping());
  const std::string block(100'000, 'x');
  server.server.on_loop([&] {
    while (server.write(0, block).status == StreamTable::WriteStatus::kDone) {
    }
  });
  for (std::size_t size = 1; size > 0;) {
    server.server.on_loop([&] { size = server.server.streams->size(); });
  }
  EXPECT_EQ(server.observer.closed.size(), 1U);
}

TEST(Http2Streams, DeliversInputAndWithholdsCreditWhileItIsPaused) {
  StreamServer server;
  server.incoming = Incoming::kDelivered;
  server.observer.pause_after_data = true;
  RawHttp2 client(server.server.address);
  // A request whose body goes on after the answer has begun.
  client.send(frame(
      NGHTTP2_HEADERS, 4, 1,
      block(
          {{":method", "POST"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/stream"}})));
  client.send(frame(NGHTTP2_DATA, 0, 1, "first"));
  EXPECT_EQ(client.receive(NGHTTP2_DATA)->payload, "welcome\n");
  for (std::string data; data.empty();) server.server.on_loop([&] { data = server.observer.data; });
  client.send(frame(NGHTTP2_DATA, 0, 1, std::string(40'000, 'x').substr(0, 16'384)));
  client.send(frame(NGHTTP2_DATA, 0, 1, std::string(16'384, 'y')));
  client.send(frame(NGHTTP2_DATA, 0, 1, std::string(16'384, 'z')));
  client.send(frame(NGHTTP2_PING, 0, 0, "12345678"));
  while (const auto got = client.receive()) {
    EXPECT_FALSE(got->type == NGHTTP2_WINDOW_UPDATE && got->stream == 1);
    if (got->type == NGHTTP2_PING) break;
  }
  server.server.on_loop([&] {
    EXPECT_EQ(server.observer.data, "first");
    server.server.streams->resume_input(server.opened[0]);
  });
  const auto credit = client.receive(NGHTTP2_WINDOW_UPDATE);
  ASSERT_TRUE(credit);
  EXPECT_EQ(credit->stream, 1U);
  server.server.on_loop([&] {
    EXPECT_EQ(server.observer.data.size(), 5U + 3 * 16'384U);
    server.server.streams->resume_input(server.opened[0]);
  });
  client.send(frame(NGHTTP2_DATA, 1, 1));
  const auto end = client.receive(NGHTTP2_DATA);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->flags & 1, 1) << "a client that has ended has left";
  server.server.on_loop([&] { EXPECT_EQ(server.observer.closed.size(), 1U); });
}

TEST(Http2Streams, OnlyStreamsThatAreNotParkedAreWaitedForWhenDraining) {
  StreamServer server;
  Http2Client client(server.server.address);
  const auto id = client.request("GET", "/stream");
  subscribe(client, id);
  server.server.on_loop([&] { server.server.server->drain(); });
  client.run_until([&] { return client.goaways() == 2; });
  for (std::size_t busy = 1; busy > 0;) {
    server.server.on_loop([&] { busy = server.server.server->busy(); });
  }
  server.server.on_loop([&] {
    EXPECT_EQ(server.write(0, "drain\n").status, StreamTable::WriteStatus::kDone);
    server.server.streams->close(server.opened[0]);
  });
  EXPECT_EQ(client.finish(id).body, "welcome\ndrain\n");
  client.run_to_end();
  for (std::size_t busy = 1; busy > 0;) {
    server.server.on_loop([&] { busy = server.server.server->busy(); });
  }
}

TEST(Http2Streams, ALargeAnswerDoesNotHoldUpAnEventStream) {
  StreamServer server;
  Http2Client client(server.server.address, {.window = 1 << 20, .credits = true});
  const auto stream = client.request("GET", "/stream");
  subscribe(client, stream);
  const auto big = client.request("GET", "/big");
  client.run_until([&] { return client.answer(big).body.size() > 100'000; });
  server.server.on_loop([&] {
    // The output may be full of the answer at this moment; it is the stream's turn soon.
    server.observer.then = [&server](StreamId, StreamOwner) { server.write(0, "news\n"); };
    if (server.write(0, "news\n").status == StreamTable::WriteStatus::kDone) {
      server.observer.then = nullptr;
    }
  });
  client.run_until([&] { return client.answer(stream).body.ends_with("news\n"); });
  EXPECT_FALSE(client.answer(big).closed);
  client.finish(big);
}

}  // namespace
}  // namespace weir::net::test
