#include "proto/sse_parse.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <ostream>
#include <vector>

namespace weir::proto {
namespace {

namespace json = boost::json;

/// What a stream says, seen from outside the parser.
struct Outcome {
  struct Event {
    std::string type;
    std::string data;
    std::string last_event_id;
    bool operator==(const Event&) const = default;
  };

  std::vector<Event> events;
  std::vector<std::string> comments;
  std::optional<std::uint64_t> retry;
  std::string last_event_id;
  bool ok = true;

  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  for (const auto& event : outcome.events) {
    *out << "\n  " << event.type << " [" << event.last_event_id << "] "
         << testing::PrintToString(event.data);
  }
  *out << "\n  retry " << testing::PrintToString(outcome.retry) << ", last id "
       << testing::PrintToString(outcome.last_event_id);
}

Outcome parse(const std::vector<std::string>& pieces, const std::string& initial_id = "",
              SseParser::Limits limits = {}) {
  Outcome outcome;
  SseParser parser(
      [&](const SseParser::Message& message) {
        outcome.events.push_back({std::string(message.type), std::string(message.data),
                                  std::string(message.last_event_id)});
      },
      limits);
  parser.on_comment([&](std::string_view comment) { outcome.comments.emplace_back(comment); });
  parser.set_last_event_id(initial_id);
  for (const auto& piece : pieces) outcome.ok = parser.feed(piece);
  parser.reset();
  outcome.retry = parser.retry();
  outcome.last_event_id = parser.last_event_id();
  return outcome;
}

Outcome parse(const std::string& stream) { return parse(std::vector{stream}); }

std::string decode_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6 | static_cast<unsigned>(kDigits.find(c));
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xFF));
    }
  }
  return out;
}

struct Vector {
  std::string name;
  std::string stream;
  std::vector<std::string> chunks;  ///< Empty: none are given.
  std::string initial_id;
  Outcome expected;
  bool compare_comments = false;
};

Vector read_vector(const json::object& source) {
  const auto text = [](const json::value& value) { return std::string(value.as_string()); };
  const auto& expect = source.at("expect").as_object();
  Vector vector;
  vector.name = std::to_string(source.at("n").as_int64()) + " " + text(source.at("name"));
  vector.stream = decode_base64(text(source.at("stream_b64")));
  if (const auto* chunks = source.if_contains("chunks_b64")) {
    for (const auto& chunk : chunks->as_array())
      vector.chunks.push_back(decode_base64(text(chunk)));
  }
  if (const auto* id = source.if_contains("initialLastEventId")) vector.initial_id = text(*id);
  for (const auto& event : expect.at("events").as_array()) {
    vector.expected.events.push_back(
        {text(event.at("type")), text(event.at("data")), text(event.at("lastEventId"))});
  }
  if (const auto* comments = expect.if_contains("comments")) {
    vector.compare_comments = true;
    for (const auto& comment : comments->as_array()) {
      vector.expected.comments.push_back(text(comment));
    }
  }
  if (const auto& retry = expect.at("retry"); !retry.is_null()) {
    vector.expected.retry = retry.to_number<std::uint64_t>();
  }
  vector.expected.last_event_id = text(expect.at("lastEventIdAtEof"));
  return vector;
}

std::vector<Vector> read_vectors() {
  std::ifstream file(WEIR_TEST_VECTORS "/event_stream_vectors.json");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<Vector> vectors;
  const json::value document = json::parse(text);
  for (const auto& source : document.at("parser").as_array()) {
    vectors.push_back(read_vector(source.as_object()));
  }
  return vectors;
}

class EventStreamVector : public testing::TestWithParam<Vector> {
 protected:
  void expect_outcome(const std::vector<std::string>& pieces) const {
    Outcome outcome = parse(pieces, GetParam().initial_id);
    if (!GetParam().compare_comments) outcome.comments.clear();
    ASSERT_EQ(outcome, GetParam().expected) << GetParam().name;
  }
};

TEST_P(EventStreamVector, GivesItsEventsWhenFedWhole) { expect_outcome({GetParam().stream}); }

TEST_P(EventStreamVector, GivesItsEventsWhenFedByteByByte) {
  std::vector<std::string> bytes;
  for (const char byte : GetParam().stream) bytes.emplace_back(1, byte);
  expect_outcome(bytes);
}

TEST_P(EventStreamVector, GivesItsEventsWhenSplitAtAnyPoint) {
  const std::string& stream = GetParam().stream;
  // Inside one very long line all points are alike: its ends and every thousandth byte do.
  const std::size_t stride = stream.size() > 20'000 ? 997 : 1;
  for (std::size_t at = 0; at <= stream.size();) {
    SCOPED_TRACE(testing::Message() << "split at " << at);
    ASSERT_NO_FATAL_FAILURE(expect_outcome({stream.substr(0, at), stream.substr(at)}));
    const bool near_an_end = at < 32 || at + 32 + stride > stream.size();
    at += near_an_end ? 1 : stride;
  }
}

