#pragma once

#include <CLI/CLI.hpp>
#include <deque>
#include <string>
#include <vector>

#include "node/config_file.hpp"

namespace weir::server {

/// The command line flags of every setting, made from the settings' declarations. Lives as long as
/// the command that it is added to.
class SettingFlags {
 public:
  /// Adds "--data-dir DIR" and its like, in the table's groups. A list's flag may be repeated.
  void add_to(CLI::App& command);

  /// What was given, after parsing.
  std::vector<node::Given> given() const;

 private:
  struct Flag {
    const base::Setting* setting;
    CLI::Option* option;
    std::vector<std::string> values;
  };
  std::deque<Flag> flags_;  // CLI11 keeps pointers to the values.
};

}  // namespace weir::server
