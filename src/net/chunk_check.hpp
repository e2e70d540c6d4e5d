#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace weir::net {

/// What holding a chunk header against the grammar found.
struct ChunkCheck {
  enum class Status { kNeedMore, kComplete, kFailed };
  Status status = Status::kNeedMore;
  std::size_t size =
      0;  ///< kComplete: the bytes of the header, and of the trailers after the last one.
  base::Error error;
};

/// Looks at `[CRLF] chunk-size [chunk-ext] CRLF`, and behind the last chunk at the trailers and the
/// empty line (RFC 9112, 7.1), before the lenient parser does. It is complete only when all of it
/// is there, so the parser never stops inside. `first`: no CRLF of a chunk before it. A header line
/// of more than 4 KiB is refused, and trailers of more than `trailer_bytes_max`.
ChunkCheck check_chunk_header(std::string_view input, bool first, std::size_t trailer_bytes_max);

}  // namespace weir::net
