#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "client/tls_test_server.hpp"
#include "embed/event_source_fixture.hpp"
#include "embed/program_fixture.hpp"

namespace weir::embed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(EventSourceOfWeir, TellsControlFramesFromWhatSomebodyPublished) {
  TestServer server(
      {answer(stream_of("event: system\ndata: {\"type\":\"connected\",\"client_id\":\"c\","
                        "\"timestamp\":\"t\",\"cursor\":\"e-1\"}\n\n"
                        "event: recovery\ndata: {\"recovered_from\":\"e-0\",\"events\":3}\n\n"
                        "event: gap\ndata: {\"requested\":\"x\",\"available_from\":\"e-0\","
                        "\"reason\":\"epoch\"}\n\n"
                        "event: heartbeat\ndata: {\"cursor\":\"e-2\",\"server_time\":5}\n\n"
                        "event: drain\ndata: {\"reason\":\"shutdown\",\"retry\":9}\n\n"
                        "id: e-3\nevent: gap\ndata: {\"requested\":\"x\",\"available_from\":\"y\","
                        "\"reason\":\"mine\"}\n\n"
                        "event: system\ndata: up\n\n"
                        "event: drain\ndata: {\"retry\":\"soon\"}\n\n")),
       answer(std::string(kStop))});
  const auto r = play(quick(server.text_url()));
  EXPECT_THAT(r.log, ElementsAre("open 1", "hello e-1", "recovery 3", "gap epoch", "beat e-2",
                                 "drain 9", HasSubstr("gap={\"requested\""), "system=up",
                                 "drain={\"retry\":\"soon\"}", "wait 0", "end 2"));
}

TEST(EventSourceOfWeir, ResumesWhereItWasWelcomedUnlessItsUrlSaysWhere) {
  const std::string welcome = stream_of(
      "event: system\ndata: {\"type\":\"connected\",\"client_id\":\"c\",\"cursor\":\"e-5\"}\n\n");
  for (const auto& [target, resumes] :
       {std::pair("/a", true), std::pair("/a?after=latest", true),
        std::pair("/a?after=earliest", false), std::pair("/a?last=3", false)}) {
    std::string second;
    TestServer server({answer(welcome), answer(std::string(kStop), &second)});
    EXPECT_TRUE(play(quick(server.text_url(target))).result);
    server.join();
    EXPECT_EQ(second.find("Last-Event-ID: e-5") != std::string::npos, resumes) << target;
  }
}

TEST(EventSourceOfWeir, AsksForATokenBeforeEachConnectionAndOnceMoreWhenItIsRefused) {
  std::vector<std::string> heads(4);
  TestServer server({answer(head_of(401, ""), &heads[0]),
                     answer(stream_of("data: a\n\n"), &heads[1]),
                     answer(head_of(401, ""), &heads[2]), answer(head_of(401, ""), &heads[3])});
  int asked = 0;
  std::vector<TokenNeed> needs;
  auto options = quick(server.text_url());
  options.token = [&](TokenNeed need) {
    needs.push_back(need);
    return "t" + std::to_string(++asked);
  };
  const auto r = play(options);
  ASSERT_FALSE(r.result) << "two refusals in a row are the end";
  using enum TokenNeed;
  EXPECT_THAT(needs, ElementsAre(kConnect, kRefused, kConnect, kRefused));
  server.join();
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(heads[static_cast<std::size_t>(i)],
                HasSubstr("\r\nAuthorization: Bearer t" + std::to_string(i + 1) + "\r\n"));
  }
}

