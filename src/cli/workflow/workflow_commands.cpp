#include "cli/workflow/workflow_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "cli/server_options.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/workflow/run_input.hpp"
#include "cli/workflow/watch.hpp"
#include "cli/workflow/workflow_client.hpp"
#include "proto/rfc3339.hpp"
#include "proto/url.hpp"

namespace weir::cli {
namespace {

namespace json = boost::json;
using base::ErrorCode;
using base::make_error;

/// What the commands take; each has its own part of it.
struct Options {
  ServerOptions server;
  std::string id;  ///< Of the workflow or the execution.
  std::string node;
  std::string input;
  std::vector<std::string> settings;
  std::string key;
  std::string status;
  std::string comment;
  std::string before;
  unsigned limit = 20;
  bool reject = false;
  bool follow = false;
  WatchOptions watch;
};

int failed(const base::Error& error) {
  return signal_status() != 0 ? signal_status() : fail(error);
}

/// Prints the new execution's id, or follows it.
int begun(const ServerAccess& server, const Options& options,
          const base::Result<json::value>& answer) {
  if (!answer) return failed(answer.error());
  const auto id = text_of(answer->get_object(), "executionId");
  if (id.empty()) {
    return fail(make_error(ErrorCode::kNetwork, "the server's answer names no execution"));
  }
  if (options.follow) return watch_execution(server, id, options.watch);
  return print(id + "\n");
}

int run(const Options& options) {
  const auto input = run_input(options.input, options.settings);
  if (!input) return fail(input.error());
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  json::object body{{"workflowId", options.id}};
  if (!input->is_null()) body["input"] = *input;
  WorkflowClient client(*server);
  return begun(*server, options, client.post("/api/workflow/execute", body, options.key));
}

int watch(const Options& options) {
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  return watch_execution(*server, options.id, options.watch);
}

int rerun(const Options& options) {
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  json::object body;
  if (!options.node.empty()) body["fromNode"] = options.node;
  WorkflowClient client(*server);
  return begun(*server, options, client.post(execution_target(options.id, "/rerun"), body));
}

int cancel(const Options& options) {
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  WorkflowClient client(*server);
  const auto answer = client.post(execution_target(options.id, "/cancel"), json::object());
  return answer ? kSuccess : failed(answer.error());
}

int approve(const Options& options) {
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  json::object body{{"decision", options.reject ? "reject" : "approve"}};
  if (!options.comment.empty()) body["comment"] = options.comment;
  WorkflowClient client(*server);
  const auto rest = fmt::format("/nodes/{}/approve", proto::encode_topic_path(options.node));
  const auto answer = client.post(execution_target(options.id, rest), body);
  return answer ? kSuccess : failed(answer.error());
}

std::string list_target(const Options& options) {
  std::string target = fmt::format("/api/workflow/executions?limit={}", options.limit);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) target += fmt::format("&{}={}", name, proto::encode_topic_path(value));
  };
  add("workflowId", options.id);
  add("status", options.status);
  add("before", options.before);
  return target;
}

std::string table(const json::array& executions) {
  std::size_t width = 8;
  std::size_t id_width = 9;
  for (const auto& each : executions) {
    if (!each.is_object()) continue;
    width = std::max(width, text_of(each.get_object(), "workflowId").size());
    id_width = std::max(id_width, text_of(each.get_object(), "executionId").size());
  }
  std::string out = fmt::format("{:<{}}  {:<{}}  {:<10}  {:<24}  {:>12}\n", "EXECUTION", id_width,
                                "WORKFLOW", width, "STATUS", "STARTED", "TOOK");
  const auto now = base::system_clock().unix_millis();
  for (const auto& each : executions) {
    if (!each.is_object()) continue;
    const auto& row = each.get_object();
    const auto started = text_of(row, "startTime");
    auto took = integer_of(row, "executionTime", -1);
    if (const auto began = proto::parse_rfc3339(started); took < 0 && began) {
      took = std::max<std::int64_t>(now - *began, 0);
    }
    out += fmt::format(
        "{:<{}}  {:<{}}  {:<10}  {:<24}  {:>12}\n", printable(text_of(row, "executionId")),
        id_width, printable(text_of(row, "workflowId")), width, printable(text_of(row, "status")),
        started.empty() ? "-" : printable(started), took < 0 ? "-" : duration_text(took));
  }
  return out;
}

