#pragma once

#include <netinet/in.h>

#include <string>

namespace weir::bench {

// "127.0.0.1:3000" as an address; ends the program when it is not one.
sockaddr_in parse_address(const std::string& text);

// A non-blocking listener with a backlog long enough for a storm of connections. Ends the program
// on failure.
int listen_on(const sockaddr_in& address);

// Starts a non-blocking connection from `source` (network byte order; 0 lets the kernel choose) and
// returns its descriptor. Spreading sources over 127.0.0.x keeps thousands of connections clear of
// the range of ports.
int start_connect(const sockaddr_in& address, in_addr_t source);

// TCP_NODELAY: without it the kernel holds small frames back until an acknowledgement, and sends
// them from there.
void send_without_delay(int descriptor);

// Closes by reset: no TIME_WAIT is left behind to disturb the next run.
void close_by_reset(int descriptor);

// Raises the soft limit of descriptors to the hard one.
void raise_descriptor_limit();

}  // namespace weir::bench
