// Topic patterns: the input is a pattern, a line feed and a topic.

#include "proto/selector.hpp"
#include "base/check.hpp"
#include "fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::proto::Pattern;
  const std::string_view input = weir::fuzz::as_text(data, size);
  const std::size_t cut = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, cut);
  const std::string_view topic = input.substr(std::min(cut + 1, input.size()));

  const auto pattern = Pattern::parse(text);
  const auto selectors = weir::proto::make_selectors({}, {std::string(text)}, 1);
  WEIR_CHECK(pattern.has_value() == selectors.has_value(), "both take the same patterns");
  if (!pattern) {
    WEIR_CHECK(!pattern.error().detail.empty(), "a refusal has a reason");
    return 0;
  }
  const bool matches = pattern->matches(topic);
  WEIR_CHECK(selectors->matches(topic) == matches, "selectors match as their pattern does");
  WEIR_CHECK(!matches || topic.starts_with(pattern->literal_prefix()),
             "a match begins with the literal prefix");
  if (Pattern::is_literal(text)) {
    WEIR_CHECK(matches == (text == topic), "a name matches itself alone");
    WEIR_CHECK(pattern->literal_prefix() == text, "a name is its own prefix");
  }
  return 0;
}
