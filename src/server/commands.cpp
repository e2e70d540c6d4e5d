#include "server/commands.hpp"

#include <memory>

#include "apps/webhooks/signer.hpp"
#include "cli/terminal.hpp"
#include "node/config.hpp"
#include "server/config_docs.hpp"
#include "server/flags.hpp"
#include "server/serve.hpp"

namespace weir::server {
namespace {

int serve_with(const std::vector<node::Given>& flags) {
  const node::Environment environment = node::weir_environment();
  const auto config = node::load_config(flags, environment);
  if (!config) return cli::fail(config.error());
  return serve(*config, [flags, environment] { return node::load_config(flags, environment); });
}

int show(const std::vector<node::Given>& flags, bool json) {
  const auto config = node::load_config(flags, node::weir_environment());
  if (!config) return cli::fail(config.error());
  return cli::print(json ? config_as_json(*config) : config_as_toml(*config));
}

int check(const std::string& path) {
  const auto config = node::check_config_file(path);
  if (!config) return cli::fail(config.error());
  return cli::print(path + ": good\n");
}

}  // namespace

void add_serve(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("serve", "Run the server");
  command->footer(
      "Every flag is also a key of the configuration file and a variable: --data-dir is data_dir "
      "in TOML\n"
      "and WEIR_DATA_DIR. Flags beat variables, variables the file. Durations are 250ms, 15s, 10m, "
      "24h, 7d;\n"
      "sizes 512, 64KiB, 4MiB, 8GiB.\n"
      "\n"
      "  weir serve --data-dir /var/lib/weir --cors-origin https://app.example\n"
      "  weir serve --config /etc/weir.toml --keepalive 10s\n"
      "\n"
      "SIGTERM and SIGINT stop it after a drain; SIGHUP reads the configuration again.");
  auto flags = std::make_shared<SettingFlags>();
  flags->add_to(*command);
  command->callback([&action, flags] { action = [flags] { return serve_with(flags->given()); }; });
}

void add_config(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand("config", "Show, check or explain the settings");
  command->require_subcommand(1);

  auto* show_command = command->add_subcommand(
      "show", "Print the effective settings and where each is from; takes the flags of serve");
  auto flags = std::make_shared<SettingFlags>();
  auto json = std::make_shared<bool>(false);
  show_command->add_flag("--json", *json, "Print one JSON object");
  flags->add_to(*show_command);
  show_command->callback(
      [&action, flags, json] { action = [flags, json] { return show(flags->given(), *json); }; });

  auto* check_command =
      command->add_subcommand("check", "Say whether a configuration file is good");
  auto path = std::make_shared<std::string>();
  check_command->add_option("FILE", *path, "The TOML file")->required();
  check_command->callback([&action, path] { action = [path] { return check(*path); }; });

  command->add_subcommand("docs", "Print docs/configuration.md")->callback([&action] {
    action = [] { return cli::print(configuration_markdown()); };
  });
}

void add_docs(CLI::App& program, cli::Action& action) {
  auto* command =
      program.add_subcommand("docs", "Print the parts of the documentation that the program knows");
  command->require_subcommand(1);
  command->add_subcommand("configuration", "Print docs/configuration.md")->callback([&action] {
    action = [] { return cli::print(configuration_markdown()); };
  });
  command->add_subcommand("errors", "Print docs/errors.md")->callback([&action] {
    action = [] { return cli::print(errors_markdown()); };
  });
}

void add_webhook_key(CLI::App& program, cli::Action& action) {
  auto* command = program.add_subcommand(
      "webhook-key",
      "Print the public key of a webhook signing key; make the key if there is none");
  auto path = std::make_shared<std::string>();
  command->add_option("FILE", *path, "The key's file, such as DATA_DIR/webhook.key")->required();
  command->callback([&action, path] {
    action = [path] {
      const auto key = apps::SigningKey::from_file(*path, true);
      if (!key) return cli::fail(key.error());
      return cli::print(key->public_text() + "\n");
    };
  });
}

}  // namespace weir::server
