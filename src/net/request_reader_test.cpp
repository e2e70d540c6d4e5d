#include "net/request_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "net/malformed_requests.hpp"

namespace weir::net::test {
namespace {

using Event = RequestReader::Event;

/// Feeds bytes as a connection does: what a step leaves is offered again with more behind it.
class Feeder {
 public:
  void feed(std::string_view bytes) {
    input_.append(bytes);
    while (!failed && !ended) {
      const auto step = reader.step(input_);
      body.append(step.body);
      input_.erase(0, step.consumed);
      if (step.event == Event::kHead) ++heads;
      if (step.event == Event::kEnd) ended = true;
      if (step.event == Event::kFailed) failed = true;
      if (step.event == Event::kNeedMore && step.consumed == 0) return;
    }
  }
  int status() const { return base::info(reader.error().code).http_status; }

  RequestReader reader{HeadLimits{}};
  std::string body;
  int heads = 0;
  bool ended = false;
  bool failed = false;

 private:
  std::string input_;
};

class Malformed : public testing::TestWithParam<MalformedRequest> {};

TEST_P(Malformed, IsRefusedWhole) {
  Feeder feeder;
  feeder.feed(GetParam().bytes);
  ASSERT_TRUE(feeder.failed) << GetParam().why;
  EXPECT_EQ(feeder.status(), GetParam().status) << feeder.reader.error().message();
}

TEST_P(Malformed, IsRefusedByteByByte) {
  Feeder feeder;
  for (const char byte : GetParam().bytes) feeder.feed({&byte, 1});
  ASSERT_TRUE(feeder.failed) << GetParam().why;
  EXPECT_EQ(feeder.status(), GetParam().status) << feeder.reader.error().message();
}

TEST_P(Malformed, IsRefusedSplitInTwoAnywhere) {
  const std::string& bytes = GetParam().bytes;
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 200);
  for (std::size_t split = 1; split < bytes.size(); split += step) {
    Feeder feeder;
    feeder.feed(std::string_view(bytes).substr(0, split));
    feeder.feed(std::string_view(bytes).substr(split));
    ASSERT_TRUE(feeder.failed) << GetParam().why << ", split at " << split;
    ASSERT_EQ(feeder.status(), GetParam().status) << GetParam().why << ", split at " << split;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Malformed, testing::ValuesIn(malformed_requests()),
                         [](const testing::TestParamInfo<MalformedRequest>& request) {
                           std::string name(request.param.why);
                           std::erase_if(name, [](char c) { return c != ' ' && !std::isalnum(c); });
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

TEST(RequestReader, FindsTheSameRequestHoweverItsBytesAreSplit) {
  const std::string bytes =
      "\r\nPOST http://h/a?b HTTP/1.1\r\nHost: h:80\r\nLast-Event-ID:  \xc3\xa9\t \r\n"
      "Transfer-Encoding: Chunked\r\n\r\n"
      "1;ext=\"a\"\r\na\r\n00A\r\n0123456789\r\n000\r\nT: u\r\n\r\n";
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    Feeder feeder;
    feeder.feed(bytes.substr(0, split));
    for (const char byte : bytes.substr(split)) feeder.feed({&byte, 1});
    ASSERT_TRUE(feeder.ended) << "split at " << split;
    ASSERT_EQ(feeder.heads, 1);
    EXPECT_EQ(feeder.body, "a0123456789");
    const RequestHead& head = feeder.reader.head();
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "http://h/a?b");
    EXPECT_EQ(head.headers.get("last-event-id"), "\xc3\xa9");
    EXPECT_TRUE(head.has_body);
  }
}

TEST(RequestReader, AnAbsoluteTargetSaysWhomTheRequestIsForAndNotTheHostField) {
  const auto host_of = [](std::string_view head) {
    Feeder feeder;
    feeder.feed(std::string(head) + "\r\n\r\n");
    EXPECT_TRUE(feeder.ended) << head;
    const auto hosts = feeder.reader.head().headers.get_all("host");
    EXPECT_EQ(hosts.size(), 1U) << head;
    return hosts.empty() ? std::string() : std::string(hosts.front());
  };
  EXPECT_EQ(host_of("GET http://there:81/a HTTP/1.1\r\nX: y\r\nHOST: here"), "there:81");
  EXPECT_EQ(host_of("GET https://there?q HTTP/1.1\r\nHost: here"), "there");
  EXPECT_EQ(host_of("GET http://there HTTP/1.0"), "there");
  EXPECT_EQ(host_of("GET /http://there/ HTTP/1.1\r\nHost: here"), "here");
  EXPECT_EQ(host_of("OPTIONS * HTTP/1.1\r\nHost: here"), "here");
}

TEST(RequestReader, TrailersDoNotReachTheHead) {
  Feeder feeder;
  feeder.feed(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nWeir-Id: x\r\n\r\n");
  EXPECT_TRUE(feeder.ended);
  EXPECT_FALSE(feeder.reader.head().headers.get("weir-id").has_value());
}

TEST(RequestReader, AnEmptyChunkedBodyMayComeByteByByte) {
  Feeder feeder;
  for (const char byte :
       std::string("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    ASSERT_FALSE(feeder.ended);
    feeder.feed({&byte, 1});
  }
  EXPECT_TRUE(feeder.ended);
  EXPECT_EQ(feeder.body, "");
}

TEST(RequestReader, AcceptsEveryFormOfTarget) {
  for (const char* line :
       {"GET / HTTP/1.1", "GET /a?b=c&d HTTP/1.0", "GET /{x}|\"^ HTTP/1.1", "OPTIONS * HTTP/1.1",
        "GET HTTPS://[::1]:443?x HTTP/1.1", "get //double HTTP/1.1", "M-SEARCH /%01 HTTP/1.1"}) {
    Feeder feeder;
    feeder.feed(std::string(line) + "\r\nHost: [::1]:3000\r\n\r\n");
    EXPECT_TRUE(feeder.ended) << line << ": " << feeder.reader.error().message();
  }
}

TEST(Headers, TheMostSpecificRangeOfAcceptDecides) {
  const auto accepts = [](std::initializer_list<const char*> fields) {
    Headers headers;
    for (const char* field : fields) headers.add("accept", field);
    return headers.accepts("text/event-stream");
  };
  EXPECT_TRUE(accepts({}));
  for (const char* field : {"", "text/event-stream", "TEXT/Event-Stream", "*/*", "text/*",
                            "text/html, */*;q=0.1", "text/event-stream; q=0.001",
                            "*/*;q=0, text/event-stream", "a/b;c=\"d\", text/event-stream;x=y"}) {
    EXPECT_TRUE(accepts({field})) << field;
  }
  for (const char* field : {"application/json", "text/html", "text/event-streams", "*", "image/*",
                            "text/event-stream;q=0", "text/event-stream ; Q=0.000",
                            "*/*, text/event-stream;q=0", "*/*;q=0", "text/*;q=0, */*"}) {
    EXPECT_FALSE(accepts({field})) << field;
  }
  EXPECT_TRUE(accepts({"application/json", "text/event-stream"}));
}

TEST(Headers, AcceptEncodingWeighsEachCoding) {
  const auto weight = [](std::initializer_list<const char*> fields, const char* coding) {
    Headers headers;
    for (const char* field : fields) headers.add("accept-encoding", field);
    return headers.coding_weight(coding);
  };
  EXPECT_EQ(weight({}, "gzip"), 0);
  EXPECT_EQ(weight({""}, "gzip"), 0);
  EXPECT_EQ(weight({"gzip, deflate, br"}, "br"), 1000);
  EXPECT_EQ(weight({"GZIP;q=0.5 , br;q=0.8"}, "gzip"), 500);
  EXPECT_EQ(weight({"gzip;q=0"}, "gzip"), 0);
  EXPECT_EQ(weight({"*;q=0.2, br;q=0"}, "br"), 0);
  EXPECT_EQ(weight({"br;q=0, *;q=0.2"}, "gzip"), 200);
  EXPECT_EQ(weight({"deflate", "br"}, "br"), 1000);
  EXPECT_EQ(weight({"brotli"}, "br"), 0);
}

TEST(RequestReader, RefusesATargetThatCannotBeDecoded) {
  for (const char* target : {"/%00", "/%zz", "/%", "/a?b=%f", "/%ff"}) {
    Feeder feeder;
    feeder.feed("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(feeder.failed) << target;
  }
}

TEST(RequestReader, KnowsWhenAConnectionStaysOpen) {
  const auto keeps = [](const std::string& head) {
    Feeder feeder;
    feeder.feed(head + "Host: h\r\n\r\n");
    EXPECT_TRUE(feeder.ended);
    return feeder.reader.meaning().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nConnection: te, Close\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n"));
}

}  // namespace
}  // namespace weir::net::test
