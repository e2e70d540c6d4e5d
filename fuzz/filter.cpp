// Filters and masks: the input is an expression, a line feed and an event's data.

#include "proto/filter.hpp"

#include <boost/json.hpp>
#include <string>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "proto/field_mask.hpp"

namespace {

using weir::proto::FieldMask;
using weir::proto::Filter;

void check_refusal(const weir::base::Error& error) {
  WEIR_CHECK(!error.detail.empty(), "a refusal has a reason");
}

void try_filter(std::string_view text, std::string_view data) {
  const auto filter = Filter::parse(text);
  if (!filter) return check_refusal(filter.error());
  const std::string_view topic = "t";
  weir::proto::EventView event;
  event.topics = {&topic, 1};
  event.type = "x";
  event.data = data;
  const bool matches = filter->matches(event);
  WEIR_CHECK(filter->matches(event) == matches, "the same event has the same answer");
  const auto negated = Filter::parse("!(" + std::string(text) + ")");
  WEIR_CHECK(!negated || negated->matches(event) != matches, "the opposite has the opposite");
}

void try_mask(std::string_view text, std::string_view data) {
  const auto mask = FieldMask::parse(text);
  if (!mask) return check_refusal(mask.error());
  const auto again = FieldMask::parse(mask->text());
  // A canonical text may need more quotes than the one it was made of.
  WEIR_CHECK(again || mask->text().size() > FieldMask::kBytesMax, "a mask's text is a mask");
  WEIR_CHECK(!again || again->text() == mask->text(), "a canonical text is its own");
  std::string once;
  mask->project(data, once);
  boost::system::error_code error;
  boost::json::parse_options deep;
  deep.max_depth = 200;
  boost::json::parse(once, error, {}, deep);
  WEIR_CHECK(!error, "what is left is JSON");
  std::string twice;
  mask->project(once, twice);
  WEIR_CHECK(twice == once, "what is left is kept");
  std::string common;
  FieldMask::intersection(*mask, *mask).project(data, common);
  WEIR_CHECK(common == once, "a mask and itself are the mask");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = weir::fuzz::as_text(data, size);
  const std::size_t cut = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, cut);
  const std::string_view rest = input.substr(std::min(cut + 1, input.size()));
  try_filter(text, rest);
  try_mask(text, rest);
  return 0;
}
