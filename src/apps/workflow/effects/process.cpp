#include "apps/workflow/effects/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/memory_file.hpp"

namespace weir::apps::workflow {
namespace {

using base::Descriptor;
using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;

/// What the new process was doing when the system refused.
enum class Step : int { kSetUp, kLimits, kUser, kDirectory, kProgram };
struct Failure {
  Step step;
  int error;
};

/// Everything that the child needs, made before it exists: it shares the memory of this process,
/// in which locks may be held by threads that it does not have.
struct Plan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  const SystemUser* user;
  const ProcessLimits* limits;
  int input;
  int output;
  int errors;
  int script;  ///< Or -1.
  int report;
  pid_t parent;
};

bool limit(int resource, std::uint64_t value) {
  if (value == 0 && resource != RLIMIT_CORE) return true;
  rlimit now{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &now) != 0) return false;
  // More than the server may have itself cannot be had.
  if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
  const rlimit wanted{value, value};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &wanted) == 0;
}

[[noreturn]] void give_up(const Plan& plan, Step step) {
  const Failure failure{step, errno};
  (void)!::write(plan.report, &failure, sizeof failure);
  ::_exit(127);
}

/// Glibc's own calls tell all threads of the process, which are the server's.
bool become(const SystemUser& user) {
  return ::syscall(SYS_setgroups, std::size_t{1}, &user.gid) == 0 &&
         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

/// Runs between vfork and exec (signal-safety(7)): system calls only, and nothing of the memory is
/// changed but this stack.
[[noreturn]] void run_child(const Plan& plan) {
  // The server's handlers must not run here.
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  if (::setsid() < 0) give_up(plan, Step::kSetUp);
  if (::dup2(plan.input, STDIN_FILENO) < 0 || ::dup2(plan.output, STDOUT_FILENO) < 0 ||
      ::dup2(plan.errors, STDERR_FILENO) < 0) {
    give_up(plan, Step::kSetUp);
  }
  if (plan.script >= 0 && ::dup2(plan.script, kScriptDescriptor) < 0) give_up(plan, Step::kSetUp);
  // Whatever else is open closes at exec, also what somebody else in this process opened
  // carelessly.
  const unsigned first = plan.script >= 0 ? kScriptDescriptor + 1 : STDERR_FILENO + 1;
  ::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);

  const auto& limits = *plan.limits;
  if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_CPU, limits.cpu_seconds) ||
      !limit(RLIMIT_AS, limits.memory_bytes) || !limit(RLIMIT_FSIZE, limits.file_bytes) ||
      !limit(RLIMIT_NOFILE, limits.files) || !limit(RLIMIT_NPROC, limits.processes)) {
    give_up(plan, Step::kLimits);
  }
  if (plan.user->change && !become(*plan.user)) give_up(plan, Step::kUser);
  // Changing the user clears it. A server that is gone already cannot tell.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);
  if (::chdir(plan.directory) != 0) give_up(plan, Step::kDirectory);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.arguments, plan.environment);
  give_up(plan, Step::kProgram);
}

/// The child is this thread with another number until it has its own program. No signal may come
/// meanwhile.
[[gnu::noinline]] pid_t start_child(const Plan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::vfork();
  if (pid == 0) run_child(plan);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

struct Pipe {
  Descriptor read;
  Descriptor write;

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return true;
  }
};

/// Not one of those that the child's own come to lie on.
bool lift(Descriptor& descriptor) {
  constexpr int kFirstFree = kScriptDescriptor + 1;
  if (descriptor.get() >= kFirstFree) return true;
  const int lifted = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kFirstFree);
  if (lifted < 0) return false;
  descriptor.reset(lifted);
  return true;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

Error system_error(std::string_view doing, int error = errno) {
  return make_error(ErrorCode::kNetwork, fmt::format("cannot {}: {}", doing, std::strerror(error)));
}

