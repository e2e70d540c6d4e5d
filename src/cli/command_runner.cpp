#include "cli/command_runner.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/memory_file.hpp"
#include "client/waiting.hpp"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;
using std::chrono::milliseconds;

constexpr std::uint64_t kTimer = ~std::uint64_t{0};

base::Error system_error(std::string_view doing, int number = errno) {
  return make_error(ErrorCode::kNetwork,
                    fmt::format("cannot {}: {}", doing, std::strerror(number)));
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(variables.begin(), variables.end(),
                                      [&](const auto& each) { return each.first == name; });
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : variables) {
    if (!value.empty()) out.push_back(fmt::format("{}={}", name, value));
  }
  return out;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

CommandRunner::CommandRunner(CommandOptions options)
    : options_(std::move(options)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  WEIR_CHECK(epoll_ >= 0 && timer_ >= 0, "no descriptors");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kTimer}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event);
}

CommandRunner::~CommandRunner() {
  for (auto& [number, work] : work_) {
    if (work.handle >= 0) ::close(work.handle);
  }
  ::close(timer_);
  ::close(epoll_);
}

bool CommandRunner::idle() const {
  // What has ended behind something that waits or failed is no longer anybody's business.
  return std::none_of(work_.begin(), work_.end(), [this](const auto& entry) {
    return entry.second.pid != 0 || (!entry.second.ended && !closed_);
  });
}

Result<> CommandRunner::start(CommandInput input) {
  WEIR_CHECK(has_room(), "one command too many");
  const auto number = next_++;
  auto& work = work_
                   .emplace(number, Work{.input = std::move(input),
                                         .backoff = client::Backoff(options_.seed + number,
                                                                    options_.retry_first,
                                                                    options_.retry_max)})
                   .first->second;
  return spawn(number, work);
}

Result<> CommandRunner::spawn(std::uint64_t number, Work& work) {
  const auto pid = spawn_process(work.input);
  if (!pid) return pid.error();
  work.pid = *pid;
  work.handle = static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0));
  if (work.handle < 0) return system_error("watch a command");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = number}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, work.handle, &event) != 0) {
    return system_error("watch a command");
  }
  return {};
}

Result<pid_t> CommandRunner::spawn_process(const CommandInput& input) const {
  // A command that does not read its data holds up nobody, and one that does needs no feeding.
  const auto data = base::memory_file(input.data);
  if (!data) return data.error();
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, data->get(), STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: a Ctrl-C at the terminal comes to us alone, and goes on from here to all
  // that the command has started.
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);

  auto environment = environment_with(input.environment);
  std::vector<char*> entries;
  for (auto& entry : environment) entries.push_back(entry.data());
  entries.push_back(nullptr);
  std::string shell = "/bin/sh";
  std::string flag = "-c";
  std::string command = options_.command;
  std::array<char*, 4> arguments = {shell.data(), flag.data(), command.data(), nullptr};
  pid_t pid = 0;
  const int status =
      ::posix_spawn(&pid, shell.c_str(), &files, &attributes, arguments.data(), entries.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (status != 0) return system_error("run the command", status);
  return pid;
}

Result<> CommandRunner::reap() {
  std::uint64_t expirations = 0;
  (void)!::read(timer_, &expirations, sizeof expirations);
  for (auto& [number, work] : work_) {
    int status = 0;
    if (work.pid == 0 || ::waitpid(work.pid, &status, WNOHANG) != work.pid) continue;
    ::close(std::exchange(work.handle, -1));
    work.pid = 0;
    ended(work, status);
  }
  const auto now = Clock::now();
  for (auto& [number, work] : work_) {
    if (closed_ || work.pid != 0 || work.ended || work.due > now) continue;
    if (auto again = spawn(number, work); !again) return again;
  }
  advance();
  arm_timer();
  return {};
}

void CommandRunner::ended(Work& work, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    work.ended = true;
    return;
  }
  const auto which =
      work.input.cursor.empty() ? std::string("an ephemeral event") : work.input.cursor;
  const auto how = how_it_ended(status);
  if (closed_) {
    notes_.push_back(fmt::format("the command for {} {}", which, how));
    return;
  }
  if (work.failures++ < options_.retries) {
    const auto wait = work.backoff.after_failure();
    work.due = Clock::now() + wait;
    notes_.push_back(fmt::format("the command for {} {}; try {} of {} in {:.1f} s", which, how,
                                 work.failures + 1, options_.retries + 1,
                                 static_cast<double>(wait.count()) / 1'000));
    return;
  }
  notes_.push_back(fmt::format("the command for {} {}{}", which, how,
                               options_.skip_failed ? "; it is passed over" : ""));
  if (options_.skip_failed) {
    work.ended = true;
    return;
  }
  failed_ = true;
  close(0);
}

void CommandRunner::advance() {
  while (!work_.empty() && work_.begin()->second.ended) {
    auto& cursor = work_.begin()->second.input.cursor;
    if (!cursor.empty()) done_ = std::move(cursor);
    work_.erase(work_.begin());
  }
}

void CommandRunner::arm_timer() {
  itimerspec when{};
  if (!closed_) {
    auto next = Clock::time_point::max();
    for (const auto& [number, work] : work_) {
      if (work.pid == 0 && !work.ended) next = std::min(next, work.due);
    }
    if (next != Clock::time_point::max()) {
      const auto left = std::max<std::chrono::nanoseconds>(next - Clock::now(), milliseconds(1));
      when.it_value = {.tv_sec = left.count() / 1'000'000'000,
                       .tv_nsec = left.count() % 1'000'000'000};
    }
  }
  ::timerfd_settime(timer_, 0, &when, nullptr);
}

Result<> CommandRunner::wait(const client::Interrupt* interrupt) {
  pollfd entries[] = {{epoll_, POLLIN, 0},
                      {interrupt == nullptr ? -1 : interrupt->descriptor(), POLLIN, 0}};
  client::poll_until(entries, 2, milliseconds(-1));
  return reap();
}

void CommandRunner::close(int signal) {
  closed_ = true;
  if (signal == 0) return;
  for (const auto& [number, work] : work_) {
    if (work.pid != 0) ::kill(-work.pid, signal);
  }
}

std::vector<std::string> CommandRunner::take_notes() { return std::exchange(notes_, {}); }

}  // namespace weir::cli
