#pragma once

#include <boost/json.hpp>
#include <string>

namespace weir::apps::workflow {

/// The value as YAML in block style, which `read_yaml` reads back as the same value: strings plain
/// where that is safe, in blocks where they have lines, and else as JSON writes them, which is
/// YAML.
std::string yaml_text(const boost::json::value& value);

}  // namespace weir::apps::workflow
