#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cli/signals.hpp"
#include "cli/subscription.hpp"
#include "cli/terminal.hpp"
#include "client/event_source.hpp"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;
using std::chrono::milliseconds;

Result<> check(const SubscriptionOptions& options) {
  const auto usage = [](std::string detail) { return make_error(ErrorCode::kUsage, detail); };
  if (options.topics.empty() && options.match.empty()) {
    return usage("a topic or --match is needed (see 'weir sub --help')");
  }
  const bool commands = !options.exec.command.empty();
  if (commands && options.json)
    return usage("--json prints events, --exec gives them to a command");
  if (!commands &&
      (options.exec.jobs > 1 || options.exec.retries > 0 || options.exec.skip_failed)) {
    return usage("--jobs, --retry and --skip-failed need --exec");
  }
  if (options.last > 0 && !options.after.empty()) return usage("give either --after or --last");
  if (options.after.find_first_of("\r\n") != std::string::npos) return usage("--after: no cursor");
  return {};
}

/// A note to the person who watches; dim on a terminal, since the data matters more.
void print_note(std::string_view text) {
  const bool terminal = stderr_is_terminal();
  fmt::print(stderr, "{}weir: {}{}\n", terminal ? "\x1b[2m" : "", printable(text),
             terminal ? "\x1b[0m" : "");
}

class Sub {
 public:
  Sub(const SubscriptionOptions& options, const ServerAccess& server, std::string cursor)
      : options_(options),
        subscription_(options, stdout_is_terminal(), cursor),
        saved_(cursor),
        source_(client::with_path(server.url, subscription_target(options)),
                source_options(server, cursor), handlers(server.url), &stop_signals()) {
    runner_.begin_at(std::move(cursor));
  }

  int run() {
    const auto result = source_.run();
    hand_over();
    finish_commands();
    if (status_) return *status_;
    if (!result) return fail(result.error());
    return signal_status();
  }

 private:
  client::EventSourceOptions source_options(const ServerAccess& server,
                                            const std::string& cursor) const {
    client::EventSourceOptions source;
    source.last_event_id = cursor;
    source.wait_for_server = options_.wait;
    source.headers = server.headers;
    source.connection = server.connection;
    if (executes()) source.also = runner_.descriptor();
    return source;
  }

