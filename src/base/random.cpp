#include "base/random.hpp"

#include <sys/random.h>

#include "base/check.hpp"

namespace weir::base {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  const auto got = ::getrandom(&seed, sizeof seed, 0);
  WEIR_CHECK(got == static_cast<ssize_t>(sizeof seed), "the kernel's random generator answers");
  return seed;
}

}  // namespace weir::base
