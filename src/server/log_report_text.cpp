#include "server/log_report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "cli/terminal.hpp"
#include "proto/cursor.hpp"
#include "proto/rfc3339.hpp"

namespace weir::server {
namespace {

std::string time_text(const std::optional<base::UnixMillis>& time) {
  return time ? proto::format_rfc3339(*time) : "-";
}

std::string megabytes(std::uint64_t bytes) {
  return fmt::format("{} ({:.1f} MiB)", bytes, static_cast<double>(bytes) / (1 << 20));
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  out += fmt::format("{:<12} {}\n", name, value);
}

void add_check(std::string& out, const log::CheckResult& check) {
  add_line(out, "check",
           check.sound()
               ? fmt::format("sound: {} rows, {} events", check.rows, check.events)
               : fmt::format("DAMAGED: {} rows, {} events read", check.rows, check.events));
  for (const auto& each : check.damage) add_line(out, "  damage", cli::printable(each));
  for (const auto& each : check.notes) add_line(out, "  note", cli::printable(each));
}

template <typename Rows, typename Name>
std::size_t width_of(const Rows& rows, std::size_t least, const Name& name) {
  for (const auto& row : rows) least = std::max(least, name(row).size());
  return least;
}

std::string namespace_name(const log::NamespaceReport& one) {
  return one.name.empty() ? "(default)" : cli::printable(one.name);
}

void add_tables(std::string& out, const log::LogReport& report) {
  auto width = width_of(report.namespaces, 9, namespace_name);
  out += fmt::format("\n{:<{}}  {:>12}  {:>14}  {}\n", "NAMESPACE", width, "EVENTS", "BYTES",
                     "OLDEST");
  for (const auto& one : report.namespaces) {
    out += fmt::format("{:<{}}  {:>12}  {:>14}  {}\n", namespace_name(one), width, one.events,
                       one.bytes, time_text(one.oldest));
  }
  if (report.largest.empty()) return;
  const auto name = [](const log::TopicInfo& topic) { return cli::printable(topic.name); };
  width = width_of(report.largest, 13, name);
  out += fmt::format("\n{:<{}}  {:>12}  {:>14}  {:>12}  {}\n", "LARGEST TOPIC", width, "EVENTS",
                     "BYTES", "LAST", "ENDED");
  for (const auto& topic : report.largest) {
    out += fmt::format("{:<{}}  {:>12}  {:>14}  {:>12}  {}\n", name(topic), width, topic.events,
                       topic.bytes, topic.last.value, topic.closed ? "yes" : "no");
  }
}

boost::json::value time_json(const std::optional<base::UnixMillis>& time) {
  if (!time) return nullptr;
  return boost::json::string(proto::format_rfc3339(*time));
}

boost::json::array texts(const std::vector<std::string>& all) {
  boost::json::array out;
  for (const auto& each : all) out.emplace_back(each);
  return out;
}

}  // namespace

std::string report_text(const log::LogReport& report,
                        const std::optional<log::CheckResult>& check) {
  std::string out;
  add_line(out, "log", fmt::format("{}, version {}", report.file, report.version));
  add_line(out, "state",
           report.holder ? "in use: " + cli::printable(*report.holder)
           : report.clean
               ? std::string("closed in good order")
               : std::string("not closed: a copy of a running server's, or after a crash"));
  add_line(out, "head", proto::to_string({report.epoch, report.head}));
  add_line(out, "floor", proto::to_string({report.epoch, report.floor}));
  add_line(out, "events", fmt::format("{} of {} topics", report.events, report.topics));
  add_line(out, "bytes", megabytes(report.bytes));
  add_line(out, "retained",
           fmt::format("from {} to {}", time_text(report.oldest), time_text(report.newest)));
  add_line(
      out, "topics",
      fmt::format("{} trimmed or deleted, {} ended", report.trimmed_topics, report.closed_topics));
  add_line(out, "file",
           fmt::format("{}, of which {} free", megabytes(report.file_bytes), report.free_bytes));
  add_line(out, "wal", megabytes(report.wal_bytes));
  add_line(out, "topic index",
           report.index_note.empty() ? megabytes(report.index_bytes)
                                     : "not used: " + cli::printable(report.index_note));
  if (check) add_check(out, *check);
  add_tables(out, report);
  return out;
}

std::string report_json(const log::LogReport& report,
                        const std::optional<log::CheckResult>& check) {
  boost::json::object all{
      {"file", report.file},
      {"version", report.version},
      {"in_use_by", report.holder ? boost::json::value(*report.holder) : nullptr},
      {"clean", report.clean},
      {"head", proto::to_string({report.epoch, report.head})},
      {"floor", proto::to_string({report.epoch, report.floor})},
      {"epoch", fmt::format("{:016x}", report.epoch.value)},
      {"events", report.events},
      {"bytes", report.bytes},
      {"oldest", time_json(report.oldest)},
      {"newest", time_json(report.newest)},
      {"topics", report.topics},
      {"trimmed_topics", report.trimmed_topics},
      {"closed_topics", report.closed_topics},
      {"file_bytes", report.file_bytes},
      {"free_bytes", report.free_bytes},
      {"wal_bytes", report.wal_bytes},
      {"index_bytes", report.index_bytes}};
  if (!report.index_note.empty()) all["index_note"] = report.index_note;
  auto& namespaces = all["namespaces"].emplace_array();
  for (const auto& one : report.namespaces) {
    namespaces.push_back({{"name", one.name},
                          {"events", one.events},
                          {"bytes", one.bytes},
                          {"oldest", time_json(one.oldest)}});
  }
  auto& largest = all["largest_topics"].emplace_array();
  for (const auto& topic : report.largest) {
    largest.push_back({{"topic", topic.name},
                       {"events", topic.events},
                       {"bytes", topic.bytes},
                       {"first", topic.first.value},
                       {"last", topic.last.value},
                       {"closed", topic.closed}});
  }
  if (check) {
    all["check"] = boost::json::object{{"sound", check->sound()},
                                       {"rows", check->rows},
                                       {"events", check->events},
                                       {"damage", texts(check->damage)},
                                       {"notes", texts(check->notes)}};
  }
  return boost::json::serialize(all) + "\n";
}

}  // namespace weir::server
