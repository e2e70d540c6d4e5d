#pragma once

// The effective configuration: flags over environment over file over defaults, and where each value
// is from (Settings::places).

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "node/config_file.hpp"

namespace weir::node {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// The process's variables that begin with WEIR_.
Environment weir_environment();

/// Merges the sources and checks the whole. The file is the one that flags or environment name as
/// `config`, if any; it is read again at each call, which is how SIGHUP reloads it. An empty
/// variable counts as not set. A namespace starts from the server-wide values and overrides what
/// its table names.
///
/// kBadConfiguration with a one-line detail that begins with the place: an unknown key
/// (with the nearest known name), a bad value, settings that contradict each other. A WEIR_
/// variable that is no setting is logged and left alone.
base::Result<base::Settings> load_config(const std::vector<Given>& flags,
                                         const Environment& environment);
/// The same with a file's text that somebody has at hand; `text_name` stands for its path. Giving
/// both a text and `config` is kBadConfiguration.
base::Result<base::Settings> load_config(const std::vector<Given>& flags,
                                         const Environment& environment, std::string_view text,
                                         const std::string& text_name);

/// Checks one file as if it were the only source.
base::Result<base::Settings> check_config_file(const std::string& path);

}  // namespace weir::node
