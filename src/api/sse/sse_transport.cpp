#include "api/sse/sse_transport.hpp"

#include <memory>
#include <utility>

#include "api/access/client_address.hpp"
#include "api/stream_writing.hpp"
#include "proto/sse_encode.hpp"

namespace weir::api {
namespace {

constexpr std::string_view kKeepalive = ": keepalive\n\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

net::StreamId stream_of(hub::SinkId sink) {
  return {static_cast<std::uint32_t>(sink), static_cast<std::uint32_t>(sink >> 32)};
}

}  // namespace

hub::Transport::Peer SseTransport::peer(hub::SinkId sink) const {
  const auto stream = stream_of(sink);
  const bool known = stream.slot < forwarded_.size() && forwarded_[stream.slot];
  const auto address = known ? forwarded_[stream.slot] : streams_.peer(stream);
  const bool http2 = streams_.carried(stream);
  return {.address = address_text(address),
          .http = http2                           ? "2"
                  : framing_ == Framing::kChunked ? "1.1"
                                                  : "1.0"};
}

void SseTransport::note_forwarded(net::StreamId stream, std::optional<base::IpAddress> address) {
  if (stream.slot >= forwarded_.size()) {
    if (!address) return;
    forwarded_.resize(stream.slot + 1);
  }
  forwarded_[stream.slot] = address;
}

/// One entry per run of neighbouring events where frames carry their chunk heads, one per event
/// where not.
void SseTransport::gather(std::span<const hub::Piece> pieces) {
  iovecs_.clear();
  for (const auto& piece : pieces) {
    const auto& frames = frames_of(**piece.batch);
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
    return {Status::kOpen, count_events(pieces)};
  }
  if (written.status == net::StreamTable::WriteStatus::kClosed) return {Status::kClosed, 0};
  const auto frame_of = [this](const log::Batch& batch, std::size_t index) {
    const auto& frames = frames_of(batch);
    return framing_ == Framing::kChunked ? frames.chunked(index, 1) : frames.plain(index);
  };
  return {Status::kBlocked, taken_after_cut(streams_, stream, pieces, written.bytes, frame_of)};
}

hub::Transport::Status SseTransport::control(hub::SinkId sink, std::string_view type,
                                             std::string_view json,
                                             std::optional<std::uint32_t> retry_ms) {
  auto frame = proto::sse_control_frame(type, json, retry_ms);
  if (framing_ == Framing::kChunked) frame = proto::as_chunk(frame);
  const auto stream = stream_of(sink);
  return write_whole(streams_, stream, std::move(frame)) ? Status::kOpen : Status::kBlocked;
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

void SseTransport::end(hub::SinkId sink, End) {
  const auto stream = stream_of(sink);
  if (framing_ == Framing::kChunked) {
    const iovec piece = to_iovec(kLastChunk);
    streams_.write(stream, {&piece, 1});
  }
  streams_.close(stream);
}

void SseTransport::abort(hub::SinkId sink) { streams_.reset(stream_of(sink)); }

}  // namespace weir::api
