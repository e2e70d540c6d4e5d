#include "log/whole_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace weir::log {
namespace {

base::Error failed(const std::string& path, int error) {
  const auto code =
      error == ENOSPC ? base::ErrorCode::kStorageFull : base::ErrorCode::kBackupFailed;
  return base::make_error(code, fmt::format("{}: {}", path, std::strerror(error)));
}

base::Result<> sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path(path).parent_path().string();
  if (directory.empty()) directory = ".";
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failed(directory, errno);
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0) return failed(directory, error);
  return {};
}

}  // namespace

base::Result<WholeFile> WholeFile::create(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return failed(path, EEXIST);
  auto partial = path + ".partial";
  // Events may be private: nobody else reads them.
  const int descriptor = ::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed(partial, errno);
  WholeFile file(partial, descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    // It is the other one's.
    ::close(std::exchange(file.descriptor_, -1));
    return base::make_error(base::ErrorCode::kBackupFailed,
                            fmt::format("{} is being written by another process", partial));
  }
  // What an attempt that was killed has left.
  if (::ftruncate(descriptor, 0) != 0) return failed(partial, errno);
  return file;
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : partial_(std::move(other.partial_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

WholeFile::~WholeFile() {
  if (descriptor_ < 0) return;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
    ::unlink((partial_ + suffix).c_str());
  }
  ::close(descriptor_);
}

base::Result<> WholeFile::sync() {
  if (::fdatasync(descriptor_) != 0) return failed(partial_, errno);
  return {};
}

base::Result<> WholeFile::publish(const std::string& path) {
  if (::fsync(descriptor_) != 0) return failed(partial_, errno);
  if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    return failed(path, errno);
  }
  ::close(std::exchange(descriptor_, -1));
  return sync_directory_of(path);
}

}  // namespace weir::log
