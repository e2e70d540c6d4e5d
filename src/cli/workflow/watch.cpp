#include "cli/workflow/watch.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/workflow/run_screen.hpp"
#include "cli/workflow/run_view.hpp"
#include "cli/workflow/workflow_client.hpp"
#include "client/event_source.hpp"

namespace weir::cli {
namespace {

namespace json = boost::json;

constexpr long kFrameNanoseconds = 200'000'000;  // How often what runs turns.

/// Readable at every frame; nothing without a terminal to draw on.
class FrameTimer {
 public:
  explicit FrameTimer(bool on) {
    if (!on) return;
    descriptor_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    const itimerspec every{{0, kFrameNanoseconds}, {0, kFrameNanoseconds}};
    if (descriptor_ >= 0) ::timerfd_settime(descriptor_, 0, &every, nullptr);
  }
  ~FrameTimer() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FrameTimer(const FrameTimer&) = delete;
  FrameTimer& operator=(const FrameTimer&) = delete;

  int descriptor() const { return descriptor_; }
  void read() const {
    std::uint64_t times = 0;
    [[maybe_unused]] const auto n = ::read(descriptor_, &times, sizeof(times));
  }

 private:
  int descriptor_ = -1;
};

/// Draws lines over those that it drew before.
class Drawing {
 public:
  bool draw(const std::vector<std::string>& lines) {
    std::string out;
    if (drawn_ > 0) out = fmt::format("\x1b[{}A", drawn_);
    for (const auto& line : lines) out += "\r" + line + "\x1b[K\n";
    out += "\x1b[J";
    drawn_ = lines.size();
    return write_stdout(out) == Output::kWritten;
  }

 private:
  std::size_t drawn_ = 0;
};

ScreenOptions screen() {
  ScreenOptions options;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    options.columns = size.ws_col;
    options.rows = size.ws_row;
  }
  options.colour = stderr_is_terminal();
  return options;
}

class Watch {
 public:
  Watch(const ServerAccess& server, const std::string& execution, const WatchOptions& options)
      : options_(options),
        draws_(stdout_is_terminal() && !options.json && !options.logs),
        timer_(draws_),
        source_(client::with_path(server.url, execution_target(execution, "/stream")),
                source_options(server), handlers(), &stop_signals()) {}

  int run() {
    const auto result = source_.run();
    flush();
    if (status_) return *status_;
    if (!result) return fail(result.error());
    if (signal_status() != 0) return signal_status();
    return run_.completed() ? kSuccess : kFailure;
  }

 private:
  client::EventSourceOptions source_options(const ServerAccess& server) const {
    client::EventSourceOptions source;
    source.headers = server.headers;
    source.connection = server.connection;
    source.wait_for_server = false;
    source.also = timer_.descriptor();
    return source;
  }

  client::EventSource::Handlers handlers() {
    client::EventSource::Handlers out;
    out.on_event = [this](const client::EventSource::Event& event) { return take(event); };
    out.on_batch = [this] { flush(); };
    out.on_also = [this] {
      timer_.read();
      ++frame_;
      draw();
      return !status_;
    };
    out.on_wait = [](const base::Error& why, std::chrono::milliseconds) {
      print_error(describe(why) + "; connecting again");
    };
    return out;
  }

  bool take(const client::EventSource::Event& event) {
    boost::system::error_code failed;
    const auto value = json::parse({event.data.data(), event.data.size()}, failed);
    const auto* data = failed ? nullptr : value.if_object();
    if (data == nullptr) return true;
    if (const auto time = integer_of(*data, "timestamp", 0); time != 0) {
      ahead_ = time - base::system_clock().unix_millis();
    }
    const bool changed = run_.take(event.type, *data);
    if (options_.json && is_told(event.type)) {
      pending_ += fmt::format("{}\n", event.data);
    } else if (!draws_ && event.type == "snapshot") {
      pending_ += summary_line(run_) + "\n";
    } else if (!draws_ && event.type == "node.log") {
      if (options_.logs) add_log(*data);
    } else if (!draws_ && changed) {
      if (const auto line = event_line(event.type, *data); !line.empty()) pending_ += line + "\n";
    }
    return !run_.over() && !status_;
  }

  static bool is_told(std::string_view type) {
    return type == "snapshot" || type.starts_with("workflow.") || type.starts_with("node.") ||
           type.starts_with("approval.");
  }

  /// Whole lines, each with its node before it.
  void add_log(const json::object& data) {
    const auto node = text_of(data, "nodeId");
    const auto text = text_of(data, "text");
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      pending_ += fmt::format("{} | {}\n", node, printable(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  void flush() {
    if (draws_) return draw();
    if (pending_.empty()) return;
    const auto written = write_stdout(pending_);
    pending_.clear();
    if (written != Output::kWritten) status_ = written == Output::kClosed ? kSuccess : kFailure;
  }

  void draw() {
    if (!draws_ || !run_.begun()) return;
    auto options = screen();
    options.frame = frame_;
    const auto now = base::system_clock().unix_millis() + ahead_;
    if (!drawing_.draw(run_lines(run_, now, options))) status_ = kFailure;
  }

  WatchOptions options_;
  bool draws_;
  FrameTimer timer_;
  RunView run_;
  Drawing drawing_;
  std::string pending_;
  std::size_t frame_ = 0;
  std::int64_t ahead_ = 0;  ///< Of the server's clock; durations tick by that.
  std::optional<int> status_;
  client::EventSource source_;
};

}  // namespace

int watch_execution(const ServerAccess& server, const std::string& execution,
                    const WatchOptions& options) {
  return Watch(server, execution, options).run();
}

}  // namespace weir::cli
