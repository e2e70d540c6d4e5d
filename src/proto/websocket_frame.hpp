#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::proto {

/// RFC 6455, 5.2 and 11.8.
enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

/// The most that a frame's head takes, its mask not counted.
inline constexpr std::size_t kFrameHeadBytesMax = 10;

/// Writes the head of a whole, unmasked frame, as a server sends it, in the shortest form that the
/// payload's length allows. Returns its bytes, at most kFrameHeadBytesMax. `compressed` sets RSV1
/// (RFC 7692, 6).
std::size_t write_frame_head(char* out, Opcode opcode, std::uint64_t payload_bytes,
                             bool compressed = false);
void append_frame_head(std::string& out, Opcode opcode, std::uint64_t payload_bytes,
                       bool compressed = false);

/// A whole frame.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

}  // namespace weir::proto
