#include "api/client_ids.hpp"

#include <fmt/format.h>

namespace weir::api {

std::string ClientIds::next() {
  const auto high = (random_.next() & 0xffffffffffff0fff) | 0x4000;
  const auto low = (random_.next() & 0x3fffffffffffffff) | 0x8000000000000000;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

}  // namespace weir::api
