#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "hub/transport.hpp"
#include "net/stream_table.hpp"

namespace weir::api {

// What the transports over a StreamTable have in common.

inline iovec to_iovec(std::string_view bytes) {
  // sendmsg does not write to what it sends.
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

inline hub::Transport::Status to_status(net::StreamTable::WriteStatus status) {
  switch (status) {
    case net::StreamTable::WriteStatus::kDone:
      return hub::Transport::Status::kOpen;
    case net::StreamTable::WriteStatus::kBlocked:
      return hub::Transport::Status::kBlocked;
    case net::StreamTable::WriteStatus::kClosed:
      break;
  }
  return hub::Transport::Status::kClosed;
}

/// Writes bytes that must not be lost: what the stream does not take now follows by itself. Returns
/// false in that case.
bool write_whole(net::StreamTable& streams, net::StreamId stream, std::string bytes);

/// After a write of the pieces' frames that was cut after `bytes`: counts the events that these
/// reach into. `frame_of(batch, index)` is a frame; the rest of the one that was cut stays with the
/// stream, and keeps its batch alive.
template <typename FrameOf>
std::size_t taken_after_cut(net::StreamTable& streams, net::StreamId stream,
                            std::span<const hub::Piece> pieces, std::size_t bytes,
                            FrameOf&& frame_of) {
  std::size_t events = 0;
  for (const auto& piece : pieces) {
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      if (bytes == 0) return events;
      const std::string_view frame = frame_of(**piece.batch, i);
      ++events;
      if (bytes < frame.size()) {
        streams.keep_tail(stream, *piece.batch, frame.substr(bytes));
        return events;
      }
      bytes -= frame.size();
    }
  }
  return events;
}

}  // namespace weir::api
