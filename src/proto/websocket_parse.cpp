#include "proto/websocket_parse.hpp"

#include <algorithm>
#include <utility>

#include "proto/websocket_deflate.hpp"

namespace weir::proto {
namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kOtherRsv = 0x30;
constexpr unsigned kOpcodeBits = 0x0F;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLengthBits = 0x7F;
constexpr std::uint64_t kControlBytesMax = 125;
constexpr std::size_t kCloseReasonBytesMax = 123;

std::uint64_t read_big_endian(const unsigned char* from, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | from[i];
  return number;
}

/// RFC 6455, 5.2: in as few bytes as it takes, the greatest bit of eight being 0.
bool is_shortest(std::uint64_t length, std::size_t bytes) {
  if (bytes == 2) return length > 125;
  if (bytes == 8) return length > 0xFFFF && (length >> 63) == 0;
  return true;
}

bool is_known(Opcode opcode) {
  switch (opcode) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      return true;
  }
  return false;
}

/// Whether a client may send the code in a close frame (RFC 6455, 7.4).
bool may_be_sent(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

Closing violation(std::string_view reason) { return {CloseCode::kProtocolError, reason}; }

/// Undoes the mask of `bytes`, which stand at `offset` of the payload (RFC 6455, 5.3).
void append_unmasked(std::string& out, std::string_view bytes,
                     const std::array<unsigned char, 4>& mask, std::uint64_t offset) {
  const std::size_t begin = out.size();
  out.append(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[begin + i] =
        static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask[(offset + i) % 4]);
  }
}

}  // namespace

std::string close_payload(const Closing& closing) {
  if (closing.code == CloseCode::kNoStatus) return {};
  const auto code = static_cast<std::uint16_t>(closing.code);
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return payload.append(closing.reason.substr(0, kCloseReasonBytesMax));
}

std::size_t WebSocketParser::head_bytes_wanted() const {
  if (head_bytes_ < 2) return 2;
  const auto length = head_[1] & kLengthBits;
  std::size_t wanted = 2;
  if (length == 126) wanted += 2;
  if (length == 127) wanted += 8;
  return wanted + ((head_[1] & kMasked) != 0 ? 4 : 0);
}

std::optional<Closing> WebSocketParser::feed(std::string_view bytes, Receiver& receiver) {
  while (!bytes.empty() || in_payload_) {
    if (!in_payload_) {
      // The first two bytes say how long the head is.
      while (head_bytes_ < head_bytes_wanted() && !bytes.empty()) {
        head_[head_bytes_++] = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        if (head_bytes_ != 2) continue;
        if (auto closing = begin_frame()) return closing;
      }
      if (head_bytes_ < head_bytes_wanted()) return std::nullopt;
      const auto length_bytes = head_bytes_wanted() - 6;
      left_ = length_bytes == 0 ? head_[1] & kLengthBits : read_big_endian(&head_[2], length_bytes);
      if (!is_shortest(left_, length_bytes)) return violation("not the shortest form of a length");
      if (!is_control()) {
        if (auto closing = check_data_frame(left_)) return closing;
      }
      std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + length_bytes), 4, mask_.begin());
      unmasked_ = 0;
      in_payload_ = true;
    }
    if (auto closing = take_payload(bytes)) return closing;
    if (left_ > 0) return std::nullopt;
    in_payload_ = false;
    head_bytes_ = 0;
    bool stop = false;
    if (auto closing = end_frame(receiver, stop)) return closing;
    if (stop) return std::nullopt;
  }
  return std::nullopt;
}

