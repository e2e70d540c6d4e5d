#pragma once

#include "api/router.hpp"

namespace weir::api {

/// The console: its page at every address of `page_paths`, and its parts under /assets/; and
/// /weir-bell.js, for the pages of others. Built into the binary.
void add_pages(Router& router);

}  // namespace weir::api
