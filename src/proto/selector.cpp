#include "proto/selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "proto/event.hpp"
#include "proto/system_topic.hpp"

namespace weir::proto {
namespace {

using enum base::ErrorCode;

constexpr std::string_view kOneWildcard = "*";
constexpr std::string_view kRestWildcard = "**";

/// Cuts texts at slashes, one segment a call. A text without a slash is one segment.
class Segments {
 public:
  explicit Segments(std::string_view text) : rest_(text) {}

  bool done() const { return done_; }

  std::string_view next() {
    const std::size_t slash = rest_.find('/');
    const std::string_view segment = rest_.substr(0, slash);
    if (slash == std::string_view::npos) {
      done_ = true;
    } else {
      rest_.remove_prefix(slash + 1);
    }
    return segment;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

/// RFC 6570, 2.3, without percent-encoding.
constexpr bool is_variable_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

base::Error mistake(std::string_view what, std::size_t at) {
  return base::make_error(kBadSelector, fmt::format("{} at byte {}", what, at));
}

void sort_unique(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

bool Pattern::is_literal(std::string_view text) {
  if (text.find_first_of("{}") != std::string_view::npos) return false;
  for (Segments segments(text); !segments.done();) {
    const std::string_view segment = segments.next();
    if (segment == kOneWildcard || segment == kRestWildcard) return false;
  }
  return true;
}

base::Result<Pattern> Pattern::parse(std::string_view text) {
  if (auto valid = validate_topic(text); !valid) {
    return base::make_error(kBadSelector, valid.error().detail);
  }
  Pattern pattern;
  pattern.text_ = text;
  std::size_t at = 0;
  bool literal_so_far = true;
  for (Segments segments(text); !segments.done();) {
    const std::string_view source = segments.next();
    auto segment = parse_segment(source, at);
    if (!segment) return segment.error();
    if (segment->kind == Segment::Kind::kRest && !segments.done()) {
      return mistake("\"**\" stands only at the end, but it is", at);
    }
    if (literal_so_far) {
      literal_so_far = segment->kind == Segment::Kind::kLiteral;
      pattern.literal_prefix_bytes_ = at + segment->prefix.size();
      // The slash after a literal segment is part of every match.
      if (literal_so_far && !segments.done()) ++pattern.literal_prefix_bytes_;
    }
    at += source.size() + 1;
    pattern.segments_.push_back(std::move(*segment));
  }
  return pattern;
}

base::Result<Pattern::Segment> Pattern::parse_segment(std::string_view text, std::size_t at) {
  using Kind = Segment::Kind;
  if (text == kOneWildcard) return Segment{Kind::kOne, {}, {}};
  if (text == kRestWildcard) return Segment{Kind::kRest, {}, {}};

  if (const std::size_t star = text.find('*'); star != std::string_view::npos) {
    return mistake("a \"*\" is a whole segment, but there is one within a segment", at + star);
  }
  const std::size_t open = text.find_first_of("{}");
  if (open == std::string_view::npos) return Segment{Kind::kLiteral, std::string(text), {}};
  if (text[open] == '}') return mistake("a \"}\" without its \"{\"", at + open);
  const std::size_t close = text.find('}', open);
  if (close == std::string_view::npos) {
    return mistake("a variable that does not end within its segment", at + open);
  }
  if (!is_variable_name(text.substr(open + 1, close - open - 1))) {
    return mistake("a variable whose name is not made of letters, digits, \"_\" and \".\"",
                   at + open);
  }
  if (const auto more = text.find_first_of("{}", close + 1); more != std::string_view::npos) {
    return mistake("more than one variable in a segment", at + more);
  }
  return Segment{Kind::kVariable, std::string(text.substr(0, open)),
                 std::string(text.substr(close + 1))};
}

bool Pattern::Segment::matches(std::string_view text) const {
  switch (kind) {
    case Kind::kLiteral:
      return text == prefix;
    case Kind::kVariable:
      return text.size() > prefix.size() + suffix.size() && text.starts_with(prefix) &&
             text.ends_with(suffix);
    case Kind::kOne:
    case Kind::kRest:
      break;
  }
  return true;
}

bool Pattern::names_system_topics() const {
  const auto& first = segments_.front();
  return first.kind == Segment::Kind::kLiteral && first.prefix == kSystemTopic;
}

bool Pattern::matches(std::string_view topic) const {
  if (is_system_topic(topic) && !names_system_topics()) return false;
  Segments rest(topic);
  for (const Segment& segment : segments_) {
    if (rest.done()) return false;
    if (segment.kind == Segment::Kind::kRest) return true;
    if (!segment.matches(rest.next())) return false;
  }
  return rest.done();
}

bool Pattern::Segment::covers(const Segment& other, bool alone) const {
  switch (kind) {
    case Kind::kLiteral:
      return other.kind == Kind::kLiteral && prefix == other.prefix;
    case Kind::kVariable:
      if (other.kind == Kind::kLiteral) return matches(other.prefix);
      // What stands for the other's variable may be anything, so it helps neither end.
      if (other.kind == Kind::kVariable) {
        return other.prefix.starts_with(prefix) && other.suffix.ends_with(suffix);
      }
      return alone && other.kind == Kind::kOne && prefix.empty() && suffix.empty();
    case Kind::kOne:
    case Kind::kRest:
      break;
  }
  return true;
}

bool Pattern::covers(const Pattern& other) const {
  if (other.names_system_topics() && !names_system_topics()) return false;
  const bool alone = segments_.size() == 1 && other.segments_.size() == 1;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (i == other.segments_.size()) return false;
    if (segments_[i].kind == Segment::Kind::kRest) return true;
    // The other's rest is of any length; this one, from here on, is not.
    if (other.segments_[i].kind == Segment::Kind::kRest) return false;
    if (!segments_[i].covers(other.segments_[i], alone)) return false;
  }
  return segments_.size() == other.segments_.size();
}

std::string_view Pattern::literal_prefix() const {
  return std::string_view(text_).substr(0, literal_prefix_bytes_);
}

bool Selectors::matches(std::string_view topic) const {
  return std::binary_search(topics.begin(), topics.end(), topic) ||
         std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern& pattern) { return pattern.matches(topic); });
}

bool Selectors::covers(const Pattern& pattern) const {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& each) { return each.covers(pattern); });
}

