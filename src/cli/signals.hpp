#pragma once

#include "client/interrupt.hpp"

namespace weir::cli {

/// From the first call on, SIGINT and SIGTERM trigger the interrupt, so that a command can end in
/// order; a second signal of the same kind kills as usual. Lives as long as the program; main
/// thread.
const client::Interrupt& stop_signals();

/// 128 + the signal that came, as shells report it; 0 if none did.
int signal_status();

}  // namespace weir::cli
