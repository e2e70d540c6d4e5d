#pragma once

#include <string>
#include <string_view>

#include "api/call.hpp"
#include "base/result.hpp"
#include "net/http_message.hpp"

namespace weir::api {

/// Whether the request asks for a WebSocket: `Upgrade: websocket` (RFC 6455, 4.1).
bool wants_websocket(const Call& call);

/// What client and server have agreed on.
struct Handshake {
  net::Response response;   ///< 101, complete but for the first frames.
  bool compressed = false;  ///< permessage-deflate without context takeover (RFC 7692).
};

/// Checks a request that wants a WebSocket (RFC 6455, 4.2). kBadRequest; kUpgradeRequired for
/// another version than 13; kForeignOrigin for a page of an origin that may not.
base::Result<Handshake> shake_hands(const Call& call);

/// Whether a page of the request's `Origin` may open a WebSocket: the same origin as the server's
/// own, as the page addressed it, or one of `cors_origin`. Browsers hold nothing back from a
/// WebSocket by themselves, so it is the server that must look. Other clients send no Origin.
bool origin_may_connect(const net::RequestHead& head, const base::Settings& settings);

/// Sec-WebSocket-Accept for a key (RFC 6455, 4.2.2).
std::string accept_value(std::string_view key);

/// Answers a WebSocket's address that was asked without `Upgrade`, or with another version.
void answer_upgrade_required(Call& call, const base::Error& error);

}  // namespace weir::api
