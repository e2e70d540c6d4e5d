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
/// Opens a non-blocking listening UNIX socket at the path, whose file gets the mode. A socket's
/// file at which nobody answers any more is replaced; kBadConfiguration where somebody does, where
/// something else stands there, and with the system's words.
base::Result<int> open_unix_listener(const std::string& path, unsigned mode);
/// The "host:port" or "unix:/path" that a listening socket has got.
std::string listener_address(int descriptor);
/// Whether a socket that somebody else has opened listens on "host:port" as written in a setting:
/// the same port, and an address that the host's name stands for.
bool listens_on(int descriptor, const std::string& address);

}  // namespace weir::net
