#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/command_runner.hpp"
#include "cli/server_options.hpp"
#include "client/event_source.hpp"

namespace weir::cli {

struct SubscriptionOptions {
  ServerOptions server;
  std::vector<std::string> topics;
  std::vector<std::string> match;
  std::string after;       ///< A cursor, "earliest", "latest" or "".
  std::uint64_t last = 0;  ///< The newest so many first.
  bool json = false;
  std::uint64_t count = 0;  ///< The end after so many events; 0: no end.
  std::string state;        ///< A file that keeps the cursor.
  bool wait = false;        ///< The server may come later.
  CommandOptions exec;      ///< With a command, it gets the events instead of standard output.
};

/// What `weir sub` does with a stream's events: text for standard output, notes for standard error,
/// and the cursor that a restart resumes at. Does no I/O itself, so that it can be tested. One
/// thread.
class Subscription {
 public:
  /// `for_terminal`: control characters of the data are not passed on. `cursor` is what the stream
  /// resumes at, if anything: it is in force before the first event, and a frame that repeats it
  /// brings no id.
  Subscription(const SubscriptionOptions& options, bool for_terminal, std::string cursor = {});

  /// Takes an event or a control frame. False once enough events have come.
  bool take(const client::EventSource::Event& event);

  /// The text that has come together since the last call.
  std::string take_output();
  /// Notes for a person, one line each, since the last call.
  std::vector<std::string> take_notes();

  /// With a command: what it is to be run for, in order, since the last call.
  std::vector<CommandInput> take_inputs();

  /// Where to resume; empty while nothing says so.
  const std::string& cursor() const { return cursor_; }
  /// Where a stream without a start of its own began, as the server's first frame tells.
  const std::string& connected_at() const { return connected_at_; }

 private:
  void take_control(const client::EventSource::Event& event);
  CommandInput input_for(const client::EventSource::Event& event, bool durable) const;
  void print(const client::EventSource::Event& event, bool durable);

  const SubscriptionOptions& options_;
  bool for_terminal_;
  std::string last_id_;
  std::string cursor_;
  std::string connected_at_;
  std::string output_;
  std::vector<std::string> notes_;
  std::vector<CommandInput> inputs_;
  std::uint64_t taken_ = 0;
};

/// The path and query to subscribe at; `cursor` (of a state file) is sent as Last-Event-ID instead.
std::string subscription_target(const SubscriptionOptions& options);

/// The cursor in a state file; "" if there is no such file. kNetwork if it cannot be read.
base::Result<std::string> read_state(const std::string& path);
/// Replaces the file as a whole: a crash leaves the old cursor or the new one.
base::Result<> write_state(const std::string& path, const std::string& cursor);

}  // namespace weir::cli