TEST_P(EventStreamVector, GivesItsEventsInItsOwnChunks) {
  if (!GetParam().chunks.empty()) expect_outcome(GetParam().chunks);
}

INSTANTIATE_TEST_SUITE_P(SseParser, EventStreamVector, testing::ValuesIn(read_vectors()));

TEST(EventStreamVectors, AreAllThere) { EXPECT_EQ(read_vectors().size(), 111u); }

TEST(SseParser, KeepsTheLastIdAndTheRetryForTheNextStream) {
  std::vector<std::string> ids;
  SseParser parser(
      [&](const SseParser::Message& message) { ids.emplace_back(message.last_event_id); });
  ASSERT_TRUE(parser.feed("id: 1\nretry: 5\ndata: x\n\nid: 2\ndata: unfinished"));
  parser.reset();
  ASSERT_TRUE(
      parser.feed("\xEF\xBB\xBF"
                  "data: y\n\n"));
  EXPECT_EQ(ids, (std::vector<std::string>{"1", "1"}));
  EXPECT_EQ(parser.retry(), 5u);
}

TEST(SseParser, SaysWhetherAnEventBroughtItsIdItself) {
  std::vector<bool> brought;
  SseParser parser(
      [&](const SseParser::Message& message) { brought.push_back(message.brings_id); });
  ASSERT_TRUE(
      parser.feed("data: a\n\nid: 1\ndata: b\n\ndata: c\n\nid: 1\ndata: d\n\nid\ndata: e\n\n"));
  EXPECT_EQ(brought, (std::vector<bool>{false, true, false, true, true}));
}

TEST(SseParser, ReportsARetryAtItsLineAndIgnoresOneThatOverflows) {
  std::vector<std::uint64_t> retries;
  SseParser parser([](const SseParser::Message&) {});
  parser.on_retry([&](std::uint64_t milliseconds) { retries.push_back(milliseconds); });
  ASSERT_TRUE(parser.feed("retry: 10\nretry: 18446744073709551616\nretry: 20\r"));
  EXPECT_EQ(retries, (std::vector<std::uint64_t>{10, 20}));
}

TEST(SseParser, CutsLongCommentsAndCountsThemForNothing) {
  const SseParser::Limits limits{.line_bytes_max = 10, .data_bytes_max = 10};
  const std::string stream = ":" + std::string(5'000, 'c') + "\n:\n: k\ndata: x\n\n";
  const Outcome whole = parse({stream}, "", limits);
  EXPECT_TRUE(whole.ok);
  EXPECT_EQ(whole.comments, (std::vector<std::string>{std::string(1024, 'c'), "", " k"}));
  EXPECT_EQ(whole.events.size(), 1u);
  EXPECT_EQ(parse({stream.substr(0, 1500), stream.substr(1500)}, "", limits), whole);
}

TEST(SseParser, GivesUpAnEndlessLine) {
  const SseParser::Limits limits{.line_bytes_max = 10, .data_bytes_max = 100};
  EXPECT_TRUE(parse({"data: 1234\n\n"}, "", limits).ok);
  EXPECT_FALSE(parse({"data: 12345\n\n"}, "", limits).ok);
  EXPECT_FALSE(parse({"data: ", "1234", "5"}, "", limits).ok);
  const Outcome after = parse({"12345678901", "\ndata: x\n\n"}, "", limits);
  EXPECT_FALSE(after.ok);
  EXPECT_TRUE(after.events.empty());
}

TEST(SseParser, GivesUpEndlessData) {
  const SseParser::Limits limits{.line_bytes_max = 100, .data_bytes_max = 10};
  const Outcome fits = parse({"data: 12345\ndata: 6789\n\n"}, "", limits);
  EXPECT_TRUE(fits.ok);
  EXPECT_EQ(fits.events.size(), 1u);
  EXPECT_FALSE(parse({"data: 12345\ndata: 67890\n\n"}, "", limits).ok);
  EXPECT_FALSE(parse({"data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n"},
                     "", limits)
                   .ok);
}

TEST(SseParser, AnUnfinishedByteOrderMarkIsALinesBeginning) {
  EXPECT_TRUE(parse("\xEF\xBB"
                    "data: x\n\n")
                  .events.empty());
  EXPECT_EQ(parse({"\xEF", "\xBB",
                   "\xBF"
                   "data: x\n\n"})
                .events.size(),
            1u);
}

}  // namespace
}  // namespace weir::proto
