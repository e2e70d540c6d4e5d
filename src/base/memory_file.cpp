#include "base/memory_file.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir::base {

Result<Descriptor> memory_file(std::string_view text) {
  Descriptor file(::memfd_create("weir", MFD_CLOEXEC));
  const auto failed = [](int error) {
    return make_error(ErrorCode::kNetwork,
                      fmt::format("cannot hold a text in memory: {}", std::strerror(error)));
  };
  if (!file) return failed(errno);
  while (!text.empty()) {
    const ssize_t n = ::write(file.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(errno);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace weir::base
