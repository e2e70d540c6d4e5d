#include "apps/workflow/effects/lua/pattern.hpp"

#include <optional>

#include "apps/workflow/effects/lua/budget.hpp"
#include "base/ascii.hpp"

namespace weir::apps::workflow {
namespace {

using Set = std::bitset<256>;

// As deep as Lua's own matcher goes.
constexpr int kDepthMax = 200;

std::size_t index(char c) { return static_cast<unsigned char>(c); }

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
using base::is_digit;

bool in_class(char c, char name) {
  const auto byte = static_cast<unsigned char>(c);
  const bool graphic = byte > 0x20 && byte < 0x7F;
  const bool alphanumeric = is_upper(c) || is_lower(c) || is_digit(c);
  switch (name) {
    case 'a':
      return is_upper(c) || is_lower(c);
    case 'c':
      return byte < 0x20 || byte == 0x7F;
    case 'd':
      return is_digit(c);
    case 'g':
      return graphic;
    case 'l':
      return is_lower(c);
    case 'p':
      return graphic && !alphanumeric;
    case 's':
      return c == ' ' || (byte >= 0x09 && byte <= 0x0D);
    case 'u':
      return is_upper(c);
    case 'w':
      return alphanumeric;
    case 'x':
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    default:
      return c == '\0';  // 'z'
  }
}

/// What `%name` stands for: a class, the opposite of one, or the character itself.
Set class_of(char name) {
  Set set;
  const char lower = is_upper(name) ? static_cast<char>(name - 'A' + 'a') : name;
  if (std::string_view("acdglpsuwxz").find(lower) == std::string_view::npos) {
    return set.set(index(name));
  }
  for (int c = 0; c < 256; ++c) {
    set.set(static_cast<std::size_t>(c), in_class(static_cast<char>(c), lower) != is_upper(name));
  }
  return set;
}

}  // namespace

LuaPattern::LuaPattern(std::string_view text, bool anchors) {
  if (anchors && text.starts_with('^')) {
    anchored_ = true;
    text.remove_prefix(1);
  }
  parse(text);
}

void LuaPattern::parse(std::string_view text) {
  std::vector<std::size_t> open;
  std::size_t at = 0;
  while (at < text.size() && error_.empty()) {
    const char c = text[at];
    if (c == '(') {
      if (captures_ == kCapturesMax) {
        error_ = "too many captures";
        return;
      }
      const bool position = text.substr(at + 1).starts_with(')');
      items_.push_back(
          {.kind = position ? Item::Kind::kPosition : Item::Kind::kOpen, .capture = captures_});
      if (!position) open.push_back(captures_);
      ++captures_;
      at += position ? 2 : 1;
    } else if (c == ')') {
      if (open.empty()) {
        error_ = "invalid pattern capture";
        return;
      }
      items_.push_back({.kind = Item::Kind::kClose, .capture = open.back()});
      open.pop_back();
      ++at;
    } else if (c == '$' && at + 1 == text.size()) {
      items_.push_back({.kind = Item::Kind::kEnd});
      ++at;
    } else if (c == '%') {
      if (!parse_escape(text, at, open)) return;
    } else if (c == '[') {
      Set set;
      if (!parse_set(text, at, set)) return;
      add_set(text, at, set);
    } else {
      Set set;
      if (c == '.') {
        set.set();
      } else {
        set.set(index(c));
      }
      add_set(text, ++at, set);
    }
  }
  if (error_.empty() && !open.empty()) error_ = "unfinished capture";
}

/// `at` is the per cent sign.
bool LuaPattern::parse_escape(std::string_view text, std::size_t& at,
                              std::vector<std::size_t>& open) {
  if (at + 1 == text.size()) {
    error_ = "malformed pattern (ends with '%')";
    return false;
  }
  const char c = text[at + 1];
  at += 2;
  if (c == 'b') {
    if (at + 2 > text.size()) {
      error_ = "malformed pattern (missing arguments to '%b')";
      return false;
    }
    items_.push_back({.kind = Item::Kind::kBalance, .open = text[at], .close = text[at + 1]});
    at += 2;
  } else if (c == 'f') {
    if (at == text.size() || text[at] != '[') {
      error_ = "missing '[' after '%f' in pattern";
      return false;
    }
    Item item{.kind = Item::Kind::kFrontier};
    if (!parse_set(text, at, item.set)) return false;
    items_.push_back(item);
  } else if (is_digit(c)) {
    const auto number = static_cast<std::size_t>(c - '0');
    bool closed = number >= 1 && number <= captures_;
    for (const auto each : open) closed = closed && each != number - 1;
    if (!closed) {
      error_ = std::string("invalid capture index %") + c;
      return false;
    }
    items_.push_back({.kind = Item::Kind::kBack, .capture = number - 1});
  } else {
    add_set(text, at, class_of(c));
  }
  return true;
}

/// `at` is the opening bracket, and then what follows the closing one.
bool LuaPattern::parse_set(std::string_view text, std::size_t& at, Set& set) {
  std::size_t i = at + 1;
  const bool opposite = i < text.size() && text[i] == '^';
  if (opposite) ++i;
  const auto malformed = [this] {
    error_ = "malformed pattern (missing ']')";
    return false;
  };
  // A bracket that comes first is one of the characters.
  for (bool first = true; first || i >= text.size() || text[i] != ']'; first = false) {
    if (i >= text.size()) return malformed();
    const char c = text[i++];
    if (c == '%') {
      if (i >= text.size()) return malformed();
      set |= class_of(text[i++]);
    } else if (i + 1 < text.size() && text[i] == '-' && text[i + 1] != ']') {
      for (auto each = index(c); each <= index(text[i + 1]); ++each) set.set(each);
      i += 2;
    } else {
      set.set(index(c));
    }
  }
  if (opposite) set.flip();
  at = i + 1;
  return true;
}

/// A set, with what says how often it may come.
void LuaPattern::add_set(std::string_view text, std::size_t& at, Set set) {
  Item item{.kind = Item::Kind::kSet, .set = set};
  const char suffix = at < text.size() ? text[at] : '\0';
  item.repeat = suffix == '*'   ? Item::Repeat::kMany
                : suffix == '+' ? Item::Repeat::kSome
                : suffix == '-' ? Item::Repeat::kFew
                : suffix == '?' ? Item::Repeat::kMaybe
                                : Item::Repeat::kOnce;
  if (item.repeat != Item::Repeat::kOnce) ++at;
  items_.push_back(item);
}

/// Backtracks: what can be tried in several ways is tried in each, and every try is paid for.
class LuaPattern::Matcher {
 public:
  Matcher(const std::vector<Item>& items, std::string_view subject, ScriptBudget& budget)
      : items_(items), subject_(subject), budget_(budget) {}

