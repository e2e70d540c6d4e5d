#pragma once

#include <memory>
#include <string>

#include "api/call.hpp"
#include "base/result.hpp"
#include "proto/field_mask.hpp"

namespace weir::apps::task_feed {

/// What `fields` leaves of a task, wherever one stands: `fields=progress` is progress, and what a
/// client cannot do without: id, status, rev and attempt, the feed's rev and its totals.
struct FeedFields {
  using Mask = std::shared_ptr<const proto::FieldMask>;

  Mask snapshot;  ///< Null: everything. So are the others.
  Mask events;
  Mask list;  ///< `{"tasks":[…]}`
  Mask one;   ///< `{"task":…}`

  /// kBadFields.
  static base::Result<FeedFields> of(const api::Call& call);
};

/// What the mask leaves of a JSON text.
std::string masked(const FeedFields::Mask& mask, std::string json);

}  // namespace weir::apps::task_feed
