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

base::Result<> read_wish(const Call& call, hub::SubscribeRequest& request) {
  const auto filter = read_once(call, "filter");
  if (!filter) return filter.error();
  if (*filter) {
    auto parsed = proto::Filter::parse(**filter);
    if (!parsed) return parsed.error();
    request.filter = std::make_shared<const proto::Filter>(std::move(*parsed));
  }
  const auto fields = read_once(call, "fields");
  if (!fields) return fields.error();
  if (*fields) {
    auto parsed = proto::FieldMask::parse(**fields);
    if (!parsed) return parsed.error();
    request.fields = std::make_shared<const proto::FieldMask>(std::move(*parsed));
  }
  const auto rate = read_once(call, "max_rate");
  if (!rate) return rate.error();
  if (*rate) {
    if (auto read = read_rate(**rate, request.max_rate); !read) return read;
  }
  const auto conflate = read_once(call, "conflate");
  if (!conflate) return conflate.error();
  if (*conflate && **conflate != "key") {
    return base::make_error(base::ErrorCode::kBadRequest, "conflate takes the word key");
  }
  request.conflate = conflate->has_value();
  return {};
}

base::Error too_many_filters(const base::Settings& settings) {
  return base::make_error(base::ErrorCode::kTooManyFilters,
                          fmt::format("the limit is {} on each shard", settings.filters_max));
}

}  // namespace weir::api
