#include "cli/publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/publish_line.hpp"
#include "client/test_server.hpp"

namespace weir::cli {
namespace {

using client::TestPeer;
using client::TestServer;
using testing::ElementsAre;
using testing::HasSubstr;

struct Refusal {
  std::uint64_t line;
  base::ErrorCode code;
  bool operator==(const Refusal&) const = default;
};

class PublisherTest : public testing::Test {
 protected:
  Publisher publisher(const TestServer& server) {
    return Publisher(
        {.url = server.url("/mounted"), .connection = {}, .headers = headers_},
        [this](std::uint64_t line, const base::Error& error) {
          refusals_.push_back({line, error.code});
        },
        interrupt_);
  }

  client::Headers headers_;
  client::Interrupt interrupt_;
  std::vector<Refusal> refusals_;
};

std::string answers(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST_F(PublisherTest, SendsItsTokenWithTheRequest) {
  std::string head;
  TestServer server({[&](TestPeer& peer) {
    head = peer.read_head();
    peer.read_until("0\r\n\r\n");
    peer.write(answers("{\"cursor\":\"e-1\",\"sequence\":1}\n"));
  }});
  ServerOptions options;
  options.token = "t0ken";
  headers_ = options.headers();
  Publisher p = publisher(server);
  ASSERT_TRUE(p.add(1, "{}"));
  ASSERT_TRUE(p.finish());
  server.join();
  EXPECT_THAT(head, HasSubstr("Authorization: Bearer t0ken\r\n"));
}

TEST_F(PublisherTest, SendsLinesAsOneStreamAndCountsTheAnswers) {
  std::string head, body;
  TestServer server({[&](TestPeer& peer) {
    head = peer.read_head();
    body = peer.read_until("0\r\n\r\n");
    peer.write(
        answers("{\"cursor\":\"e-1\",\"sequence\":1}\n{\"cursor\":\"e-2\",\"sequence\":2}\n"));
  }});
  auto p = publisher(server);
  ASSERT_TRUE(p.add(1, "{\"a\":1}"));
  ASSERT_TRUE(p.add(4, "{\"b\":2}"));
  const auto finished = p.finish();
  ASSERT_TRUE(finished) << finished.error().detail;
  EXPECT_EQ(p.progress().published, 2u);
  EXPECT_EQ(p.progress().last_cursor, "e-2");
  EXPECT_EQ(p.progress().last_line, 4u);
  EXPECT_EQ(p.progress().unanswered, 0u);
  server.join();
  EXPECT_THAT(head, HasSubstr("POST /mounted/v1/publish HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/x-ndjson\r\n"));
  EXPECT_EQ(body, "10\r\n{\"a\":1}\n{\"b\":2}\n\r\n0\r\n\r\n");
}

TEST_F(PublisherTest, ReportsRefusedLinesByTheInputsNumbering) {
  TestServer server({[&](TestPeer& peer) {
    peer.read_until("0\r\n\r\n");
    peer.write(
        answers("{\"cursor\":\"e-1\",\"sequence\":1}\n"
                "{\"error\":{\"code\":\"bad-topic\",\"detail\":\"x\"},\"line\":2}\n"));
  }});
  auto p = publisher(server);
  ASSERT_TRUE(p.add(10, "{}"));
  ASSERT_TRUE(p.add(12, "{}"));
  ASSERT_TRUE(p.finish());
  EXPECT_EQ(p.progress().published, 1u);
  EXPECT_EQ(p.progress().refused, 1u);
  EXPECT_THAT(refusals_, ElementsAre(Refusal{12, base::ErrorCode::kBadTopic}));
}

TEST_F(PublisherTest, KnowsHowFarItGotWhenTheConnectionBreaks) {
  TestServer server({[&](TestPeer& peer) {
    peer.read_until("{\"c\":3}\n");
    peer.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "11\r\n{\"cursor\":\"e-1\"}\n\r\n");
  }});
  auto p = publisher(server);
  for (const std::uint64_t line : {1, 2, 3}) {
    ASSERT_TRUE(p.add(line, line == 3 ? "{\"c\":3}" : "{}"));
  }
  EXPECT_FALSE(p.finish());
  EXPECT_EQ(p.progress().published, 1u);
  EXPECT_EQ(p.progress().last_line, 1u);
  EXPECT_EQ(p.progress().unanswered, 2u);
}

TEST_F(PublisherTest, ARefusedRequestIsTheServersProblem) {
  TestServer server({[&](TestPeer& peer) {
    peer.read_until("0\r\n\r\n");
    const std::string problem = R"({"code":"draining","title":"t","detail":"d"})";
    peer.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: " +
               std::to_string(problem.size()) + "\r\n\r\n" + problem);
  }});
  auto p = publisher(server);
  ASSERT_TRUE(p.add(1, "{}"));
  const auto finished = p.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, base::ErrorCode::kDraining);
  EXPECT_EQ(p.progress().unanswered, 1u);
}

TEST_F(PublisherTest, NothingToPublishIsNoRequest) {
  TestServer server({});
  server.join();
  auto p = publisher(server);
  EXPECT_TRUE(p.finish());
}

TEST(PublishLine, SaysOnlyWhatWasAskedFor) {
  EXPECT_EQ(publish_line({.topic = "a", .retry = {}}, "x\n\"y\"", std::nullopt),
            R"({"topic":"a","data":"x\n\"y\""})");
  EXPECT_EQ(publish_line({.topic = "a",
                          .type = "t",
                          .id = "i",
                          .key = "k",
                          .ttl = std::chrono::milliseconds(1'050),
                          .retry = std::chrono::milliseconds(0),
                          .is_private = true,
                          .ephemeral = true},
                         "", 1'795'253'401'000),
            R"({"topic":"a","event":"t","id":"i","key":"k","ttl":1.050,"retry":0,"private":true,)"
            R"("ephemeral":true,"time":1795253401000,"data":""})");
}

}  // namespace
}  // namespace weir::cli
