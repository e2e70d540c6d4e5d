#include "cli/program.hpp"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <type_traits>

#include "base/nearest.hpp"
#include "base/version.hpp"
#include "cli/help.hpp"
#include "cli/terminal.hpp"

namespace weir::cli {
namespace {

constexpr const char* kDescription =
    "A real-time event server: durable topics, streamed to whoever listens, with nothing lost on "
    "the way.";

constexpr const char* kExamples =
    "Try it, in three terminals:\n"
    "  weir serve --data-dir ./data          start a server on http://127.0.0.1:3000\n"
    "  weir sub news                         follow a topic\n"
    "  weir pub news \"hello, world\"          publish to it\n"
    "\n"
    "More:\n"
    "  weir pub --file /var/log/dpkg.log packages   every line an event, with its own time\n"
    "  weir sub packages --after earliest           replay a topic from its start, then follow it\n"
    "  weir topics                                  what there is\n"
    "  weir config show                             the effective settings and where each is from\n"
    "  weir doctor https://events.example           what proxies do to streams on the way\n"
    "\n"
    "Any client that speaks Server-Sent Events will do: curl -N "
    "http://127.0.0.1:3000/v1/topics/news\n"
    "'weir COMMAND --help' explains a command.";

const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

/// What stands on the command line but means nothing, with the word that was probably meant.
std::string unexpected(const CLI::App& program) {
  const CLI::App& command = innermost(program);
  std::vector<std::string> left = program.remaining(true);
  const std::string word =
      left.empty() ? std::string() : left.front().substr(0, left.front().find('='));
  std::vector<std::string> known;
  if (word.starts_with('-')) {
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
    return fmt::format("unknown option {}{}", word, base::did_you_mean(word, known));
  }
  for (const CLI::App* each : command.get_subcommands({})) known.push_back(each->get_name());
  if (known.empty()) return fmt::format("unexpected argument \"{}\"", word);
  return fmt::format("unknown command \"{}\"{}", word, base::did_you_mean(word, known));
}

/// "weir", "weir config show": what to put before --help.
std::string command_line(const CLI::App& program) {
  const CLI::App* app = &program;
  std::string line = "weir";
  for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = app->get_subcommands()) {
    app = chosen.front();
    line += " " + app->get_name();
  }
  return line;
}

/// CLI11 leaves an empty line after each option that ends with one.
std::string without_double_gaps(std::string text) {
  for (std::size_t at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n")) {
    text.erase(at, 1);
  }
  return text;
}

int explain(const CLI::App& program, const CLI::ParseError& error) {
  const auto is = [&error]<typename T>(std::type_identity<T>) {
    return dynamic_cast<const T*>(&error) != nullptr;
  };
  std::string what = error.what();
  if (is(std::type_identity<CLI::ExtrasError>()) || !program.remaining(true).empty()) {
    what = unexpected(program);
  } else if (is(std::type_identity<CLI::RequiredError>())) {
    const bool command = innermost(program).get_require_subcommand_min() > 0;
    what = command ? "a command is needed" : what;
  } else if (is(std::type_identity<CLI::ArgumentMismatch>()) && what.starts_with("--")) {
    what = what.substr(0, what.find(':')) + " needs a value";
  }
  if (const std::string_view clumsy = "Could not convert: "; what.starts_with(clumsy)) {
    what = "not valid: " + what.substr(clumsy.size());
  }
  print_error(fmt::format("{} (see '{} --help')", what, command_line(program)));
  return kBadUsage;
}

}  // namespace

std::string version_line() { return fmt::format("weir {}", base::version()); }

void add_version(CLI::App& program, Action& action) {
  program.add_subcommand("version", "Print the version")->callback([&action] {
    action = [] { return print(version_line() + "\n"); };
  });
}

int run_program(int argc, const char* const* argv, const std::vector<AddCommand>& commands) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App program{kDescription, "weir"};
  program.formatter(std::make_shared<HelpFormatter>());
  program.set_version_flag("--version", version_line(), "Print the version");
  program.set_help_flag("-h,--help", "Explain");
  program.require_subcommand(1);

  Action action;
  for (const AddCommand add : commands) add(program, action);
  program.footer(kExamples);  // Afterwards: a command would inherit it.
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return print(without_double_gaps(program.help()));
  } catch (const CLI::CallForVersion&) {
    return print(version_line() + "\n");
  } catch (const CLI::ParseError& error) {
    return explain(program, error);
  }
  return action();
}

}  // namespace weir::cli
