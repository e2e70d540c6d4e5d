#pragma once

#include <netdb.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "client/interrupt.hpp"

namespace weir::client {

struct AddressesDeleter {
  void operator()(addrinfo* first) const { ::freeaddrinfo(first); }
};
/// A list of socket addresses, in the order in which they are to be tried.
using Addresses = std::unique_ptr<addrinfo, AddressesDeleter>;

/// The addresses of a host (IPv4, IPv6 or a name) for TCP. The system's resolver cannot be
/// interrupted, so a name is looked up on a thread of its own, which is left alone when `timeout`
/// is over or the interrupt comes first. kNetwork. Any thread; `interrupt` may be null.
base::Result<Addresses> resolve_host(const std::string& host, const std::string& port,
                                     std::chrono::milliseconds timeout, const Interrupt* interrupt);

}  // namespace weir::client
