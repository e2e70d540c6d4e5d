#pragma once

#include <cstdint>
#include <string_view>

#include "api/call.hpp"
#include "base/result.hpp"
#include "hub/subscriber.hpp"

namespace weir::api {

// What a request for events asks for, whichever transport it wants.

/// Where the request wants to begin: the Last-Event-ID header beats `lastEventId`, `last_event_id`
/// and `after` in the query, because a browser's own reconnect repeats the old URL; `last=N` counts
/// only where none of them is given.
base::Result<hub::Start> read_start(const Call& call);

/// A whole number from the query, `absent` without it. kBadRequest unless it lies from `least` to
/// `most`.
base::Result<std::uint32_t> read_number(const Call& call, std::string_view name,
                                        std::uint32_t least, std::uint32_t most,
                                        std::uint32_t absent);

/// Whether the request accepts an event stream.
bool accepts_event_stream(const Call& call);

/// Whether it would rather have one JSON answer than an event stream: what `Accept` says by weight,
/// and at equal weight the more specific range, so that `application/json, */*` is a poll and a
/// bare `*/*` a stream.
bool prefers_json(const Call& call);

}  // namespace weir::api
