#pragma once

#include <memory>
#include <span>
#include <string>

#include "access/access.hpp"
#include "api/access/connection_watch.hpp"
#include "api/access/gate.hpp"
#include "api/client_ids.hpp"
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
  ClientName client;
  bool admin = false;                                ///< It came as an admin.
  std::unique_ptr<ConnectionWatch> watch = nullptr;  ///< Null: nobody is told of its end.

  /// As Call::may_publish.
  base::Result<> may_publish(const base::Settings& settings,
                             std::span<const proto::Event> events) const {
    net::RequestHead head;
    head.peer = peer;
    return gate->may_publish(**access, head, settings, events);
  }
  /// Who that is now: what those may who show nothing can have become another since it was opened.
  access::AccessPtr current() const {
    return (*access)->authenticated() ? *access : gate->authority().anonymous();
  }
  /// As Call::may_subscribe.
  base::Result<> may_subscribe(const proto::Selectors& selectors) const {
    const auto who = current();
    // A renewed token may say less than the one that it came with.
    const bool still = !who->authenticated() || who->grants.admin;
    return gate->may_subscribe(*who, selectors, admin && still);
  }
};

}  // namespace weir::api