TEST(EventSourceOfWeir, RenewsItsTokenWithoutAReconnect) {
  std::string renewal;
  Told<int> renewed;
  // One conversation after the other: the stream has ended by the time of the renewal.
  TestServer server({answer(stream_of("event: auth-expiring\ndata: {\"client_id\":\"c/1\","
                                      "\"expires\":\"2026-01-01T00:00:00Z\"}\n\n")),
                     answer(head_of(200, "", "{}"), &renewal)});
  auto options = quick(server.text_url("/prefix/v1/topics/a"));
  options.token = [](TokenNeed need) { return need == TokenNeed::kExpiring ? "new" : "old"; };
  auto source = EventSource::create(
      options, {.on_event = [](const StreamEvent&) {},
                .on_renewal = [&](const Result<>& result) { renewed.add(result ? 1 : 2); }});
  ASSERT_TRUE(source->start());
  EXPECT_EQ(renewed.next(), 1);
  source->close();
  server.join();
  EXPECT_THAT(renewal, HasSubstr("POST /prefix/v1/connections/c/1/token HTTP/1.1\r\n"));
  EXPECT_THAT(renewal, HasSubstr("\r\nAuthorization: Bearer new\r\n"));
}

TEST(EventSourceOfWeir, BelievesTheServerThatItsCertificatesVouchForAndNoOther) {
  const client::TestCertificate certificate;
  const auto talk = [](client::TlsTestPeer& peer) {
    peer.read_head();
    peer.write(stream_of("data: a\n\n"));
  };
  client::TlsTestServer server(certificate, {talk, talk});
  auto options = quick(server.url().text());
  options.wait_for_server = false;
  const auto by_the_systems = play(options);
  ASSERT_FALSE(by_the_systems.result);
  EXPECT_EQ(by_the_systems.result.error().code, "network");
  EXPECT_THAT(by_the_systems.result.error().message, HasSubstr("not to be trusted"));
  options.ca_file = certificate.file_name();
  EXPECT_THAT(play(options, 1).log, ElementsAre("open 1", "message=a"));
}

TEST(EventSourceOfWeir, HoldsStreamsToItsLimits) {
  TestServer line({answer(stream_of("data: " + std::string(100, 'x')))});
  auto options = quick(line.text_url());
  options.line_bytes_max = 50;
  EXPECT_FALSE(play(options).result);
  TestServer data({answer(stream_of("data: 12345\ndata: 12345\ndata: 12345\n\n"))});
  options = quick(data.text_url());
  options.data_bytes_max = 12;
  EXPECT_FALSE(play(options).result);
}

TEST(EventSourceOfWeir, RefusesOptionsThatAreNone) {
  const EventSourceHandlers handlers{.on_event = [](const StreamEvent&) {}};
  const auto code = [&](EventSourceOptions options) {
    options.url = "http://127.0.0.1:1/";
    const auto made = EventSource::create(std::move(options), handlers);
    return made ? std::string() : made.error().code;
  };
  EXPECT_EQ(code({.headers = {{"A b", "c"}}}), "misuse");
  EXPECT_EQ(code({.headers = {{"A", "b\r\nC: d"}}}), "misuse");
  EXPECT_EQ(code({.last_event_id = "a\nb"}), "misuse");
  EXPECT_EQ(code({.silence = milliseconds(0)}), "misuse");
  EXPECT_EQ(code({.line_bytes_max = 0}), "misuse");
  EXPECT_EQ(code({.ca_file = "/there/is/none.pem"}), "misuse");
  EXPECT_FALSE(EventSource::create({.url = "http://127.0.0.1:1/"}, {}));
}

TEST(EventSourceOfWeir, CanBeDestroyedByItsOwnHandler) {
  TestServer server({answer(stream_of("data: a\n\ndata: b\n\n"))});
  Told<int> told;
  auto source = std::make_unique<std::optional<EventSource>>();
  auto made = EventSource::create(quick(server.text_url()), {.on_event = [&](const StreamEvent&) {
                                    source->reset();
                                    told.add(1);
                                  }});
  source->emplace(std::move(*made));
  ASSERT_TRUE((*source)->start());
  EXPECT_EQ(told.next(), 1);
  server.join();
  EXPECT_TRUE(told.empty());
}

TEST(EventSourceOfWeir, RunsOnce) {
  TestServer server({answer(std::string(kStop))});
  auto source =
      EventSource::create(quick(server.text_url()), {.on_event = [](const StreamEvent&) {}});
  EXPECT_TRUE(source->run());
  EXPECT_EQ(source->run().error().code, "misuse");
  EXPECT_EQ(source->start().error().code, "misuse");
}

}  // namespace
}  // namespace weir::embed
