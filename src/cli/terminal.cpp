#include "cli/terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/result.hpp"

namespace weir::cli {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }

bool stderr_is_terminal() {
  if (isatty(STDERR_FILENO) != 1 || std::getenv("NO_COLOR") != nullptr) return false;
  const char* const term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) != "dumb";
}

std::string printable(std::string_view text, bool keep_layout) {
  std::string out(text);
  for (char& c : out) {
    if (keep_layout && (c == '\n' || c == '\t')) continue;
    if (is_control(c)) c = ' ';
  }
  return out;
}

void print_error(std::string_view text) { fmt::print(stderr, "weir: {}\n", printable(text)); }

std::string describe(const base::Error& error) {
  using base::ErrorCode;
  const bool detail_says_all = error.code == ErrorCode::kUsage ||
                               error.code == ErrorCode::kBadConfiguration ||
                               error.code == ErrorCode::kNetwork;
  return detail_says_all && !error.detail.empty() ? error.detail : error.message();
}

base::Error usage(std::string detail) {
  return base::make_error(base::ErrorCode::kUsage, std::move(detail));
}

int fail(const base::Error& error) {
  print_error(describe(error));
  const bool usage =
      error.code == base::ErrorCode::kUsage || error.code == base::ErrorCode::kBadConfiguration;
  return usage ? kBadUsage : kFailure;
}

Output write_stdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EPIPE) return Output::kClosed;
    if (n < 0) {
      print_error(fmt::format("cannot write: {}", std::strerror(errno)));
      return Output::kFailed;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return Output::kWritten;
}

int print(std::string_view text) {
  return write_stdout(text) == Output::kFailed ? kFailure : kSuccess;
}

}  // namespace weir::cli