  std::optional<std::size_t> run(std::size_t item, std::size_t at) {
    if (++depth_ > kDepthMax) {
      stop(Match::End::kTooComplex);
      --depth_;
      return std::nullopt;
    }
    auto end = go_on(item, at);
    --depth_;
    return end;
  }

  Match::End stopped() const { return stopped_; }
  const std::array<Capture, kCapturesMax>& captures() const { return captures_; }

 private:
  std::nullopt_t stop(Match::End why) {
    stopped_ = why;
    return std::nullopt;
  }
  bool pay(std::size_t steps = 1) {
    if (stopped_ != Match::End::kNone) return false;
    if (!budget_.try_spend(steps)) stopped_ = Match::End::kSpent;
    return stopped_ == Match::End::kNone;
  }
  bool fits(const Item& item, std::size_t at) const {
    return at < subject_.size() && item.set[index(subject_[at])];
  }

  std::optional<std::size_t> go_on(std::size_t item, std::size_t at) {
    for (; item < items_.size(); ++item) {
      if (!pay()) return std::nullopt;
      const Item& now = items_[item];
      switch (now.kind) {
        case Item::Kind::kSet:
          if (now.repeat != Item::Repeat::kOnce) return repeated(item, at);
          if (!fits(now, at)) return std::nullopt;
          ++at;
          break;
        case Item::Kind::kOpen:
        case Item::Kind::kPosition:
        case Item::Kind::kClose:
          return captured(item, at);
        case Item::Kind::kBalance: {
          const auto end = balanced(now, at);
          if (!end) return std::nullopt;
          at = *end;
          break;
        }
        case Item::Kind::kFrontier: {
          const char before = at == 0 ? '\0' : subject_[at - 1];
          const char after = at == subject_.size() ? '\0' : subject_[at];
          if (now.set[index(before)] || !now.set[index(after)]) return std::nullopt;
          break;
        }
        case Item::Kind::kBack: {
          const auto& capture = captures_[now.capture];
          // The place of a position is no text, as in Lua's own.
          if (capture.position) return std::nullopt;
          const auto text = subject_.substr(capture.begin, capture.end - capture.begin);
          if (!pay(text.size() / 16) || !subject_.substr(at).starts_with(text)) return std::nullopt;
          at += text.size();
          break;
        }
        case Item::Kind::kEnd:
          if (at != subject_.size()) return std::nullopt;
          break;
      }
    }
    return at;
  }

