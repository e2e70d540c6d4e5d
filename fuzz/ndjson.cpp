// NDJSON: however the bytes are split, the lines are the same, and none passes the limit.

#include <string>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/ndjson.hpp"

namespace {

constexpr std::size_t kLineBytesMax = 16;

struct Outcome {
  std::vector<std::string> lines;
  bool ok = true;

  bool operator==(const Outcome&) const = default;
};

template <typename Pieces>
Outcome split(const Pieces& pieces) {
  Outcome outcome;
  weir::proto::NdjsonSplitter splitter(kLineBytesMax);
  const auto on_line = [&](std::string_view line) {
    WEIR_CHECK(!line.empty() && line.size() <= kLineBytesMax, "a line is within its limit");
    WEIR_CHECK(line.find('\n') == std::string_view::npos, "a line is one line");
    outcome.lines.emplace_back(line);
  };
  for (const std::string_view piece : pieces) splitter.feed(piece, on_line);
  outcome.ok = splitter.finish(on_line);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const weir::fuzz::SplitInput input(weir::fuzz::as_text(data, size));
  WEIR_CHECK(split(std::vector{input.whole}) == split(input.pieces),
             "the splits make no difference");
  return 0;
}
