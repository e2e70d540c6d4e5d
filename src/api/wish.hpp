#pragma once

#include <optional>
#include <string_view>

#include "api/call.hpp"
#include "base/result.hpp"
#include "hub/subscriber.hpp"

namespace weir::api {

/// `filter`, `fields`, `max_rate` and `conflate` as they were sent.
struct WishText {
  std::optional<std::string_view> filter = {};
  std::optional<std::string_view> fields = {};
  std::optional<std::string_view> max_rate = {};
  std::optional<std::string_view> conflate = {};
};

/// Reads them into the request. kBadFilter and kBadFields point at the character; kBadRequest for
/// the others.
base::Result<> read_wish(const WishText& text, hub::SubscribeRequest& request);

/// Reads `filter`, `fields`, `max_rate` and `conflate` of the query into the request: what a
/// subscriber wants of its topics, whatever its transport. kBadFilter and kBadFields point at the
/// character; kBadRequest for the others, and for a parameter that is given twice.
base::Result<> read_wish(const Call& call, hub::SubscribeRequest& request);

/// Why a wish that `Shard::has_room_for` has not is refused.
base::Error too_many_filters(const base::Settings& settings);

}  // namespace weir::api
