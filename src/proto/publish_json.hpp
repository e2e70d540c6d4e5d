#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proto/event.hpp"

namespace weir::proto {

/// Reads one publish: a JSON object `{topic | topics, event, data, id, key, retry, private,
/// ephemeral, ttl, time, close}`, all but the topic optional; other members are an error
/// (kBadEvent), so that a misspelt one is not silently lost.
///
/// - `topic` is a string, `topics` a non-empty array of strings; both together is an error.
/// - `data`: a JSON string is delivered as its text; any other value as the very bytes it was
///   written with (a re-serialisation would change numbers such as 1e400). Absent: empty text; an
///   explicit `null` is the four bytes `null`.
/// - `retry`: milliseconds, unsigned. `ttl`: seconds, a number above 0. `time`: milliseconds since
///   1970, an integer, or an RFC 3339 string.
/// - `private`, `ephemeral`, `close`: booleans. `close` ends the topics with this event.
///
/// A `null` in place of any other member's value counts as its absence.
///
/// Errors: kBadJson with the byte offset, kBadEvent, kBadTopic, kEventTooLarge. Nesting deeper than
/// 64 levels is kBadJson: the stack is never at risk. Duplicate members: the last counts.
/// Thread-safe.
base::Result<Event> parse_publish_json(std::string_view text, const EventLimits& limits);

/// A body of `POST /v1/publish`: one object, or an array of them (at least one).
base::Result<std::vector<Event>> parse_publish_body(std::string_view text,
                                                    const EventLimits& limits);

}  // namespace weir::proto
