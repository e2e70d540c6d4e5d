#pragma once

#include <string_view>
#include <vector>

#include "base/descriptor.hpp"

namespace weir::server {

/// The listening sockets that a service manager has opened for this process (sd_listen_fds(3)): the
/// variables LISTEN_PID and LISTEN_FDS, which are removed, so that no child takes them for its own.
/// Empty without one. Called once, before threads start.
std::vector<base::Descriptor> sockets_from_service_manager();

/// Tells the service manager a state (sd_notify(3)): "READY=1", "STOPPING=1". Does nothing where
/// NOTIFY_SOCKET names none. Any thread; does not block.
void notify_service_manager(std::string_view state);

/// "RELOADING=1" with the time that systemd wants with it; "READY=1" follows when it is done.
void notify_reloading();

}  // namespace weir::server
