#include "net/http2_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "net/http2_budget.hpp"
#include "net/http2_fields.hpp"
#include "net/http2_preface.hpp"

namespace weir::net::test {
namespace {

using base::ErrorCode;
using List = std::vector<std::pair<std::string, std::string>>;

constexpr HeadLimits kLimits{.head_bytes_max = 1024, .target_bytes_max = 100, .headers_max = 10};

List get(const List& more, std::string path = "/a?b=c") {
  List all = {{":method", "GET"},
              {":scheme", "http"},
              {":authority", "host:1"},
              {":path", std::move(path)}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::pair<base::Result<HeadMeaning>, RequestHead> read(const List& fields) {
  Http2Head head;
  for (const auto& [name, value] : fields) head.add(name, value, kLimits);
  auto meaning = head.finish(kLimits);
  return {std::move(meaning), std::move(head.head())};
}

ErrorCode error_of(const List& fields) {
  const auto [meaning, head] = read(fields);
  EXPECT_FALSE(meaning);
  return meaning ? ErrorCode::kInternal : meaning.error().code;
}

TEST(Http2Head, SaysWhatTheSameRequestOfHttp11Says) {
  const auto [meaning, head] = read(get({{"accept", "x/y"}, {"content-length", "7"}}));
  ASSERT_TRUE(meaning);
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/a?b=c");
  EXPECT_EQ(head.url.get("b"), "c");
  EXPECT_EQ(head.major_version, 2);
  EXPECT_EQ(head.headers.get("Host"), "host:1");
  EXPECT_EQ(head.headers.get("Accept"), "x/y");
  EXPECT_EQ(meaning->content_length, 7U);
}

TEST(Http2Head, JoinsTheCrumbsOfACookie) {
  const auto [meaning, head] = read(get({{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}}));
  ASSERT_TRUE(meaning);
  EXPECT_EQ(head.headers.get_all("cookie"), std::vector<std::string_view>{"a=1; b=2"});
}

TEST(Http2Head, TakesAHostHeaderOnlyWhereItAgreesWithTheAuthority) {
  EXPECT_TRUE(read(get({{"host", "HOST:1"}})).first);
  EXPECT_EQ(read(get({{"host", "HOST:1"}})).second.headers.get_all("host").size(), 1U);
  EXPECT_EQ(error_of(get({{"host", "other"}})), ErrorCode::kMalformedHttp);
  List bare = {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "h"}};
  EXPECT_EQ(read(bare).second.headers.get("host"), "h");
  bare.pop_back();
  EXPECT_EQ(error_of(bare), ErrorCode::kMalformedHttp);
}

TEST(Http2Head, HoldsTheLimitsOfHttp11) {
  EXPECT_EQ(error_of(get({}, "/" + std::string(100, 'x'))), ErrorCode::kTargetTooLong);
  EXPECT_TRUE(read(get({}, "/" + std::string(99, 'x'))).first);
  EXPECT_EQ(error_of(get({{"x", std::string(1024, 'x')}})), ErrorCode::kHeadTooLarge);
  List many;
  for (int i = 0; i < 10; ++i) many.emplace_back("x", "y");
  EXPECT_TRUE(read(get(many)).first);
  many.emplace_back("x", "y");
  EXPECT_EQ(error_of(get(many)), ErrorCode::kHeadTooLarge);
}

TEST(Http2Head, RefusesWhatHttp11Refuses) {
  EXPECT_EQ(error_of(get({}, "/\xc3\xa4")), ErrorCode::kMalformedHttp);
  EXPECT_EQ(error_of(get({}, "*")), ErrorCode::kMalformedHttp);
  EXPECT_EQ(error_of(get({{"expect", "tea"}})), ErrorCode::kExpectationFailed);
  EXPECT_EQ(error_of(get({{"content-length", "1"}, {"content-length", "1"}})),
            ErrorCode::kMalformedHttp);
  EXPECT_EQ(error_of({{":method", "CONNECT"}, {":authority", "h:1"}}),
            ErrorCode::kMethodNotAllowed);
}

TEST(Http2Head, TellsABombFromALargeHead) {
  Http2Head head;
  const std::string value(1000, 'x');
  int fields = 0;
  while (!head.is_bomb(kLimits)) {
    head.add("x", value, kLimits);
    ASSERT_LT(++fields, 100);
  }
  EXPECT_GT(fields, 15);
  EXPECT_FALSE(head.finish(kLimits));
}

TEST(Http2Fields, AreInSmallLettersAndSayNothingOfTheConnection) {
  Response response;
  response.set("Content-Type", "text/plain");
  response.set("Connection", "close");
  response.set("Transfer-Encoding", "chunked");
  response.set("X", "a\r\nInjected: b");
  response.body = "four";
  const Http2Fields fields(response, "now", Http2Fields::Length::kOfBody);
  std::string text;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const nghttp2_nv& each = fields.data()[i];
    text.append(reinterpret_cast<const char*>(each.name), each.namelen).append("=");
    text.append(reinterpret_cast<const char*>(each.value), each.valuelen).append("|");
  }
  EXPECT_EQ(text,
            ":status=200|server=weir|date=now|content-type=text/plain|x=a  Injected: b|"
            "content-length=4|");
}

TEST(Http2Budget, GivesBackWithTimeAndNeverMoreThanItsBurst) {
  Http2Budget budget(3, 10, 20);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(100));
  EXPECT_FALSE(budget.take(100));
  EXPECT_FALSE(budget.take(101)) << "half a token is none";
  EXPECT_TRUE(budget.take(102));
  EXPECT_FALSE(budget.take(102));
  budget.earn(100);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(102));
  EXPECT_FALSE(budget.take(102));
}

TEST(Http2Preface, IsToldFromItsFirstLineOn) {
  for (std::size_t size = 0; size <= kHttp2Preface.size(); ++size) {
    const PrefaceMatch match = match_http2_preface(kHttp2Preface.substr(0, size));
    EXPECT_EQ(match, size < 16                     ? PrefaceMatch::kNone
                     : size < kHttp2Preface.size() ? PrefaceMatch::kPart
                                                   : PrefaceMatch::kWhole);
  }
  EXPECT_EQ(match_http2_preface("PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n"), PrefaceMatch::kNone);
  EXPECT_EQ(match_http2_preface("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), PrefaceMatch::kNone);
}

}  // namespace
}  // namespace weir::net::test
