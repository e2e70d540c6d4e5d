#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "proto/json_reader.hpp"

namespace weir::proto {

/// A step of a path into JSON: a member's name or an element's index.
using JsonStep = std::variant<std::string, std::uint32_t>;

/// Several paths into a JSON text, whose values are found in one pass over it: no tree of the text
/// is built, and what no path leads to is only checked. Immutable once its paths are added; any
/// thread.
class JsonPaths {
 public:
  using Value = decltype(JsonValue::content);
  /// One for each path, by its number; none where the path leads nowhere.
  using Values = std::vector<std::optional<Value>>;

  /// How deep a text may be nested below a path's end.
  static constexpr std::size_t kDepthMax = 64;

  /// The path's number; that of an equal path if there is one. No steps lead to the whole text.
  std::uint32_t add(std::span<const JsonStep> path);
  std::size_t size() const { return slots_; }

  /// False if the text is not one JSON value from beginning to end; `values` has nothing then. Of
  /// members with one name the last counts. Linear in the text, times the logarithm of the paths.
  bool read(std::string_view text, Values& values) const;

 private:
  struct Node {
    std::vector<std::pair<std::string, std::uint32_t>> names;      ///< Sorted, with their nodes.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> indices;  ///< Sorted, with their nodes.
    std::optional<std::uint32_t> slot;
    std::uint32_t parent = 0;
  };
  class Walk;

  template <typename Key>
  std::uint32_t step(std::vector<std::pair<Key, std::uint32_t>> Node::* steps, std::uint32_t from,
                     const Key& key);

  std::vector<Node> nodes_{1};
  std::uint32_t slots_ = 0;
};

}  // namespace weir::proto
