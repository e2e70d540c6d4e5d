#include "net/chunk_check.hpp"

#include "net/ascii.hpp"
#include "net/head_check.hpp"

namespace weir::net {
namespace {

using Status = ChunkCheck::Status;
using base::ErrorCode;

constexpr std::size_t kHeaderBytesMax = 4096;
constexpr std::size_t kSizeDigitsMax = 15;  // Cannot overflow 64 bits, whoever adds to it.

ChunkCheck failed(ErrorCode code, const char* detail) {
  return {Status::kFailed, 0, base::Error{code, detail}};
}

ChunkCheck malformed(const char* detail) { return failed(ErrorCode::kMalformedHttp, detail); }

/// Finds the end of the line that starts at `from`: kComplete with `size` behind its CRLF.
ChunkCheck find_line_end(std::string_view input, std::size_t from) {
  for (std::size_t i = from; i < input.size(); ++i) {
    if (is_line_character(input[i])) continue;
    if (input[i] != '\r')
      return malformed("a control character or bare line feed in the body's framing");
    if (i + 1 == input.size()) return {};
    if (input[i + 1] != '\n') return malformed("a carriage return without a line feed");
    return {Status::kComplete, i + 2, {}};
  }
  return {};
}

ChunkCheck check_trailers(std::string_view input, std::size_t from, std::size_t bytes_max) {
  for (std::size_t at = from;;) {
    const ChunkCheck line = find_line_end(input, at);
    if (line.status == Status::kFailed) return line;
    if (line.status == Status::kNeedMore || line.size - from > bytes_max) {
      if (input.size() - from > bytes_max) return failed(ErrorCode::kHeadTooLarge, "the trailers");
      return {};
    }
    if (line.size - at == 2) return line;
    if (auto error = check_field_line(input.substr(at, line.size - at - 2))) {
      return {Status::kFailed, 0, *std::move(error)};
    }
    at = line.size;
  }
}

}  // namespace

ChunkCheck check_chunk_header(std::string_view input, bool first, std::size_t trailer_bytes_max) {
  std::size_t start = 0;
  if (!first) {
    start = 2;
    if (!input.empty() && input[0] != '\r') return malformed("a chunk is longer than announced");
    if (input.size() < 2) return {};
    if (input[1] != '\n') return malformed("a chunk is longer than announced");
  }
  std::size_t digits = 0;
  bool last = true;
  while (start + digits < input.size() && is_hex_digit(input[start + digits])) {
    last = last && input[start + digits] == '0';
    if (++digits > kSizeDigitsMax) return malformed("a chunk's size is too large");
  }
  if (start + digits < input.size()) {
    const char next = input[start + digits];
    // White space is tolerated by the grammar only before an extension's semicolon, and by nobody
    // safely.
    if (digits == 0 || (next != ';' && next != '\r'))
      return malformed("a chunk's size is not valid");
  }
  const ChunkCheck line = find_line_end(input, start);
  if (line.status == Status::kFailed) return line;
  const std::size_t seen = line.status == Status::kComplete ? line.size : input.size();
  if (seen > kHeaderBytesMax) return malformed("a chunk's extensions are too long");
  if (line.status == Status::kNeedMore || !last) return line;
  return check_trailers(input, line.size, trailer_bytes_max);
}

}  // namespace weir::net
