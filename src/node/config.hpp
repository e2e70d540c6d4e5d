#pragma once

// The effective configuration: flags over environment over file over defaults, and where each value
// is from.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/settings.hpp"
#include "node/config_file.hpp"

namespace weir::node {

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Config {
  base::Settings settings;
  /// Where a setting's value is from: "--keepalive", "WEIR_KEEPALIVE", "weir.toml:3". Absent: its
  /// default.
  std::map<std::string, std::string, std::less<>> places;
};

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
base::Result<Config> load_config(const std::vector<Given>& flags, const Environment& environment);
/// The same with a file's text that somebody has at hand; `text_name` stands for its path. Giving
/// both a text and `config` is kBadConfiguration.
base::Result<Config> load_config(const std::vector<Given>& flags, const Environment& environment,
                                 std::string_view text, const std::string& text_name);

/// Checks one file as if it were the only source.
base::Result<Config> check_config_file(const std::string& path);

}  // namespace weir::node
