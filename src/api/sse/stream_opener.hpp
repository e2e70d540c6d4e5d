#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "api/call.hpp"
#include "api/opening.hpp"
#include "api/sse/sse_transport.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"
#include "hub/shard.hpp"
#include "net/stream_table.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// Turns requests into event streams on one shard: checks what may be had, takes a place in the
/// hub, moves the socket to the stream table, writes head and welcome in one segment, and lets the
/// hub begin. Shard thread only.
class StreamOpener final : public net::StreamObserver {
 public:
  /// `streams` outlives it.
  StreamOpener(hub::Hub& hub, std::size_t shard, std::uint64_t seed, net::StreamTable& streams);

  /// Answers the call with a stream of the selectors' events, or with why not. The welcome tells
  /// the client what it is called.
  void open(Call& call, proto::Selectors selectors, Opening opening);

  /// All of its transports, for their counts of subscribers.
  std::array<const hub::Transport*, 4> transports() const {
    return {&chunked_[0], &chunked_[1], &plain_[0], &plain_[1]};
  }

  // net::StreamObserver; the owner is a packed SubscriberId.
  void on_writable(net::StreamId stream, net::StreamOwner owner) override;
  void on_closed(net::StreamId stream, net::StreamOwner owner) override;

 private:
  bool refuse_over_limit(Call& call);
  net::Response response_head(const Call& call) const;
  std::string welcome(const Call& call, const std::string& client_id, std::size_t padding,
                      const Opening& opening);

  hub::Hub& hub_;
  hub::Shard& shard_;
  base::Random random_;
  net::StreamTable& streams_;
  /// Of the data itself, and of events as JSON.
  std::array<SseTransport, 2> chunked_;
  std::array<SseTransport, 2> plain_;
};

}  // namespace weir::api
