// The event stream parser: however the bytes are split, it says the same, with and without limits
// in reach.

#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/sse_parse.hpp"
#include "proto/utf8.hpp"

namespace {

using weir::proto::SseParser;

struct Outcome {
  std::vector<std::string> said;
  std::optional<std::uint64_t> retry;
  std::string last_event_id;
  bool ok = true;

  bool operator==(const Outcome&) const = default;
};

template <typename Pieces>
Outcome parse(const Pieces& pieces, SseParser::Limits limits) {
  Outcome outcome;
  SseParser parser(
      [&](const SseParser::Message& message) {
        WEIR_CHECK(weir::proto::is_utf8(message.data), "data is decoded");
        WEIR_CHECK(message.data.size() <= limits.data_bytes_max, "data is within its limit");
        for (const auto text : {message.type, message.data, message.last_event_id}) {
          outcome.said.emplace_back(text);
        }
      },
      limits);
  parser.on_comment([&](std::string_view comment) { outcome.said.emplace_back(comment); });
  parser.on_retry([&](std::uint64_t retry) { outcome.said.push_back(std::to_string(retry)); });
  for (const std::string_view piece : pieces) {
    outcome.ok = parser.feed(piece);
    if (!outcome.ok) break;
  }
  outcome.retry = parser.retry();
  outcome.last_event_id = parser.last_event_id();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::fuzz::SplitInput input(weir::fuzz::as_text(data, size));
  for (const SseParser::Limits limits :
       {SseParser::Limits{}, SseParser::Limits{.line_bytes_max = 24, .data_bytes_max = 32}}) {
    WEIR_CHECK(parse(std::vector{input.whole}, limits) == parse(input.pieces, limits),
               "the splits make no difference");
  }
  return 0;
}
