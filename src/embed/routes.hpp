#pragma once

#include <cstddef>
#include <memory>

#include "api/router.hpp"
#include "base/result.hpp"
#include "embed/core.hpp"

namespace weir::embed {

/// Whether a program may add this. kUsage with what is wrong.
base::Result<> check_route(const Core::Route& route);

/// Adds the route to a shard's router; its requests find the core by `core`.
void add_route(std::weak_ptr<Core> core, std::size_t shard, const Core::Route& route,
               api::Router& router);

}  // namespace weir::embed
