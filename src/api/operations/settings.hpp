#pragma once

#include <string>
#include <string_view>

#include "base/settings_table.hpp"

namespace weir::api {

/// A value as JSON, which for these kinds is TOML, too: a duration or size is text with its unit. A
/// secret is `null`, unless it is its default.
std::string value_json(const base::Settings& settings, const base::Setting& setting);

/// What values a setting takes, in a word: "duration", "size", "number", "boolean", "choice",
/// "text", "list".
std::string_view kind_name(base::SettingKind kind);

/// A namespace's values read through the table, as if they were server-wide.
base::Settings as_settings(const base::Namespace& space);

/// Arrays of objects, a member for each key. Of webhooks no secret, and of an address only its
/// origin if `origins`.
std::string namespaces_json(const base::Settings& settings);
std::string webhooks_json(const base::Settings& settings, bool origins);

/// What `GET /v1/settings` answers: every setting with its value, where that is from and what it
/// means.
std::string settings_json(const base::Settings& settings, std::string_view version);

}  // namespace weir::api
