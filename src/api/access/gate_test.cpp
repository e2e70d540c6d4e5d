#include "api/access/gate.hpp"

#include <gtest/gtest.h>

#include "api/access/client_address.hpp"
#include "api/access/credentials.hpp"
#include "api/access/origin.hpp"
#include "api/answer.hpp"
#include "base/testing/manual_clock.hpp"

namespace weir::api {
namespace {

using base::ErrorCode;

using Fields = std::vector<std::pair<std::string, std::string>>;

net::RequestHead head_of(const std::string& method, const std::string& target,
                         const Fields& fields = {}) {
  net::RequestHead head;
  head.method = method;
  head.target = target;
  head.url = *proto::parse_target(target);
  head.peer = "127.0.0.1:50000";
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  return head;
}

TEST(Credentials, AreLookedForInTheirOrder) {
  base::Settings settings;
  settings.access.token_cookie = "session";
  settings.access.token_in_query = true;
  const auto text = [&](const std::string& target, const Fields& fields) {
    const auto found = read_credentials(head_of("GET", target, fields), settings);
    return found ? found->text : "error";
  };
  const Fields all{{"authorization", "bearer a.b.c"}, {"X-Api-Key", "k"}, {"Cookie", "session=s"}};
  EXPECT_EQ(text("/?access_token=q", all), "a.b.c");
  EXPECT_EQ(text("/?access_token=q", {all[1], all[2]}), "k");
  EXPECT_EQ(text("/?access_token=q", {all[2]}), "q");
  EXPECT_EQ(text("/?authorization=Bearer%20q", {}), "q");
  EXPECT_EQ(text("/", {all[2]}), "s");
  EXPECT_EQ(text("/", {{"Cookie", "xsession=1; session=\"s\"; session=2"}}), "s");
  EXPECT_EQ(text("/", {{"Authorization", "Basic eDp5"}}), "");
  EXPECT_EQ(text("/", {{"Authorization", "Bearerx"}}), "");
  for (const auto* empty : {"Bearer", "bearer "}) {
    const auto shown = read_credentials(head_of("GET", "/", {{"Authorization", empty}}), settings);
    EXPECT_EQ(shown->from, Credentials::From::kHeader) << "a token that is empty is no anonymous";
  }
  EXPECT_EQ(text("/", {all[0], all[0]}), "error");
}

TEST(ClientAddress, IsThePeersWithoutTrustedProxies) {
  const auto head = head_of("GET", "/", {{"X-Forwarded-For", "198.51.100.1"}});
  EXPECT_TRUE(client_address(head, base::Settings())->is_loopback());
}

TEST(ClientAddress, IsReadFromTheRightAsFarAsProxiesAreTrusted) {
  base::Settings settings;
  settings.trusted_proxies = {"127.0.0.1", "10.0.0.0/8"};
  const auto name = [&](const Fields& fields) {
    return client_address(head_of("GET", "/", fields), settings)->client_name();
  };
  const auto is = [](const char* text) { return base::IpAddress::parse(text)->client_name(); };
  EXPECT_EQ(name({{"X-Forwarded-For", "1.1.1.1, 198.51.100.1, 10.1.1.1"}}), is("198.51.100.1"));
  EXPECT_EQ(name({{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "2.2.2.2, 10.0.0.1"}}),
            is("2.2.2.2"));
  EXPECT_EQ(
      name({{"Forwarded", "for=1.1.1.1, for=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1"}}),
      is("2001:db8::1"));
  EXPECT_EQ(name({{"X-Forwarded-For", "1.1.1.1, unknown, 10.0.0.1"}}), is("10.0.0.1"));
  EXPECT_EQ(name({{"X-Forwarded-For", "198.51.100.1:1234"}}), is("198.51.100.1"));
  EXPECT_EQ(name({}), is("127.0.0.1"));
}

TEST(ClientAddress, ALongChainThatTheClientMadeUpDoesNotHideWhatTheProxyAddsToIt) {
  base::Settings settings;
  settings.trusted_proxies = {"127.0.0.1", "10.0.0.0/8"};
  std::string chain;
  for (int i = 0; i < 100; ++i) chain += "203.0.113." + std::to_string(i) + ", ";
  const auto name = [&](const char* header, const std::string& value) {
    return client_address(head_of("GET", "/", {{header, value}}), settings)->client_name();
  };
  const auto client = base::IpAddress::parse("198.51.100.1")->client_name();
  EXPECT_EQ(name("X-Forwarded-For", chain + "198.51.100.1, 10.0.0.7"), client);
  EXPECT_EQ(name("Forwarded", chain + "for=198.51.100.1, for=10.0.0.7"), client);
}

TEST(ClientAddress, OfTwoHeadersThatDisagreeTheClientMayHaveMadeUpOneSoNeitherIsBelieved) {
  base::Settings settings;
  settings.trusted_proxies = {"127.0.0.1"};
  const auto name = [&](const Fields& fields) {
    return client_address(head_of("GET", "/", fields), settings)->client_name();
  };
  const auto is = [](const char* text) { return base::IpAddress::parse(text)->client_name(); };
  EXPECT_EQ(name({{"Forwarded", "for=1.1.1.1"}, {"X-Forwarded-For", "198.51.100.1"}}),
            is("127.0.0.1"));
  EXPECT_EQ(name({{"Forwarded", "proto=https"}, {"X-Forwarded-For", "198.51.100.1"}}),
            is("127.0.0.1"));
  EXPECT_EQ(name({{"Forwarded", "for=198.51.100.1"}, {"X-Forwarded-For", "198.51.100.1"}}),
            is("198.51.100.1"));
}

TEST(Host, IsAnAddressANameOfThisMachineOrOneThatWasNamed) {
  base::Settings settings;
  settings.access.allowed_host = {"weir.example"};
  const auto allowed = [&](const char* host) {
    return check_host(head_of("GET", "/", {{"Host", host}}), settings).has_value();
  };
  for (const auto* host : {"localhost:3000", "127.0.0.1", "[::1]:1", "x", "weir.example:1",
                           "WEIR.EXAMPLE", "app.localhost", "192.0.2.1", ""}) {
    EXPECT_TRUE(allowed(host)) << host;
  }
  for (const auto* host : {"evil.example", "evil.example.", "weir.example.evil.example",
                           "notweir.example", "evillocalhost.x", ".localhost.x"}) {
    EXPECT_FALSE(allowed(host)) << host;
  }
}

TEST(Origin, IsOwnAllowedOrForeign) {
  base::Settings settings;
  settings.cors_origin = {"https://app.example"};
  const auto allowed = [&](const Fields& fields) {
    auto all = fields;
    all.emplace_back("Host", "weir.example:3000");
    return check_origin(head_of("POST", "/", all), settings).has_value();
  };
  EXPECT_TRUE(allowed({}));
  EXPECT_TRUE(allowed({{"Origin", "http://weir.example:3000"}}));
  EXPECT_TRUE(allowed({{"Origin", "https://app.example"}}));
  EXPECT_FALSE(allowed({{"Origin", "http://weir.example"}}));
  EXPECT_FALSE(allowed({{"Origin", "null"}}));
  EXPECT_FALSE(allowed({{"Origin", ""}}));
  EXPECT_FALSE(allowed({{"Origin", "https://app.example:444"}}));
  EXPECT_FALSE(allowed({{"Referer", "https://evil.example/http://weir.example:3000"}}));
  EXPECT_TRUE(allowed({{"Referer", "http://weir.example:3000/page?x"}}));
  EXPECT_FALSE(allowed({{"Sec-Fetch-Site", "cross-site"}}));
  EXPECT_FALSE(check_cookie_origin(head_of("POST", "/"), settings));
  EXPECT_TRUE(check_cookie_origin(head_of("GET", "/"), settings));
}

class GateTest : public testing::Test {
 protected:
  void open(base::Settings settings) {
    settings_ = std::move(settings);
    auto authority = access::Authority::open(settings_, clock_);
    ASSERT_TRUE(authority) << authority.error().message();
    authority_ = std::move(*authority);
    gate_ = std::make_unique<Gate>(*authority_, settings_, clock_);
  }

