#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::proto {

/// What a client asks for in a text message (docs/websocket.md): one JSON object whose `type` says
/// what. Views are of the message.
struct ClientMessage {
  enum class Type { kSubscribe, kUnsubscribe, kAck, kPublish, kPing };

  Type type = Type::kPing;
  std::string id = {};  ///< The JSON of the request's `id`, for the answer; empty without one.

  // subscribe
  std::vector<std::string> topics = {};
  std::vector<std::string> match = {};
  std::string after = {};
  std::uint32_t last = 0;
  std::uint32_t heartbeat = 0;  ///< Seconds.
  std::optional<std::string> filter = {};
  std::optional<std::string> fields = {};
  std::optional<std::string> max_rate = {};  ///< The JSON of a number.
  std::optional<std::string> conflate = {};
  std::optional<std::uint32_t> credit = {};  ///< So many events, and then as many as are acked.

  // unsubscribe, ack
  std::uint32_t sub = 0;
  std::uint32_t count = 0;  ///< ack: events that have been handled.

  // publish
  std::string_view event = {};  ///< JSON as for POST /v1/publish.
};

/// Reads a message. On a failure `out.id` still holds the request's id if it stood before the
/// mistake, so that the answer can name it. kBadJson, kBadRequest.
base::Result<> parse_client_message(std::string_view text, ClientMessage& out);

}  // namespace weir::proto
