#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"
#include "proto/event.hpp"

namespace weir::proto {

/// The fields of one frame of an event stream (WHATWG HTML, "9.2.6 Interpreting an event stream").
/// `id` and `type` must be free of CR, LF and NUL: publish validation sees to it.
struct SseFrame {
  std::string_view id = {};    ///< Empty: no `id:` line.
  std::string_view type = {};  ///< Empty or "message": no `event:` line.
  std::string_view
      data;  ///< Split at LF, CRLF and lone CR into one `data: ` line each; "" gives one.
  std::optional<std::uint32_t> retry_ms = {};
  std::string_view trace =
      {};  ///< Packed; a `traceparent:` line, which clients that do not know it ignore.
};

/// Appends the frame, blank line included. Nothing that `data` holds can begin a field of its own.
void append_sse_frame(std::string& out, const SseFrame& frame);

/// The frame of a durable or ephemeral event as the native protocol shows it: `id:` is the cursor.
void append_sse_event(std::string& out, base::Epoch epoch, const EventView& event);

/// A control frame: `event: <type>` with one line of JSON and never an `id:`.
std::string sse_control_frame(std::string_view type, std::string_view json,
                              std::optional<std::uint32_t> retry_ms = std::nullopt);

/// The frames of a batch as the body of an HTTP/1.1 chunked response: each frame is one chunk with
/// its head, all of them contiguous, so that a run of events is one range of bytes. An HTTP/1.0
/// client gets the ranges without the chunk heads.
class SseFrames {
 public:
  /// `reserve_bytes` is a hint for the whole.
  explicit SseFrames(std::size_t count, std::size_t reserve_bytes);

  /// Adds the next event's frame.
  void add(base::Epoch epoch, const EventView& event);
  /// The same, with other data: the event as an object (append_event_json).
  void add(base::Epoch epoch, const EventView& event, std::string_view data);

  std::size_t size() const { return ends_.size(); }
  /// Bytes of events [first, first + count), chunk heads included.
  std::string_view chunked(std::size_t first, std::size_t count) const;
  /// One event's frame alone.
  std::string_view plain(std::size_t index) const;
  /// Where event `index`'s chunk ends, counted from the start of the buffer.
  std::size_t end(std::size_t index) const { return ends_[index]; }
  std::size_t begin(std::size_t index) const { return index == 0 ? 0 : ends_[index - 1]; }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

/// `text` as one chunk of an HTTP/1.1 body (RFC 9112, 7.1). Empty text gives nothing, since a chunk
/// of no bytes would end the body.
std::string as_chunk(std::string_view text);

}  // namespace weir::proto
