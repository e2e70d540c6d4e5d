#pragma once

// What was built, and what is there: a program that was compiled against one version and runs with
// another can tell.
//
//   static_assert(WEIR_VERSION_MAJOR == 0);
//   std::cout << weir::version() << '\n';
//
// Until 1.0 a minor version may change anything; the shared library's name says so
// (libweir.so.0.1).

#include <weir/export.hpp>

#define WEIR_VERSION_MAJOR 0
#define WEIR_VERSION_MINOR 1
#define WEIR_VERSION_PATCH 0

namespace weir {

/// The library's version, "0.1.0". Any thread.
WEIR_API const char* version();

}  // namespace weir
