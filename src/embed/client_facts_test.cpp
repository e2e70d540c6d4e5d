// The client's contract: the facts of tests/data/event_stream_vectors.json, by name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "embed/event_source_fixture.hpp"
#include "embed/program_fixture.hpp"

namespace weir::embed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// --- The request ---

TEST(ClientFacts, TheRequestAsksForAnEventStreamThatNobodyHasKept) {
  std::string first, second;
  TestServer server(
      {answer(stream_of("data: a\n\n"), &first), answer(std::string(kStop), &second)});
  EXPECT_TRUE(play(quick(server.text_url("/s"))).result);
  server.join();
  for (const auto& head : {first, second}) {
    EXPECT_THAT(head, HasSubstr("\r\nAccept: text/event-stream\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nCache-Control: no-cache\r\n"));
  }
}

TEST(ClientFacts, TheLastIdIsSentInItsOwnBytesAndAnEmptyOneNotAtAll) {
  std::string first, second, third;
  TestServer server({answer(stream_of("id: \xc3\xa9\ndata: a\n\n"), &first),
                     answer(stream_of("id\ndata: b\n\n"), &second),
                     answer(std::string(kStop), &third)});
  EXPECT_TRUE(play(quick(server.text_url())).result);
  server.join();
  EXPECT_THAT(first, Not(HasSubstr("Last-Event-ID")));
  EXPECT_THAT(second, HasSubstr("\r\nLast-Event-ID: \xc3\xa9\r\n"));
  EXPECT_THAT(third, Not(HasSubstr("Last-Event-ID")));
}

