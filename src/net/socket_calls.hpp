#pragma once

// The few system calls that connections and event streams share.

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <span>

namespace weir::net {

constexpr bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// A gathered, non-blocking write without SIGPIPE; the count of bytes or -1 with errno. A single
/// piece takes the cheaper call, more than a call takes several. Fewer bytes than there are mean
/// that the socket is full (or, in an error's case, that the next write will tell).
ssize_t send_pieces(int descriptor, std::span<const iovec> pieces);

/// Throws away what has arrived, at most `bytes_max` of it, without copying it out of the kernel.
/// False: the other side has closed its half, or the connection is broken. Adds to `*dropped` if
/// given.
bool drop_incoming(int descriptor, std::size_t bytes_max = 1 << 20, std::size_t* dropped = nullptr);

/// Sets an option that only tunes; a kernel without it is no error.
void set_option(int descriptor, int level, int name, int value);

}  // namespace weir::net
