// What the answers of one HTTP/2 connection may hold together, when its client does not read them.

#include "net/http2_fixture.hpp"

namespace weir::net::test {
namespace {

constexpr std::size_t kStreams = 20;
constexpr std::size_t kBodyBytes = 20'000;
constexpr std::size_t kEachAnswer = 100 * kBodyBytes;
constexpr std::size_t kAnswerBytesMax = 16 << 20;  // Of Http2Connection.

/// Uploads whose answers are a hundred times as large, over a connection that reads none of them.
class Http2AnswersTest : public testing::Test {
 protected:
  void upload(const std::string& path, bool ended) {
    for (std::size_t i = 0; i < kStreams; ++i) {
      ids_.push_back(client_.open("POST", path));
      client_.send_body(ids_.back(), std::string(kBodyBytes, 'b'), ended);
    }
    // A window of nothing lets heads through.
    while (server_.metrics.http2_bodies_waited.get() == 0) {
      client_.finish(client_.request("HEAD", "/a"));
    }
  }

  std::size_t amplified() {
    std::size_t bytes = 0;
    server_.on_loop([&] { bytes = server_.handler.amplified; });
    return bytes;
  }

  void read_from_now_on() {
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20};
    nghttp2_submit_settings(client_.session(), NGHTTP2_FLAG_NONE, &window, 1);
    client_.flush();
  }

  void expect_whole_answers() {
    for (const auto id : ids_) {
      const auto& answer = client_.finish(id);
      EXPECT_EQ(answer.body.size(), kEachAnswer);
      EXPECT_EQ(answer.code, NGHTTP2_NO_ERROR);
    }
  }

  TestServer server_;
  Http2Client client_{server_.address, {.window = 0, .credits = true}};
  std::vector<std::int32_t> ids_;
};

TEST_F(Http2AnswersTest, BodiesWaitForTheAnswersOfTheirConnectionToBeRead) {
  upload("/amplify", true);
  EXPECT_GE(amplified(), kAnswerBytesMax);
  EXPECT_LE(amplified(), kAnswerBytesMax + kEachAnswer) << "all together, not each of them";
  read_from_now_on();
  expect_whole_answers();
}

TEST_F(Http2AnswersTest, AnswersThatAreHeldBackBeginWhereThereIsNoRoomForMoreOfThem) {
  upload("/late", false);
  EXPECT_LE(amplified(), kAnswerBytesMax + kEachAnswer);
  std::size_t held_back = 0;
  server_.on_loop([&] {
    for (const auto& [exchange, held] : server_.handler.held_back) held_back += held.size();
  });
  EXPECT_GT(held_back, 0U);
  EXPECT_LE(held_back, kAnswerBytesMax / 4) << "or they would wait for each other";
  // Without an end of any body, all of them go on.
  read_from_now_on();
  while (amplified() < kStreams * kEachAnswer) client_.finish(client_.request("HEAD", "/a"));
  for (const auto id : ids_) client_.send_body(id, {}, true);
  expect_whole_answers();
}

TEST_F(Http2AnswersTest, WhatEndsWithItsClientIsCountedNoMore) {
  upload("/late", false);
  // What these held makes room for others, which would wait for ever otherwise.
  for (const auto id : ids_) {
    nghttp2_submit_rst_stream(client_.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  }
  read_from_now_on();
  const auto next = client_.request("POST", "/amplify", {}, std::string(kBodyBytes, 'b'));
  EXPECT_EQ(client_.finish(next).body.size(), kEachAnswer);
}

}  // namespace
}  // namespace weir::net::test
