#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "api/call.hpp"
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
  /// `connections` is the process's count of them, in which open streams are counted too.
  StreamOpener(hub::Hub& hub, std::size_t shard, std::uint64_t seed,
               std::atomic<std::uint64_t>& connections);

  net::StreamTable& streams() { return streams_; }

  /// A made-up identity, as UUID version 4.
  std::string new_client_id();

  /// Answers the call with a stream of the selectors' events, or with why not.
  void open(Call& call, proto::Selectors selectors, std::string client_id);

  // net::StreamObserver
  void on_writable(net::StreamId stream, net::StreamOwner owner) override;
  void on_closed(net::StreamId stream, net::StreamOwner owner) override;

 private:
  bool refuse_over_limit(Call& call);
  net::Response response_head(const Call& call) const;
  std::string welcome(const Call& call, const std::string& client_id, std::size_t padding);

  hub::Hub& hub_;
  hub::Shard& shard_;
  base::Random random_;
  net::StreamTable streams_;
  SseTransport chunked_;
  SseTransport plain_;
};

}  // namespace weir::api
