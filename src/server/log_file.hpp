#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace weir::server {

/// Follows a text file as it grows, by looking when asked. A file that was replaced or cut short
/// (rotated) is read from its start; one that does not exist or may not be read has no lines, and
/// may appear later.
///
/// One thread. Holds no descriptor between calls.
class LogFile {
 public:
  static constexpr std::size_t kReadBytesMax = 64 * 1024;
  static constexpr std::size_t kLineBytesMax = 4 * 1024;

  /// Follows what is appended from now on.
  explicit LogFile(std::string path);

  const std::string& path() const { return path_; }

  /// The newest whole lines before the place where `read_new` goes on, oldest first; at most
  /// `count`, of the last kReadBytesMax bytes.
  std::vector<std::string> last_lines(std::size_t count) const;
  /// The whole lines that were appended since the last call, of at most kReadBytesMax bytes: what
  /// is beyond comes with the next call. Empty lines are left out, and long ones cut to
  /// kLineBytesMax.
  std::vector<std::string> read_new();

 private:
  std::string path_;
  ino_t inode_ = 0;
  off_t offset_ = 0;  ///< The start of the first line that was not yet read.
};

}  // namespace weir::server
