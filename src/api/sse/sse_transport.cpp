#include "api/sse/sse_transport.hpp"

#include <memory>
#include <utility>

#include "proto/sse_encode.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kKeepalive = ": keepalive\n\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

net::StreamId stream_of(hub::SinkId sink) {
  return {static_cast<std::uint32_t>(sink), static_cast<std::uint32_t>(sink >> 32)};
}

iovec to_iovec(std::string_view bytes) {
  // sendmsg does not write to what it sends.
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

hub::Transport::Status to_status(net::StreamTable::WriteStatus status) {
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

}  // namespace

/// One entry per run of neighbouring events where frames carry their chunk heads, one per event
/// where not.
void SseTransport::gather(std::span<const hub::Piece> pieces) {
  iovecs_.clear();
  for (const auto& piece : pieces) {
    const auto& frames = (*piece.batch)->sse_frames();
    if (framing_ == Framing::kChunked) {
      iovecs_.push_back(to_iovec(frames.chunked(piece.range.first, piece.range.count)));
      continue;
    }
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      iovecs_.push_back(to_iovec(frames.plain(i)));
    }
  }
}

hub::Transport::Sent SseTransport::send(hub::SinkId sink, std::span<const hub::Piece> pieces) {
  const auto stream = stream_of(sink);
  gather(pieces);
  const auto written = streams_.write(stream, iovecs_);
  if (written.status == net::StreamTable::WriteStatus::kDone) {
    std::size_t events = 0;
    for (const auto& piece : pieces) events += piece.range.count;
    return {Status::kOpen, events};
  }
  if (written.status == net::StreamTable::WriteStatus::kClosed) return {Status::kClosed, 0};
  return {Status::kBlocked, taken_after_cut(stream, pieces, written.bytes)};
}

/// Counts the events that `bytes` reach into. The rest of a frame that was cut stays with the
/// stream; it keeps the batch alive.
std::size_t SseTransport::taken_after_cut(net::StreamId stream, std::span<const hub::Piece> pieces,
                                          std::size_t bytes) {
  std::size_t events = 0;
  for (const auto& piece : pieces) {
    const auto& frames = (*piece.batch)->sse_frames();
    for (auto i = piece.range.first; i < piece.range.first + piece.range.count; ++i) {
      if (bytes == 0) return events;
      const auto frame = framing_ == Framing::kChunked ? frames.chunked(i, 1) : frames.plain(i);
      ++events;
      if (bytes < frame.size()) {
        streams_.keep_tail(stream, *piece.batch, frame.substr(bytes));
        return events;
      }
      bytes -= frame.size();
    }
  }
  return events;
}

bool SseTransport::write_whole(net::StreamId stream, std::string bytes) {
  const iovec piece = to_iovec(bytes);
  const auto written = streams_.write(stream, {&piece, 1});
  if (written.status != net::StreamTable::WriteStatus::kBlocked) return true;
  if (written.bytes < bytes.size()) {
    auto keeper = std::make_shared<const std::string>(std::move(bytes));
    streams_.keep_tail(stream, keeper, std::string_view(*keeper).substr(written.bytes));
  }
  return false;
}

hub::Transport::Status SseTransport::control(hub::SinkId sink, std::string_view type,
                                             std::string_view json,
                                             std::optional<std::uint32_t> retry_ms) {
  auto frame = proto::sse_control_frame(type, json, retry_ms);
  if (framing_ == Framing::kChunked) frame = proto::as_chunk(frame);
  const auto stream = stream_of(sink);
  return write_whole(stream, std::move(frame)) ? Status::kOpen : Status::kBlocked;
}

hub::Transport::Status SseTransport::keepalive(hub::SinkId sink) {
  static const std::string chunked = proto::as_chunk(kKeepalive);
  const std::string_view bytes = framing_ == Framing::kChunked ? chunked : kKeepalive;
  const auto stream = stream_of(sink);
  const iovec piece = to_iovec(bytes);
  const auto written = streams_.write(stream, {&piece, 1});
  if (written.bytes > 0 && written.bytes < bytes.size()) {
    static const auto forever = std::make_shared<const int>(0);
    streams_.keep_tail(stream, forever, bytes.substr(written.bytes));
  }
  return to_status(written.status);
}

void SseTransport::end(hub::SinkId sink) {
  const auto stream = stream_of(sink);
  if (framing_ == Framing::kChunked) {
    const iovec piece = to_iovec(kLastChunk);
    streams_.write(stream, {&piece, 1});
  }
  streams_.close(stream);
}

void SseTransport::abort(hub::SinkId sink) { streams_.reset(stream_of(sink)); }

}  // namespace weir::api
