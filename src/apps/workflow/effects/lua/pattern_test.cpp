#include "apps/workflow/effects/lua/pattern.hpp"

#include <gtest/gtest.h>

#include <lua.hpp>
#include <memory>
#include <optional>

#include "apps/workflow/effects/lua/budget.hpp"
#include "base/random.hpp"

namespace weir::apps::workflow {
namespace {

using End = LuaPattern::Match::End;

ScriptBudget::Limits limits(std::uint64_t instructions) {
  return {.instructions = instructions, .memory_bytes = 1 << 20};
}

struct Close {
  void operator()(lua_State* state) const { lua_close(state); }
};

/// Lua's own library, to hold the patterns here against.
class Original {
 public:
  Original() : state_(luaL_newstate()) { luaL_openlibs(state_.get()); }

  /// What `string.find` gives, as text; "error" if it raises one.
  std::string find(std::string_view subject, std::string_view pattern, lua_Integer begin) {
    lua_State* const state = state_.get();
    lua_settop(state, 0);
    lua_getglobal(state, "string");
    lua_getfield(state, -1, "find");
    lua_pushlstring(state, subject.data(), subject.size());
    lua_pushlstring(state, pattern.data(), pattern.size());
    lua_pushinteger(state, begin);
    if (lua_pcall(state, 3, LUA_MULTRET, 0) != LUA_OK) return "error";
    std::string out;
    for (int i = 2; i <= lua_gettop(state); ++i) {
      out += std::string(luaL_tolstring(state, i, nullptr)) + "|";
      lua_pop(state, 1);
    }
    return out;
  }

 private:
  std::unique_ptr<lua_State, Close> state_;
};

std::string ours(std::string_view subject, std::string_view text, std::size_t begin) {
  const LuaPattern pattern(text, true);
  if (!pattern.error().empty()) return "error";
  ScriptBudget budget(limits(10'000'000));
  const auto match = pattern.find(subject, begin - 1, budget);
  if (match.end_kind == End::kTooComplex) return "error";
  if (match.end_kind != End::kFound) return "nil|";
  auto out = std::to_string(match.begin + 1) + "|" + std::to_string(match.end) + "|";
  for (std::size_t i = 0; i < pattern.captures(); ++i) {
    const auto& capture = match.captures[i];
    out += (capture.position
                ? std::to_string(capture.begin + 1)
                : std::string(subject.substr(capture.begin, capture.end - capture.begin))) +
           "|";
  }
  return out;
}

TEST(LuaPattern, MatchesAsTheManualSays) {
  struct Case {
    const char* subject;
    const char* pattern;
    const char* found;
  };
  for (const Case& each :
       std::initializer_list<Case>{{"hello world", "o w", "5|7|"},
                                   {"hello world", "(%a+) (%a+)", "1|11|hello|world|"},
                                   {"  key = value", "^%s*(%w+)%s*=%s*(%w+)$", "1|13|key|value|"},
                                   {"THE (quick) fox", "%((%a+)%)", "5|11|quick|"},
                                   {"f(a(b)c)d", "%b()", "2|8|"},
                                   {"THE (quick) fox", "%f[%a]%a+%f[%A]", "1|3|"},
                                   {"hello", "()ll()", "3|4|3|5|"},
                                   {"\"it's\" x", "([\"'])(.-)%1", "1|6|\"|it's|"},
                                   {"a-b]c", "[]-]+", "2|2|"},
                                   {"x^y", "[%^]", "2|2|"},
                                   {"abc", "", "1|0|"},
                                   {"a$c", "a$c", "1|3|"},
                                   {"2024-05-01", "(%d+)-(%d+)-(%d+)", "1|10|2024|05|01|"},
                                   {"aaa", "a-$", "1|3|"},
                                   {"aaab", "a-b", "1|4|"},
                                   {"x", "y?x", "1|1|"}}) {
    EXPECT_EQ(ours(each.subject, each.pattern, 1), each.found) << each.pattern;
  }
}

TEST(LuaPattern, RefusesWhatIsMalformed) {
  for (const char* text : {"[a", "[]", "[^]", "%", "(", "(()", ")", "%b", "%bx", "%f", "%fa", "[%",
                           "%1", "(%1)", "[a-%"}) {
    EXPECT_NE(LuaPattern(text, true).error(), "") << text;
  }
  EXPECT_NE(LuaPattern(std::string(33, '(') + std::string(33, ')'), true).error(), "");
}

// Patterns out of the pieces that patterns are made of, with Lua's own library as the judge. What
// is malformed may be told earlier here: Lua tells it when it gets there.
TEST(LuaPattern, FindsWhatLuasOwnLibraryFinds) {
  const auto seed = base::random_seed();
  SCOPED_TRACE(seed);
  base::Random random(seed);
  constexpr const char* kPieces[] = {"a",    "b",    ".",     "%a", "%d", "%S", "[ab]", "[^a]",
                                     "[a-c", "]",    "*",     "+",  "-",  "?",  "(",    ")",
                                     "()",   "%b()", "%f[a]", "^",  "$",  "%1", "%2",   "[%w_]",
                                     "(a*)", "(.-)", "[%-x]", "%.", "x",  "1",  "%z"};
  constexpr std::string_view kLetters = "aab(b)x1 .c";
  Original original;
  int compared = 0;
  for (int round = 0; round < 30'000; ++round) {
    std::string pattern;
    const auto pieces = 1 + random.below(5);
    for (std::uint64_t i = 0; i < pieces; ++i) pattern += kPieces[random.below(std::size(kPieces))];
    std::string subject;
    const auto letters = random.below(12);
    for (std::uint64_t i = 0; i < letters; ++i) subject += kLetters[random.below(kLetters.size())];
    const auto begin = 1 + random.below(subject.size() + 1);
    const auto mine = ours(subject, pattern, begin);
    if (mine == "error") continue;
    ++compared;
    EXPECT_EQ(mine, original.find(subject, pattern, static_cast<lua_Integer>(begin)))
        << "\"" << pattern << "\" in \"" << subject << "\" from " << begin;
  }
  EXPECT_GT(compared, 10'000);
}

TEST(LuaPattern, StopsWhenTheBudgetIsUsedUp) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "a?";
  const std::string letters(30, 'a');
  ScriptBudget budget(limits(100'000));
  const LuaPattern exponential(pattern + letters + "b", true);
  EXPECT_EQ(exponential.find(letters, 0, budget).end_kind, End::kSpent);

  ScriptBudget other(limits(100'000));
  const LuaPattern polynomial(".-.-.-.-.-.-.-.-b", true);
  EXPECT_EQ(polynomial.find(std::string(1'000, 'a'), 0, other).end_kind, End::kSpent);
}

TEST(LuaPattern, IsNotDeeperThanTheStack) {
  std::string pattern;
  for (int i = 0; i < 100'000; ++i) pattern += "a?";
  ScriptBudget budget(limits(1'000'000'000));
  const LuaPattern deep(pattern, true);
  EXPECT_EQ(deep.find("aaa", 0, budget).end_kind, End::kTooComplex);
}

}  // namespace
}  // namespace weir::apps::workflow