TEST(ClientFacts, CookiesAreWhatTheProgramSendsAndStayWithTheirOrigin) {
  std::string first, second, other;
  TestServer elsewhere({answer(std::string(kStop), &other)});
  TestServer server(
      {[&](TestPeer& peer) {
         first = peer.read_head();
         peer.write(
             "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nSet-Cookie: s=2\r\n"
             "Connection: close\r\n\r\nretry: 1\n\n");
       },
       answer(head_of(302, "Location: " + elsewhere.text_url("/there") + "\r\n"), &second)});
  auto options = quick(server.text_url());
  options.headers = {{"Cookie", "s=1"}, {"X-Api-Key", "k"}, {"X-Other", "o"}};
  EXPECT_TRUE(play(options).result);
  server.join();
  elsewhere.join();
  for (const auto& head : {first, second}) {
    EXPECT_THAT(head, HasSubstr("\r\nCookie: s=1\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("s=2")));
  }
  EXPECT_THAT(other, Not(HasSubstr("Cookie")));
  EXPECT_THAT(other, Not(HasSubstr("X-Api-Key")));
  EXPECT_THAT(other, HasSubstr("X-Other: o"));
}

// --- The answer ---

class ClientFactsRedirect : public testing::TestWithParam<int> {};
TEST_P(ClientFactsRedirect, IsFollowed) {
  TestServer server({answer(head_of(GetParam(), "Location: /moved\r\n")),
                     answer(stream_of("data: a\n\n")), answer(std::string(kStop))});
  const auto r = play(quick(server.text_url("/first")));
  EXPECT_TRUE(r.result);
  EXPECT_THAT(r.log, ElementsAre("open 1", "message=a", "wait 0", "end 2"));
}
INSTANTIATE_TEST_SUITE_P(Status, ClientFactsRedirect, testing::Values(301, 302, 303, 307));

TEST(ClientFacts, RedirectsComeToAnEnd) {
  std::vector<TestServer::Script> circle(4, answer(head_of(302, "Location: /again\r\n")));
  TestServer server(circle);
  auto options = quick(server.text_url());
  options.redirects_max = 3;
  const auto r = play(options);
  ASSERT_FALSE(r.result);
  EXPECT_THAT(r.result.error().message, HasSubstr("circles"));
  TestServer nowhere({answer(head_of(302, ""))});
  EXPECT_FALSE(play(quick(nowhere.text_url())).result);
}

TEST(ClientFacts, TheOriginIsThatOfTheStreamAfterRedirectsAndTheUrlTheOneAskedFor) {
  TestServer elsewhere({answer(stream_of("data: a\n\n"))});
  TestServer server({answer(head_of(302, "Location: " + elsewhere.text_url("/s") + "\r\n"))});
  std::string origin, opened;
  EventSource* self = nullptr;
  auto source =
      EventSource::create(quick(server.text_url("/first?x=1")),
                          {.on_event =
                               [&](const StreamEvent& event) {
                                 origin = event.origin;
                                 self->close();
                               },
                           .on_open = [&](const StreamOpened& stream) { opened = stream.url; }});
  ASSERT_TRUE(source);
  self = &*source;
  EXPECT_TRUE(source->run());
  EXPECT_EQ(origin + "/s", elsewhere.text_url("/s"));
  EXPECT_EQ(opened, elsewhere.text_url("/s"));
  EXPECT_EQ(source->url(), server.text_url("/first?x=1"));
}

TEST(ClientFacts, Status204IsTheEndAndNoError) {
  TestServer server({answer(head_of(204, "Content-Type: text/event-stream\r\n"))});
  const auto r = play(quick(server.text_url()));
  EXPECT_TRUE(r.result);
  EXPECT_THAT(r.log, ElementsAre("end 2"));
  EXPECT_EQ(r.state, EventSource::State::kClosed);
}

class ClientFactsFinalStatus : public testing::TestWithParam<int> {};
TEST_P(ClientFactsFinalStatus, IsTheEndWhateverItsBody) {
  TestServer server(
      {answer(head_of(GetParam(), "Content-Type: text/event-stream\r\n", "data: data\n\n"))});
  const auto r = play(quick(server.text_url()));
  ASSERT_FALSE(r.result);
  EXPECT_THAT(r.log, ElementsAre("end 2"));
  server.join();
  EXPECT_EQ(server.connections(), 1);
}
INSTANTIATE_TEST_SUITE_P(Status, ClientFactsFinalStatus, testing::Values(205, 210, 299, 404, 410));

TEST(ClientFacts, Status503IsComeBackFromAsItsServerAsks) {
  TestServer server({answer(head_of(503, "Content-Type: text/event-stream\r\n", "data: data\n\n")),
                     answer(stream_of("data: a\n\n")), answer(std::string(kStop))});
  const auto r = play(quick(server.text_url()));
  EXPECT_TRUE(r.result);
  EXPECT_THAT(r.log, ElementsAre("wait 0", "open 1", "message=a", "wait 0", "end 2"));
}

class ClientFactsMime : public testing::TestWithParam<std::pair<const char*, bool>> {};
TEST_P(ClientFactsMime, DecidesWhetherItIsAStream) {
  const auto& [type, good] = GetParam();
  TestServer server({answer("HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) +
                            "\r\nConnection: close\r\n\r\ndata: \xc3\xa9\n\n")});
  const auto r = play(quick(server.text_url()), 1);
  EXPECT_EQ(r.result.has_value(), good);
  if (good) {
    EXPECT_THAT(r.log, ElementsAre("open 1", "message=\xc3\xa9"));
  } else {
    EXPECT_THAT(r.log, ElementsAre("end 2"));
  }
}
INSTANTIATE_TEST_SUITE_P(
    Type, ClientFactsMime,
    testing::Values(std::pair("x bogus", false), std::pair("text/x-bogus", false),
                    std::pair("text/event-stream;", true),
                    std::pair("text/event-stream;charset=windows-1252", true)));

// --- The stream's life ---

TEST(ClientFacts, AStreamThatEndsIsTakenUpAgainUntilTheServerSaysStop) {
  TestServer server({answer(stream_of("data: opened\n\n")),
                     answer(stream_of("data: reconnected\n\n")), answer(std::string(kStop))});
  const auto r = play(quick(server.text_url()));
  EXPECT_THAT(r.log, ElementsAre("open 1", "message=opened", "wait 0", "open 1",
                                 "message=reconnected", "wait 0", "end 2"));
}

TEST(ClientFacts, AnEndRightAfterRetryIsOneToComeBackFrom) {
  TestServer server({answer("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: "
                            "close\r\n\r\nretry: 2\n"),
                     answer(stream_of("data: data\n\n")), answer(std::string(kStop))});
  const auto r = play(quick(server.text_url()));
  EXPECT_THAT(r.log, ElementsAre("open 1", "wait 0", "open 1", "message=data", "wait 0", "end 2"));
}

class ClientFactsRetry : public testing::TestWithParam<const char*> {};
TEST_P(ClientFactsRetry, IsTheTimeUntilTheNextConnection) {
  TestServer server(
      {answer("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: "
              "close\r\n\r\n" +
              std::string(GetParam()))});
  milliseconds waited{0};
  EventSource* self = nullptr;
  auto source =
      EventSource::create(quick(server.text_url()), {.on_event = [](const StreamEvent&) {},
                                                     .on_wait =
                                                         [&](const Error&, milliseconds wait) {
                                                           waited = wait;
                                                           self->close();
                                                         }});
  self = &*source;
  EXPECT_TRUE(source->run());
  EXPECT_EQ(waited, milliseconds(3000));
}
INSTANTIATE_TEST_SUITE_P(Field, ClientFactsRetry,
                         testing::Values("retry:03000\n\n", "retry:3000\nretry:1000x\n\n"));

TEST(ClientFacts, AnUnfinishedEventIsDroppedWithItsId) {
  std::string second;
  TestServer server({answer(stream_of("id: 1\ndata: whole\n\nid: 2\ndata: half\n")),
                     answer(std::string(kStop), &second)});
  const auto r = play(quick(server.text_url()));
  EXPECT_THAT(r.log, ElementsAre("open 1", "message=whole", "wait 0", "end 2"));
  server.join();
  EXPECT_THAT(second, HasSubstr("\r\nLast-Event-ID: 1\r\n"));
}

TEST(ClientFacts, AnIdSurvivesConnectionsThatBringNone) {
  std::string third;
  TestServer server({answer(stream_of("id: 7\ndata: a\n\n")), answer(stream_of("data: b\n\n")),
                     answer(std::string(kStop), &third)});
  std::vector<std::string> ids;
  auto source = EventSource::create(
      quick(server.text_url()), {.on_event = [&](const StreamEvent& event) {
        ids.push_back(std::string(event.last_event_id) + (event.durable ? " own" : ""));
      }});
  EXPECT_TRUE(source->run());
  EXPECT_THAT(ids, ElementsAre("7 own", "7"));
  EXPECT_EQ(source->last_event_id(), "7");
  server.join();
  EXPECT_THAT(third, HasSubstr("\r\nLast-Event-ID: 7\r\n"));
}

TEST(ClientFacts, AnIdWithNulIsNone) {
  std::string second;
  TestServer server({answer(stream_of(std::string("id: a\0b\ndata: a\n\n", 16))),
                     answer(std::string(kStop), &second)});
  EXPECT_TRUE(play(quick(server.text_url())).result);
  server.join();
  EXPECT_THAT(second, Not(HasSubstr("Last-Event-ID")));
}

TEST(ClientFacts, ClosingWhenItOpensEndsItWithoutAnEvent) {
  TestServer server({answer(stream_of("data: a\n\ndata: b\n\n"))});
  int told = 0;
  EventSource* self = nullptr;
  std::vector<EventSource::State> states;
  auto source = EventSource::create(quick(server.text_url()),
                                    {.on_event = [&](const StreamEvent&) { ++told; },
                                     .on_open =
                                         [&](const StreamOpened&) {
                                           states.push_back(self->state());
                                           self->close();
                                         },
                                     .on_end = [&](const Result<>&) { ++told; }});
  self = &*source;
  states.push_back(source->state());
  EXPECT_TRUE(source->run());
  states.push_back(source->state());
  EXPECT_EQ(told, 0);
  using enum EventSource::State;
  EXPECT_THAT(states, ElementsAre(kConnecting, kOpen, kClosed));
}

TEST(ClientFacts, ClosingWhileItConnectsEndsItForGood) {
  Told<int> asked;
  TestServer server({[&](TestPeer& peer) {
    peer.read_head();
    asked.add(1);
    peer.wait_until_closed();
  }});
  std::atomic<int> told{0};
  auto source = EventSource::create(quick(server.text_url()),
                                    {.on_event = [&](const StreamEvent&) { ++told; },
                                     .on_wait = [&](const Error&, milliseconds) { ++told; },
                                     .on_end = [&](const Result<>&) { ++told; }});
  ASSERT_TRUE(source->start());
  asked.next();
  source->close();
  EXPECT_EQ(told, 0);
  EXPECT_EQ(source->state(), EventSource::State::kClosed);
  server.join();
  EXPECT_EQ(server.connections(), 1);
}

TEST(ClientFacts, AUrlThatIsNoneIsToldAtOnce) {
  for (const char* url : {"http://this is invalid/", "", "/relative", "ftp://h/", "about:blank",
                          "mailto:a@b.example", "javascript:void(0)", "http://user@h/"}) {
    const auto source = EventSource::create({.url = url}, {.on_event = [](const StreamEvent&) {}});
    ASSERT_FALSE(source) << url;
    EXPECT_EQ(source.error().code, "misuse") << url;
  }
}

/// Every fact has a test above, or a reason why it is none of a program's client.
TEST(ClientFacts, EachIsCoveredOrSaidToBeNone) {
  struct Fact {
    const char* name;
    const char* test;  ///< Or, after a dash, why there is none.
  };
  constexpr const char* kRequest = "ClientFacts.TheRequestAsksForAnEventStreamThatNobodyHasKept";
  constexpr const char* kCookies =
      "ClientFacts.CookiesAreWhatTheProgramSendsAndStayWithTheirOrigin";
  constexpr const char* kOrigin =
      "ClientFacts.TheOriginIsThatOfTheStreamAfterRedirectsAndTheUrlTheOneAskedFor";
  constexpr const char* kRedirect = "Status/ClientFactsRedirect.IsFollowed";
  constexpr const char* kFinal = "Status/ClientFactsFinalStatus.IsTheEndWhateverItsBody";
  constexpr const char* kMime = "Type/ClientFactsMime.DecidesWhetherItIsAStream";
  constexpr const char* kUrl = "ClientFacts.AUrlThatIsNoneIsToldAtOnce";
  constexpr const char* kStates = "ClientFacts.ClosingWhenItOpensEndsItWithoutAnEvent";
  constexpr const char* kRetry = "Field/ClientFactsRetry.IsTheTimeUntilTheNextConnection";
  constexpr const char* kCors = "- a program has no origin: CORS is a browser's";
  constexpr const char* kScript = "- about objects of a script";
  const std::vector<Fact> facts = {
      {"Accept header", kRequest},
      {"Cache-Control header", kRequest},
      {"no Last-Event-ID first", "ClientFacts.TheLastIdIsSentInItsOwnBytesAndAnEmptyOneNotAtAll"},
      {"credentials enabled", "- a program keeps no cookies by itself: it sends headers"},
      {"credentials disabled", kCookies},
      {"credentials default", kCookies},
      {"redirect 301", kRedirect},
      {"redirect 302", kRedirect},
      {"redirect 303", kRedirect},
      {"redirect 307", kRedirect},
      {"status 204", "ClientFacts.Status204IsTheEndAndNoError"},
      {"status 205", kFinal},
      {"status 210", kFinal},
      {"status 299", kFinal},
      {"status 404", kFinal},
      {"status 410", kFinal},
      // Otherwise, on purpose: a browser's rule would end a program's stream for a busy moment.
      {"status 503", "ClientFacts.Status503IsComeBackFromAsItsServerAsks"},
      {"MIME bogus", kMime},
      {"MIME valid but wrong", kMime},
      {"MIME trailing semicolon", kMime},
      {"MIME with charset", kMime},
      {"close()", kStates},
      {"reconnect sequence", "ClientFacts.AStreamThatEndsIsTakenUpAgainUntilTheServerSaysStop"},
      {"reconnect 200", "ClientFacts.AnEndRightAfterRetryIsOneToComeBackFrom"},
      {"reconnect events", "ClientFacts.AnEndRightAfterRetryIsOneToComeBackFrom"},
      {"retry honoured", kRetry},
      {"retry bogus", kRetry},
      {"unfinished event", "ClientFacts.AnUnfinishedEventIsDroppedWithItsId"},
      {"id survives reconnect", "ClientFacts.AnIdSurvivesConnectionsThatBringNone"},
      {"id NUL", "ClientFacts.AnIdWithNulIsNone"},
      {"CORS basic", kCors},
      {"CORS redirect", kOrigin},
      {"CORS reconnect", kCors},
      {"CORS fail other origin", kCors},
      {"CORS fail empty", kCors},
      {"CORS fail missing", kCors},
      {"redirect origin", kOrigin},
      {"preflight: safe id", kCors},
      {"preflight: long id", kCors},
      {"preflight: unsafe id", kCors},
      {"constructor: bad URL", kUrl},
      {"constructor: non-fetchable", kUrl},
      {"constructor: stringify", kScript},
      {"constructor: empty", kUrl},
      {"url attribute", kOrigin},
      {"open event", kRedirect},
      {"readyState", kStates},
      {"cancellation", "ClientFacts.ClosingWhileItConnectsEndsItForGood"},
      {"bfcache", "- a program is not put aside by a browser"},
      {"prototype", kScript},
      {"realm / trusted", kScript},
      {"fromReadableStream (new API, not in Chromium 156)",
       "- a program that has a stream of bytes has no use for a client"},
      {"worker variants", "- there are no workers; threads: ClosingWhileItConnectsEndsItForGood"},
  };
  std::set<std::string> tests;
  const auto& unit = *testing::UnitTest::GetInstance();
  for (int i = 0; i < unit.total_test_suite_count(); ++i) {
    const auto& suite = *unit.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const std::string name = suite.GetTestInfo(j)->name();
      tests.insert(std::string(suite.name()) + "." + name.substr(0, name.find('/')));
    }
  }
  std::ifstream file(WEIR_TEST_VECTORS "/event_stream_vectors.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto vectors = boost::json::parse(text);
  std::vector<std::string> wanted, named;
  for (const auto& fact : vectors.at("client").as_array()) {
    wanted.emplace_back(fact.at("name").as_string());
  }
  EXPECT_EQ(wanted.size(), 53u);
  for (const auto& fact : facts) {
    named.emplace_back(fact.name);
    const std::string_view test = fact.test;
    if (!test.starts_with("- ")) {
      EXPECT_TRUE(tests.contains(std::string(test))) << fact.name << ": there is no " << test;
    }
  }
  EXPECT_EQ(named, wanted);
}

}  // namespace
}  // namespace weir::embed
