#include "api/wish.hpp"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace weir::api {
namespace {

constexpr double kRateMin = 0.01;
constexpr double kRateMax = 10'000;

base::Result<std::optional<std::string_view>> read_once(const Call& call, std::string_view name) {
  const auto first = call.target().get(name);
  if (first && call.target().get_all(name).size() > 1) {
    return base::make_error(base::ErrorCode::kBadRequest,
                            fmt::format("{} is given more than once", name));
  }
  return first;
}

base::Result<> read_rate(std::string_view text, double& rate) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), rate, std::chars_format::fixed);
  if (error == std::errc() && end == text.data() + text.size() && rate >= kRateMin &&
      rate <= kRateMax) {
    return {};
  }
  return base::make_error(
      base::ErrorCode::kBadRequest,
      fmt::format("max_rate takes a number of events a second, from {} to {}", kRateMin, kRateMax));
}

}  // namespace

base::Result<> read_wish(const WishText& text, hub::SubscribeRequest& request) {
  if (text.filter) {
    auto parsed = proto::Filter::parse(*text.filter);
    if (!parsed) return parsed.error();
    request.filter = std::make_shared<const proto::Filter>(std::move(*parsed));
  }
  if (text.fields) {
    auto parsed = proto::FieldMask::parse(*text.fields);
    if (!parsed) return parsed.error();
    request.fields = std::make_shared<const proto::FieldMask>(std::move(*parsed));
  }
  if (text.max_rate) {
    if (auto read = read_rate(*text.max_rate, request.max_rate); !read) return read;
  }
  if (text.conflate && *text.conflate != "key") {
    return base::make_error(base::ErrorCode::kBadRequest, "conflate takes the word key");
  }
  request.conflate = text.conflate.has_value();
  return {};
}

base::Result<> read_wish(const Call& call, hub::SubscribeRequest& request) {
  WishText text;
  for (const auto& [name, member] :
       {std::pair{"filter", &WishText::filter}, std::pair{"fields", &WishText::fields},
        std::pair{"max_rate", &WishText::max_rate}, std::pair{"conflate", &WishText::conflate}}) {
    const auto value = read_once(call, name);
    if (!value) return value.error();
    text.*member = *value;
  }
  return read_wish(text, request);
}

base::Error too_many_filters(const base::Settings& settings) {
  return base::make_error(base::ErrorCode::kTooManyFilters,
                          fmt::format("the limit is {} on each shard", settings.filters_max));
}

}  // namespace weir::api
