#include "cli/password.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/line_reader.hpp"
#include "cli/terminal.hpp"

namespace weir::cli {
namespace {

// What a signal's handler has to put back.
termios shown;

/// Ends the program as the signal would have, with the terminal as it was.
extern "C" void restore_and_end(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// The terminal does not show what is typed, for as long as this object lives.
class Hidden {
 public:
  Hidden() {
    ::tcgetattr(STDIN_FILENO, &shown);
    struct sigaction action{};
    action.sa_handler = restore_and_end;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &action, &before_[i]);
    }
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~Hidden() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
  }
  Hidden(const Hidden&) = delete;
  Hidden& operator=(const Hidden&) = delete;

 private:
  static constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
};

base::Result<std::string> read_line(LineReader& reader) {
  for (;;) {
    if (const auto line = reader.next()) return std::string(*line);
    const auto more = reader.fill();
    if (!more) return more.error();
    if (*more) continue;
    const auto last = reader.next();
    return last ? std::string(*last) : std::string();
  }
}

void ask(std::string_view text) {
  fmt::print(stderr, "{}", text);
  std::fflush(stderr);
}

base::Result<std::string> read_hidden(LineReader& reader) {
  const Hidden hidden;
  ask("Password: ");
  auto password = read_line(reader);
  if (!password) return password;
  ask("The same again: ");
  const auto again = read_line(reader);
  if (!again) return again;
  if (*again != *password) return usage("the two passwords differ");
  return password;
}

}  // namespace

base::Result<std::string> read_password() {
  LineReader reader(STDIN_FILENO);
  auto password = ::isatty(STDIN_FILENO) == 1 ? read_hidden(reader) : read_line(reader);
  if (!password) return password;
  const bool control = std::any_of(password->begin(), password->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control) return usage("the password holds control characters");
  if (password->empty()) {
    return usage("no password was given: type it, or give it on standard input");
  }
  return password;
}

}  // namespace weir::cli
