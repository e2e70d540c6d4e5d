#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace weir::proto {

/// A request target cut into its parts, percent-decoded once. kBadRequest for a broken escape, an
/// encoded NUL or invalid UTF-8 in the path.
struct Target {
  std::string raw_path;  ///< As sent, before decoding, without query; starts with '/', or is "*".
  std::vector<std::pair<std::string, std::string>> query;  ///< In order; '+' is a space.

  /// The first value of a name.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string> get_all(std::string_view name) const;
};

/// Takes origin-form, absolute-form of http and https without credentials (RFC 9112, 3.2), and "*".
/// Visible ASCII other than '#' may stand unescaped, as browsers leave some of it; any other byte
/// is kBadRequest.
base::Result<Target> parse_target(std::string_view target);

/// Percent-decodes a part of a path ('+' stays). kBadRequest as above.
base::Result<std::string> decode_path(std::string_view raw);

/// Percent-encodes all but unreserved characters and '/', for building a topic's URL.
std::string encode_topic_path(std::string_view topic);

}  // namespace weir::proto
