#include <string.h>

#include <algorithm>
#include <array>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "apps/workflow/effects/lua/budget.hpp"
#include "apps/workflow/effects/lua/libraries.hpp"
#include "apps/workflow/effects/lua/pattern.hpp"

namespace weir::apps::workflow {
namespace {

std::string_view check_text(lua_State* state, int argument) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, argument, &size);
  return {text, size};
}

/// Where to begin, from 0; a negative place counts from the end.
std::size_t check_begin(lua_State* state, int argument, std::size_t size) {
  const auto given = luaL_optinteger(state, argument, 1);
  const auto bytes = static_cast<lua_Integer>(size);
  if (given > 0) return static_cast<std::size_t>(given - 1);
  return given == 0 || given < -bytes ? 0 : static_cast<std::size_t>(bytes + given);
}

LuaPattern check_pattern(lua_State* state, int argument, bool anchors) {
  const auto text = check_text(state, argument);
  auto& budget = ScriptBudget::of(state);
  budget.spend(state, text.size());
  LuaPattern pattern(text, anchors);
  if (!pattern.error().empty()) luaL_error(state, "%s", pattern.error().c_str());
  return pattern;
}

/// Whether there is a match; raises what ended the search otherwise.
bool found(lua_State* state, const LuaPattern::Match& match) {
  using End = LuaPattern::Match::End;
  if (match.end_kind == End::kSpent) ScriptBudget::raise(state);
  if (match.end_kind == End::kTooComplex) luaL_error(state, "pattern too complex");
  return match.end_kind == End::kFound;
}

void push_text(lua_State* state, std::string_view text) {
  lua_pushlstring(state, text.data(), text.size());
}

void push_capture(lua_State* state, std::string_view subject, const LuaPattern::Capture& capture) {
  if (capture.position) {
    lua_pushinteger(state, static_cast<lua_Integer>(capture.begin) + 1);
  } else {
    push_text(state, subject.substr(capture.begin, capture.end - capture.begin));
  }
}

int push_captures(lua_State* state, std::string_view subject, const LuaPattern& pattern,
                  const LuaPattern::Match& match) {
  luaL_checkstack(state, static_cast<int>(LuaPattern::kCapturesMax), "too many captures");
  for (std::size_t i = 0; i < pattern.captures(); ++i) {
    push_capture(state, subject, match.captures[i]);
  }
  return static_cast<int>(pattern.captures());
}

/// The captures, or the whole match where the pattern has none.
int push_values(lua_State* state, std::string_view subject, const LuaPattern& pattern,
                const LuaPattern::Match& match) {
  if (pattern.captures() > 0) return push_captures(state, subject, pattern, match);
  push_text(state, subject.substr(match.begin, match.end - match.begin));
  return 1;
}

int find_plain(lua_State* state, std::string_view subject, std::string_view what,
               std::size_t begin) {
  ScriptBudget::of(state).spend(state, (subject.size() - begin + what.size()) / 16);
  // Linear, whatever the texts are (memmem(3)).
  const void* const at =
      ::memmem(subject.data() + begin, subject.size() - begin, what.data(), what.size());
  if (at == nullptr) {
    lua_pushnil(state);
    return 1;
  }
  const auto place = static_cast<const char*>(at) - subject.data();
  lua_pushinteger(state, place + 1);
  lua_pushinteger(state, place + static_cast<lua_Integer>(what.size()));
  return 2;
}

int find(lua_State* state) {
  const auto subject = check_text(state, 1);
  const auto what = check_text(state, 2);
  const auto begin = check_begin(state, 3, subject.size());
  if (begin > subject.size()) {
    lua_pushnil(state);
    return 1;
  }
  const bool plain =
      lua_toboolean(state, 4) != 0 || what.find_first_of("^$*+?.([%-") == std::string_view::npos;
  if (plain) return find_plain(state, subject, what, begin);
  const auto pattern = check_pattern(state, 2, true);
  const auto match = pattern.find(subject, begin, ScriptBudget::of(state));
  if (!found(state, match)) {
    lua_pushnil(state);
    return 1;
  }
  lua_pushinteger(state, static_cast<lua_Integer>(match.begin) + 1);
  lua_pushinteger(state, static_cast<lua_Integer>(match.end));
  return 2 + push_captures(state, subject, pattern, match);
}

int match(lua_State* state) {
  const auto subject = check_text(state, 1);
  const auto pattern = check_pattern(state, 2, true);
  const auto begin = check_begin(state, 3, subject.size());
  if (begin <= subject.size()) {
    const auto match = pattern.find(subject, begin, ScriptBudget::of(state));
    if (found(state, match)) return push_values(state, subject, pattern, match);
  }
  lua_pushnil(state);
  return 1;
}

/// The upvalues: the subject, the pattern, where to go on, and where the last match ended (both
/// from 0; -1: there was none).
int next_match(lua_State* state) {
  const auto subject = check_text(state, lua_upvalueindex(1));
  const auto last = lua_tointeger(state, lua_upvalueindex(4));
  auto at = static_cast<std::size_t>(lua_tointeger(state, lua_upvalueindex(3)));
  const auto pattern = check_pattern(state, lua_upvalueindex(2), false);
  while (at <= subject.size()) {
    const auto match = pattern.find(subject, at, ScriptBudget::of(state));
    if (!found(state, match)) return 0;
    // Nothing right behind a match is no further match.
    if (static_cast<lua_Integer>(match.end) == last) {
      at = match.begin + 1;
      continue;
    }
    const auto end = static_cast<lua_Integer>(match.end);
    lua_pushinteger(state, end);
    lua_copy(state, -1, lua_upvalueindex(3));
    lua_replace(state, lua_upvalueindex(4));
    return push_values(state, subject, pattern, match);
  }
  return 0;
}

