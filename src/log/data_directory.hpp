#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace weir::log {

/// The directory that one server at a time keeps its log in. Holding this is holding the lock; the
/// kernel lets go of it when the process ends, however it ends.
class DataDirectory {
 public:
  /// Makes the directory if need be. kDataDirectoryLocked says who has it and since when;
  /// kDataDirectoryUnusable what the system said.
  static base::Result<DataDirectory> open(const std::string& path, const base::Clock& clock);

  /// The process that has it, as it names itself; none if there is none or it has ended. Asks the
  /// file and the system, not the lock: a server that starts at this moment must get it.
  static std::optional<std::string> holder(const std::string& path);

  /// Whether the one who had it before ran since this machine was started: then what it gave to the
  /// kernel is there. False if unknown.
  bool same_boot() const { return same_boot_; }

  DataDirectory() = default;  ///< No directory.
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;
  ~DataDirectory();

 private:
  explicit DataDirectory(int lock) : lock_(lock) {}

  int lock_ = -1;
  bool same_boot_ = false;
};

}  // namespace weir::log
