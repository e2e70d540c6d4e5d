#include "log/data_directory.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
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

std::string read_all(int file) {
  char text[256];
  const auto size = ::pread(file, text, sizeof text, 0);
  return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

/// What the holder wrote about itself: "pid 17 since 2024-05-01T10:00:00Z". A second line says when
/// the machine was started.
std::string read_holder(int lock) {
  const auto text = read_all(lock);
  const auto holder = text.substr(0, text.find('\n'));
  return holder.empty() ? "a server that is just starting" : holder;
}

/// A line that names this run of the machine; empty if the system does not say.
std::string boot_line() {
  const int file = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const auto id = read_all(file);
  ::close(file);
  return id.empty() ? id : "boot " + id;
}

/// A lock without this text is a lock all the same, so a full disk is no hindrance.
void write_holder(int lock, const std::string& boot, const base::Clock& clock) {
  const std::time_t now = clock.unix_millis() / 1000;
  const auto text =
      fmt::format("pid {} since {:%Y-%m-%dT%H:%M:%SZ}\n{}", ::getpid(), fmt::gmtime(now), boot);
  if (::ftruncate(lock, 0) == 0) (void)!::pwrite(lock, text.data(), text.size(), 0);
}

}  // namespace

base::Result<DataDirectory> DataDirectory::open(const std::string& path, const base::Clock& clock) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  // Events may be private. Of a directory that was there its owner has decided.
  if (made) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
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
  const auto boot = boot_line();
  directory.same_boot_ = !boot.empty() && read_all(lock).ends_with('\n' + boot);
  write_holder(lock, boot, clock);
  return directory;
}

std::optional<std::string> DataDirectory::holder(const std::string& path) {
  const int lock = ::open((path + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return std::nullopt;
  const auto text = read_all(lock);
  ::close(lock);
  const auto boot = boot_line();
  if (boot.empty() || !text.ends_with('\n' + boot)) return std::nullopt;
  int pid = 0;
  if (std::sscanf(text.c_str(), "pid %d ", &pid) != 1 || pid <= 0) return std::nullopt;
  // The file stays when a server ends, and names nobody then who is alive.
  if (::kill(pid, 0) != 0 && errno == ESRCH) return std::nullopt;
  return text.substr(0, text.find('\n'));
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : lock_(std::exchange(other.lock_, -1)), same_boot_(other.same_boot_) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  std::swap(lock_, other.lock_);
  std::swap(same_boot_, other.same_boot_);
  return *this;
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace weir::log
