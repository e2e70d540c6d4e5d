#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "api/opening.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"
#include "hub/subscriber.hpp"

namespace weir::api {

// What a request for events asks for, whichever transport it wants.

/// Where the request wants to begin: the Last-Event-ID header beats `lastEventId`, `last_event_id`
/// and `after` in the query, because a browser's own reconnect repeats the old URL; `last=N` counts
/// only where none of them is given.
base::Result<hub::Start> read_start(const Call& call);
/// What the opening says instead, if it does.
base::Result<hub::Start> read_start(const Call& call, const Opening& opening);

/// The same of what was sent as such: a cursor beats a number of events, and without either it is
/// the head.
hub::Start start_of(std::string_view cursor, std::uint32_t last);

/// `heartbeat=S` in the shard's ticks; 0 without it.
base::Result<std::uint32_t> read_heartbeat_ticks(const Call& call);

/// What a subscriber is told first.
std::string welcome_json(const hub::Hub& hub, const hub::Shard& shard, std::string_view client_id);

/// Whether the request accepts an event stream.
bool accepts_event_stream(const Call& call);

/// Whether it would rather have one JSON answer than an event stream: what `Accept` says by weight,
/// and at equal weight the more specific range, so that `application/json, */*` is a poll and a
/// bare `*/*` a stream.
bool prefers_json(const Call& call);

}  // namespace weir::api