  /// What a capture was before comes back if what follows does not match.
  std::optional<std::size_t> captured(std::size_t item, std::size_t at) {
    const Item& now = items_[item];
    auto& capture = captures_[now.capture];
    const auto before = capture;
    if (now.kind == Item::Kind::kClose) {
      capture.end = at;
    } else {
      capture = {.begin = at, .end = at, .position = now.kind == Item::Kind::kPosition};
    }
    const auto end = run(item + 1, at);
    if (!end) capture = before;
    return end;
  }

  std::optional<std::size_t> repeated(std::size_t item, std::size_t at) {
    const Item& now = items_[item];
    if (now.repeat == Item::Repeat::kFew) {
      for (;;) {
        if (const auto end = run(item + 1, at)) return end;
        if (!pay() || !fits(now, at)) return std::nullopt;
        ++at;
      }
    }
    const std::size_t most = now.repeat == Item::Repeat::kMaybe ? 1 : subject_.size();
    const std::size_t least = now.repeat == Item::Repeat::kSome ? 1 : 0;
    std::size_t count = 0;
    while (count < most && fits(now, at + count)) ++count;
    if (!pay(count / 4)) return std::nullopt;
    for (std::size_t left = count + 1; left-- > least;) {
      if (const auto end = run(item + 1, at + left)) return end;
      if (!pay()) return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<std::size_t> balanced(const Item& item, std::size_t at) {
    if (at >= subject_.size() || subject_[at] != item.open) return std::nullopt;
    std::size_t depth = 1;
    for (std::size_t i = at + 1; i < subject_.size(); ++i) {
      if (!pay()) return std::nullopt;
      if (subject_[i] == item.close) {
        if (--depth == 0) return i + 1;
      } else if (subject_[i] == item.open) {
        ++depth;
      }
    }
    return std::nullopt;
  }

  const std::vector<Item>& items_;
  std::string_view subject_;
  ScriptBudget& budget_;
  std::array<Capture, kCapturesMax> captures_{};
  Match::End stopped_ = Match::End::kNone;
  int depth_ = 0;
};

LuaPattern::Match LuaPattern::match_at(std::string_view subject, std::size_t at,
                                       ScriptBudget& budget) const {
  Matcher matcher(items_, subject, budget);
  Match match;
  const auto end = matcher.run(0, at);
  match.end_kind = matcher.stopped();
  if (!end || match.end_kind != Match::End::kNone) return match;
  match.end_kind = Match::End::kFound;
  match.begin = at;
  match.end = *end;
  match.captures = matcher.captures();
  return match;
}

LuaPattern::Match LuaPattern::find(std::string_view subject, std::size_t at,
                                   ScriptBudget& budget) const {
  for (;;) {
    auto match = match_at(subject, at, budget);
    if (match.end_kind != Match::End::kNone || anchored_ || at >= subject.size()) return match;
    ++at;
  }
}

}  // namespace weir::apps::workflow
