#pragma once

#include <sys/uio.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/transport.hpp"
#include "net/stream_table.hpp"

namespace weir::api {

/// Server-Sent Events: puts a batch's shared frames on streams. Of each content one for HTTP/1.1,
/// where each frame is a chunk, and one for HTTP/1.0, where the body ends with the connection, and
/// HTTP/2, which frames by itself. A sink is a packed StreamId.
///
/// Shard thread only. Allocates nothing per delivery.
class SseTransport final : public hub::Transport {
 public:
  enum class Framing { kChunked, kPlain };
  enum class Content {
    kData,      ///< The event's data as it was published.
    kEnvelope,  ///< The event as a JSON object, as polls and WebSockets have it.
  };

  SseTransport(net::StreamTable& streams, Framing framing, Content content)
      : streams_(streams), framing_(framing), content_(content) {}

  static hub::SinkId sink_of(net::StreamId stream) {
    return (std::uint64_t{stream.generation} << 32) | stream.slot;
  }

  std::string_view name() const override { return "sse"; }
  Peer peer(hub::SinkId sink) const override;
  /// The stream's client has this address, and is not who is at the other end of the connection:
  /// others in between have passed the request on. Empty: it is who is at the other end.
  void note_forwarded(net::StreamId stream, std::optional<base::IpAddress> address);
  Sent send(hub::SinkId sink, std::span<const hub::Piece> pieces) override;
  Status control(hub::SinkId sink, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t> retry_ms) override;
  Status keepalive(hub::SinkId sink) override;
  void end(hub::SinkId sink, End why) override;
  void abort(hub::SinkId sink) override;

 private:
  const proto::SseFrames& frames_of(const log::Batch& batch) const {
    return content_ == Content::kData ? batch.sse_frames() : batch.sse_json_frames();
  }
  void gather(std::span<const hub::Piece> pieces);

  net::StreamTable& streams_;
  Framing framing_;
  Content content_;
  std::vector<iovec> iovecs_;  // Scratch of one send.
  // By the stream's slot; as long as the last stream that was passed on asks for.
  std::vector<std::optional<base::IpAddress>> forwarded_;
};

}  // namespace weir::api
