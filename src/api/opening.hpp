#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/call.hpp"
#include "api/client_ids.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "hub/subscriber.hpp"
#include "proto/field_mask.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// A view's state, and where in the log it is true: what comes later brings it up to date.
struct Snapshot {
  std::string topic;  ///< The view's changes are its events.
  std::string json;
  base::Sequence at;
  base::UnixMillis time = 0;
};

/// What a route opens a subscription with beyond what the request says.
struct Opening {
  ClientName client;
  /// The route itself has found that who is asking may have these topics: their grants are not
  /// asked for them. A mask that they impose holds all the same.
  bool granted = false;
  /// In place of what the request says.
  std::optional<hub::Start> start = {};
  /// In place of the request's: what the route has made of it.
  std::shared_ptr<const proto::FieldMask> fields = {};
  /// What `event: gap` says, as JSON; empty: there is none. Before the snapshot.
  std::string gap = {};
  /// Told before everything else, as an event of type `snapshot` whose cursor is where it is true.
  /// A stream that is over is answered with it alone.
  std::optional<Snapshot> snapshot = {};
};

/// Before anything is told about the topics: as Call::may_subscribe, where the route leaves it to
/// that.
base::Result<> may_open(const Call& call, const Opening& opening,
                        const proto::Selectors& selectors);
/// Holds the wish to what the caller may have (stream_holder.hpp).
base::Result<> grant_wish(const Call& call, const Opening& opening, hub::SubscribeRequest& request);

/// The snapshot as transports write it.
std::string snapshot_frame(const Snapshot& snapshot, base::Epoch epoch);
std::string snapshot_json(const Snapshot& snapshot, base::Epoch epoch);

}  // namespace weir::api
