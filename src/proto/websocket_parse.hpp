#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/utf8.hpp"
#include "proto/websocket_frame.hpp"

namespace weir::proto {

/// Why a connection is closed: RFC 6455, 7.4.1, and Weir's own (docs/websocket.md).
enum class CloseCode : std::uint16_t {
  kNormal = 1000,     ///< What was subscribed to has ended.
  kGoingAway = 1001,  ///< The server stops.
  kProtocolError = 1002,
  kUnsupported = 1003,  ///< Binary messages are not.
  kNoStatus = 1005,     ///< Never sent: the frame held none.
  kInvalidData = 1007,  ///< Text that is not UTF-8, or not what it was compressed from.
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kTryAgainLater = 1013,
  kLifetime = 4000,      ///< The connection's time is over: come back with the cursor.
  kNoPong = 4001,        ///< A ping was not answered in time.
  kUnauthorized = 4002,  ///< The token is over: come back with another one.
  kSlowMessage = 4003,   ///< A message was begun and did not end in time.
};

/// What ends a connection, with a reason for people.
struct Closing {
  CloseCode code = CloseCode::kNormal;
  std::string_view reason =
      {};  ///< At most 123 bytes; of static lifetime where it is the parser's.
};

/// The payload of a close frame. kNoStatus gives an empty one.
std::string close_payload(const Closing& closing);

/// Reads what a client sends over a WebSocket (RFC 6455, 5; RFC 7692): frames in pieces of any
/// size, fragmented messages with control frames between the fragments. What a server may get is
/// all that it takes: masked frames, of text.
///
/// Memory is bounded by `message_bytes_max`. One thread at a time.
class WebSocketParser {
 public:
  struct Limits {
    std::size_t message_bytes_max = 1 << 20;  ///< Of a whole message, inflated.
    bool compressed = false;  ///< permessage-deflate was agreed on, without context takeover.
  };

  /// What has come. A call that returns false ends the parse: nothing follows from that `feed`.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual bool on_text(std::string_view message) = 0;  ///< Whole, UTF-8.
    virtual bool on_ping(std::string_view payload) = 0;
    virtual bool on_pong(std::string_view payload) = 0;
    /// The last that comes. `code` is kNoStatus if the frame held none.
    virtual void on_close(std::uint16_t code, std::string_view reason) = 0;
  };

  explicit WebSocketParser(Limits limits) : limits_(limits) {}

  /// Nothing while all is well; else what the connection is to be closed with, and no call may
  /// follow.
  std::optional<Closing> feed(std::string_view bytes, Receiver& receiver);

  /// Whether nothing of a frame or message is held: a new parser would go on just as well.
  bool at_rest() const { return head_bytes_ == 0 && !in_payload_ && !in_message_; }
  /// Whether a message of data is incomplete, whatever control frames come between its own.
  bool in_message() const { return in_message_; }

 private:
  static constexpr std::size_t kHeadBytesMax = 14;  // With the mask.

  std::size_t head_bytes_wanted() const;
  std::optional<Closing> begin_frame();
  std::optional<Closing> check_data_frame(std::uint64_t length);
  std::optional<Closing> take_payload(std::string_view& bytes);
  std::optional<Closing> end_frame(Receiver& receiver, bool& stop);
  std::optional<Closing> end_message(Receiver& receiver, bool& stop);
  std::optional<Closing> end_close(Receiver& receiver);
  bool is_control() const { return (static_cast<unsigned>(opcode_) & 8U) != 0; }

  Limits limits_;
  std::array<unsigned char, kHeadBytesMax> head_{};
  std::uint8_t head_bytes_ = 0;
  std::array<unsigned char, 4> mask_{};
  Opcode opcode_ = Opcode::kContinuation;
  bool fin_ = false;
  bool in_payload_ = false;
  bool in_message_ = false;  // Between the first and the last frame of a message.
  bool message_deflated_ = false;
  std::uint64_t left_ = 0;      // Of the frame's payload.
  std::uint64_t unmasked_ = 0;  // Of the frame's payload, so far.
  std::string message_;
  std::string control_;
  Utf8Check utf8_;
};

}  // namespace weir::proto