/// With the first two bytes: what can be said before the length and the mask are there.
std::optional<Closing> WebSocketParser::begin_frame() {
  const unsigned first = head_[0];
  opcode_ = static_cast<Opcode>(first & kOpcodeBits);
  fin_ = (first & kFin) != 0;
  if ((first & kOtherRsv) != 0) return violation("reserved bits are set");
  if (!is_known(opcode_)) return violation("an unknown opcode");
  if ((head_[1] & kMasked) == 0) return violation("a client's frames are masked");
  const bool deflated = (first & kRsv1) != 0;
  // RFC 7692, 6.1: on the first frame of a data message only.
  if (deflated && (!limits_.compressed || is_control() || opcode_ == Opcode::kContinuation)) {
    return violation("reserved bits are set");
  }
  if (is_control()) {
    if (!fin_) return violation("a control frame is not fragmented");
    if ((head_[1] & kLengthBits) > kControlBytesMax) return violation("a control frame is short");
    control_.clear();
    return std::nullopt;
  }
  if (opcode_ == Opcode::kBinary) return Closing{CloseCode::kUnsupported, "only text"};
  if (opcode_ == Opcode::kContinuation && !in_message_) {
    return violation("a continuation of nothing");
  }
  if (opcode_ == Opcode::kText && in_message_) return violation("the last message has not ended");
  if (opcode_ == Opcode::kText) {
    in_message_ = true;
    message_deflated_ = deflated;
    message_.clear();
    utf8_ = {};
  }
  return std::nullopt;
}

std::optional<Closing> WebSocketParser::check_data_frame(std::uint64_t length) {
  if (length <= limits_.message_bytes_max - std::min(message_.size(), limits_.message_bytes_max)) {
    return std::nullopt;
  }
  return Closing{CloseCode::kTooBig, "the message is too big"};
}

std::optional<Closing> WebSocketParser::take_payload(std::string_view& bytes) {
  const auto some = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
  bytes.remove_prefix(some.size());
  auto& out = is_control() ? control_ : message_;
  const auto before = out.size();
  append_unmasked(out, some, mask_, unmasked_);
  unmasked_ += some.size();
  left_ -= some.size();
  if (is_control() || message_deflated_) return std::nullopt;
  if (utf8_.feed(std::string_view(out).substr(before))) return std::nullopt;
  return Closing{CloseCode::kInvalidData, "not UTF-8"};
}

std::optional<Closing> WebSocketParser::end_frame(Receiver& receiver, bool& stop) {
  switch (opcode_) {
    case Opcode::kPing:
      stop = !receiver.on_ping(control_);
      return std::nullopt;
    case Opcode::kPong:
      stop = !receiver.on_pong(control_);
      return std::nullopt;
    case Opcode::kClose:
      stop = true;
      return end_close(receiver);
    default:
      return fin_ ? end_message(receiver, stop) : std::nullopt;
  }
}

std::optional<Closing> WebSocketParser::end_message(Receiver& receiver, bool& stop) {
  in_message_ = false;
  if (message_deflated_) {
    auto inflated = inflate_message(message_, limits_.message_bytes_max);
    if (inflated.status == Inflated::Status::kTooBig) {
      return Closing{CloseCode::kTooBig, "the message is too big"};
    }
    if (inflated.status == Inflated::Status::kInvalid) {
      return Closing{CloseCode::kInvalidData, "not what deflate makes"};
    }
    message_ = std::move(inflated.text);
    if (!is_utf8(message_)) return Closing{CloseCode::kInvalidData, "not UTF-8"};
  } else if (!utf8_.complete()) {
    return Closing{CloseCode::kInvalidData, "not UTF-8"};
  }
  const std::string message = std::exchange(message_, {});
  stop = !receiver.on_text(message);
  return std::nullopt;
}

std::optional<Closing> WebSocketParser::end_close(Receiver& receiver) {
  if (control_.empty()) {
    receiver.on_close(static_cast<std::uint16_t>(CloseCode::kNoStatus), {});
    return std::nullopt;
  }
  if (control_.size() == 1) return violation("half a close code");
  const auto* bytes = reinterpret_cast<const unsigned char*>(control_.data());
  const auto code = static_cast<std::uint16_t>(read_big_endian(bytes, 2));
  const auto reason = std::string_view(control_).substr(2);
  if (!may_be_sent(code)) return violation("no close code that is sent");
  if (!is_utf8(reason)) return Closing{CloseCode::kInvalidData, "not UTF-8"};
  receiver.on_close(code, reason);
  return std::nullopt;
}

}  // namespace weir::proto
