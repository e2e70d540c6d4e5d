#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "net/http_message.hpp"

namespace weir::net {

/// What a head says about its message, once the fields are known to agree with each other.
struct HeadMeaning {
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// Reads the fields that decide where a message ends and who it is for (RFC 9112, 3.2, 6 and 9.3;
/// RFC 9110, 10.1.1). Whatever is ambiguous there is refused: kMalformedHttp; kTransferEncoding for
/// an unknown coding; kExpectationFailed; kMethodNotAllowed for CONNECT.
base::Result<HeadMeaning> read_meaning(const RequestHead& head);

/// For a head that is valid: the host in a target in absolute-form is whom the request is for, and
/// its Host field, which must be there, says nothing (RFC 9112, 3.2.2). Whoever reads the field
/// finds the target's from here on.
void settle_host(RequestHead& head);

}  // namespace weir::net
