#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "apps/workflow/model/problem.hpp"
#include "base/string_map.hpp"

namespace weir::apps::workflow {

/// Where something stands in a text.
struct Place {
  int line = 0;  ///< From 1.
  int column = 0;
  std::size_t offset = 0;  ///< In bytes, from 0.
};

/// A JSON or YAML text that was read, with the place of every value and of every member's name.
struct SourceDocument {
  std::string_view text;  ///< Borrowed.
  boost::json::value value;
  base::StringMap<Place> values;  ///< By JSON Pointer.
  base::StringMap<Place> names;   ///< By the pointer of what they name.

  /// Where the value begins, or the nearest one around it.
  Place place_of(std::string_view pointer) const;
  /// Where its name is, if it is a member; where it begins, otherwise.
  Place name_place_of(std::string_view pointer) const;
};

inline constexpr std::size_t kDocumentDepthMax = 32;
inline constexpr std::size_t kDocumentValuesMax = 20'000;

/// Nothing if the text cannot be read; the problem says why. A member that comes twice is one. Both
/// are bounded by the two limits above.
std::optional<SourceDocument> read_json(std::string_view text, Problems& problems);
/// The same of YAML 1.2 with the core schema: plain true, false, null and numbers are such,
/// anything else is a string. Aliases are copies; there are no merge keys and one document only.
std::optional<SourceDocument> read_yaml(std::string_view text, Problems& problems);

}  // namespace weir::apps::workflow