  client::EventSource::Handlers handlers(const client::Url& url) {
    client::EventSource::Handlers out;
    out.on_event = [this](const client::EventSource::Event& event) {
      const bool more = subscription_.take(event);
      if (!subscription_.connected_at().empty()) {
        source_.resume_from(subscription_.connected_at());
      }
      run_commands();
      return more && !status_;
    };
    out.on_batch = [this] { hand_over(); };
    out.on_also = [this] {
      check(runner_.reap());
      hand_over();
      return !status_;
    };
    out.on_open = [authority = url.authority](const client::Url&) {
      if (stderr_is_terminal()) print_note(fmt::format("connected to {}", authority));
    };
    out.on_wait = [](const base::Error& why, milliseconds wait) {
      print_note(fmt::format("{}; connecting again in {:.1f} s", describe(why),
                             static_cast<double>(wait.count()) / 1'000));
    };
    return out;
  }

  bool executes() const { return !options_.exec.command.empty(); }

  void check(const Result<>& result) {
    if (!result && !status_) stop(fail(result.error()));
  }

  /// Gives the events that have come to the command. While as many run as may, this waits, and with
  /// it the stream: what is not read stays in the server's log.
  void run_commands() {
    for (CommandInput& input : subscription_.take_inputs()) {
      while (!status_ && !stop_signals().triggered() && !runner_.has_room()) {
        check(runner_.wait(&stop_signals()));
        hand_over();
      }
      if (status_ || stop_signals().triggered()) return;
      check(runner_.start(std::move(input)));
    }
  }

  /// What runs may end, and is told of a signal that came for us.
  void finish_commands() {
    if (!executes()) return;
    const client::Interrupt* interrupt = &stop_signals();
    while (!runner_.idle()) {
      if (interrupt != nullptr && interrupt->triggered()) {
        const int status = signal_status();
        runner_.close(status == 0 ? 0 : status - 128);
        interrupt = nullptr;
        continue;
      }
      const auto waited = runner_.wait(interrupt);
      if (!waited) break;
      hand_over();
    }
    hand_over();
  }

  /// Output first, then the cursor: a crash in between repeats an event rather than losing it.
  void hand_over() {
    for (const std::string& note : subscription_.take_notes()) print_note(note);
    for (const std::string& note : runner_.take_notes()) print_note(note);
    if (executes()) {
      // An event that was taken but not begun must not count: only where the stream began may.
      if (!runner_.started_any() && !subscription_.connected_at().empty()) {
        runner_.begin_at(subscription_.connected_at());
      }
      save(runner_.done());
      if (runner_.failed() && !status_) stop(kFailure);
      return;
    }
    if (status_) return;
    const std::string output = subscription_.take_output();
    switch (write_stdout(output)) {
      case Output::kWritten:
        break;
      case Output::kClosed:
        return stop(kSuccess);
      case Output::kFailed:
        return stop(kFailure);
    }
    save(subscription_.cursor());
  }

  void save(const std::string& cursor) {
    if (options_.state.empty() || cursor.empty() || cursor == saved_) return;
    saved_ = cursor;
    const auto written = write_state(options_.state, saved_);
    if (!written && !status_) stop(fail(written.error()));
  }

  void stop(int status) {
    status_ = status;
    stop_signals().trigger();
  }

  const SubscriptionOptions& options_;
  Subscription subscription_;
  CommandRunner runner_{options_.exec};
  std::string saved_;
  std::optional<int> status_;
  client::EventSource source_;
};

int run_sub(const SubscriptionOptions& options) {
  if (const auto checked = check(options); !checked) return fail(checked.error());
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  std::string cursor;
  if (!options.state.empty()) {
    const auto state = read_state(options.state);
    if (!state) return fail(state.error());
    cursor = *state;
  }
  return Sub(options, *server, cursor).run();
}

}  // namespace

void add_sub(CLI::App& program, Action& action) {
  auto* command = program.add_subcommand("sub", "Follow topics, through restarts of either side");
  auto options = std::make_shared<SubscriptionOptions>();
  auto& o = *options;
  command->add_option("TOPIC", o.topics, "Topics by their exact names.");
  command
      ->add_option(
          "--match", o.match,
          "Topics by pattern: orders/* (one segment), orders/** (the rest), orders/{id}. May be "
          "repeated.")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--after", o.after,
          "Begin after this cursor; earliest is all that is kept. Default: only what comes.")
      ->type_name("CURSOR|earliest");
  command->add_option("--last", o.last, "Begin with the newest N events.")
      ->type_name("N")
      ->check(CLI::PositiveNumber.description(""));
  command->add_flag(
      "--json", o.json,
      "Print each event as a line {\"cursor\", \"event\", \"data\"}; otherwise only its data.");
  command->add_option("--count", o.count, "End after N events.")
      ->type_name("N")
      ->check(CLI::PositiveNumber.description(""));
  command
      ->add_option("--state,--cursor-file", o.state,
                   "Keep the cursor in this file and begin there next time, whatever --after says.")
      ->type_name("FILE");
  command
      ->add_option("--exec", o.exec.command,
                   "Run this command (by /bin/sh) for each event, with its data on standard input "
                   "and WEIR_EVENT, WEIR_CURSOR and, for a single topic, WEIR_TOPIC in its "
                   "environment. The cursor moves when it has ended with status 0.")
      ->type_name("COMMAND");
  command
      ->add_option("--jobs", o.exec.jobs, "Run up to N commands at a time. Default: 1, in order.")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""));
  command
      ->add_option("--retry", o.exec.retries,
                   "Run a command that failed up to N more times, with growing waits.")
      ->type_name("N")
      ->check(CLI::Range(0, 1'000'000).description(""));
  command->add_flag("--skip-failed", o.exec.skip_failed,
                    "Go on after a command that failed for good. Otherwise that is the end, with "
                    "status 1 and the cursor before its event.");
  command->add_flag("--wait", o.wait, "Wait for a server that is not there yet.");
  o.server.add_to(*command);
  command->footer(
      "  weir sub news                                      what comes from now on\n"
      "  weir sub packages --after earliest                 everything, then what comes\n"
      "  weir sub --match 'orders/**' --json                many topics, for programs\n"
      "  weir sub jobs --state jobs.cursor | ./work         goes on where it was, also after a "
      "crash\n"
      "  weir sub jobs --state jobs.cursor --exec ./work    a command for each event, none lost\n"
      "  weir sub jobs --exec ./work --state jobs.cursor    the same, a command per event\n"
      "\n"
      "Only events go to standard output; notes (reconnects, gaps) go to standard error.");
  command->callback([&action, options] { action = [options] { return run_sub(*options); }; });
}

}  // namespace weir::cli
