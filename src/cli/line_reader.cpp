#include "cli/line_reader.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir::cli {

std::optional<std::string_view> LineReader::next() {
  std::size_t end = buffer_.find('\n', scanned_);
  std::size_t after = end + 1;
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    if (!ended_ || begin_ == buffer_.size()) return std::nullopt;
    end = after = buffer_.size();
  }
  std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  begin_ = scanned_ = after;
  ++line_number_;
  return line;
}

base::Result<bool> LineReader::fill() {
  constexpr std::size_t kReadBytes = 64 * 1024;
  if (ended_) return false;
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  ssize_t n;
  do {
    n = ::read(descriptor_, buffer_.data() + size, kReadBytes);
  } while (n < 0 && errno == EINTR);
  buffer_.resize(size + static_cast<std::size_t>(n > 0 ? n : 0));
  if (n < 0) {
    return base::make_error(base::ErrorCode::kNetwork,
                            fmt::format("cannot read: {}", std::strerror(errno)));
  }
  ended_ = n == 0;
  return !ended_;
}

}  // namespace weir::cli
