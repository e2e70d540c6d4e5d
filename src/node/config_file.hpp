#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/settings_table.hpp"

namespace weir::node {

/// A setting that somebody gave a value for, and where.
struct Given {
  const base::Setting* setting;
  std::vector<std::string> texts;  ///< One, or one per element of a list.
  std::string place;               ///< "--keepalive", "WEIR_KEEPALIVE", "weir.toml:3".
};

/// A [[namespace]] table; its settings are kept as text until it is known what they override.
struct NamespaceTable {
  std::string name;
  std::vector<std::string> topics;
  std::vector<Given> values;
  std::string place;
};

/// A [[webhook]] table. What its URL and patterns mean is looked at later.
struct WebhookTable {
  base::Webhook webhook;
  std::string place;
};

struct ConfigFile {
  std::vector<Given> values;
  std::vector<NamespaceTable> namespaces;
  std::vector<WebhookTable> webhooks;
};

/// kBadConfiguration, "place: what".
base::Error wrong_at(const std::string& place, std::string_view what);

/// Reads a TOML 1.0 file. Values are not yet looked at beyond being text, numbers, booleans or
/// arrays of text; names are: an unknown one is kBadConfiguration, as is bad TOML. The detail
/// begins "file:line: ".
base::Result<ConfigFile> read_config_file(const std::string& path);

/// The same for text that is already there; `path` is for messages.
base::Result<ConfigFile> parse_config_file(std::string_view text, const std::string& path);

}  // namespace weir::node
