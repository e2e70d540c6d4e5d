#pragma once

#include <functional>

#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::server {

/// Reads every source of settings again; called on SIGHUP, on the thread that handles signals. Its
/// error is for the log: the server goes on with what it has.
using Reload = std::function<base::Result<base::Settings>()>;

/// Runs the server until SIGTERM or SIGINT and returns the process's exit status: 0 after a clean
/// drain, 1 if it could not start or the log failed (one line on standard error says why). Called
/// once, by main.
int serve(const base::Settings& settings, const Reload& reload);

}  // namespace weir::server
