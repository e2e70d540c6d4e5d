#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/clock.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/line_reader.hpp"
#include "cli/line_time.hpp"
#include "cli/publish_line.hpp"
#include "cli/publisher.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"

namespace weir::cli {
namespace {

using base::Error;
using base::ErrorCode;
using base::make_error;
using base::Result;

struct PubOptions {
  ServerOptions server;
  std::string topic;
  std::vector<std::string> data;
  std::string file;
  bool ndjson = false;
  std::string type, id, key, ttl, retry;
  bool is_private = false;
  bool ephemeral = false;
  std::string time;  ///< "auto", "none", or "" for the input's default.
  std::uint64_t from_line = 1;

  bool from_arguments() const {
    return file.empty() && !data.empty() && !(data.size() == 1 && data[0] == "-");
  }
};

Result<std::chrono::milliseconds> duration(std::string_view flag, const std::string& text) {
  const auto parsed = base::parse_duration(text);
  if (!parsed) return usage(fmt::format("{}: {}", flag, parsed.error().detail));
  return *parsed;
}

Result<EventTemplate> make_template(const PubOptions& options) {
  EventTemplate event{.topic = options.topic,
                      .type = options.type,
                      .id = options.id,
                      .key = options.key,
                      .retry = std::nullopt,
                      .is_private = options.is_private,
                      .ephemeral = options.ephemeral};
  if (!options.ttl.empty()) {
    const auto ttl = duration("--ttl", options.ttl);
    if (!ttl) return ttl.error();
    if (ttl->count() == 0) return usage("--ttl: must be longer than nothing");
    event.ttl = *ttl;
  }
  if (!options.retry.empty()) {
    const auto retry = duration("--retry", options.retry);
    if (!retry) return retry.error();
    event.retry = *retry;
  }
  return event;
}

Result<> check(const PubOptions& options) {
  if (!options.file.empty() && !options.data.empty()) {
    return usage("give either --file or data, not both");
  }
  if (options.ndjson) {
    const bool more = !options.topic.empty() || !options.data.empty() || !options.type.empty() ||
                      !options.id.empty() || !options.key.empty() || !options.ttl.empty() ||
                      !options.retry.empty() || !options.time.empty() || options.is_private ||
                      options.ephemeral;
    if (more) return usage("--ndjson: the lines say topic and everything else themselves");
    return {};
  }
  if (options.topic.empty()) return usage("a topic is needed (see 'weir pub --help')");
  if (!options.id.empty() && (!options.from_arguments() || options.data.size() != 1)) {
    return usage("--id: can name only one event");
  }
  return {};
}

/// Shows how far it is, on a terminal only.
class ProgressLine {
 public:
  void show(const Publisher::Progress& progress) {
    if (!enabled_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    shown_ = true;
    fmt::print(stderr, "\r\x1b[Kpublished {}", progress.published);
  }
  void clear() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
    shown_ = false;
  }

 private:
  bool enabled_ = stderr_is_terminal();
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

class Pub {
 public:
  Pub(const PubOptions& options, EventTemplate event, const ServerAccess& server)
      : options_(options),
        event_(std::move(event)),
        publisher_(
            server, [this](std::uint64_t line, const Error& why) { refused(line, why); },
            stop_signals()) {}

  int run() {
    const auto result = options_.from_arguments() ? publish_arguments() : publish_input();
    progress_line_.clear();
    return report(result);
  }

 private:
  Result<> publish_arguments() {
    std::uint64_t number = 0;
    for (const std::string& data : options_.data) {
      const auto time = options_.time == "auto"
                            ? line_time(data, base::system_clock().unix_millis())
                            : std::nullopt;
      const auto added = publisher_.add(++number, publish_line(event_, data, time));
      if (!added) return added.error();
    }
    return publisher_.finish();
  }

  Result<> publish_input() {
    int descriptor = STDIN_FILENO;
    if (!options_.file.empty() && options_.file != "-") {
      descriptor = ::open(options_.file.c_str(), O_RDONLY | O_CLOEXEC);
      if (descriptor < 0) {
        return make_error(ErrorCode::kNetwork,
                          fmt::format("cannot read {}: {}", options_.file, std::strerror(errno)));
      }
    } else if (isatty(STDIN_FILENO) == 1 && stderr_is_terminal()) {
      fmt::print(stderr, "each line becomes an event; end with Ctrl-D\n");
    }
    const auto result = publish_lines(descriptor);
    if (descriptor != STDIN_FILENO) ::close(descriptor);
    return result;
  }

  Result<> publish_lines(int descriptor) {
    LineReader reader(descriptor);
    bool more = true;
    while (more && !stop_signals().triggered()) {
      const auto waited = publisher_.wait_for_input(descriptor);
      if (!waited) return waited.error();
      if (stop_signals().triggered()) break;
      const auto filled = reader.fill();
      if (!filled) return filled.error();
      more = *filled;
      while (const auto line = reader.next()) {
        const auto added = publish(reader.line_number(), *line);
        if (!added) return added.error();
      }
      const auto flushed = publisher_.flush();
      if (!flushed) return flushed.error();
      progress_line_.show(publisher_.progress());
    }
    return publisher_.finish();
  }

