#pragma once

#include <string>

#include "base/settings.hpp"

namespace weir::server {

/// docs/configuration.md, from the settings' declarations.
std::string configuration_markdown();

/// docs/errors.md, from the table of errors.
std::string errors_markdown();

/// The effective values as TOML that could be saved as a file; a comment says where each is from.
std::string config_as_toml(const base::Settings& settings);

/// The same as one JSON object: `{"settings":{"<name>":{"value","from"}},"namespaces":[…]}`, values
/// as in TOML.
std::string config_as_json(const base::Settings& settings);

}  // namespace weir::server
