#pragma once

#include <weir/settings.hpp>

#include "base/result.hpp"
#include "base/settings.hpp"

namespace weir::embed {

/// What a program's settings come to, by the rules of `weir serve` and with the library's own
/// defaults. kBadConfiguration.
base::Result<base::Settings> effective_settings(const Settings& settings);

}  // namespace weir::embed
