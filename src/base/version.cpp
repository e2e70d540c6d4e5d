#include "base/version.hpp"

#ifndef WEIR_VERSION
#error "the build says which version this is"
#endif

namespace weir::base {

std::string_view version() { return WEIR_VERSION; }

}  // namespace weir::base
