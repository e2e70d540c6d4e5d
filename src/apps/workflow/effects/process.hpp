#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

/// A user of the system that a command runs as.
struct SystemUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
  bool change = false;  ///< It is not who the server runs as.
};

/// The user of that name; "" is who the server runs as. kBadRequest where there is none, or where
/// this server cannot become that user. May read the system's user database, which may be slow.
base::Result<SystemUser> system_user(const std::string& name);

/// What a process may have (setrlimit(2)); 0: as the server itself. Core files are never written.
struct ProcessLimits {
  std::uint64_t cpu_seconds = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t files = 0;
  std::uint64_t processes = 0;
};

struct ProcessSpec {
  std::vector<std::string> arguments;    ///< The first is the program: its path.
  std::vector<std::string> environment;  ///< "NAME=value"; there is nothing else.
  std::string directory = "/";
  std::string script;  ///< Not empty: a file with this text is open as kScriptDescriptor.
  SystemUser user;
  ProcessLimits limits;
};

inline constexpr int kScriptDescriptor = 3;
inline constexpr std::string_view kScriptPath = "/proc/self/fd/3";

/// A process that runs, with its ends of what it writes to.
struct Process {
  pid_t pid = 0;            ///< Also of its session and its group.
  base::Descriptor handle;  ///< A pidfd: readable once it has ended.
  base::Descriptor output;  ///< What it writes to standard output; does not block.
  base::Descriptor errors;
};

/// Starts a process as the leader of a session of its own, without a terminal, with an empty
/// standard input and with every signal as it is by default. It gets no descriptor but those named
/// here. When the thread that calls this ends, the kernel kills the process. kNetwork, kBadRequest
/// where program or directory are the reason, with the system's words. Blocks until the program is
/// loaded.
base::Result<Process> spawn(const ProcessSpec& spec);

/// The path of a program as execvp(3) finds it, in the directories of `path`; "" if it is nowhere.
std::string find_program(const std::string& name, std::string_view path);

}  // namespace weir::apps::workflow
