#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/types.hpp"

namespace weir::proto {

/// What an event is marked with. The values are stored; never renumber.
enum EventFlag : std::uint8_t {
  kPrivate = 1,    ///< Only for subscribers whose token matches.
  kEphemeral = 2,  ///< For whoever is connected; never stored, no cursor.
  kTerminal = 4,   ///< The last event of its topics: they are closed by it.
};

/// An event as it is published: owned strings, not yet a position in the log.
struct Event {
  std::vector<std::string> topics;  ///< At least one; the first is the canonical one.
  std::string type;                 ///< SSE `event:`; empty is the default type, "message".
  std::string data;           ///< Bytes as the publisher wrote them; UTF-8 on text transports.
  std::string id;             ///< The publisher's own id; not the cursor.
  std::string key;            ///< For conflation.
  std::uint8_t flags = 0;     ///< EventFlag bits.
  base::UnixMillis time = 0;  ///< When it happened; 0: when it is committed.
  std::uint32_t ttl_ms = 0;   ///< After so long it is no longer delivered; 0: never expires.
  std::optional<std::uint32_t> retry_ms;  ///< SSE `retry:`, passed through.
  std::string trace;  ///< The trace that it belongs to (proto::pack_trace), or empty.

  bool has(EventFlag flag) const { return (flags & flag) != 0; }
  /// About what it costs in memory and on disk, for queue limits.
  std::size_t bytes() const;
};

/// An event in a committed batch. The views point into the batch, which must outlive them.
struct EventView {
  base::Sequence sequence = {};  ///< 0 for an ephemeral event.
  std::span<const std::string_view> topics = {};
  std::string_view type = {};
  std::string_view data = {};
  std::string_view id = {};
  std::string_view key = {};
  std::uint8_t flags = 0;
  base::UnixMillis time = 0;
  base::UnixMillis expires = 0;  ///< 0: never.
  std::optional<std::uint32_t> retry_ms = {};
  std::string_view trace = {};

  bool has(EventFlag flag) const { return (flags & flag) != 0; }
};

/// What an event may be, in bytes and counts.
struct EventLimits {
  std::size_t data_bytes_max = 4 << 20;
  std::size_t topics_max = 100;
};
inline constexpr std::size_t kTopicBytesMax = 1024;
inline constexpr std::size_t kTypeBytesMax = 256;
inline constexpr std::size_t kIdBytesMax = 1024;
inline constexpr std::size_t kKeyBytesMax = 1024;

/// A topic is UTF-8, 1 to 1,024 bytes, without control characters (C0, DEL, C1). kBadTopic
/// otherwise.
base::Result<> validate_topic(std::string_view topic);

/// Everything that every protocol's publish must satisfy: at least one valid topic (kBadTopic) and
/// not too many (kTooManyTopics), a type and an id in UTF-8 without CR, LF and NUL, these and the
/// key within their lengths (kBadEvent), data within its limit (kEventTooLarge).
base::Result<> validate(const Event& event, const EventLimits& limits);

}  // namespace weir::proto
