#include "apps/workflow/effects/marked_processes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>

#include "base/descriptor.hpp"

namespace weir::apps::workflow {
namespace {

/// One that forks faster than it is found gets away.
constexpr int kLooks = 8;
/// More than execve(2) takes, unless somebody has raised the stack's limit a lot.
constexpr std::size_t kEnvironmentBytesMax = 8 << 20;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// As /proc shows it: each entry ends with a NUL. Empty where this user may not look, and of a
/// process that has ended.
std::string environment_of(pid_t pid) {
  const base::Descriptor file(
      ::open(fmt::format("/proc/{}/environ", pid).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16 * 1024> piece;
  while (file && text.size() < kEnvironmentBytesMax) {
    const ssize_t n = ::read(file.get(), piece.data(), piece.size());
    if (n <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  return text;
}

bool has_entry(const std::string& environment, const std::string& entry) {
  const std::string whole = entry + '\0';
  for (auto at = environment.find(whole); at != environment.npos;
       at = environment.find(whole, at + 1)) {
    if (at == 0 || environment[at - 1] == '\0') return true;
  }
  return false;
}

/// The handle is had before the look, so that what is killed is what was looked at.
bool kill_if_marked(pid_t pid, const std::string& entry) {
  const base::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle || !has_entry(environment_of(pid), entry)) return false;
  return ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0) == 0;
}

}  // namespace

void kill_marked(const std::string& entry) {
  for (int look = 0; look < kLooks; ++look) {
    const std::unique_ptr<DIR, CloseDirectory> processes(::opendir("/proc"));
    bool found = false;
    while (const auto* each = processes == nullptr ? nullptr : ::readdir(processes.get())) {
      if (std::isdigit(static_cast<unsigned char>(each->d_name[0])) == 0) continue;
      const auto pid = static_cast<pid_t>(std::strtol(each->d_name, nullptr, 10));
      found = kill_if_marked(pid, entry) || found;
    }
    if (!found) return;
  }
}

}  // namespace weir::apps::workflow
