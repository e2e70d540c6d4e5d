#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::proto {

// The payloads of permessage-deflate (RFC 7692, 7.2) without context takeover: each message stands
// for itself, so that one that is compressed once is the same for every subscriber, and a
// connection keeps no window.

struct Inflated {
  enum class Status { kOk, kInvalid, kTooBig };
  Status status = Status::kOk;
  std::string text = {};
};

/// Undoes `deflate_message`, or what any client does. Stops beyond `bytes_max`.
Inflated inflate_message(std::string_view deflated, std::size_t bytes_max);

/// Compresses a message. Any thread.
std::string deflate_message(std::string_view text);

}  // namespace weir::proto
