#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "proto/event.hpp"
#include "proto/json_paths.hpp"

namespace weir::proto {

class FieldMask;

/// A condition on events: `event == "paid" && data.order.total >= 100`. docs/filtering.md is its
/// reference. Parsed once, evaluated for each event in time linear in the expression and in the
/// event's data; nothing in it can loop or recurse deeper than it is nested. The data is read in
/// one pass, at the first comparison that asks for it, and only the values that are named are kept.
///
/// Immutable; any thread.
class Filter {
 public:
  static constexpr std::size_t kBytesMax = 2048;    ///< Of its text.
  static constexpr std::size_t kDepthMax = 32;      ///< Of parentheses and `!`.
  static constexpr std::size_t kTermsMax = 256;     ///< Operators, comparisons, values of lists.
  static constexpr std::size_t kPathStepsMax = 16;  ///< Of one path.

  /// kBadFilter, with the place of the mistake in the detail.
  static base::Result<Filter> parse(std::string_view text);

  bool matches(const EventView& event) const;

  /// As it was parsed: equal texts are equal filters.
  const std::string& text() const { return text_; }
  /// The first path into data that asks for what the mask hides, as it is written in masks. A
  /// filter that may ask for more than its owner may see would tell it by what it lets pass.
  std::optional<std::string> path_outside(const FieldMask& mask) const;

 private:
  friend class FilterParser;
  class Evaluation;

  struct Undefined {};
  struct Null {};
  struct Composite {};  ///< An array or an object: equal to nothing.
  using Value = std::variant<Undefined, Null, bool, std::int64_t, std::uint64_t, double,
                             std::string_view, Composite>;
  using Literal = decltype(JsonValue::content);
  struct Operand {
    enum class Kind : std::uint8_t { kLiteral, kEvent, kTopic, kKey, kData };

    Kind kind = Kind::kLiteral;
    std::uint32_t path = 0;  ///< Of kData: its number.
    Literal literal;
  };

  struct Node {
    enum class Kind : std::uint8_t { kOr, kAnd, kNot, kIs, kCompare, kIn };
    enum class Operator : std::uint8_t { kEqual, kNotEqual, kLess, kAtMost, kGreater, kAtLeast };

    Kind kind = Kind::kIs;
    Operator compare = Operator::kEqual;
    std::vector<std::uint32_t> children;  ///< Of kOr, kAnd and kNot.
    Operand left;                         ///< Of kIs, kCompare and kIn.
    Operand right;
    std::vector<Literal> list;
  };

  static Value value_of(const Literal& literal);
  static bool equal(const Value& left, const Value& right);
  static bool compare(Node::Operator how, const Value& left, const Value& right);

  std::string text_;
  std::vector<Node> nodes_;
  std::uint32_t root_ = 0;
  JsonPaths paths_;
  std::vector<std::vector<JsonStep>> steps_;  ///< Of each path into data.
};

}  // namespace weir::proto