  /// kInternal stands for "admitted".
  ErrorCode admitted(Audience audience, net::ListenerRole role = net::ListenerRole::kAll) {
    auto head = head_of("GET", "/", {{"Host", "localhost"}});
    head.role = role;
    const auto access = gate_->admit(head, settings_, audience);
    return access ? ErrorCode::kInternal : access.error().code;
  }

  base::ManualClock clock_;
  base::Settings settings_;
  std::unique_ptr<access::Authority> authority_;
  std::unique_ptr<Gate> gate_;
};

constexpr auto kYes = ErrorCode::kInternal;

TEST_F(GateTest, AnOpenServerOfThisMachineHasAnAdminSideWhereTheListenerIsNotPublic) {
  open({});
  EXPECT_EQ(admitted(Audience::kAdmin), kYes);
  EXPECT_EQ(admitted(Audience::kAdmin, net::ListenerRole::kAdmin), kYes);
  EXPECT_EQ(admitted(Audience::kAdmin, net::ListenerRole::kPublic), ErrorCode::kUnauthorized);
  EXPECT_EQ(admitted(Audience::kPublisher, net::ListenerRole::kPublic), kYes);
}

TEST_F(GateTest, AnOpenServerBeyondThisMachineHasNoneButOnALocalAdminListener) {
  base::Settings settings;
  settings.listen = {"0.0.0.0:3000", "unix:/run/weir?role=admin"};
  open(settings);
  EXPECT_EQ(admitted(Audience::kAdmin), ErrorCode::kUnauthorized);
  EXPECT_EQ(admitted(Audience::kAdmin, net::ListenerRole::kAdmin), kYes);
  settings.listen = {"0.0.0.0:3000", "0.0.0.0:3001?role=admin"};
  open(settings);
  EXPECT_EQ(admitted(Audience::kAdmin, net::ListenerRole::kAdmin), ErrorCode::kUnauthorized);
}

TEST_F(GateTest, WithKeysEveryAudienceButEverybodyAsks) {
  base::Settings settings;
  settings.access.mode = "keys";
  open(settings);
  EXPECT_EQ(admitted(Audience::kEverybody), kYes);
  for (const auto audience : {Audience::kPublisher, Audience::kReader, Audience::kAdmin}) {
    EXPECT_EQ(admitted(audience), ErrorCode::kUnauthorized);
  }
  EXPECT_EQ(gate_->counts().unauthorized, 3U);
}

TEST_F(GateTest, ARefusalByRateSaysWhenToComeBack) {
  base::Settings settings;
  settings.access.publish_rate_per_topic = 1;
  settings.access.rate_burst = std::chrono::seconds(1);
  open(settings);
  const auto head = head_of("POST", "/");
  proto::Event event;
  event.topics = {"a"};
  const std::vector events(5, event);
  const auto& anyone = *authority_->anonymous();
  EXPECT_TRUE(gate_->may_publish(anyone, head, settings_, events));
  const auto refused = gate_->may_publish(anyone, head, settings_, events);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooManyRequests);
  EXPECT_EQ(refused.error().retry_after_seconds, 5U);
  const auto answer = problem_answer(refused.error());
  EXPECT_EQ(answer.status, 429);
  std::string retry;
  for (const auto& [name, value] : answer.headers) {
    if (name == "Retry-After") retry += value;
  }
  EXPECT_EQ(retry, "5");
  clock_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(gate_->may_publish(anyone, head, settings_, events));
}

TEST_F(GateTest, TheServersOwnTopicsAreItsOwnToPublishToWhateverIsGranted) {
  open({});
  access::Access token;
  token.kind = access::Access::Kind::kToken;
  token.grants = access::all_grants();
  token.grants.publish = *access::selectors_of({"**", "$weir/**", "$weir/metrics"});
  for (const auto* topic : {"$weir", "$weir/metrics"}) {
    const auto answer = gate_->may_publish_to(token, topic);
    ASSERT_FALSE(answer) << topic;
    EXPECT_EQ(answer.error().code, ErrorCode::kForbidden);
    proto::Event event;
    event.topics = {"a", topic};
    const auto open_to_all =
        gate_->may_publish(*authority_->anonymous(), head_of("POST", "/"), settings_, {&event, 1});
    ASSERT_FALSE(open_to_all) << topic;
    EXPECT_EQ(open_to_all.error().code, ErrorCode::kForbidden);
  }
  EXPECT_TRUE(gate_->may_publish_to(token, "$weird"));
}

TEST_F(GateTest, TheServersOwnTopicsAreForAdminsToFollowWhateverIsGranted) {
  base::Settings settings;
  settings.access.mode = "keys";
  open(settings);
  access::Access token;
  token.kind = access::Access::Kind::kToken;
  token.grants.subscribe = *access::selectors_of({"**", "$weir/**", "$weir/metrics"});
  const auto may = [&](const access::Access& who, const std::vector<std::string>& topics,
                       const std::vector<std::string>& patterns, bool admin) {
    const auto selectors = proto::make_selectors(topics, patterns, 9);
    const auto answer = gate_->may_subscribe(who, *selectors, admin);
    return answer ? kYes : answer.error().code;
  };
  EXPECT_EQ(may(token, {"$weir/metrics"}, {}, false), ErrorCode::kForbidden);
  EXPECT_EQ(may(token, {"a"}, {"$weir/*"}, false), ErrorCode::kForbidden);
  EXPECT_EQ(may(token, {"a"}, {"**"}, false), kYes);
  access::Access admin;
  admin.kind = access::Access::Kind::kToken;
  admin.grants.admin = true;
  EXPECT_EQ(may(admin, {"$weir/metrics"}, {"$weir/**"}, true), kYes);
  EXPECT_FALSE(gate_->is_admin(token, head_of("GET", "/"), settings_));
  EXPECT_TRUE(gate_->is_admin(admin, head_of("GET", "/"), settings_));
}

TEST_F(GateTest, WhoShowedNothingMayDoWhatAnonymousMayNowAndNotWhatTheyMightThen) {
  base::Settings settings;
  open(settings);
  const auto before = authority_->anonymous();
  proto::Event event;
  event.topics = {"a"};
  const auto publish = [&] {
    return gate_->may_publish(*before, head_of("POST", "/"), settings_, {&event, 1}).has_value();
  };
  const auto subscribe = [&] {
    return gate_->may_subscribe(*before, *proto::make_selectors({"a"}, {}, 1), false).has_value();
  };
  EXPECT_TRUE(publish());
  EXPECT_TRUE(subscribe());
  settings.access.mode = "keys";
  settings.access.anonymous_subscribe = {"a"};
  ASSERT_TRUE(authority_->reconfigure(settings));
  EXPECT_FALSE(publish());
  EXPECT_TRUE(subscribe());
  settings.access.anonymous_subscribe = {"b"};
  ASSERT_TRUE(authority_->reconfigure(settings));
  EXPECT_FALSE(subscribe());
}

TEST_F(GateTest, ManyTopicsDoNotPushWhoPublishesToThemOutOfTheLimitersMind) {
  base::Settings settings;
  settings.access.limiter_entries = 1'000;
  settings.access.publish_rate_per_address = 1;
  settings.access.publish_rate_per_topic = 1'000;
  open(settings);
  proto::Event event;
  std::vector<proto::Event> events;
  for (int i = 0; i < 5'000; ++i) {
    event.topics = {"t" + std::to_string(i)};
    events.push_back(event);
  }
  const auto publish = [&](const char* peer) {
    auto head = head_of("POST", "/");
    head.peer = peer;
    return gate_->may_publish(*authority_->anonymous(), head, settings_, events).has_value();
  };
  for (const auto* peer : {"192.0.2.1:1", "192.0.2.2:1"}) EXPECT_TRUE(publish(peer));
  for (const auto* peer : {"192.0.2.1:1", "192.0.2.2:1"}) EXPECT_FALSE(publish(peer)) << peer;
}

TEST_F(GateTest, UnderPressurePublishesAreShed) {
  open({});
  proto::Event event;
  event.topics = {"a"};
  const auto publish = [&] {
    return gate_->may_publish(*authority_->anonymous(), head_of("POST", "/"), settings_,
                              {&event, 1});
  };
  gate_->set_pressure(Pressure::kNoStreams);
  EXPECT_TRUE(publish());
  gate_->set_pressure(Pressure::kNoPublishes);
  EXPECT_EQ(publish().error().code, ErrorCode::kMemoryPressure);
  EXPECT_EQ(gate_->counts().shed, 1U);
}

TEST_F(GateTest, APublishToAllOfAPatternIsShedLimitedAndCountedAsAnyOther) {
  base::Settings settings;
  settings.access.publish_rate = 1;
  settings.access.rate_burst = std::chrono::seconds(1);
  open(settings);
  const auto all = *proto::Pattern::parse("inbox/**");
  access::Access token;
  token.kind = access::Access::Kind::kToken;
  token.identity = "t";
  const auto publish = [&] {
    return gate_->may_publish_to_all(token, head_of("POST", "/"), settings_, all);
  };
  token.grants.publish = *access::selectors_of({"**"});
  EXPECT_TRUE(publish());
  EXPECT_EQ(publish().error().code, ErrorCode::kTooManyRequests);
  EXPECT_EQ(gate_->counts().publish_limited, 1U);
  clock_.advance(std::chrono::seconds(1));
  gate_->set_pressure(Pressure::kNoPublishes);
  EXPECT_EQ(publish().error().code, ErrorCode::kMemoryPressure);
}

TEST(Answer, ADescriptionCannotBreakItsHeader) {
  const auto answer =
      problem_answer(base::make_error(ErrorCode::kInvalidToken, "a\"b\\c\r\nX-Evil: 1\xc3\xa9"));
  for (const auto& [name, value] : answer.headers) {
    if (name != "WWW-Authenticate") continue;
    EXPECT_EQ(value, R"(Bearer error="invalid_token", error_description="abcX-Evil: 1")");
  }
}

}  // namespace
}  // namespace weir::api
