#pragma once

#include "api/router.hpp"

namespace weir::api {

/// The console: its page at every address of `page_paths`, and its parts under /assets/, built into
/// the binary.
void add_pages(Router& router);

}  // namespace weir::api
