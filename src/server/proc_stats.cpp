#include "server/proc_stats.hpp"

#include <array>
#include <charconv>

namespace weir::server {
namespace {

/// The text up to `end`, which is taken off together with it.
std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return taken;
}

std::string_view take_word(std::string_view& line) {
  while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
  return take_until(line, ' ');
}

template <typename Number>
std::optional<Number> take_number(std::string_view& line) {
  const auto word = take_word(line);
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<CpuTimes> parse_stat(std::string_view text) {
  // user nice system idle iowait irq softirq steal; guest times, which follow, are part of user and
  // nice.
  constexpr std::size_t kFields = 8;
  constexpr std::size_t kIdle = 3;
  constexpr std::size_t kIoWait = 4;
  std::optional<CpuTimes> times;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    if (!line.starts_with("cpu")) break;  // The processors stand first.
    if (take_word(line) != "cpu") {
      if (times) ++times->cores;
      continue;
    }
    times.emplace();
    for (std::size_t i = 0; i < kFields; ++i) {
      const auto ticks = take_number<std::uint64_t>(line);
      if (!ticks) return std::nullopt;
      times->total += *ticks;
      if (i != kIdle && i != kIoWait) times->busy += *ticks;
    }
  }
  return times;
}

double busy_percent(const CpuTimes& before, const CpuTimes& after) {
  if (after.total <= before.total || after.busy < before.busy) return 0;
  // The kernel may correct idle and iowait downwards, so that more seems busy than time has passed.
  const auto share = static_cast<double>(after.busy - before.busy) /
                     static_cast<double>(after.total - before.total);
  return share > 1 ? 100 : share * 100;
}

std::optional<Memory> parse_meminfo(std::string_view text) {
  constexpr std::uint64_t kKibi = 1024;
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> available;
  while (!text.empty() && !(total && available)) {
    auto line = take_until(text, '\n');
    const auto name = take_until(line, ':');
    if (name == "MemTotal") total = take_number<std::uint64_t>(line);
    if (name == "MemAvailable") available = take_number<std::uint64_t>(line);
  }
  if (!total || !available || *available > *total) return std::nullopt;
  return Memory{*total * kKibi, (*total - *available) * kKibi};
}

std::optional<Load> parse_loadavg(std::string_view text) {
  std::array<double, 3> averages{};
  for (auto& average : averages) {
    const auto number = take_number<double>(text);
    if (!number) return std::nullopt;
    average = *number;
  }
  return Load{averages[0], averages[1], averages[2]};
}

std::optional<Traffic> parse_net_dev(std::string_view text) {
  // After the name: eight figures of what was received, the first of them bytes, then as many of
  // what was sent.
  constexpr std::size_t kReceiveFields = 8;
  take_until(text, '\n');
  take_until(text, '\n');
  Traffic traffic;
  while (!text.empty()) {
    auto line = take_until(text, '\n');
    if (line.find(':') == line.npos) return std::nullopt;
    auto before_colon = take_until(line, ':');
    if (take_word(before_colon) == "lo") continue;
    const auto received = take_number<std::uint64_t>(line);
    for (std::size_t i = 1; i < kReceiveFields; ++i) take_word(line);
    const auto sent = take_number<std::uint64_t>(line);
    if (!received || !sent) return std::nullopt;
    traffic.received_bytes += *received;
    traffic.sent_bytes += *sent;
  }
  return traffic;
}

double rate_per_second(std::uint64_t before, std::uint64_t after, double seconds) {
  if (after < before || !(seconds > 0)) return 0;
  return static_cast<double>(after - before) / seconds;
}

}  // namespace weir::server
