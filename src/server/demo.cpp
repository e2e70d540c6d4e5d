#include "server/demo.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "base/logging.hpp"
#include "net/loop.hpp"
#include "proto/json.hpp"
#include "proto/rfc3339.hpp"
#include "server/demo_cards.hpp"
#include "server/log_file.hpp"
#include "server/proc_stats.hpp"

namespace weir::server {
namespace {

constexpr std::chrono::seconds kPeriod{1};
constexpr std::size_t kClockEvery = 2;  // Periods.
constexpr std::size_t kCardEvery = 45;
constexpr std::size_t kFirstCard = 3;
constexpr std::size_t kFirstLines = 20;
constexpr std::string_view kLogTopic = "demo/log";

// The first one fills an empty topic at the start.
constexpr const char* kLogFiles[] = {"/var/log/dpkg.log", "/var/log/syslog",
                                     "/var/log/apt/history.log", "/var/log/alternatives.log"};

/// Files of /proc are made up as they are read and have no size.
std::string read_text(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// One look at the machine.
struct Reading {
  base::Clock::Steady at;
  CpuTimes cpu;
  Memory memory;
  Load load;
  Traffic traffic;
};

std::optional<Reading> read_machine(const base::Clock& clock) {
  const auto cpu = parse_stat(read_text("/proc/stat"));
  const auto memory = parse_meminfo(read_text("/proc/meminfo"));
  const auto load = parse_loadavg(read_text("/proc/loadavg"));
  const auto traffic = parse_net_dev(read_text("/proc/net/dev"));
  if (!cpu || !memory || !load || !traffic) return std::nullopt;
  return Reading{clock.steady(), *cpu, *memory, *load, *traffic};
}

std::string metrics_json(const std::string& time, const Reading& before, const Reading& now) {
  const auto seconds = std::chrono::duration<double>(now.at - before.at).count();
  return fmt::format(
      R"({{"time":"{}","cpu":{{"percent":{:.1f},"cores":{}}},"memory":{{"used":{},"total":{}}},)"
      R"("load":{{"one":{:.2f},"five":{:.2f},"fifteen":{:.2f}}},"network":{{"received":{:.0f},"sent":{:.0f}}}}})",
      time, busy_percent(before.cpu, now.cpu), now.cpu.cores, now.memory.used_bytes,
      now.memory.total_bytes, now.load.one_minute, now.load.five_minutes, now.load.fifteen_minutes,
      rate_per_second(before.traffic.received_bytes, now.traffic.received_bytes, seconds),
      rate_per_second(before.traffic.sent_bytes, now.traffic.sent_bytes, seconds));
}

proto::Event make_event(std::string_view topic, std::string_view type, std::string data) {
  proto::Event event;
  event.topics.emplace_back(topic);
  event.type = type;
  event.data = std::move(data);
  return event;
}

}  // namespace

/// What runs on the thread. Shared with answers that may come after the demo has ended; they find
/// it by a weak pointer.
class Demo::Work : public std::enable_shared_from_this<Work> {
 public:
  Work(hub::Hub& hub, apps::workflow::Workflows& workflows) : hub_(hub), workflows_(workflows) {
    for (const auto* path : kLogFiles) files_.emplace_back(path);
  }

  void start() {
    hub_.log().topic_info(std::string(kLogTopic),
                          [weak = weak_from_this()](const base::Result<log::TopicInfo>& found) {
                            const bool empty =
                                !found && found.error().code == base::ErrorCode::kNotFound;
                            const auto self = weak.lock();
                            if (!self || !empty) return;
                            self->loop_.post([weak] {
                              if (const auto work = weak.lock()) work->fill_log_topic();
                            });
                          });
    loop_.every(kPeriod, [this] { tick(); });
  }

  void run() {
    reading_ = read_machine(hub_.clock());
    loop_.run();
  }
  void stop() { loop_.stop(); }

 private:
  void tick() {
    // A disk that does not keep up gets no more to do.
    if (waiting_.load()) return;
    const auto time = proto::format_rfc3339(hub_.clock().unix_millis());
    std::vector<proto::Event> events;
    if (auto now = read_machine(hub_.clock())) {
      if (reading_) {
        events.push_back(
            make_event("demo/metrics", "metrics", metrics_json(time, *reading_, *now)));
      }
      reading_ = now;
    }
    if (ticks_ % kCardEvery == kFirstCard && has_cards()) {
      run_demo_card(workflows_, ticks_ / kCardEvery);
    }
    if (ticks_++ % kClockEvery == 0) {
      events.push_back(make_event("demo/clock", "clock", fmt::format(R"({{"time":"{}"}})", time)));
    }
    for (auto& file : files_) add_lines(file, file.read_new(), time, events);
    publish(std::move(events));
  }

  bool has_cards() const {
    const auto settings = hub_.settings();
    return workflows_.enabled() && settings->task_feed.enabled && settings->notifications.enabled;
  }

  void fill_log_topic() {
    const auto time = proto::format_rfc3339(hub_.clock().unix_millis());
    std::vector<proto::Event> events;
    add_lines(files_.front(), files_.front().last_lines(kFirstLines), time, events);
    publish(std::move(events));
  }

  static void add_lines(const LogFile& file, const std::vector<std::string>& lines,
                        const std::string& time, std::vector<proto::Event>& events) {
    for (const auto& line : lines) {
      events.push_back(
          make_event(kLogTopic, "log",
                     fmt::format(R"({{"time":"{}","file":{},"line":{}}})", time,
                                 proto::json_string(file.path()), proto::json_string(line))));
    }
  }

  void publish(std::vector<proto::Event> events) {
    if (events.empty()) return;
    waiting_ = true;
    hub_.publish(0, {.events = std::move(events), .idempotency_key = {}},
                 [weak = weak_from_this()](const base::Result<hub::Published>& published) {
                   if (const auto self = weak.lock()) self->answered(published);
                 });
  }

  /// On the thread of shard 0, or of whoever refuses at once.
  void answered(const base::Result<hub::Published>& published) {
    if (failing_.exchange(!published) == !published) {
      waiting_ = false;
      return;
    }
    if (published) {
      base::log_info("demo.recovered", "sequence={}",
                     published->first ? published->first->value : 0);
    } else {
      base::log_warning("demo.publish_failed", "error=\"{}\"", published.error().message());
    }
    waiting_ = false;
  }

  hub::Hub& hub_;
  apps::workflow::Workflows& workflows_;
  net::Loop loop_;
  std::vector<LogFile> files_;
  std::optional<Reading> reading_;
  std::size_t ticks_ = 0;
  std::atomic<bool> waiting_{false};
  std::atomic<bool> failing_{false};
};

Demo::Demo(hub::Hub& hub, apps::workflow::Workflows& workflows)
    : work_(std::make_shared<Work>(hub, workflows)) {
  work_->start();
  thread_ = std::thread([work = work_.get()] { work->run(); });
}

Demo::~Demo() {
  work_->stop();
  thread_.join();
}

}  // namespace weir::server
