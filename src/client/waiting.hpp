#pragma once

#include <poll.h>

#include <chrono>

namespace weir::client {

/// poll() that a signal does not end early; a negative timeout waits for ever. Returns the number
/// of ready entries, or -1 with errno.
int poll_until(pollfd* entries, nfds_t count, std::chrono::milliseconds timeout);

}  // namespace weir::client
