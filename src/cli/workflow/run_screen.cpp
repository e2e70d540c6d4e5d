#include "cli/workflow/run_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/terminal.hpp"
#include "cli/workflow/workflow_client.hpp"
#include "proto/rfc3339.hpp"
#include "proto/utf8.hpp"

namespace weir::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameColumnsMax = 32;
constexpr std::size_t kStatusColumns = 10;
constexpr std::size_t kTimeColumns = 12;

struct Look {
  std::string_view status;
  std::string_view icon;
  std::string_view colour;  ///< Of SGR (ECMA-48, 8.3.117).
};

// As the console has it; the icon and the word say the same as the colour.
constexpr std::array<Look, 9> kLooks = {{{"pending", "○", "90"},
                                         {"queued", "◌", "90"},
                                         {"running", "●", "34"},
                                         {"retrying", "↻", "33"},
                                         {"waiting", "◆", "35"},
                                         {"completed", "✔", "32"},
                                         {"failed", "✖", "31"},
                                         {"skipped", "–", "90"},
                                         {"cancelled", "■", "36"}}};
constexpr std::array<std::string_view, 4> kTurning = {"◐", "◓", "◑", "◒"};

const Look& look_of(std::string_view status) {
  const auto found = std::find_if(kLooks.begin(), kLooks.end(),
                                  [&](const Look& look) { return look.status == status; });
  return found == kLooks.end() ? kLooks.front() : *found;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (; !text.empty(); ++columns) text.remove_prefix(proto::utf8_step(text).bytes);
  return columns;
}

/// Cut to that many columns, with an ellipsis, or filled up to them. A character counts as one.
std::string fitted(std::string_view text, std::size_t columns) {
  const std::size_t wide = columns_of(text);
  if (wide <= columns) return std::string(text) + std::string(columns - wide, ' ');
  std::string cut;
  for (std::size_t i = 0; i + 1 < columns; ++i) {
    const auto step = proto::utf8_step(text);
    cut += text.substr(0, step.bytes);
    text.remove_prefix(step.bytes);
  }
  return columns == 0 ? "" : cut + "…";
}

std::string coloured(std::string_view text, std::string_view colour, bool on) {
  return on ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
}

std::string time_text(const NodeView& node, base::UnixMillis now) {
  if (node.duration >= 0) return duration_text(node.duration);
  if (node.over() || node.started == 0) return {};
  return duration_text(std::max<std::int64_t>(now - node.started, 0));
}

/// What is behind the time: progress, what it waits for, or why it failed.
std::string remark(const NodeView& node) {
  std::string text;
  if (node.attempt > 1) text = fmt::format("attempt {} ", node.attempt);
  if (node.percent >= 0) text += fmt::format("{:.0f} % ", node.percent);
  if (!node.message.empty()) text += node.message + " ";
  if (!node.error.empty()) text += node.error;
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return printable(text);
}

std::string node_line(const NodeView& node, std::size_t name_columns, base::UnixMillis now,
                      const ScreenOptions& options) {
  const Look& look = look_of(node.status);
  const bool child = node.path.find('/') != std::string::npos;
  const bool turns = node.status == "running";
  const auto icon = turns ? kTurning[options.frame % kTurning.size()] : look.icon;
  const std::size_t used = 2 + 2 + name_columns + 2 + kStatusColumns + 2 + kTimeColumns + 1;
  std::string line = child ? "   " : " ";
  line += coloured(icon, look.colour, options.colour) + " ";
  line += fitted(printable(node.name), name_columns - (child ? 2 : 0)) + "  ";
  line += coloured(fitted(node.status, kStatusColumns), look.colour, options.colour) + "  ";
  line += fmt::format("{:>{}}", time_text(node, now), kTimeColumns);
  if (const auto text = remark(node); !text.empty() && options.columns > used + 4) {
    line += "  " + fitted(text, std::min(columns_of(text), options.columns - used - 2));
  }
  return line;
}

/// Whether the line must be seen: it moves, or somebody must know of it.
bool is_telling(const NodeView& node) {
  return node.status != "pending" && node.status != "skipped" && node.status != "completed" &&
         node.status != "queued";
}