int list(const Options& options) {
  const auto server = server_access(options.server);
  if (!server) return fail(server.error());
  WorkflowClient client(*server);
  const auto answer = client.get(list_target(options));
  if (!answer) return failed(answer.error());
  const auto* executions = answer->get_object().if_contains("executions");
  if (executions == nullptr || !executions->is_array()) {
    return fail(make_error(ErrorCode::kNetwork, "the server's answer is no list of executions"));
  }
  if (!options.watch.json) return print(table(executions->get_array()));
  std::string lines;
  for (const auto& each : executions->get_array()) lines += json::serialize(each) + "\n";
  return print(lines);
}

using Run = int (*)(const Options&);

/// A command whose options are made here, so that they live as long as what it does.
struct Added {
  CLI::App* command;
  std::shared_ptr<Options> options;
};

Added add(CLI::App& workflow, Action& action, const char* name, const char* description, Run run) {
  Added added{workflow.add_subcommand(name, description), std::make_shared<Options>()};
  added.options->server.add_to(*added.command);
  added.command->callback([&action, run, options = added.options] {
    action = [run, options] { return run(*options); };
  });
  return added;
}

void add_following(const Added& added) {
  auto& [command, options] = added;
  command->add_flag("--json", options->watch.json, "Print each event as a line of JSON");
  command->add_flag("--logs", options->watch.logs, "Print what the nodes print");
}

}  // namespace

void add_workflow_commands(CLI::App& workflow, Action& action) {
  const auto running =
      add(workflow, action, "run", "Execute a workflow; print the execution's id", run);
  running.command->footer(
      "  weir workflow run nightly-backup --set directory=/srv/data --watch\n"
      "  weir workflow run enrich-orders --input @order.json");
  running.command->add_option("WORKFLOW", running.options->id, "The workflow's id")->required();
  running.command
      ->add_option("--input", running.options->input, "The input: JSON, or @FILE that holds it")
      ->type_name("JSON");
  running.command
      ->add_option("--set", running.options->settings,
                   "A member of the input, name=value; JSON, or else text; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  running.command
      ->add_option("--idempotency-key", running.options->key,
                   "Sent again with the same key, the request executes nothing again")
      ->type_name("KEY");
  running.command->add_flag("--watch", running.options->follow, "Follow it until it is over");
  add_following(running);

  const auto listing = add(workflow, action, "list", "List executions, the newest first", list);
  listing.command->add_option("--workflow", listing.options->id, "Of this workflow only")
      ->type_name("ID");
  listing.command
      ->add_option("--status", listing.options->status,
                   "With this status only; several with commas")
      ->type_name("STATUS");
  listing.command->add_option("--limit", listing.options->limit, "How many at most. Default: 20")
      ->check(CLI::Range(1U, 1'000U))
      ->type_name("N");
  listing.command->add_option("--before", listing.options->before, "What nextBefore of a page said")
      ->type_name("N");
  listing.command->add_flag("--json", listing.options->watch.json,
                            "Print each execution as a line of JSON");

  const auto watching =
      add(workflow, action, "watch",
          "Follow an execution until it is over; the status is 1 if it fails", watch);
  watching.command->add_option("EXECUTION", watching.options->id, "The execution's id")->required();
  add_following(watching);

  const auto cancelling = add(workflow, action, "cancel", "Cancel an execution", cancel);
  cancelling.command->add_option("EXECUTION", cancelling.options->id, "The execution's id")
      ->required();

  const auto again = add(workflow, action, "rerun",
                         "Execute again with the same input; print the new execution's id", rerun);
  again.command->add_option("EXECUTION", again.options->id, "The execution's id")->required();
  again.command
      ->add_option("--from", again.options->node,
                   "Begin with this node, and keep what came before it")
      ->type_name("NODE");
  again.command->add_flag("--watch", again.options->follow, "Follow it until it is over");
  add_following(again);

  const auto deciding =
      add(workflow, action, "approve", "Decide about a node that waits for an approval", approve);
  deciding.command->add_option("EXECUTION", deciding.options->id, "The execution's id")->required();
  deciding.command->add_option("NODE", deciding.options->node, "The node's id")->required();
  deciding.command->add_flag("--reject", deciding.options->reject, "Reject it");
  deciding.command->add_option("--comment", deciding.options->comment, "Said with the decision")
      ->type_name("TEXT");
}

}  // namespace weir::cli
