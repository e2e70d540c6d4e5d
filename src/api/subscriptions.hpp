#pragma once

#include <string>

#include "api/call.hpp"
#include "api/poll/poll_opener.hpp"
#include "api/sse/stream_opener.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// One resource, several transports: gives a request for events the one it asks for. One per shard;
/// its thread only.
class Subscriptions {
 public:
  Subscriptions(StreamOpener& streams, PollOpener& polls) : streams_(streams), polls_(polls) {}

  std::string new_client_id() { return streams_.new_client_id(); }

  /// Answers the call with the selectors' events, or with why not.
  void open(CallPtr call, proto::Selectors selectors, std::string client_id);

 private:
  StreamOpener& streams_;
  PollOpener& polls_;
};

}  // namespace weir::api
