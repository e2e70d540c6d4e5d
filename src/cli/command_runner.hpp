#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "client/backoff.hpp"
#include "client/interrupt.hpp"

namespace weir::cli {

struct CommandOptions {
  std::string command;        ///< For `/bin/sh -c`.
  std::uint32_t jobs = 1;     ///< So many at a time; with one, in the order of the events.
  std::uint32_t retries = 0;  ///< So many more tries after a status that is not 0.
  bool skip_failed = false;   ///< A command that fails for good is passed over; else it is the end.
  std::chrono::milliseconds retry_first{1'000};  ///< The first wait's bound; doubles.
  std::chrono::milliseconds retry_max{30'000};
  std::uint64_t seed = base::random_seed();
};

/// What a command is run for.
struct CommandInput {
  std::string data;    ///< Its standard input.
  std::string cursor;  ///< "" for an ephemeral event, which no cursor stands for.
  /// Variables of its environment; those of the same name that are inherited give way, and ones
  /// without a value are not set.
  std::vector<std::pair<std::string, std::string>> environment;
};

/// Runs a command for each event, each in a process group of its own, and knows up to which cursor
/// all of them have succeeded. Never blocks but in `wait`. Linux only (pidfd, memfd). One thread.
class CommandRunner {
 public:
  explicit CommandRunner(CommandOptions options);
  /// Does not wait: call `wait` until `idle`.
  ~CommandRunner();
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  bool has_room() const { return !closed_ && work_.size() < options_.jobs; }
  bool idle() const;
  /// Whether a command failed for good, so that nothing more is started.
  bool failed() const { return failed_; }

  /// Begins; `has_room` must be true. kNetwork with the system's words when no process can be had.
  base::Result<> start(CommandInput input);

  /// Readable when `reap` has something to do.
  int descriptor() const { return epoll_; }
  /// Takes what has ended, and starts what is due to be tried again.
  base::Result<> reap();
  /// Waits until `descriptor` is readable, or the interrupt (may be null) is triggered, and reaps.
  base::Result<> wait(const client::Interrupt* interrupt);

  /// Starts nothing more, not even what would be tried again; passes `signal` (0: none) on to the
  /// process groups of what runs.
  void close(int signal);

  /// Where the events begin; before the first `start`.
  void begin_at(std::string cursor) { done_ = std::move(cursor); }
  /// Everything up to here has succeeded (or was passed over); "" while nothing says so.
  const std::string& done() const { return done_; }
  bool started_any() const { return next_ > 0; }

  /// Notes for a person since the last call: failures, one line each.
  std::vector<std::string> take_notes();

 private:
  using Clock = std::chrono::steady_clock;

  struct Work {
    CommandInput input;
    client::Backoff backoff;
    std::uint32_t failures = 0;
    pid_t pid = 0;  ///< 0: waits to be tried again at `due`, or has ended.
    int handle = -1;
    Clock::time_point due{};
    bool ended = false;
  };

  base::Result<> spawn(std::uint64_t number, Work& work);
  base::Result<pid_t> spawn_process(const CommandInput& input) const;
  void ended(Work& work, int status);
  void advance();
  void arm_timer();

  CommandOptions options_;
  int epoll_;
  int timer_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Work> work_;  ///< In the order of the events.
  std::string done_;
  bool closed_ = false;
  bool failed_ = false;
  std::vector<std::string> notes_;
};

}  // namespace weir::cli
