// The client's side against nghttp2's server side, without a socket between them.

#include "load/http2_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace weir::bench {
namespace {

struct Heard : Http2Session::Listener {
  void on_settings(uint32_t most) override { streams_max = most; }
  void on_head(size_t stream, int status, bool event_stream) override {
    heads[stream] = std::to_string(status) + (event_stream ? " stream" : "");
  }
  void on_body(size_t stream, std::string_view bytes) override { bodies[stream] += bytes; }
  void on_end(size_t stream, uint32_t error) override { ends[stream] = error; }
  void on_goodbye(uint32_t error) override { goodbyes.push_back(error); }

  uint32_t streams_max = 0;
  std::map<size_t, std::string> heads;
  std::map<size_t, std::string> bodies;
  std::map<size_t, uint32_t> ends;
  std::vector<uint32_t> goodbyes;
};

// A server that remembers requests and answers when it is told to.
class Server {
 public:
  struct Request {
    std::map<std::string, std::string> fields;
    std::string body;
    bool ended = false;
  };

  explicit Server(uint32_t streams_max) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t size, const uint8_t* value, size_t value_size, uint8_t, void* user) {
          auto& request = static_cast<Server*>(user)->requests[frame->hd.stream_id];
          request.fields[std::string(name, name + size)] = std::string(value, value + value_size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* data, size_t size,
                      void* user) {
          static_cast<Server*>(user)->requests[stream].body.append(data, data + size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          if (frame->hd.stream_id != 0 && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            static_cast<Server*>(user)->requests[frame->hd.stream_id].ended = true;
          }
          return 0;
        });
    nghttp2_session_server_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry most{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_max};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &most, 1);
  }
  ~Server() { nghttp2_session_del(session); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void answer(int32_t stream, const char* status, const char* type) {
    const std::array<nghttp2_nv, 2> fields{field(":status", status), field("content-type", type)};
    nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, stream, nullptr, fields.data(),
                           fields.size(), nullptr);
  }
  // `bytes` as one body, after which the stream goes on or ends.
  void send(int32_t stream, std::string bytes, bool end) {
    parts[stream] = std::move(bytes);
    nghttp2_data_provider provider{};
    provider.source.ptr = &parts[stream];
    provider.read_callback = [](nghttp2_session*, int32_t, uint8_t* into, size_t size,
                                uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
      auto& rest = *static_cast<std::string*>(source->ptr);
      size_t now = std::min(size, rest.size());
      std::copy_n(rest.begin(), now, into);
      rest.erase(0, now);
      if (rest.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(now);
    };
    nghttp2_submit_data(session, end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE, stream,
                        &provider);
  }

  nghttp2_session* session = nullptr;
  std::map<int32_t, Request> requests;
  std::map<int32_t, std::string> parts;

 private:
  static nghttp2_nv field(const char* name, const char* value) {
    auto bytes = [](const char* text) {
      return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text));
    };
    return {bytes(name), bytes(value), std::string_view(name).size(),
            std::string_view(value).size(), NGHTTP2_NV_FLAG_NONE};
  }
};

struct Http2SessionTest : testing::Test {
  // Carries bytes to and fro, in pieces, until neither side has any.
  void exchange(size_t piece = 16 * 1024) {
    for (;;) {
      std::string there;
      ASSERT_TRUE(client.take_output(there));
      ASSERT_EQ(nghttp2_session_mem_recv(
                    server.session, reinterpret_cast<const uint8_t*>(there.data()), there.size()),
                static_cast<ssize_t>(there.size()));
      std::string back;
      for (;;) {
        const uint8_t* bytes = nullptr;
        ssize_t size = nghttp2_session_mem_send(server.session, &bytes);
        ASSERT_GE(size, 0);
        if (size == 0) break;
        back.append(bytes, bytes + size);
      }
      if (there.empty() && back.empty()) return;
      for (size_t at = 0; at < back.size(); at += piece) {
        ASSERT_TRUE(client.read(std::string_view(back).substr(at, piece)));
      }
    }
  }

  Heard heard;
  Http2Session client{heard, "http"};
  Server server{3};
};

