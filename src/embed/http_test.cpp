#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "embed/program_fixture.hpp"

namespace weir::embed {
namespace {

using testing::HasSubstr;

Event event_on(std::string topic, std::string data) {
  return {.topics = {std::move(topic)}, .data = std::move(data)};
}

TEST(HubRoute, AnswersBesideWeirsOwnAddresses) {
  auto hub = make_hub();
  ASSERT_TRUE(hub.route("POST", "/echo", [](Request request) {
    EXPECT_EQ(request.method(), "POST");
    EXPECT_EQ(request.path(), "/echo");
    request.respond({.status = 201,
                     .headers = {{"X-Own", std::string(request.header("x-asked"))}},
                     .body = request.body() + std::string(request.query("q"))});
  }));
  ASSERT_TRUE(hub.route("GET", "/files/", [](Request request) {
    request.respond({.body = std::string(request.rest())});
  }));
  ASSERT_TRUE(hub.route("GET", "/", [](Request request) { request.respond({.body = "mine"}); }));
  start(hub);
  const auto answer = ask(hub, "POST", "/echo?q=%21", "body", {{"X-Asked", "yes"}});
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "body!");
  EXPECT_EQ(answer.headers.at("X-Own"), "yes");
  EXPECT_EQ(answer.headers.at("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(ask(hub, "GET", "/files/a/b.txt").body, "a/b.txt");
  EXPECT_EQ(ask(hub, "GET", "/").body, "mine");
  EXPECT_EQ(ask(hub, "DELETE", "/echo").status, 405);
  EXPECT_EQ(ask(hub, "GET", "/healthz").status, 200);
  EXPECT_EQ(hub.route("GET", "/late", [](Request) {}).error().code, "misuse");
}

TEST(HubRoute, RefusesWhatIsNoRoute) {
  auto hub = make_hub();
  const RouteHandler ignore = [](Request) {};
  EXPECT_EQ(hub.route("FETCH", "/a", ignore).error().code, "misuse");
  EXPECT_EQ(hub.route("GET", "a", ignore).error().code, "misuse");
  EXPECT_EQ(hub.route("GET", "/a?b", ignore).error().code, "misuse");
  EXPECT_EQ(hub.route("GET", "/a", nullptr).error().code, "misuse");
}

TEST(HubRoute, HoldsBodiesToTheirLimit) {
  auto hub = make_hub();
  ASSERT_TRUE(hub.route("POST", "/small", [](Request request) { request.respond({}); },
                        {.body_bytes_max = 4}));
  start(hub);
  EXPECT_EQ(ask(hub, "POST", "/small", "1234").status, 200);
  EXPECT_EQ(ask(hub, "POST", "/small", "12345").status, 413);
}

TEST(HubRoute, MayBeAnsweredLaterFromAnotherThreadOrNever) {
  auto hub = make_hub();
  Told<std::optional<Request>> waiting;
  ASSERT_TRUE(hub.route("GET", "/later", [&](Request request) { waiting.add(request); }));
  ASSERT_TRUE(hub.route("GET", "/never", [](Request) {}));
  ASSERT_TRUE(hub.route("GET", "/problem", [](Request request) {
    request.fail(409, "Not now", "it is \"busy\"");
    request.respond({.body = "the first answer counts"});
  }));
  start(hub);
  std::thread worker([&] {
    auto request = waiting.next();
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->gone());
    request->respond({.body = "from a worker"});
  });
  EXPECT_EQ(ask(hub, "GET", "/later").body, "from a worker");
  worker.join();
  EXPECT_EQ(ask(hub, "GET", "/never").status, 500);
  const auto problem = ask(hub, "GET", "/problem");
  EXPECT_EQ(problem.status, 409);
  EXPECT_EQ(problem.headers.at("Content-Type"), "application/problem+json");
  EXPECT_THAT(problem.body, HasSubstr(R"("detail":"it is \"busy\"")"));
}

TEST(HubRoute, ARequestMayOutliveTheHub) {
  std::optional<Request> kept;
  std::thread client;
  {
    auto hub = make_hub();
    Told<std::optional<Request>> waiting;
    ASSERT_TRUE(hub.route("GET", "/later", [&](Request request) { waiting.add(request); }));
    start(hub);
    const auto url = *client::parse_url(hub.urls().front());
    client = std::thread([url] {
      client::HttpClient http(url);
      EXPECT_FALSE(http.fetch({.target = "/later"}));
    });
    kept = waiting.next();
    ASSERT_TRUE(kept);
    hub.stop(std::chrono::milliseconds(0));
  }
  client.join();
  EXPECT_TRUE(kept->gone());
  kept->respond({.body = "too late"});
  kept.reset();
}

TEST(HubRoute, BecomesAStreamOfTopicsThatTheProgramChooses) {
  auto hub = make_hub();
  ASSERT_TRUE(hub.authorize([](AccessQuestion question) { question.refuse(); }));
  ASSERT_TRUE(hub.route("GET", "/mine", [](Request request) {
    request.stream({.topics = {"users/17"}, .user = "17"});
  }));
  ASSERT_TRUE(hub.route("GET", "/wrong", [](Request request) { request.stream({}); }));
  Told<Connection> opened, closed;
  ASSERT_TRUE(hub.observe({.on_open = [&](const Connection& who) { opened.add(who); },
                           .on_close = [&](const Connection& who) { closed.add(who); }}));
  start(hub);
  EXPECT_EQ(ask(hub, "GET", "/wrong").status, 500);
  EXPECT_EQ(ask(hub, "GET", "/v1/topics/users/17").status, 401);
  TestStream stream(hub, "/mine");
  const auto welcome = stream.welcomes.next();
  const auto who = opened.next();
  EXPECT_EQ(who.client_id, welcome.client_id);
  EXPECT_EQ(who.transport, "sse");
  EXPECT_EQ(who.user, "17");
  EXPECT_EQ(who.address, "127.0.0.1");
  EXPECT_EQ(who.topics, std::vector<std::string>{"users/17"});
  ASSERT_TRUE(hub.publish_and_wait(event_on("users/18", "others'")));
  ASSERT_TRUE(
      hub.publish_and_wait({.topics = {"users/17"}, .data = "private", .is_private = true}));
  EXPECT_EQ(stream.data.next(), "private");
  stream.source->close();
  EXPECT_EQ(closed.next().client_id, welcome.client_id);
  // A poll at the same address, by what the client accepts.
  EXPECT_THAT(ask(hub, "GET", "/mine?after=earliest", {}, {{"Accept", "application/json"}}).body,
              HasSubstr("private"));
}

TEST(HubAuthorize, GrantsWhatTheProgramSaysWhenItSaysIt) {
  auto hub = make_hub();
  Told<std::optional<AccessQuestion>> questions;
  ASSERT_TRUE(hub.authorize([&](AccessQuestion question) {
    if (question.bearer_token() == "nobody") return question.refuse("not you");
    if (question.bearer_token() == "forgotten") return;
    questions.add(question);
  }));
  start(hub);
  std::thread program([&] {
    for (;;) {
      auto question = questions.next();
      if (!question) return;
      if (question->bearer_token() == "end") return question->refuse();
      question->allow(
          {.user = std::string(question->bearer_token()), .publish = {"a"}, .subscribe = {"a/*"}});
    }
  });
  const auto as = [](const char* token) {
    return client::Headers{{"Authorization", std::string("Bearer ") + token}};
  };
  EXPECT_EQ(ask(hub, "POST", "/v1/topics/a", "x", as("anna")).status, 200);
  EXPECT_EQ(ask(hub, "POST", "/v1/topics/b", "x", as("anna")).status, 403);
  EXPECT_EQ(ask(hub, "GET", "/metrics", {}, as("anna")).status, 403);
  const auto refused = ask(hub, "POST", "/v1/topics/a", "x", as("nobody"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("not you"));
  EXPECT_EQ(ask(hub, "POST", "/v1/topics/a", "x", as("forgotten")).status, 401);
  EXPECT_EQ(ask(hub, "GET", "/healthz").status, 200) << "for everybody";
  // Lines that arrive before the answer wait for it.
  const auto lines =
      ask(hub, "POST", "/v1/publish",
          "{\"topic\":\"a\",\"data\":\"1\"}\n{\"topic\":\"b\",\"data\":\"2\"}\n",
          {{"Authorization", "Bearer anna"}, {"Content-Type", "application/x-ndjson"}});
  EXPECT_THAT(lines.body, HasSubstr("\"sequence\":2"));
  EXPECT_THAT(lines.body, HasSubstr("forbidden"));

  TestStream stream(hub, "/v1/topics/a/1", "anna");
  stream.welcomes.next();
  TestStream beyond(hub, "/v1/topics/b", "anna");
  EXPECT_EQ(beyond.ends.next(), "forbidden");
  ask(hub, "GET", "/v1/topics", {}, as("end"));
  program.join();
}

TEST(HubAuthorize, BadGrantsRefuseAndForeignPagesAreNotAskedFor) {
  auto hub = make_hub();
  std::atomic<int> asked{0};
  ASSERT_TRUE(hub.authorize([&](AccessQuestion question) {
    ++asked;
    question.allow({.publish = {"a*b"}});
  }));
  start(hub);
  EXPECT_EQ(ask(hub, "POST", "/v1/topics/a", "x").status, 401);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(ask(hub, "POST", "/v1/topics/a", "x", {{"Origin", "https://evil.example"}}).status,
            403);
  EXPECT_EQ(asked, 1);
}

TEST(HubAuthorize, LeavesItToTheSettingsWhereTheProgramSaysSo) {
  auto hub = make_hub(test_settings().set("anonymous_subscribe", "public/**"));
  ASSERT_TRUE(hub.authorize([](AccessQuestion question) { question.use_settings(); }));
  start(hub);
  EXPECT_EQ(ask(hub, "GET", "/v1/topics/public/a", {}, {{"Accept", "application/json"}}).status,
            200);
  EXPECT_EQ(ask(hub, "GET", "/v1/topics/a", {}, {{"Accept", "application/json"}}).status, 401);
  EXPECT_EQ(ask(hub, "POST", "/v1/topics/public/a", "x").status, 401);

  auto open = make_hub(test_settings().set("access", "open"));
  EXPECT_EQ(open.authorize([](AccessQuestion) {}).error().code, "bad-configuration");
}

TEST(HubAuthorize, EndsAStreamWhenItsGrantsDo) {
  auto hub = make_hub();
  ASSERT_TRUE(hub.authorize([](AccessQuestion question) {
    question.allow({.user = "anna",
                    .subscribe = {"a"},
                    .expires = std::chrono::system_clock::now() + std::chrono::milliseconds(300)});
  }));
  Told<Connection> closed;
  ASSERT_TRUE(hub.observe({.on_close = [&](const Connection& who) { closed.add(who); }}));
  start(hub);
  TestStream stream(hub, "/v1/topics/a");
  stream.welcomes.next();
  EXPECT_EQ(closed.next().user, "anna");
}

TEST(HubObserve, TellsEveryOpeningAndEveryEndOnce) {
  std::atomic<int> opened{0};
  std::atomic<int> closed{0};
  auto hub = make_hub();
  ASSERT_TRUE(hub.observe({.on_open = [&](const Connection&) { ++opened; },
                           .on_close = [&](const Connection&) { ++closed; }}));
  start(hub);
  TestStream first(hub, "/v1/topics/a");
  TestStream second(hub, "/v1/subscribe?match=a/*");
  first.welcomes.next();
  second.welcomes.next();
  EXPECT_EQ(ask(hub, "GET", "/v1/topics/a", {}, {{"Accept", "application/json"}}).status, 200);
  EXPECT_EQ(opened, 2);
  first.source->close();
  second.source->close();
  hub.stop();
  EXPECT_EQ(opened, 2);
  EXPECT_EQ(closed, 2);
}

}  // namespace
}  // namespace weir::embed