Error explained(const Failure& failure, const ProcessSpec& spec) {
  const auto bad = [&](std::string_view doing, std::string_view what) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("cannot {} {}: {}", doing, what, std::strerror(failure.error)));
  };
  switch (failure.step) {
    case Step::kDirectory:
      return bad("work in", spec.directory);
    case Step::kProgram:
      // Too many processes, or too little memory, may be otherwise the next time.
      if (failure.error == EAGAIN || failure.error == ENOMEM) break;
      return bad("run", spec.arguments.front());
    case Step::kUser:
      return bad("become", fmt::format("user {}", spec.user.uid));
    case Step::kLimits:
      return system_error("set the limits of a command", failure.error);
    case Step::kSetUp:
      break;
  }
  return system_error("start a process", failure.error);
}

}  // namespace

Result<SystemUser> system_user(const std::string& name) {
  std::array<char, 16 * 1024> buffer;
  passwd entry{};
  passwd* found = nullptr;
  const uid_t own = ::geteuid();
  const int status = name.empty()
                         ? ::getpwuid_r(own, &entry, buffer.data(), buffer.size(), &found)
                         : ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    // Who the server runs as need not be in the database.
    if (name.empty()) return SystemUser{.uid = own, .gid = ::getegid(), .home = "/"};
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("there is no user \"{}\" on this machine{}", name,
                                  status == 0 ? "" : fmt::format(": {}", std::strerror(status))));
  }
  SystemUser user{.uid = entry.pw_uid, .gid = entry.pw_gid, .home = entry.pw_dir};
  user.change = user.uid != own;
  if (user.change && own != 0) {
    return make_error(ErrorCode::kBadRequest,
                      fmt::format("commands cannot run as \"{}\": only a server that runs as root "
                                  "can change its user",
                                  name));
  }
  return user;
}

std::string find_program(const std::string& name, std::string_view path) {
  if (name.find('/') != std::string::npos) return name;
  while (!path.empty()) {
    const auto directory = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), directory.size() + 1));
    if (!directory.starts_with('/')) continue;
    auto candidate = fmt::format("{}/{}", directory, name);
    struct stat found{};
    if (::stat(candidate.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
        (found.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0) {
      return candidate;
    }
  }
  return {};
}

Result<Process> spawn(const ProcessSpec& spec) {
  Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Pipe output;
  Pipe errors;
  Pipe report;
  if (!input || !output.open() || !errors.open() || !report.open()) {
    return system_error("make a pipe");
  }
  Descriptor script;
  if (!spec.script.empty()) {
    auto file = base::memory_file(spec.script);
    if (!file) return file.error();
    script = std::move(*file);
    if (!lift(script)) return system_error("make a pipe");
  }
  for (auto* each : {&input, &output.write, &errors.write, &report.write}) {
    if (!lift(*each)) return system_error("make a pipe");
  }
  const auto arguments = pointers(spec.arguments);
  const auto environment = pointers(spec.environment);
  const Plan plan{.program = spec.arguments.front().c_str(),
                  .arguments = arguments.data(),
                  .environment = environment.data(),
                  .directory = spec.directory.c_str(),
                  .user = &spec.user,
                  .limits = &spec.limits,
                  .input = input.get(),
                  .output = output.write.get(),
                  .errors = errors.write.get(),
                  .script = script.get(),
                  .report = report.write.get(),
                  .parent = ::getpid()};
  const pid_t pid = start_child(plan);
  if (pid < 0) return system_error("start a process");
  report.write.reset();
  Failure failure{};
  ssize_t n = 0;
  do {
    n = ::read(report.read.get(), &failure, sizeof failure);
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof failure)) {
    ::waitpid(pid, nullptr, 0);
    return explained(failure, spec);
  }
  Process process{.pid = pid,
                  .handle = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
                  .output = std::move(output.read),
                  .errors = std::move(errors.read)};
  if (!process.handle) {
    const auto error = system_error("watch a process");
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return error;
  }
  for (const auto* end : {&process.output, &process.errors}) {
    ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  }
  return process;
}

}  // namespace weir::apps::workflow
