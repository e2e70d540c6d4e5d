#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::proto {

/// Which topics a subscriber wants. Exact names are kept apart from patterns because the hub finds
/// exact names by a hash lookup and tries patterns one by one.
///
/// A pattern is split at slashes. `*` is exactly one segment, an empty one included; `**` (only as
/// the last segment) is the rest, at least one segment; `**` alone is everything. `{var}` is one
/// segment or a part of one, as in `orders/{id}.json`, and never empty; a segment may hold at most
/// one variable. A brace that belongs to no variable is a mistake. All else matches itself, byte
/// for byte. The server's own topics (system_topic.hpp) are matched only by a pattern whose first
/// segment is their name.
class Pattern {
 public:
  /// kBadSelector, with the place of the mistake in the detail.
  static base::Result<Pattern> parse(std::string_view text);

  bool matches(std::string_view topic) const;
  /// Whether every topic that `other` matches is matched by this one, too. Exact.
  bool covers(const Pattern& other) const;
  const std::string& text() const { return text_; }
  /// Whether it may match the server's own topics.
  bool names_system_topics() const;

  /// What every matching topic begins with, up to the first wildcard; may be empty. For index
  /// scans.
  std::string_view literal_prefix() const;

  /// Whether the text holds no wildcard, so that it names one topic.
  static bool is_literal(std::string_view text);

 private:
  struct Segment {
    enum class Kind { kLiteral, kOne, kRest, kVariable };
    Kind kind;
    std::string prefix;  ///< The literal, or what stands before the variable.
    std::string suffix;  ///< What stands after the variable.

    bool matches(std::string_view text) const;
    /// `alone`: the segments are whole topics, which are never empty.
    bool covers(const Segment& other, bool alone) const;
  };

  /// `at` is where the segment stands in the pattern, for the message.
  static base::Result<Segment> parse_segment(std::string_view text, std::size_t at);

  std::string text_;
  std::vector<Segment> segments_;
  std::size_t literal_prefix_bytes_ = 0;
};

struct Selectors {
  std::vector<std::string> topics;  ///< Exact names, sorted, unique.
  std::vector<Pattern> patterns;

  bool matches(std::string_view topic) const;
  /// Whether one of these holds all that the pattern matches. (That several together do is not
  /// looked for.)
  bool covers(const Pattern& pattern) const;
  /// Whether each selector of `other` lies within one of these.
  bool cover(const Selectors& other) const;
  bool empty() const { return topics.empty() && patterns.empty(); }
  bool exact_only() const { return patterns.empty(); }
  /// Whether one of them is of the server's own topics.
  bool name_system_topics() const;
};

/// Builds selectors of `topic=` values (always exact names) and `match=` values (patterns; one
/// without a wildcard counts as a name). kBadTopic, kBadSelector; kTooManyTopics over `count_max`
/// as they are given; none at all is kBadSelector.
base::Result<Selectors> make_selectors(const std::vector<std::string>& topics,
                                       const std::vector<std::string>& patterns,
                                       std::size_t count_max);

}  // namespace weir::proto