bool Selectors::name_system_topics() const {
  return std::any_of(topics.begin(), topics.end(),
                     [](const auto& topic) { return is_system_topic(topic); }) ||
         std::any_of(patterns.begin(), patterns.end(),
                     [](const auto& pattern) { return pattern.names_system_topics(); });
}

bool Selectors::cover(const Selectors& other) const {
  return std::all_of(other.topics.begin(), other.topics.end(),
                     [this](const auto& topic) { return matches(topic); }) &&
         std::all_of(other.patterns.begin(), other.patterns.end(),
                     [this](const auto& pattern) { return covers(pattern); });
}

base::Result<Selectors> make_selectors(const std::vector<std::string>& topics,
                                       const std::vector<std::string>& patterns,
                                       std::size_t count_max) {
  const std::size_t count = topics.size() + patterns.size();
  if (count == 0) return base::make_error(kBadSelector, "no topic and no pattern is given");
  if (count > count_max) {
    return base::make_error(kTooManyTopics,
                            fmt::format("{} selectors, at most {} are accepted", count, count_max));
  }

  Selectors selectors;
  for (const auto& topic : topics) {
    if (auto valid = validate_topic(topic); !valid) return valid.error();
    selectors.topics.push_back(topic);
  }
  std::vector<std::string> texts = patterns;
  sort_unique(texts);
  for (auto& text : texts) {
    auto pattern = Pattern::parse(text);
    if (!pattern) return pattern.error();
    if (Pattern::is_literal(text)) {
      selectors.topics.push_back(std::move(text));
    } else {
      selectors.patterns.push_back(std::move(*pattern));
    }
  }
  sort_unique(selectors.topics);
  return selectors;
}

}  // namespace weir::proto
