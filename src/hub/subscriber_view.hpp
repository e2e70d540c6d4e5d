#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.hpp"
#include "hub/subscriber.hpp"
#include "proto/cursor.hpp"

namespace weir::hub {

/// A subscriber as it is now, for operators to look at. On its shard's thread; valid during the
/// call that shows it.
struct SubscriberView {
  SubscriberId place;
  ClientId client;
  std::string_view given_id;  ///< What its client calls itself; may be empty.
  const Interest& interest;
  const Transport& transport;
  SinkId sink;
  const LeaseHolder* holder;  ///< Null: it is nobody's in particular.
  Subscriber::State state;
  bool blocked;                ///< Its socket takes nothing at present.
  base::UnixMillis opened_at;  ///< To a tick.
  proto::Cursor began;         ///< Its stream began after this position.
  proto::Cursor cursor;        ///< Everything up to here has been done.
};

/// The events that a subscriber has still to be given.
struct Owed {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;  ///< About what they take on its wire.
  std::size_t batches = 0;  ///< That were looked at.
};

class Shard;

/// Is shown a subscriber of the shard with that number; may disconnect it.
using SubscriberVisit =
    std::function<void(Shard& shard, std::size_t index, const SubscriberView& subscriber)>;

}  // namespace weir::hub
