#include "base/small_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir::base {
namespace {

Error bad(const std::string& path, std::string_view what) {
  return make_error(ErrorCode::kBadConfiguration, fmt::format("{}: {}", path, what));
}

Error failed(const std::string& path, int error = errno) { return bad(path, std::strerror(error)); }

/// Closes the descriptor of an open file at its end.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int get() const { return descriptor_; }
  bool open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

bool write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(descriptor) == 0;
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return failed(path);
  std::string text;
  for (;;) {
    constexpr std::size_t kPiece = 64 * 1024;
    const auto size = text.size();
    text.resize(size + kPiece);
    const ssize_t n = ::read(file.get(), text.data() + size, kPiece);
    const int error = errno;
    text.resize(size + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n < 0 && error == EINTR) continue;
    if (n < 0) return failed(path, error);
    if (n == 0) return text;
    if (text.size() > bytes_max) return bad(path, fmt::format("has more than {} bytes", bytes_max));
  }
}

Result<bool> create_secret_file(const std::string& path, std::string_view text) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.open() && errno == EEXIST) return false;
  if (!file.open()) return failed(path);
  if (write_whole(file.get(), text)) return true;
  const int error = errno;
  ::unlink(path.c_str());
  return failed(path, error);
}

Result<> replace_file(const std::string& path, std::string_view text) {
  struct stat old{};
  const bool exists = ::stat(path.c_str(), &old) == 0;
  if (!exists && errno != ENOENT) return failed(path);
  auto fresh = path + ".XXXXXX";
  const File file(::mkostemp(fresh.data(), O_CLOEXEC));  // Its owner's alone.
  if (!file.open()) return failed(path);
  const bool taken_over = !exists || (::fchown(file.get(), old.st_uid, old.st_gid) == 0 &&
                                      ::fchmod(file.get(), old.st_mode & 0777) == 0);
  if (taken_over && write_whole(file.get(), text) && ::rename(fresh.c_str(), path.c_str()) == 0) {
    return {};
  }
  const int error = errno;
  ::unlink(fresh.c_str());
  return failed(path, error);
}

Result<> check_private(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return failed(path);
  if (S_ISREG(found.st_mode) && (found.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return bad(path, fmt::format("everybody on this machine may {} it (mode {:04o}): chmod o-rw it",
                                 (found.st_mode & S_IWOTH) != 0 ? "change" : "read",
                                 found.st_mode & 07777));
  }
  return {};
}

}  // namespace weir::base
