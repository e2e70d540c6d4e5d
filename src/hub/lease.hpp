#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/types.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

/// What somebody above the hub wants to live as long as a stream does, and to find again: who it
/// belongs to, and its share of a limit. Destroyed with the stream, on the shard's thread.
struct LeaseHolder {
  virtual ~LeaseHolder() = default;
  /// Not null: streams of which it is the same are parts of one connection, whose lease is renewed
  /// for all of them or for none.
  virtual const void* connection() const { return nullptr; }
};

/// What only a stream needs that was opened by somebody, for a time: most streams have none.
struct Lease {
  std::string client_id;  ///< By which it is found for renewal; not necessarily one stream's alone.
  std::unique_ptr<LeaseHolder> holder;
  std::optional<base::UnixMillis> expires;  ///< The stream ends then; none: it may stay.
  // The shard's own.
  std::uint32_t warn_tick = 0;  ///< When its end is announced; 0: never, or done.
  std::uint32_t end_tick = 0;   ///< 0: never.
};

/// Until when a lease goes on, or why it does not.
using Renewed = base::Result<std::optional<base::UnixMillis>>;

/// How leases are renewed. Both on the shard's thread.
struct Renewal {
  std::function<Renewed(const LeaseHolder& holder, const proto::Selectors& selectors)> check;
  std::function<void(LeaseHolder& holder)> apply;  ///< For each that may go on.
};

}  // namespace weir::hub
