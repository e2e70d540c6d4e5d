#pragma once

#include <string>

#include "base/result.hpp"

namespace weir::net {

/// Opens a non-blocking listening socket with SO_REUSEPORT, SO_REUSEADDR and a backlog of 4,096 for
/// "host:port" ("[::1]:80", ":80" for all addresses, port 0 for any free one). kBadConfiguration
/// with the system's words. `first` also refuses an address on which another process listens with
/// SO_REUSEPORT, which would share its connections; the further shards' listeners come after it.
/// Any thread.
base::Result<int> open_listener(const std::string& address, bool first = true);
/// The "host:port" that a listening socket has got.
std::string listener_address(int descriptor);

}  // namespace weir::net
