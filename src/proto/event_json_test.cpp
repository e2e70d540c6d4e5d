#include "proto/event_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "base/random.hpp"
#include "proto/cursor.hpp"
#include "proto/rfc3339.hpp"
#include "proto/utf8.hpp"

namespace weir::proto {
namespace {

constexpr base::Epoch kEpoch{0x5f0c9a3be1d24471};
constexpr base::UnixMillis kNoon = 1'767'268'800'000;  // 2026-01-01T12:00:00Z

std::string encode(const EventView& event) {
  std::string out;
  append_event_json(out, kEpoch, event);
  return out;
}

TEST(EventJsonTest, AnEventIsItsCursorTopicTypeDataAndTime) {
  const std::vector<std::string_view> topics{"orders/17"};
  EXPECT_EQ(
      encode({.sequence = {42}, .topics = topics, .type = "paid", .data = "9.90", .time = kNoon}),
      R"({"cursor":"5f0c9a3be1d24471-42","topic":"orders/17","event":"paid","data":"9.90",)"
      R"("time":"2026-01-01T12:00:00.000Z"})");
}

TEST(EventJsonTest, WhatIsNotSetIsNotShown) {
  const std::vector<std::string_view> topics{"t"};
  EXPECT_EQ(
      encode({.sequence = {}, .topics = topics, .data = "", .flags = kEphemeral, .time = kNoon}),
      R"({"topic":"t","event":"message","data":"","time":"2026-01-01T12:00:00.000Z"})");
}

TEST(EventJsonTest, SeveralTopicsIdAndKeyAreShown) {
  const std::vector<std::string_view> topics{"a", "b\"c"};
  EXPECT_EQ(encode({.sequence = {1},
                    .topics = topics,
                    .data = "x",
                    .id = "i\\1",
                    .key = "k",
                    .time = kNoon}),
            R"({"cursor":"5f0c9a3be1d24471-1","topic":"a","topics":["a","b\"c"],"event":"message",)"
            R"("data":"x","id":"i\\1","key":"k","time":"2026-01-01T12:00:00.000Z"})");
}

TEST(EventJsonTest, DataIsAStringWhateverItHolds) {
  const std::vector<std::string_view> topics{"t"};
  for (const std::string_view data :
       {"{\"a\":1}", "12", "null", "a\nb\r\n\"\\\t", "\xE2\x80\xA8"}) {
    const auto parsed =
        boost::json::parse(encode({.sequence = {1}, .topics = topics, .data = data}));
    EXPECT_EQ(parsed.at("data").as_string(), data);
  }
}

TEST(EventJsonTest, InvalidUtf8BecomesTheReplacementCharacter) {
  const std::vector<std::string_view> topics{"t"};
  const auto parsed =
      boost::json::parse(encode({.sequence = {1}, .topics = topics, .data = "a\xFFz\xE2\x82"}));
  EXPECT_EQ(parsed.at("data").as_string(), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
}

TEST(EventJsonTest, WhatIsParsedBackIsTheEvent) {
  const std::uint64_t seed = base::random_seed();
  SCOPED_TRACE(seed);
  base::Random random(seed);
  const auto text = [&](std::size_t bytes_max) {
    std::string out(random.below(bytes_max + 1), '\0');
    for (auto& byte : out) byte = static_cast<char>(random.next());
    return out;
  };
  for (int round = 0; round < 500; ++round) {
    const auto type = text(12), data = text(300), id = text(9), key = text(9);
    const std::vector<std::string> names{"t" + std::to_string(round), "u"};
    const std::vector<std::string_view> topics(names.begin(), names.begin() + 1 + round % 2);
    const EventView event{.sequence = {random.next()},
                          .topics = topics,
                          .type = type,
                          .data = data,
                          .id = id,
                          .key = key,
                          .time = static_cast<base::UnixMillis>(random.below(1ULL << 41))};
    const auto parsed = boost::json::parse(encode(event));
    const auto lossy = [](std::string_view from) {
      std::string out;
      append_utf8_lossy(out, from);
      return out;
    };
    EXPECT_EQ(parse_cursor(parsed.at("cursor").as_string()), (Cursor{kEpoch, event.sequence}));
    EXPECT_EQ(parsed.at("topic").as_string(), names[0]);
    EXPECT_EQ(parsed.as_object().contains("topics"), topics.size() > 1);
    EXPECT_EQ(parsed.at("event").as_string(), type.empty() ? "message" : lossy(type));
    EXPECT_EQ(parsed.at("data").as_string(), lossy(data));
    EXPECT_EQ(parsed.as_object().contains("id"), !id.empty());
    if (!id.empty()) {
      EXPECT_EQ(parsed.at("id").as_string(), lossy(id));
    }
    if (!key.empty()) {
      EXPECT_EQ(parsed.at("key").as_string(), lossy(key));
    }
    EXPECT_EQ(parse_rfc3339(parsed.at("time").as_string()), event.time);
  }
}

TEST(JsonFramesTest, FramesOfEverySizeLieOneAfterTheOther) {
  const std::vector<std::string_view> topics{"t"};
  const std::vector<std::string> datas{"", std::string(60, 'a'), std::string(70'000, 'b'), "c"};
  JsonFrames frames(datas.size(), 0);
  std::string expected;
  for (std::size_t i = 0; i < datas.size(); ++i) {
    const EventView event{.sequence = {i + 1}, .topics = topics, .data = datas[i]};
    frames.add(kEpoch, event);
    const auto json = encode(event);
    EXPECT_EQ(frames.json(i), json);
    expected.push_back('\x81');
    if (json.size() < 126) {
      expected.push_back(static_cast<char>(json.size()));
    } else if (json.size() < 65'536) {
      expected.append({126, static_cast<char>(json.size() >> 8), static_cast<char>(json.size())});
    } else {
      expected.append({127, 0, 0, 0, 0, 0, static_cast<char>(json.size() >> 16),
                       static_cast<char>(json.size() >> 8), static_cast<char>(json.size())});
    }
    expected += json;
  }
  ASSERT_EQ(frames.size(), datas.size());
  EXPECT_EQ(frames.framed(0, frames.size()), expected);
  EXPECT_EQ(std::string(frames.framed(0, 2)) + std::string(frames.framed(2, 2)), expected);
  EXPECT_EQ(frames.framed(1, 0), "");
}

}  // namespace
}  // namespace weir::proto