  Result<> publish(std::uint64_t number, std::string_view line) {
    if (number < options_.from_line || line.empty()) return {};
    if (options_.ndjson) return publisher_.add(number, line);
    const bool automatic = options_.time.empty() ? !options_.file.empty() : options_.time == "auto";
    if (automatic) {
      // A line without a time of its own goes on with what the line before it began.
      if (const auto time = line_time(line, base::system_clock().unix_millis())) time_ = time;
    }
    return publisher_.add(number, publish_line(event_, line, time_));
  }

  void refused(std::uint64_t line, const Error& why) {
    constexpr std::uint64_t kShownMax = 20;
    if (++refusals_ > kShownMax) return;
    progress_line_.clear();
    const std::string_view what = options_.from_arguments() ? "event" : "line";
    print_error(fmt::format("{} {}: {}", what, line, describe(why)));
    if (refusals_ == kShownMax) print_error("further refusals are only counted");
  }

  int report(const Result<>& result) {
    const Publisher::Progress& progress = publisher_.progress();
    std::string summary =
        fmt::format("published {} event{}", progress.published, progress.published == 1 ? "" : "s");
    if (progress.refused > 0) summary += fmt::format(", {} refused", progress.refused);
    if (!progress.last_cursor.empty()) {
      summary += fmt::format(", last cursor {}", progress.last_cursor);
    }
    const bool interrupted = signal_status() != 0;
    if (!result && !interrupted) print_error(describe(result.error()));
    if (result || progress.published > 0) fmt::print(stderr, "{}\n", printable(summary));
    if (!result && progress.unanswered > 0 && !options_.from_arguments() &&
        progress.last_line > 0) {
      fmt::print(stderr,
                 "lines up to {} were answered; {} more may have been published; "
                 "--from-line {} goes on\n",
                 progress.last_line, progress.unanswered, progress.last_line + 1);
    }
    if (interrupted) return signal_status();
    return result && progress.refused == 0 ? kSuccess : kFailure;
  }

  const PubOptions& options_;
  EventTemplate event_;
  ProgressLine progress_line_;
  Publisher publisher_;
  std::optional<base::UnixMillis> time_;
  std::uint64_t refusals_ = 0;
};

int run_pub(const PubOptions& options) {
  if (const auto checked = check(options); !checked) return fail(checked.error());
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  auto event = make_template(options);
  if (!event) return fail(event.error());
  return Pub(options, std::move(*event), *server).run();
}

}  // namespace

void add_pub(CLI::App& program, Action& action) {
  auto* command = program.add_subcommand("pub", "Publish events");
  auto options = std::make_shared<PubOptions>();
  auto& o = *options;
  command->add_option("TOPIC", o.topic, "The topic, such as news or orders/17.");
  command->add_option("DATA", o.data,
                      "Each argument is one event. None, or -: each line of standard input that is "
                      "not empty is one.");
  command->add_option("--file", o.file, "Each line of this file is one event.")->type_name("FILE");
  command->add_flag(
      "--ndjson", o.ndjson,
      "Each line is a JSON object {\"topic\", \"data\", \"event\", \"id\", \"key\", …}, as for "
      "POST /v1/publish; no TOPIC is given then.");
  command->add_option("--event", o.type, "The events' type (SSE event:).")->type_name("TYPE");
  command
      ->add_option("--key", o.key, "Of several events with one key a slow reader needs the newest.")
      ->type_name("KEY");
  command->add_option("--id", o.id, "The publisher's own id of the one event.")->type_name("ID");
  command->add_option("--ttl", o.ttl, "After so long it is no longer delivered, e.g. 30s.")
      ->type_name("DURATION");
  command->add_option("--retry", o.retry, "Tells subscribers how long to wait before reconnecting.")
      ->type_name("DURATION");
  command->add_flag("--private", o.is_private, "Only for subscribers whose token allows it.");
  command->add_flag("--ephemeral", o.ephemeral, "Only for those connected now; not stored.");
  command
      ->add_option(
          "--time", o.time,
          "auto: an event's time is the one its line begins with (ISO 8601, dpkg, syslog, seconds "
          "since 1970; local unless it names a zone), or that of the line before. none: when it is "
          "published. Default: auto for --file, else none.")
      ->type_name("auto|none")
      ->check(CLI::IsMember({"auto", "none"}).description(""));
  command->add_option("--from-line", o.from_line, "Skip what stands before this line of the input.")
      ->type_name("N");
  o.server.add_to(*command);
  command->footer(
      "  weir pub news \"hello\" \"world\"                     two events\n"
      "  weir pub --file /var/log/dpkg.log packages         a log file, with its own times\n"
      "  tail -f app.log | weir pub logs/app                a log as it grows\n"
      "  weir pub --ndjson --file events.ndjson             topics and types per line\n"
      "  weir pub --event price --key AAPL prices 187.32    a typed event with a key\n"
      "\n"
      "Exit status: 0 when every event was published, 1 when any was not, 2 for bad usage.");
  command->callback([&action, options] { action = [options] { return run_pub(*options); }; });
}

}  // namespace weir::cli
