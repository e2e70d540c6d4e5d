#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/effects/process.hpp"
#include "base/counter.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace weir::apps::workflow {

/// How a process ended.
struct ProcessEnd {
  int exit_code = 0;
  int signal = 0;  ///< Not 0: what ended it; there is no exit code then.
};

/// The processes that run, all on one thread: what they write, when they end, and that they end.
///
/// A process has ended when its leader has. What of its group is left then is killed, and nobody
/// waits for the pipes. Where it was asked to end, or somebody has the pipes open after that, what
/// it left in other sessions is looked for, by the mark that it has inherited, and killed as well.
class Processes {
 public:
  using Clock = std::chrono::steady_clock;

  struct Handlers {
    /// Bytes as they come, of standard error where `errors`.
    std::function<void(bool errors, std::string_view bytes)> output;
    /// The last call; may start others. The process is reaped.
    std::function<void(ProcessEnd)> ended;
  };

  Processes();
  /// Kills what runs, reaps it, and calls no handler.
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  /// Begins, and gives the number that the process is known by here. Errors of `spawn`.
  base::Result<std::uint64_t> start(ProcessSpec spec, Handlers handlers);

  /// SIGTERM to the group now, SIGKILL after `grace` to what is still there. Again: nothing. A
  /// number that is not known: nothing.
  void end(std::uint64_t number, std::chrono::milliseconds grace);

  /// Readable when `step` has something to do; also when `due` is over.
  int descriptor() const { return epoll_.get(); }
  std::optional<Clock::time_point> due() const;
  /// Reads what has come, a bounded piece from each process, and takes what has ended.
  void step();

  std::size_t count() const { return running_.size(); }
  /// Groups that did not end by SIGTERM. Any thread.
  const base::Counter& killed() const { return killed_; }

 private:
  struct Running {
    Process process;
    Handlers handlers;
    std::string
        mark;  ///< The entry of its environment, and of its descendants', that no other has.
    bool ending = false;
    std::optional<Clock::time_point> kill_at;
  };

  bool watch(const base::Descriptor& descriptor, std::uint64_t key);
  bool read(Running& running, bool errors, int reads_max);
  void reap(std::uint64_t number);
  std::string make_mark();
  void kill_due();

  base::Descriptor epoll_;
  std::uint64_t next_ = 1;
  std::uint64_t run_;  ///< Of this server: processes of an earlier one have other marks.
  std::map<std::uint64_t, Running> running_;
  base::Counter killed_;
};

}  // namespace weir::apps::workflow
