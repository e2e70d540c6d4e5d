#pragma once

#include <cstddef>
#include <cstdint>

#include "api/call.hpp"
#include "api/opening.hpp"
#include "api/poll/poll_transport.hpp"
#include "hub/hub.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// Turns requests that would rather have JSON into polls on one shard: checks what may be had,
/// takes a place in the hub for as long as the answer takes, and lets the hub begin. Shard thread
/// only.
class PollOpener {
 public:
  PollOpener(hub::Hub& hub, std::size_t shard, std::uint64_t seed)
      : hub_(hub), shard_(hub.shard(shard)), transport_(shard_, seed) {}

  /// Answers the call with the selectors' events, now or when there are some, or with why not.
  void open(CallPtr call, proto::Selectors selectors, Opening opening);

  const PollMetrics& metrics() const { return transport_.metrics(); }

 private:
  hub::Hub& hub_;
  hub::Shard& shard_;
  PollTransport transport_;
};

}  // namespace weir::api