TEST_F(Http2SessionTest, AStreamIsReadHoweverTheBytesAreCut) {
  for (size_t piece : {size_t{1}, size_t{7}, size_t{16384}}) {
    size_t stream = client.get("/v1/topics/a", "");
    exchange();
    auto id = static_cast<int32_t>(2 * stream + 1);
    server.answer(id, "200", "text/event-stream; charset=utf-8");
    server.send(id, "data: one\n\n", false);
    exchange(piece);
    EXPECT_EQ(heard.heads[stream], "200 stream");
    EXPECT_EQ(heard.bodies[stream], "data: one\n\n");
    EXPECT_FALSE(heard.ends.contains(stream));
    server.send(id, "data: two\n\n", true);
    exchange(piece);
    // The server has ended its side, and so the stream; nothing else of ours was open.
    EXPECT_EQ(heard.bodies[stream], "data: one\n\ndata: two\n\n");
    EXPECT_EQ(heard.ends[stream], 0U);
  }
  const auto& fields = server.requests[1].fields;
  EXPECT_EQ(fields.at(":method"), "GET");
  EXPECT_EQ(fields.at(":scheme"), "http");
  EXPECT_EQ(fields.at(":path"), "/v1/topics/a");
  EXPECT_EQ(fields.at("accept"), "text/event-stream");
  EXPECT_FALSE(fields.contains("last-event-id"));
  EXPECT_TRUE(server.requests[1].ended);
}

TEST_F(Http2SessionTest, ARequestNamesTheLastEventItSaw) {
  client.get("/v1/topics/a", "e-7");
  exchange();
  EXPECT_EQ(server.requests[1].fields.at("last-event-id"), "e-7");
}

TEST_F(Http2SessionTest, APostCarriesABodyOfAnyLengthAndIsAnswered) {
  for (const std::string& body : {std::string(), std::string("x"), std::string(200'000, 'y')}) {
    size_t stream = client.post("/v1/topics/a", "text/plain", body);
    exchange();
    auto id = static_cast<int32_t>(2 * stream + 1);
    const auto& request = server.requests[id];
    // The server's window is that of nghttp2: 64 KB until what was read is acknowledged.
    EXPECT_EQ(request.body.size(), body.size());
    EXPECT_EQ(request.body, body);
    EXPECT_EQ(request.fields.at("content-length"), std::to_string(body.size()));
    EXPECT_TRUE(request.ended);
    server.answer(id, "204", "text/plain");
    server.send(id, "", true);
    exchange();
    EXPECT_EQ(heard.heads[stream], "204");
    EXPECT_EQ(heard.ends[stream], 0U);
  }
}

TEST_F(Http2SessionTest, MoreRequestsThanTheServerAllowsWaitAndAreKnownByTheirOrder) {
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(client.get("/" + std::to_string(i), ""), i);
  exchange();
  EXPECT_EQ(heard.streams_max, 3U);
  EXPECT_EQ(server.requests.size(), 3U);
  server.answer(1, "503", "text/plain");
  server.send(1, "busy", true);
  exchange();
  EXPECT_EQ(heard.heads[0], "503");
  EXPECT_EQ(server.requests.size(), 4U);
  EXPECT_EQ(server.requests[7].fields.at(":path"), "/3");
}

TEST_F(Http2SessionTest, ABusyStreamNeverRunsOutOfWindow) {
  client.get("/", "");
  exchange();
  server.answer(1, "200", "text/event-stream");
  constexpr size_t kPart = 1 << 20;
  for (size_t part = 1; part <= 40; ++part) {
    server.send(1, std::string(kPart, 'x'), false);
    exchange();
    ASSERT_EQ(heard.bodies[0].size(), part * kPart);
  }
}

TEST_F(Http2SessionTest, AResetAGoodbyeAndBytesThatAreNotHttp2AreTold) {
  client.get("/", "");
  exchange();
  nghttp2_submit_rst_stream(server.session, NGHTTP2_FLAG_NONE, 1, NGHTTP2_ENHANCE_YOUR_CALM);
  exchange();
  EXPECT_EQ(heard.ends.at(0), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  nghttp2_submit_goaway(server.session, NGHTTP2_FLAG_NONE, 1, NGHTTP2_INTERNAL_ERROR, nullptr, 0);
  exchange();
  EXPECT_EQ(heard.goodbyes, (std::vector<uint32_t>{NGHTTP2_INTERNAL_ERROR}));

  Heard nothing;
  Http2Session other(nothing, "http");
  std::string out;
  EXPECT_FALSE(other.read("HTTP/1.1 400 Bad Request\r\n\r\n") && other.take_output(out));
}

}  // namespace
}  // namespace weir::bench