std::string ending(std::string_view verb, const json::object& data, std::string_view name) {
  const auto took = integer_of(data, name, -1);
  std::string text(verb);
  if (took >= 0) text += " in " + duration_text(took);
  if (const auto error = text_of(data, "error"); !error.empty()) text += ": " + error;
  return text;
}

}  // namespace

std::vector<std::string> run_lines(const RunView& run, base::UnixMillis now,
                                   const ScreenOptions& options) {
  const Look& look = look_of(run.status());
  std::int64_t took = run.execution_time();
  if (took < 0 && run.started() != 0) took = std::max<std::int64_t>(now - run.started(), 0);
  std::string head = fmt::format("{}  {}", run.execution(), printable(run.workflow()));
  const std::size_t tail = kStatusColumns + 2 + kTimeColumns + 3;
  head =
      fitted(head, std::min(columns_of(head), options.columns > tail ? options.columns - tail : 0));
  std::vector<std::string> lines = {fmt::format("{}  {}  {}", head,
                                                coloured(run.status(), look.colour, options.colour),
                                                took < 0 ? "" : duration_text(took))};

  std::size_t name_columns = 4;
  for (const auto& node : run.nodes()) {
    const bool child = node.path.find('/') != std::string::npos;
    name_columns = std::max(name_columns, columns_of(node.name) + (child ? 2 : 0));
  }
  name_columns = std::min(name_columns, kNameColumnsMax);
  // One row for the head, one for the error, one for what is left out, one for the cursor.
  const std::size_t room = options.rows > 5 ? options.rows - 4 : 1;
  const bool all = run.nodes().size() <= room;
  std::size_t left_out = 0;
  for (const auto& node : run.nodes()) {
    if (!all && (!is_telling(node) || lines.size() > room)) {
      ++left_out;
    } else {
      lines.push_back(node_line(node, name_columns, now, options));
    }
  }
  if (left_out > 0) lines.push_back(fmt::format("   and {} more", left_out));
  if (!run.error().empty() && options.columns > 2) {
    const auto text = printable(run.error());
    lines.push_back(" " + coloured(fitted(text, std::min(columns_of(text), options.columns - 2)),
                                   "31", options.colour));
  }
  return lines;
}

std::string event_line(std::string_view type, const json::object& data) {
  const auto dot = type.find('.');
  if (dot == std::string_view::npos) return {};
  const auto what = type.substr(dot + 1);
  std::string subject = type.starts_with("workflow.") ? "workflow" : text_of(data, "nodeId");
  std::string text(what);
  if (type == "node.progress") {
    text = fmt::format("{} % {}", integer_of(data, "percent", 0), text_of(data, "message"));
  } else if (type == "node.log") {
    return {};
  } else if (type == "node.started") {
    if (const auto attempt = integer_of(data, "attempt", 1); attempt > 1) {
      text += fmt::format(" (attempt {})", attempt);
    }
  } else if (type == "approval.requested") {
    text = "asks for an approval: " + text_of(data, "title");
  } else if (type == "approval.resolved") {
    text = text_of(data, "decision");
    if (const auto by = text_of(data, "by"); !by.empty()) text += " by " + by;
  } else if (type == "node.skipped") {
    if (const auto reason = text_of(data, "reason"); !reason.empty()) text += ": " + reason;
  } else if (type.starts_with("workflow.")) {
    text = ending(what, data, "executionTime");
  } else {
    text = ending(what, data, "duration");
  }
  const auto time = proto::format_rfc3339(integer_of(data, "timestamp", 0)).substr(11, 12);
  return printable(fmt::format("{} {} {}", time, subject, text));
}

std::string summary_line(const RunView& run) {
  const auto over = static_cast<std::size_t>(std::count_if(
      run.nodes().begin(), run.nodes().end(), [](const NodeView& node) { return node.over(); }));
  std::string text = fmt::format("{} of {} is {}, {} of {} nodes have ended", run.execution(),
                                 run.workflow(), run.status(), over, run.nodes().size());
  if (run.execution_time() >= 0) text += " in " + duration_text(run.execution_time());
  if (!run.error().empty()) text += ": " + run.error();
  return printable(text);
}

}  // namespace weir::cli
