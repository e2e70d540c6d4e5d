#pragma once

#include <memory>
#include <span>
#include <string>

#include "access/access.hpp"
#include "api/access/connection_watch.hpp"
#include "api/access/gate.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "proto/event.hpp"

namespace weir::api {

/// Who has opened a WebSocket, for as long as it lasts: what it asks for later is held against the
/// same grants. Shard thread only.
struct WebSocketCaller {
  /// Shared with the connection's leases, which put a renewed one in its place.
  std::shared_ptr<access::AccessPtr> access;
  Gate* gate = nullptr;
  std::string peer;  ///< For limits by address: the client's, whoever passed the request on.
  std::string client_id;
  std::unique_ptr<ConnectionWatch> watch = nullptr;  ///< Null: nobody is told of its end.

  /// As Call::may_publish.
  base::Result<> may_publish(const base::Settings& settings,
                             std::span<const proto::Event> events) const {
    net::RequestHead head;
    head.peer = peer;
    return gate->may_publish(**access, head, settings, events);
  }
};

}  // namespace weir::api
