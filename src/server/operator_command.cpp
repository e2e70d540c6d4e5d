// `weir operator`: the file of those who may log in with a password.

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "access/operators.hpp"
#include "base/small_file.hpp"
#include "cli/password.hpp"
#include "cli/terminal.hpp"
#include "server/commands.hpp"

namespace weir::server {
namespace {

using base::Result;
using cli::usage;

constexpr std::size_t kFileBytesMax = 1 << 20;
// One that stands alone should not be guessed (NIST SP 800-63B, 5.1.1).
constexpr std::size_t kPasswordCharactersMin = 12;
constexpr std::size_t kPasswordBytesMax = 1024;

struct OperatorOptions {
  std::string name;
  std::string file;
  bool replace = false;
};

/// The file as text, held to what the server will ask of it; nothing where there is none.
Result<std::string> read_file(const std::string& path) {
  if (auto loaded = access::Operators::load(path); !loaded) return loaded.error();
  return base::read_small_file(path, kFileBytesMax);
}

/// The text without the operator's line; all else stays as it is.
std::string without(std::string_view text, std::string_view name) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (access::operator_name_of(line) != name) out.append(line).push_back('\n');
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return out;
}

std::size_t characters_of(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

Result<> add(const OperatorOptions& options) {
  if (auto named = access::check_operator_name(options.name); !named) return named;
  std::string text;
  if (::access(options.file.c_str(), F_OK) == 0) {
    auto read = read_file(options.file);
    if (!read) return read.error();
    text = without(*read, options.name);
    if (text.size() < read->size() && !options.replace) {
      return usage(fmt::format("{}: \"{}\" is there already; --replace gives a new password",
                               options.file, options.name));
    }
  }
  const auto password = cli::read_password();
  if (!password) return password.error();
  if (characters_of(*password) < kPasswordCharactersMin) {
    return usage(fmt::format("a password has at least {} characters", kPasswordCharactersMin));
  }
  if (password->size() > kPasswordBytesMax) {
    return usage(fmt::format("a password has at most {} bytes", kPasswordBytesMax));
  }
  return base::replace_file(options.file,
                            text + access::operator_line(options.name, *password) + "\n");
}

Result<> remove(const OperatorOptions& options) {
  const auto text = read_file(options.file);
  if (!text) return text.error();
  const auto rest = without(*text, options.name);
  if (rest.size() >= text->size()) {
    return usage(fmt::format("{}: there is no operator \"{}\"", options.file, options.name));
  }
  return base::replace_file(options.file, rest);
}

int list(const OperatorOptions& options) {
  const auto operators = access::Operators::load(options.file);
  if (!operators) return cli::fail(operators.error());
  std::string out;
  for (const auto& [name, entry] : operators->all()) out += name + "\n";
  return cli::print(out);
}

int status(const Result<>& done) { return done ? cli::kSuccess : cli::fail(done.error()); }

void add_file_option(CLI::App& command, OperatorOptions& options) {
  command.add_option("--file", options.file, "The server's file of operators (operators).")
      ->type_name("FILE")
      ->required();
}

}  // namespace

void add_operator(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("operator", "Say who may log in to the console");
  command->require_subcommand(1);
  const auto options = std::make_shared<OperatorOptions>();

  auto* add_command = command->add_subcommand("add", "Add an operator, or give a new password");
  add_command->add_option("NAME", options->name, "Letters, digits, '.', '_', '-' and '@'.")
      ->required();
  add_file_option(*add_command, *options);
  add_command->add_flag("--replace", options->replace, "Give who is there a new password.");
  add_command->footer(
      "  weir operator add ada --file /etc/weir/operators\n"
      "  pass show weir/ada | weir operator add ada --file /etc/weir/operators\n"
      "\n"
      "The password is asked for, or read from standard input. The file is made if there is none.\n"
      "A server that runs takes it after SIGHUP; with a new password all sessions of the old one "
      "end.");
  add_command->callback(
      [&action, options] { action = [options] { return status(add(*options)); }; });

  auto* remove_command = command->add_subcommand("remove", "Remove an operator");
  remove_command->add_option("NAME", options->name, "Whose sessions end, too.")->required();
  add_file_option(*remove_command, *options);
  remove_command->callback(
      [&action, options] { action = [options] { return status(remove(*options)); }; });

  auto* list_command = command->add_subcommand("list", "Print the operators' names");
  add_file_option(*list_command, *options);
  list_command->callback([&action, options] { action = [options] { return list(*options); }; });
}

}  // namespace weir::server
