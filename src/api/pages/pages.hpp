#pragma once

#include "api/router.hpp"

namespace weir::api {

/// The page at `/` and its parts, built into the binary.
void add_pages(Router& router);

}  // namespace weir::api
