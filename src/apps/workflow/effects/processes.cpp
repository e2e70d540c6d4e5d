#include "apps/workflow/effects/processes.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "apps/workflow/effects/marked_processes.hpp"
#include "base/check.hpp"
#include "base/random.hpp"

namespace weir::apps::workflow {
namespace {

// What an epoll event is about stands in the last two bits of its key.
enum Which : std::uint64_t { kHandle = 0, kOutput = 1, kErrors = 2 };
constexpr std::uint64_t kWhichBits = 2;
constexpr std::uint64_t kWhichMask = 3;

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr int kReadsPerStep = 4;
// More than a pipe holds: what is there when a process has ended is read, also while something
// that has escaped goes on writing.
constexpr int kReadsAtEnd = 32;

/// Until its leader is reaped the number cannot stand for another group.
void signal_group(const Process& process, int signal) { ::kill(-process.pid, signal); }

ProcessEnd how_it_ended(pid_t pid) {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  // Where a host program has taken it away from us nobody knows any more.
  if (reaped != pid) return {.exit_code = 255};
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.exit_code = WEXITSTATUS(status)};
}

}  // namespace

Processes::Processes() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), run_(base::random_seed()) {
  WEIR_CHECK(epoll_, "no descriptors");
}

Processes::~Processes() {
  for (auto& [number, running] : running_) signal_group(running.process, SIGKILL);
  for (auto& [number, running] : running_) kill_marked(running.mark);
  for (auto& [number, running] : running_) how_it_ended(running.process.pid);
}

bool Processes::watch(const base::Descriptor& descriptor, std::uint64_t key) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event) == 0;
}

std::string Processes::make_mark() { return fmt::format("WEIR_COMMAND={:016x}.{}", run_, next_); }

base::Result<std::uint64_t> Processes::start(ProcessSpec spec, Handlers handlers) {
  auto mark = make_mark();
  spec.environment.push_back(mark);
  auto process = spawn(spec);
  if (!process) return process.error();
  const auto number = next_++;
  const auto key = number << kWhichBits;
  if (!watch(process->handle, key | kHandle) || !watch(process->output, key | kOutput) ||
      !watch(process->errors, key | kErrors)) {
    auto error = base::make_error(base::ErrorCode::kNetwork,
                                  fmt::format("cannot watch a process: {}", std::strerror(errno)));
    signal_group(*process, SIGKILL);
    how_it_ended(process->pid);
    return error;
  }
  running_.emplace(number,
                   Running{std::move(*process), std::move(handlers), std::move(mark), false, {}});
  return number;
}

void Processes::end(std::uint64_t number, std::chrono::milliseconds grace) {
  const auto found = running_.find(number);
  if (found == running_.end() || std::exchange(found->second.ending, true)) return;
  found->second.kill_at = Clock::now() + grace;
  signal_group(found->second.process, SIGTERM);
  // What is stopped hears of nothing but SIGKILL and this.
  signal_group(found->second.process, SIGCONT);
}

std::optional<Processes::Clock::time_point> Processes::due() const {
  std::optional<Clock::time_point> first;
  for (const auto& [number, running] : running_) {
    if (running.kill_at && (!first || *running.kill_at < *first)) first = running.kill_at;
  }
  return first;
}

void Processes::kill_due() {
  const auto now = Clock::now();
  for (auto& [number, running] : running_) {
    if (!running.kill_at || *running.kill_at > now) continue;
    running.kill_at.reset();
    killed_.add();
    signal_group(running.process, SIGKILL);
  }
}

/// False once there is nothing more to come, or nothing now.
bool Processes::read(Running& running, bool errors, int reads_max) {
  auto& from = errors ? running.process.errors : running.process.output;
  std::array<char, kPieceBytes> piece;
  for (int reads = 0; from && reads < reads_max; ++reads) {
    const ssize_t n = ::read(from.get(), piece.data(), piece.size());
    if (n > 0) {
      running.handlers.output(errors, {piece.data(), static_cast<std::size_t>(n)});
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return false;
    // Its end: by closing it is off the watch, too, which would tell of it for ever.
    from.reset();
    return false;
  }
  return static_cast<bool>(from);
}

void Processes::step() {
  kill_due();
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const auto key = events[static_cast<std::size_t>(i)].data.u64;
    const auto number = key >> kWhichBits;
    const auto found = running_.find(number);
    if (found == running_.end()) continue;
    if ((key & kWhichMask) == kHandle) {
      reap(number);
    } else {
      read(found->second, (key & kWhichMask) == kErrors, kReadsPerStep);
    }
  }
}

void Processes::reap(std::uint64_t number) {
  auto node = running_.extract(number);
  Running& running = node.mapped();
  signal_group(running.process, SIGKILL);
  for (const bool errors : {false, true}) read(running, errors, kReadsAtEnd);
  const bool held = running.process.output || running.process.errors;
  if (running.ending || held) kill_marked(running.mark);
  const auto end = how_it_ended(running.process.pid);
  running.handlers.ended(end);
}

}  // namespace weir::apps::workflow
