#pragma once

#include <string>

#include "base/result.hpp"

namespace weir::log {

/// A file that gets its name only when it is complete: until `publish` it is `path`.partial, and
/// goes with this object. Who else writes the same is refused. One thread.
class WholeFile {
 public:
  /// kBackupFailed when there is such a file, or another process is writing it.
  static base::Result<WholeFile> create(const std::string& path);
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  ~WholeFile();

  const std::string& partial() const { return partial_; }
  /// Brings what was written so far to the disk, without what is known of the file.
  base::Result<> sync();
  /// Syncs it, and gives it the name, which is then on the disk, too. Never replaces a file.
  base::Result<> publish(const std::string& path);

 private:
  WholeFile(std::string partial, int descriptor)
      : partial_(std::move(partial)), descriptor_(descriptor) {}

  std::string partial_;
  int descriptor_;
};

}  // namespace weir::log
