#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "apps/workflow/model/examples.hpp"
#include "apps/workflow/model/parse.hpp"
#include "apps/workflow/model/schema.hpp"
#include "base/nearest.hpp"
#include "base/small_file.hpp"
#include "cli/terminal.hpp"
#include "server/commands.hpp"

namespace weir::server {
namespace {

namespace workflow = apps::workflow;
using base::ErrorCode;
using base::make_error;

struct ValidateOptions {
  std::vector<std::string> files;
  std::string to;
};

/// What `--to` asks for instead of a word that all is well.
std::string converted(const workflow::Definition& definition, const std::string& to) {
  if (to == "yaml") return workflow::to_yaml(definition);
  return boost::json::serialize(workflow::to_json(definition)) + "\n";
}

/// One line for each problem, as compilers write them, so that editors find the place.
int validate(const ValidateOptions& options) {
  if (!options.to.empty() && options.files.size() > 1) {
    return cli::fail(make_error(ErrorCode::kUsage, "--to takes one file"));
  }
  int status = cli::kSuccess;
  for (const auto& file : options.files) {
    const auto text = base::read_small_file(file, workflow::kDefinitionBytesMax);
    if (!text) {
      status = cli::fail(text.error());
      continue;
    }
    const auto parsed = workflow::parse_definition(*text, workflow::format_of_file(file));
    for (const auto& problem : parsed.problems) {
      fmt::print(stderr, "{}:{}\n", file, cli::printable(workflow::problem_text(problem)));
    }
    if (!parsed.definition) {
      status = cli::kBadUsage;
    } else if (cli::print(options.to.empty() ? file + ": good\n"
                                             : converted(*parsed.definition, options.to)) != 0) {
      return cli::kFailure;
    }
  }
  return status;
}

int print_example(const std::string& id) {
  const auto all = workflow::examples();
  if (id.empty()) {
    std::string list;
    for (const auto& each : all) {
      const auto parsed = workflow::parse_definition(each.yaml, workflow::Format::kYaml);
      const auto& description = parsed.definition ? parsed.definition->description : std::string();
      list += fmt::format("{:<24}  {}\n", each.id, description);
    }
    return cli::print(list);
  }
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.id == id; });
  if (found != all.end()) return cli::print(std::string(found->yaml));
  std::vector<std::string> ids;
  for (const auto& each : all) ids.emplace_back(each.id);
  return cli::fail(make_error(ErrorCode::kUsage, fmt::format("there is no example \"{}\"{}", id,
                                                             base::did_you_mean(id, ids))));
}

void add_validate(CLI::App& workflows, cli::Action& action) {
  auto* command = workflows.add_subcommand(
      "validate", "Check definitions; a problem is a line file:line:column: path: message");
  command->footer(
      "Needs no server. The status is 2 if there is a problem.\n"
      "\n"
      "  weir workflow validate examples/workflows/*.yaml\n"
      "  weir workflow validate --to json nightly-backup.yaml");
  auto options = std::make_shared<ValidateOptions>();
  command->add_option("FILE", options->files, "JSON, or YAML by the ending .yaml or .yml")
      ->required();
  command->add_option("--to", options->to, "Print the definition in the canonical form")
      ->check(CLI::IsMember({"json", "yaml"}))
      ->type_name("json|yaml");
  command->callback([&action, options] { action = [options] { return validate(*options); }; });
}

}  // namespace

void add_workflow(CLI::App& program, cli::Action& action) {
  auto* command =
      program.add_subcommand("workflow", "Check workflows, execute them and watch them");
  command->require_subcommand(1);
  add_validate(*command, action);
  auto* example = command->add_subcommand(
      "example", "Print an example of a definition; without a name, list them");
  auto id = std::make_shared<std::string>();
  example->add_option("NAME", *id, "Which one");
  example->callback([&action, id] { action = [id] { return print_example(*id); }; });
  command->add_subcommand("schema", "Print the JSON Schema of definitions, for editors")
      ->callback([&action] {
        action = [] {
          return cli::print(boost::json::serialize(workflow::definition_schema()) + "\n");
        };
      });
}

}  // namespace weir::server
