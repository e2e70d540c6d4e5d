#include "common/fatal.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace weir::bench {

void fatal(const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, message.c_str());
  std::exit(2);
}

void fatal_errno(const std::string& what) { fatal(what + ": " + std::strerror(errno)); }

}  // namespace weir::bench
