#include "apps/workflow/effects/shell_effect.hpp"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "apps/workflow/effects/shell_policy.hpp"
#include "apps/workflow/effects/with.hpp"
#include "apps/workflow/model/json_members.hpp"
#include "base/refusal.hpp"
#include "base/units.hpp"
#include "proto/trace_context.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;
using base::Result;

constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// What the kernel takes of one argument (MAX_ARG_STRLEN).
constexpr std::size_t kTextBytesMax = 128 * 1024;

Result<std::string> plain(const json::value& value, std::string_view what) {
  auto text = scalar_text(value);
  if (!text) return base::bad_request(fmt::format("{} must be text, a number or a boolean", what));
  if (text->find('\0') != std::string::npos) {
    return base::bad_request(fmt::format("{} holds a NUL", what));
  }
  if (text->size() >= kTextBytesMax) {
    return base::bad_request(fmt::format("{} has more than {} bytes", what, kTextBytesMax));
  }
  return std::move(*text);
}

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

Result<> set_environment(const EffectRequest& request, ProcessSpec& spec, std::string& path) {
  std::map<std::string, std::string, std::less<>> variables{
      {"PATH", std::string(kPath)},
      {"HOME", spec.user.home},
      {"LANG", "C.UTF-8"},
      {"WEIR_EXECUTION", request.id.execution},
      {"WEIR_NODE", request.id.node},
      {"WEIR_ATTEMPT", std::to_string(request.id.attempt)}};
  if (const auto trace = proto::unpack_trace(request.trace)) {
    variables["TRACEPARENT"] = proto::format_traceparent(*trace);
  }
  if (const auto* given = request.with.if_contains("env")) {
    if (!given->is_object()) return base::bad_request("env must be an object");
    for (const auto& [name, value] : given->get_object()) {
      if (!is_variable_name(name)) {
        return base::bad_request(
            fmt::format("env: \"{}\" is no name of a variable", std::string_view(name)));
      }
      auto text = plain(value, fmt::format("env.{}", std::string_view(name)));
      if (!text) return text.error();
      variables[std::string(name)] = std::move(*text);
    }
  }
  path = variables["PATH"];
  for (const auto& [name, value] : variables) {
    spec.environment.push_back(fmt::format("{}={}", name, value));
  }
  return {};
}

/// The stricter of the setting and the node; 0 is no limit.
std::uint64_t stricter(std::uint64_t setting, std::uint64_t node) {
  if (setting == 0 || node == 0) return std::max(setting, node);
  return std::min(setting, node);
}

std::uint64_t whole_seconds(std::chrono::milliseconds time) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

Result<ProcessLimits> limits_of(const json::object& with, const base::EffectSettings& settings) {
  ProcessLimits limits{.cpu_seconds = whole_seconds(settings.shell_cpu),
                       .memory_bytes = settings.shell_memory,
                       .file_bytes = settings.shell_file_size,
                       .files = settings.shell_files,
                       .processes = settings.shell_processes};
  const auto* given = with.if_contains("limits");
  if (given == nullptr) return limits;
  if (!given->is_object()) return base::bad_request("limits must be an object");
  for (const auto& [name, value] : given->get_object()) {
    if (name == "cpuTime") {
      const auto time = base::parse_duration(scalar_text(value).value_or(""));
      if (!time) return base::bad_request("limits.cpuTime: " + time.error().detail);
      limits.cpu_seconds = stricter(limits.cpu_seconds, whole_seconds(*time));
      continue;
    }
    const auto count = base::parse_bytes(scalar_text(value).value_or(""));
    if (!count) {
      return base::bad_request(
          fmt::format("limits.{}: {}", std::string_view(name), count.error().detail));
    }
    auto* const place = name == "memory"      ? &limits.memory_bytes
                        : name == "fileSize"  ? &limits.file_bytes
                        : name == "openFiles" ? &limits.files
                        : name == "processes" ? &limits.processes
                                              : nullptr;
    if (place == nullptr) {
      return base::bad_request(
          fmt::format("limits: there is no limit \"{}\"", std::string_view(name)));
    }
    *place = stricter(*place, *count);
  }
  return limits;
}

/// Who it runs as: the setting's user; a node may name another one only where there is none.
Result<SystemUser> user_of(const json::object& with, const base::EffectSettings& settings) {
  const auto wanted = text_member(with, "user");
  if (wanted.empty() || wanted == settings.shell_user) return system_user(settings.shell_user);
  if (!settings.shell_user.empty()) {
    return base::bad_request(
        fmt::format("commands run as \"{}\" (workflow_shell_user), not as \"{}\"",
                    settings.shell_user, wanted));
  }
  return system_user(std::string(wanted));
}

