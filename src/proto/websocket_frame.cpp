#include "proto/websocket_frame.hpp"

#include <array>
#include <string_view>

namespace weir::proto {
namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr std::uint64_t kShortMax = 125;  // What the seven bits of the second byte can say.
constexpr unsigned char kTwoBytes = 126;
constexpr unsigned char kEightBytes = 127;

std::size_t write_big_endian(char* out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    out[i] = static_cast<char>(number >> (8 * (bytes - 1 - i)));
  }
  return bytes;
}

}  // namespace

std::size_t write_frame_head(char* out, Opcode opcode, std::uint64_t payload_bytes,
                             bool compressed) {
  out[0] = static_cast<char>(kFin | (compressed ? kRsv1 : 0U) | static_cast<unsigned>(opcode));
  if (payload_bytes <= kShortMax) {
    out[1] = static_cast<char>(payload_bytes);
    return 2;
  }
  if (payload_bytes <= 0xFFFF) {
    out[1] = static_cast<char>(kTwoBytes);
    return 2 + write_big_endian(out + 2, payload_bytes, 2);
  }
  out[1] = static_cast<char>(kEightBytes);
  return 2 + write_big_endian(out + 2, payload_bytes, 8);
}

void append_frame_head(std::string& out, Opcode opcode, std::uint64_t payload_bytes,
                       bool compressed) {
  std::array<char, kFrameHeadBytesMax> head;
  out.append(head.data(), write_frame_head(head.data(), opcode, payload_bytes, compressed));
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_frame_head(out, opcode, payload.size());
  out.append(payload);
}

}  // namespace weir::proto
