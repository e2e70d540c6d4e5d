#include "server/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace weir::server {
namespace {

/// A descriptor that is closed with its scope.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      // Not blocking, should somebody have put a pipe there.
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ >= 0 && (::fstat(descriptor_, &status_) != 0 || !S_ISREG(status_.st_mode))) {
      ::close(std::exchange(descriptor_, -1));
    }
  }
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  explicit operator bool() const { return descriptor_ >= 0; }
  off_t size() const { return status_.st_size; }
  ino_t inode() const { return status_.st_ino; }

  std::string read(off_t offset, std::size_t bytes) const {
    std::string text(bytes, '\0');
    const auto got = ::pread(descriptor_, text.data(), text.size(), offset);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

 private:
  int descriptor_;
  struct stat status_{};
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, std::min(end, LogFile::kLineBytesMax));
    if (!line.empty()) lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

LogFile::LogFile(std::string path) : path_(std::move(path)) {
  const OpenFile file(path_);
  if (!file) return;
  inode_ = file.inode();
  // Back to the start of a line that is being written.
  const auto back = std::min<off_t>(file.size(), kReadBytesMax);
  const auto text = file.read(file.size() - back, static_cast<std::size_t>(back));
  const auto line_end = text.rfind('\n');
  const auto unfinished = line_end == text.npos ? text.size() : text.size() - line_end - 1;
  offset_ = file.size() - static_cast<off_t>(unfinished);
}

std::vector<std::string> LogFile::last_lines(std::size_t count) const {
  const OpenFile file(path_);
  if (!file || file.inode() != inode_) return {};
  const auto back = std::min<off_t>(offset_, kReadBytesMax);
  auto text = file.read(offset_ - back, static_cast<std::size_t>(back));
  // What was cut in two at the front is no line.
  if (back < offset_) text.erase(0, text.find('\n') + 1);
  auto lines = split(text);
  if (lines.size() > count)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

std::vector<std::string> LogFile::read_new() {
  const OpenFile file(path_);
  if (!file) return {};
  if (file.inode() != inode_ || file.size() < offset_) {
    inode_ = file.inode();
    offset_ = 0;
  }
  if (file.size() == offset_) return {};
  const auto text = file.read(offset_, kReadBytesMax);
  const auto line_end = text.rfind('\n');
  if (line_end == text.npos && text.size() < kReadBytesMax) return {};  // The line is not finished.
  const auto whole = line_end == text.npos ? text.size() : line_end + 1;
  offset_ += static_cast<off_t>(whole);
  return split(std::string_view(text).substr(0, whole));
}

}  // namespace weir::server
