#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::apps::workflow {

class ScriptBudget;

/// A pattern of Lua (reference manual 5.4, 6.4.1), for scripts whose patterns nobody has looked at:
/// a match costs steps of the script's budget, because `string.find` of the standard library can
/// take ages inside of one instruction. Any thread, each match with a budget of its own.
class LuaPattern {
 public:
  static constexpr std::size_t kCapturesMax = 32;

  /// `anchors`: whether a `^` at the beginning is an anchor, as it is not in gmatch.
  LuaPattern(std::string_view text, bool anchors);

  /// "" or what is wrong with the pattern.
  const std::string& error() const { return error_; }
  bool anchored() const { return anchored_; }
  std::size_t captures() const { return captures_; }

  struct Capture {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool position = false;  ///< `()`: only the place counts.
  };
  struct Match {
    enum class End : std::uint8_t { kFound, kNone, kSpent, kTooComplex };
    End end_kind = End::kNone;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::array<Capture, kCapturesMax> captures;
  };

  /// Whether the subject matches from exactly `at`.
  Match match_at(std::string_view subject, std::size_t at, ScriptBudget& budget) const;
  /// The first match from `at` on.
  Match find(std::string_view subject, std::size_t at, ScriptBudget& budget) const;

 private:
  struct Item {
    enum class Kind : std::uint8_t {
      kSet,
      kOpen,
      kPosition,
      kClose,
      kBalance,
      kFrontier,
      kBack,
      kEnd
    };
    enum class Repeat : std::uint8_t { kOnce, kMany, kSome, kFew, kMaybe };
    Kind kind = Kind::kSet;
    Repeat repeat = Repeat::kOnce;
    char open = 0;  ///< Of a balance.
    char close = 0;
    std::size_t capture = 0;
    std::bitset<256> set = {};
  };
  class Matcher;

  void parse(std::string_view text);
  bool parse_escape(std::string_view text, std::size_t& at, std::vector<std::size_t>& open);
  bool parse_set(std::string_view text, std::size_t& at, std::bitset<256>& set);
  void add_set(std::string_view text, std::size_t& at, std::bitset<256> set);

  std::vector<Item> items_;
  std::string error_;
  std::size_t captures_ = 0;
  bool anchored_ = false;
};

}  // namespace weir::apps::workflow
