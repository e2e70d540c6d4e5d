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
  Sub(const SubscriptionOptions& options, const client::Url& url, std::string cursor)
      : options_(options),
        subscription_(options, stdout_is_terminal(), cursor),
        saved_(cursor),
        source_(client::with_path(url, subscription_target(options)), source_options(cursor),
                handlers(url), &stop_signals()) {}

  int run() {
    const auto result = source_.run();
    hand_over();
    if (status_) return *status_;
    if (!result) return fail(result.error());
    return signal_status();
  }

 private:
  client::EventSourceOptions source_options(const std::string& cursor) const {
    client::EventSourceOptions source;
    source.last_event_id = cursor;
    source.wait_for_server = options_.wait;
    source.headers = token_headers(options_.token);
    return source;
  }

  client::EventSource::Handlers handlers(const client::Url& url) {
    client::EventSource::Handlers out;
    out.on_event = [this](const client::EventSource::Event& event) {
      const bool more = subscription_.take(event);
      if (!subscription_.connected_at().empty()) {
        source_.resume_from(subscription_.connected_at());
      }
      return more && !status_;
    };
    out.on_batch = [this] { hand_over(); };
    out.on_open = [authority = url.authority] {
      if (stderr_is_terminal()) print_note(fmt::format("connected to {}", authority));
    };
    out.on_wait = [](const base::Error& why, milliseconds wait) {
      print_note(fmt::format("{}; connecting again in {:.1f} s", describe(why),
                             static_cast<double>(wait.count()) / 1'000));
    };
    return out;
  }

  /// Output first, then the cursor: a crash in between repeats an event rather than losing it.
  void hand_over() {
    if (status_) return;
    for (const std::string& note : subscription_.take_notes()) print_note(note);
    const std::string output = subscription_.take_output();
    switch (write_stdout(output)) {
      case Output::kWritten:
        break;
      case Output::kClosed:
        return stop(kSuccess);
      case Output::kFailed:
        return stop(kFailure);
    }
    if (options_.state.empty() || subscription_.cursor().empty() ||
        subscription_.cursor() == saved_) {
      return;
    }
    saved_ = subscription_.cursor();
    const auto written = write_state(options_.state, saved_);
    if (!written) stop(fail(written.error()));
  }

  void stop(int status) {
    status_ = status;
    stop_signals().trigger();
  }

  const SubscriptionOptions& options_;
  Subscription subscription_;
  std::string saved_;
  std::optional<int> status_;
  client::EventSource source_;
};

int run_sub(const SubscriptionOptions& options) {
  if (const auto checked = check(options); !checked) return fail(checked.error());
  const auto url = client::parse_url(options.url);
  if (!url) return fail(url.error());
  std::string cursor;
  if (!options.state.empty()) {
    const auto state = read_state(options.state);
    if (!state) return fail(state.error());
    cursor = *state;
  }
  return Sub(options, *url, cursor).run();
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
      ->add_option("--state", o.state,
                   "Keep the cursor in this file and begin there next time, whatever --after says.")
      ->type_name("FILE");
  command->add_flag("--wait", o.wait, "Wait for a server that is not there yet.");
  add_url_option(*command, o.url);
  add_token_option(*command, o.token);
  command->footer(
      "  weir sub news                                      what comes from now on\n"
      "  weir sub packages --after earliest                 everything, then what comes\n"
      "  weir sub --match 'orders/**' --json                many topics, for programs\n"
      "  weir sub jobs --state jobs.cursor | ./work         goes on where it was, also after a "
      "crash\n"
      "\n"
      "Only events go to standard output; notes (reconnects, gaps) go to standard error.");
  command->callback([&action, options] { action = [options] { return run_sub(*options); }; });
}

}  // namespace weir::cli
