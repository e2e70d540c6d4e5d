#include "apps/workflow/effects/marked_processes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "base/descriptor.hpp"

namespace weir::apps::workflow {
namespace {

/// One that forks faster than it is found gets away.
constexpr int kLooks = 8;
/// How often it is waited for processes that are in the midst of execve(2), and how long: theirs
/// takes microseconds, unless others have the processor.
constexpr int kWaits = 50;
constexpr std::chrono::milliseconds kWait{1};
/// More than execve(2) takes, unless somebody has raised the stack's limit a lot.
constexpr std::size_t kEnvironmentBytesMax = 8 << 20;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// A file of /proc; none where this user may not look, or where the process has ended.
std::optional<std::string> read_of(pid_t pid, std::string_view name, std::size_t bytes_max) {
  const base::Descriptor file(
      ::open(fmt::format("/proc/{}/{}", pid, name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 16 * 1024> piece;
  while (text.size() < bytes_max) {
    const ssize_t n = ::read(file.get(), piece.data(), piece.size());
    if (n <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  return text;
}

/// Whether a process that has shown no environment has one all the same: execve(2) had given it a
/// new address space then and not filled it yet. proc(5), /proc/pid/stat: vsize (23), which is 0 of
/// what has ended and of the kernel's own, env_start (50) and env_end (51), counted from the state
/// (3), which follows the name in parentheses.
bool is_replaced(pid_t pid) {
  constexpr std::size_t kVsize = 23 - 3;
  constexpr std::size_t kEnvStart = 50 - 3;
  const auto stat = read_of(pid, "stat", 4096);
  const auto name_end = stat ? stat->rfind(") ") : std::string::npos;
  if (name_end == std::string::npos) return false;
  std::istringstream fields(stat->substr(name_end + 2));
  const std::vector<std::string> values(std::istream_iterator<std::string>(fields), {});
  if (values.size() <= kEnvStart + 1 || values[kVsize] == "0") return false;
  const auto& start = values[kEnvStart];
  return start == "0" || start != values[kEnvStart + 1];
}

bool has_entry(const std::string& environment, const std::string& entry) {
  const std::string whole = entry + '\0';
  for (auto at = environment.find(whole); at != environment.npos;
       at = environment.find(whole, at + 1)) {
    if (at == 0 || environment[at - 1] == '\0') return true;
  }
  return false;
}

enum class Seen { kOther, kKilled, kUnknown };

/// The handle is had before the look, so that what is killed is what was looked at.
Seen kill_if_marked(pid_t pid, const std::string& entry) {
  const base::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const auto environment =
      handle ? read_of(pid, "environ", kEnvironmentBytesMax) : std::optional<std::string>();
  if (!environment) return Seen::kOther;
  if (environment->empty() && is_replaced(pid)) return Seen::kUnknown;
  if (!has_entry(*environment, entry)) return Seen::kOther;
  const auto sent = ::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
  return sent == 0 ? Seen::kKilled : Seen::kOther;
}

struct Look {
  bool found = false;
  bool unsure = false;
};

Look look_at_all(const std::string& entry) {
  Look look;
  const std::unique_ptr<DIR, CloseDirectory> processes(::opendir("/proc"));
  while (const auto* each = processes == nullptr ? nullptr : ::readdir(processes.get())) {
    if (std::isdigit(static_cast<unsigned char>(each->d_name[0])) == 0) continue;
    const auto seen =
        kill_if_marked(static_cast<pid_t>(std::strtol(each->d_name, nullptr, 10)), entry);
    look.found |= seen == Seen::kKilled;
    look.unsure |= seen == Seen::kUnknown;
  }
  return look;
}

}  // namespace

void kill_marked(const std::string& entry) {
  int looks = 0;
  int waits = 0;
  while (looks < kLooks && waits < kWaits) {
    const auto look = look_at_all(entry);
    if (look.found) {
      ++looks;
    } else if (look.unsure) {
      ++waits;
      std::this_thread::sleep_for(kWait);
    } else {
      return;
    }
  }
}

}  // namespace weir::apps::workflow
