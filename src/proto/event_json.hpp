#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"
#include "proto/event.hpp"

namespace weir::proto {

/// Appends an event as one JSON object: what polling answers with and what WebSocket messages are.
///
///     {"cursor":"…","topic":"…","event":"message","data":"…","time":"2026-01-01T12:00:00.000Z"}
///
/// An ephemeral event has no `cursor`. `topics` follows where there is more than one, the first
/// being `topic`; `id`, `key` and `traceparent` where they are set. `data` is always a string, its
/// text as on an event stream, so that a client reads it one way whatever was published; invalid
/// UTF-8 becomes U+FFFD.
void append_event_json(std::string& out, base::Epoch epoch, const EventView& event);

/// The events of a batch as JSON, each of them a whole unmasked WebSocket text frame (RFC 6455,
/// 5.2), all of them contiguous, so that a run of events is one range of bytes. Polling takes the
/// JSON out of the frames.
class JsonFrames {
 public:
  /// `reserve_bytes` is a hint for the whole.
  JsonFrames(std::size_t count, std::size_t reserve_bytes);

  /// Adds the next event's frame.
  void add(base::Epoch epoch, const EventView& event);

  /// The same messages, each compressed by itself where that makes it shorter (RFC 7692). Of these
  /// frames `json` gives the compressed bytes.
  JsonFrames deflated() const;

  std::size_t size() const { return places_.size(); }
  /// Bytes of the frames of events [first, first + count).
  std::string_view framed(std::size_t first, std::size_t count) const;
  /// One event's object.
  std::string_view json(std::size_t index) const;

 private:
  struct Place {
    std::uint32_t begin;  ///< Of the object; its frame's head stands before it.
    std::uint32_t end;
  };

  std::size_t frame_begin(std::size_t index) const {
    return index == 0 ? 0 : places_[index - 1].end;
  }

  void add_frame(std::string_view payload, bool compressed);

  std::string bytes_;
  std::vector<Place> places_;
};

}  // namespace weir::proto
