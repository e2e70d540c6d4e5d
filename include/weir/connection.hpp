#pragma once

// Who is connected:
//
//   hub.observe({.on_open = [&](const weir::Connection& who) { ++connected[who.user]; },
//                .on_close = [&](const weir::Connection& who) { --connected[who.user]; }});
//
// What is told are streams: Server-Sent Events and WebSockets, each from its opening to its end.
// Polls are single requests and are not told.

#include <functional>
#include <string>
#include <vector>

namespace weir {

/// An open stream. A value without references to anything.
struct Connection {
  std::string client_id;  ///< What its first frame tells the client.
  std::string transport;  ///< "sse" or "websocket".
  std::string user;       ///< Verified; empty: nobody in particular.
  std::string address;    ///< The client's, as limits count it; "unix" over a UNIX socket.
  /// What it was opened for. A WebSocket may change what it follows later.
  std::vector<std::string> topics;
  std::vector<std::string> match;
};

/// Called on the thread that serves the stream, so on several at once; each `on_open` is followed
/// by one `on_close`, the last ones during Hub::stop. Must not throw and must not block.
struct ConnectionObserver {
  std::function<void(const Connection&)> on_open = {};
  std::function<void(const Connection&)> on_close = {};
};

}  // namespace weir