int gmatch(lua_State* state) {
  const auto subject = check_text(state, 1);
  check_text(state, 2);
  const auto begin = std::min(check_begin(state, 3, subject.size()), subject.size() + 1);
  lua_settop(state, 2);
  lua_pushinteger(state, static_cast<lua_Integer>(begin));
  lua_pushinteger(state, -1);
  lua_pushcclosure(state, next_match, 4);
  return 1;
}

/// What stands for a match in the result of gsub, by the kind of the third argument; on the top of
/// the stack, or nil or false: the match stays.
void push_replacement(lua_State* state, std::string_view subject, const LuaPattern& pattern,
                      const LuaPattern::Match& match) {
  switch (lua_type(state, 3)) {
    case LUA_TFUNCTION:
      lua_pushvalue(state, 3);
      lua_call(state, push_values(state, subject, pattern, match), 1);
      return;
    case LUA_TTABLE:
      if (pattern.captures() > 0) {
        push_capture(state, subject, match.captures[0]);
      } else {
        push_text(state, subject.substr(match.begin, match.end - match.begin));
      }
      lua_gettable(state, 3);
      return;
    default:
      break;
  }
  const auto form = check_text(state, 3);
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '%') {
      luaL_addchar(&buffer, form[i]);
      continue;
    }
    const char c = ++i < form.size() ? form[i] : '\0';
    const auto number = static_cast<std::size_t>(c - '0');
    if (c == '%') {
      luaL_addchar(&buffer, '%');
    } else if (c == '0' || (c == '1' && pattern.captures() == 0)) {
      luaL_addlstring(&buffer, subject.data() + match.begin, match.end - match.begin);
    } else if (c >= '1' && c <= '9' && number <= pattern.captures()) {
      push_capture(state, subject, match.captures[number - 1]);
      luaL_addvalue(&buffer);
    } else if (c >= '1' && c <= '9') {
      luaL_error(state, "invalid capture index %%%d in replacement string",
                 static_cast<int>(number));
    } else {
      luaL_error(state, "invalid use of '%%' in replacement string");
    }
  }
  luaL_pushresult(&buffer);
}

int gsub(lua_State* state) {
  const auto subject = check_text(state, 1);
  const auto pattern = check_pattern(state, 2, true);
  const int kind = lua_type(state, 3);
  luaL_argexpected(
      state,
      kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
      "string/function/table");
  const auto most = luaL_optinteger(state, 4, static_cast<lua_Integer>(subject.size()) + 1);
  auto& budget = ScriptBudget::of(state);
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  std::size_t at = 0;
  std::size_t last = std::string_view::npos;  // Where the last match ended.
  lua_Integer count = 0;
  while (count < most) {
    budget.spend(state, 1);
    const auto match = pattern.match_at(subject, at, budget);
    if (found(state, match) && match.end != last) {
      ++count;
      push_replacement(state, subject, pattern, match);
      if (!lua_toboolean(state, -1)) {
        lua_pop(state, 1);
        push_text(state, subject.substr(match.begin, match.end - match.begin));
      } else if (!lua_isstring(state, -1)) {
        return luaL_error(state, "invalid replacement value (a %s)", luaL_typename(state, -1));
      }
      luaL_addvalue(&buffer);
      at = last = match.end;
    } else if (at < subject.size()) {
      luaL_addchar(&buffer, subject[at++]);
    } else {
      break;
    }
    if (pattern.anchored()) break;
  }
  if (at < subject.size()) luaL_addlstring(&buffer, subject.data() + at, subject.size() - at);
  luaL_pushresult(&buffer);
  lua_pushinteger(state, count);
  return 2;
}

int rep(lua_State* state) {
  const auto text = check_text(state, 1);
  const auto count = luaL_checkinteger(state, 2);
  std::size_t separator_size = 0;
  const char* const separator_text = luaL_optlstring(state, 3, "", &separator_size);
  const std::string_view separator(separator_text, separator_size);
  const auto each = text.size() + separator.size();
  // Lua's own goes round also for nothing, as often as it is told.
  if (count <= 0 || each == 0) {
    lua_pushliteral(state, "");
    return 1;
  }
  const auto times = static_cast<std::size_t>(count);
  if (times > ScriptBudget::of(state).memory_left() / each + 1) {
    return luaL_error(state, "not enough memory for the result of rep");
  }
  luaL_Buffer buffer;
  const auto size = each * times - separator.size();
  char* to = luaL_buffinitsize(state, &buffer, size);
  for (std::size_t i = 0; i < times; ++i) {
    to = std::copy(text.begin(), text.end(), to);
    if (i + 1 < times) to = std::copy(separator.begin(), separator.end(), to);
  }
  luaL_pushresultsize(&buffer, size);
  return 1;
}

}  // namespace

void replace_string_functions(lua_State* state) {
  constexpr std::array<luaL_Reg, 6> kFunctions = {luaL_Reg{"find", find}, {"match", match},
                                                  {"gmatch", gmatch},     {"gsub", gsub},
                                                  {"rep", rep},           {nullptr, nullptr}};
  luaL_setfuncs(state, kFunctions.data(), 0);
}

}  // namespace weir::apps::workflow
