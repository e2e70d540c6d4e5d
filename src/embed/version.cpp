#include <weir/version.hpp>

#include <string>

#include "base/version.hpp"

namespace weir {

const char* version() {
  static const std::string text(base::version());
  return text.c_str();
}

}  // namespace weir