Result<> set_program(const json::object& with, std::string_view path, ProcessSpec& spec) {
  const auto command = text_member(with, "command");
  const auto script = text_member(with, "script");
  if (command.empty() == script.empty()) {
    return base::bad_request("one of command and script is needed");
  }
  if (!script.empty()) {
    spec.arguments = {"/bin/sh", std::string(kScriptPath)};
    spec.script = script;
  } else {
    const std::string name(command);
    if (name.find('\0') != std::string::npos) return base::bad_request("command holds a NUL");
    auto program = find_program(name, path);
    if (program.empty()) {
      const bool is_line = name.find(' ') != std::string::npos;
      return base::bad_request(
          fmt::format("there is no program \"{}\" in PATH{}", name,
                      is_line ? ": its arguments go into args, a line for the shell into "
                                "script"
                              : ""));
    }
    spec.arguments = {std::move(program)};
  }
  if (const auto* args = with.if_contains("args")) {
    if (!args->is_array()) return base::bad_request("args must be an array");
    for (const auto& each : args->get_array()) {
      auto text = plain(each, "an element of args");
      if (!text) return text.error();
      spec.arguments.push_back(std::move(*text));
    }
  }
  return {};
}

}  // namespace

Result<ProcessSpec> shell_process(const EffectRequest& request, const base::Settings& settings) {
  if (auto allowed = check_shell_allowed(settings); !allowed) return allowed.error();
  ProcessSpec spec;
  auto user = user_of(request.with, settings.effects);
  if (!user) return user.error();
  spec.user = std::move(*user);
  auto limits = limits_of(request.with, settings.effects);
  if (!limits) return limits.error();
  spec.limits = *limits;
  if (const auto directory = text_member(request.with, "workingDirectory"); !directory.empty()) {
    if (!directory.starts_with('/') || directory.find('\0') != std::string_view::npos) {
      return base::bad_request("workingDirectory must be an absolute path");
    }
    spec.directory = directory;
  }
  std::string path;
  if (auto set = set_environment(request, spec, path); !set) return set.error();
  if (auto set = set_program(request.with, path, spec); !set) return set.error();
  return spec;
}

ShellEffect::ShellEffect(EffectSink& sink, const Masker& masker, const base::Settings& settings,
                         Done done)
    : progress_(sink),
      log_(sink, settings.effects.log_bytes_max),
      output_("stdout", log_, masker, settings.effects.output_bytes_max, &progress_),
      errors_("stderr", log_, masker, settings.effects.output_bytes_max),
      done_(std::move(done)) {}

Result<std::uint64_t> ShellEffect::start(Processes& processes, const ProcessSpec& spec) {
  auto self = shared_from_this();
  return processes.start(spec, {.output =
                                    [self](bool errors, std::string_view bytes) {
                                      (errors ? self->errors_ : self->output_).feed(bytes);
                                    },
                                .ended = [self](ProcessEnd end) { self->ended(end); }});
}

void ShellEffect::ended(ProcessEnd end) {
  output_.finish();
  errors_.finish();
  progress_.flush();
  EffectOutcome outcome{.ok = end.signal == 0 && end.exit_code == 0, .retryable = true};
  json::object result;
  if (end.signal == 0) {
    result["exitCode"] = end.exit_code;
    if (!outcome.ok) outcome.error = fmt::format("the command ended with status {}", end.exit_code);
  } else {
    result["exitCode"] = nullptr;
    result["signal"] = end.signal;
    outcome.error =
        fmt::format("the command was ended by signal {} ({})", end.signal,
                    ::sigdescr_np(end.signal) == nullptr ? "unknown" : ::sigdescr_np(end.signal));
  }
  const auto text = output_.tail().text();
  result["stdout"] = text;
  result["stderr"] = errors_.tail().text();
  if (output_.tail().cut() || errors_.tail().cut()) result["truncated"] = true;
  if (!output_.tail().cut() && !text.empty()) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    if (auto parsed = json::parse(text, error, {}, options); !error) {
      result["json"] = std::move(parsed);
    }
  }
  outcome.output = std::move(result);
  done_(std::move(outcome), log_.cut());
}

}  // namespace weir::apps::workflow
