#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "load/scanned_event.hpp"

namespace weir::bench {

// The key that every client of ours sends, and the one right answer to it: the example of RFC 6455,
// section 1.3. It proves that the server knows the protocol, which is what the key is for.
inline constexpr std::string_view kWebSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view kWebSocketAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// One frame of a server (RFC 6455, section 5.2).
struct WebSocketFrame {
  enum Opcode : uint8_t { kText = 1, kClose = 8, kPing = 9, kPong = 10 };
  uint8_t opcode = 0;
  // Whole, not masked, no reserved bit, and its length in as few bytes as that takes. We agree to
  // no extension, and a server has no reason to send a message in pieces.
  bool well_formed = false;
  std::string_view payload;
};

// Calls `on_frame(const WebSocketFrame&)` for each complete frame in `bytes`; returns how many
// bytes they took. The rest belongs in front of what arrives next.
template <typename OnFrame>
size_t scan_frames(std::string_view bytes, OnFrame&& on_frame) {
  size_t consumed = 0;
  for (;;) {
    std::string_view rest = bytes.substr(consumed);
    if (rest.size() < 2) return consumed;
    auto byte = [&](size_t at) { return static_cast<uint8_t>(rest[at]); };
    uint64_t size = byte(1) & 0x7FU;
    size_t head = size < 126 ? 2 : size == 126 ? 4 : 10;
    if (rest.size() < head) return consumed;
    uint64_t least = 0;
    if (head > 2) {
      least = head == 4 ? 126 : 0x10000;
      size = 0;
      for (size_t i = 2; i < head; ++i) size = size << 8 | byte(i);
    }
    bool masked = (byte(1) & 0x80U) != 0;
    if (masked) head += 4;
    if (rest.size() < head || rest.size() - head < size) return consumed;
    WebSocketFrame frame;
    frame.opcode = byte(0) & 0x0FU;
    frame.well_formed = (byte(0) & 0xF0U) == 0x80U && !masked && size >= least;
    frame.payload = rest.substr(head, size);
    on_frame(frame);
    consumed += head + size;
  }
}

// The pong that answers a ping, masked as a client's frames must be. `payload` has at most 125
// bytes, as a ping has.
std::string pong_frame(std::string_view payload);

// Reads a message as the event that it tells of: `cursor` becomes the id, `event` the type; a
// control message has its `type`. The texts are left as they are written, escapes and all. False
// when it is not one JSON object.
bool read_message(std::string_view json, ScannedEvent& event);

}  // namespace weir::bench
