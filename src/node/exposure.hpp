#pragma once

#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::node {

/// kBadConfiguration if a server that is open to everybody would be reached from beyond this
/// machine, unless `insecure` says that this is meant; and for modes that contradict what is given.
base::Result<> check_exposure(const base::Settings& settings);

/// The same for settings that are to follow others while the server runs; and a server that asks
/// for keys must not come to be open by a reload.
base::Result<> check_reload(const base::Settings& running, const base::Settings& next);

}  // namespace weir::node
