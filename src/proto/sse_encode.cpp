#include "proto/sse_encode.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "base/check.hpp"
#include "proto/cursor.hpp"
#include "proto/line_ends.hpp"
#include "proto/trace_context.hpp"

namespace weir::proto {
namespace {

constexpr std::string_view kLineEnd = "\r\n";  // Of chunk heads; event stream lines end in LF.

void append_data(std::string& out, std::string_view data) {
  LineEnds ends(data);
  const char* const end = data.data() + data.size();
  const char* line = data.data();
  for (;;) {
    const char* const stop = ends.next(line);
    // The space is never left out: a parser takes one away, and it must not be one of the data's
    // own.
    out.append("data: ", 6).append(line, static_cast<std::size_t>(stop - line)).push_back('\n');
    if (stop == end) return;
    const bool crlf = *stop == '\r' && stop + 1 != end && stop[1] == '\n';
    line = stop + (crlf ? 2 : 1);
  }
}

void append_number(std::string& out, std::uint32_t number) {
  std::array<char, 10> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

constexpr std::size_t hex_digits(std::size_t number) {
  return number == 0 ? 1 : (static_cast<std::size_t>(std::bit_width(number)) + 3) / 4;
}

void write_hex(char* out, std::size_t digits, std::size_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = digits; i > 0; --i, number >>= 4) out[i - 1] = kDigits[number & 15];
}

/// The native protocol's frame of an event; `text` holds the cursor for as long as the frame is
/// used.
SseFrame frame_of(base::Epoch epoch, const EventView& event, CursorText& text) {
  SseFrame frame{.id = {},
                 .type = event.type,
                 .data = event.data,
                 .retry_ms = event.retry_ms,
                 .trace = event.trace};
  if (event.sequence.value != 0) frame.id = write_cursor({epoch, event.sequence}, text);
  return frame;
}

}  // namespace

void append_sse_frame(std::string& out, const SseFrame& frame) {
  if (!frame.id.empty()) out.append("id: ", 4).append(frame.id).push_back('\n');
  if (!frame.type.empty() && frame.type != "message") {
    out.append("event: ", 7).append(frame.type).push_back('\n');
  }
  if (frame.retry_ms) {
    out.append("retry: ", 7);
    append_number(out, *frame.retry_ms);
    out.push_back('\n');
  }
  if (const auto trace = unpack_trace(frame.trace)) {
    out.append("traceparent: ", 13).append(format_traceparent(*trace)).push_back('\n');
  }
  append_data(out, frame.data);
  out.push_back('\n');
}

void append_sse_event(std::string& out, base::Epoch epoch, const EventView& event) {
  CursorText text;
  append_sse_frame(out, frame_of(epoch, event, text));
}

std::string sse_control_frame(std::string_view type, std::string_view json,
                              std::optional<std::uint32_t> retry_ms) {
  std::string out;
  append_sse_frame(out, {.id = {}, .type = type, .data = json, .retry_ms = retry_ms});
  return out;
}

SseFrames::SseFrames(std::size_t count, std::size_t reserve_bytes) {
  bytes_.reserve(reserve_bytes);
  ends_.reserve(count);
}

void SseFrames::add(base::Epoch epoch, const EventView& event) { add(epoch, event, event.data); }

void SseFrames::add(base::Epoch epoch, const EventView& event, std::string_view data) {
  CursorText text;
  SseFrame frame = frame_of(epoch, event, text);
  frame.data = data;

  // The head stands before what it counts. Room is left for as many digits as the frame has at
  // least; the few frames that need one more are moved up by it.
  const std::size_t at_least = frame.id.size() + frame.type.size() + frame.data.size();
  std::size_t digits = hex_digits(at_least);
  const std::size_t head = bytes_.size();
  bytes_.append(digits, '0').append(kLineEnd);
  const std::size_t body = bytes_.size();
  append_sse_frame(bytes_, frame);
  const std::size_t frame_bytes = bytes_.size() - body;
  if (const std::size_t needed = hex_digits(frame_bytes); needed > digits) {
    bytes_.insert(head, needed - digits, '0');
    digits = needed;
  }
  write_hex(bytes_.data() + head, digits, frame_bytes);
  bytes_.append(kLineEnd);

  WEIR_CHECK(bytes_.size() <= std::numeric_limits<std::uint32_t>::max(),
             "the frames of one batch fit in 4 GiB");
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

std::string_view SseFrames::chunked(std::size_t first, std::size_t count) const {
  if (count == 0) return {};
  const std::size_t from = begin(first);
  return std::string_view(bytes_).substr(from, end(first + count - 1) - from);
}

std::string_view SseFrames::plain(std::size_t index) const {
  const std::size_t body = bytes_.find('\n', begin(index)) + 1;
  return std::string_view(bytes_).substr(body, end(index) - kLineEnd.size() - body);
}

std::string as_chunk(std::string_view text) {
  if (text.empty()) return {};
  const std::size_t digits = hex_digits(text.size());
  std::string out(digits, '0');
  out.reserve(digits + text.size() + 2 * kLineEnd.size());
  write_hex(out.data(), digits, text.size());
  out.append(kLineEnd).append(text).append(kLineEnd);
  return out;
}

}  // namespace weir::proto
