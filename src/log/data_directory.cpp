#include "log/data_directory.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

namespace weir::log {
namespace {

using enum base::ErrorCode;

base::Error unusable(const std::string& path, int error) {
  return base::make_error(kDataDirectoryUnusable,
                          fmt::format("{}: {}", path, std::strerror(error)));
}

/// What the holder wrote about itself: "pid 17 since 2024-05-01T10:00:00Z".
std::string read_holder(int lock) {
  char text[128];
  const auto size = ::pread(lock, text, sizeof text, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "a server that is just starting" : holder;
}

/// For people only: a lock without this text is a lock all the same, so a full disk is no
/// hindrance.
void write_holder(int lock, const base::Clock& clock) {
  const std::time_t now = clock.unix_millis() / 1000;
  const auto text =
      fmt::format("pid {} since {:%Y-%m-%dT%H:%M:%SZ}\n", ::getpid(), fmt::gmtime(now));
  if (::ftruncate(lock, 0) == 0) (void)!::pwrite(lock, text.data(), text.size(), 0);
}

}  // namespace

base::Result<DataDirectory> DataDirectory::open(const std::string& path, const base::Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return base::make_error(kDataDirectoryUnusable, fmt::format("{}: {}", path, error.message()));
  const auto name = path + "/lock";
  const int lock = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return unusable(name, errno);
  DataDirectory directory(lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return unusable(name, errno);
    return base::make_error(kDataDirectoryLocked, fmt::format("{}: {}", path, read_holder(lock)));
  }
  write_holder(lock, clock);
  return directory;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : lock_(std::exchange(other.lock_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  std::swap(lock_, other.lock_);
  return *this;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace weir::log
