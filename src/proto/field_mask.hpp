#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::proto {

/// Which fields of JSON data are kept: `id,order.total,["odd key"]`. A path leads through objects
/// by name and through arrays to each of their elements, and keeps all that is at its end. A mask
/// of no paths keeps nothing. docs/filtering.md is its reference.
///
/// Immutable; any thread.
class FieldMask {
 public:
  static constexpr std::size_t kBytesMax = 2048;  ///< Of its text.
  static constexpr std::size_t kPathsMax = 256;
  static constexpr std::size_t kPathStepsMax = 16;

  /// kBadFields, with the place of the mistake in the detail.
  static base::Result<FieldMask> parse(std::string_view text);
  /// What both keep.
  static FieldMask intersection(const FieldMask& a, const FieldMask& b);

  /// Appends what is left of the data: the kept members and values with the bytes that they were
  /// published with. What is neither an object nor an array of objects has no fields: `{}` is left
  /// of it, as of what is no JSON. One pass over the data.
  void project(std::string_view data, std::string& out) const;

  /// Whether all that lies at this path is kept.
  bool keeps(std::span<const std::string> path) const;

  /// Canonical: masks that keep the same have the same text, which `parse` reads back (if any path
  /// is left).
  std::string text() const;
  /// The paths that the text joins by commas.
  std::vector<std::string> paths() const;
  /// A path as it is written in a mask.
  static std::string path_text(std::span<const std::string> path);

 private:
  struct Child;
  struct Node {
    bool whole = false;           ///< Keeps all that is there, and has no children.
    std::vector<Child> children;  ///< Sorted by name.
  };
  struct Child {
    std::string name;
    Node node;
  };
  class Projection;

  static Node intersection(const Node& a, const Node& b);
  static void append_paths(const Node& node, std::vector<std::string>& path,
                           std::vector<std::string>& out);
  void add(std::span<const std::string> path);

  Node root_;
};

}  // namespace weir::proto
