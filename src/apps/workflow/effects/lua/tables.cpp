#include <array>
#include <lua.hpp>

#include "apps/workflow/effects/lua/budget.hpp"
#include "apps/workflow/effects/lua/libraries.hpp"

namespace weir::apps::workflow {
namespace {

/// The function of the standard library that is the upvalue, for tables whose length is their own:
/// it would go round as often as `__len` says.
int of_true_length(lua_State* state) {
  if (lua_istable(state, 1) && luaL_getmetafield(state, 1, "__len") != LUA_TNIL) {
    return luaL_error(state, "the functions of table take no table with __len");
  }
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, LUA_MULTRET);
  return lua_gettop(state);
}

/// What is moved is paid for: the places need not hold anything.
int move(lua_State* state) {
  const auto from = luaL_checkinteger(state, 2);
  const auto to = luaL_checkinteger(state, 3);
  if (to >= from) {
    const auto count = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from) + 1;
    ScriptBudget::of(state).spend(state, count == 0 ? UINT64_MAX : count);
  }
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, 1);
  return 1;
}

void wrap(lua_State* state, const char* name, lua_CFunction wrapper) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, wrapper, 1);
  lua_setfield(state, -2, name);
}

}  // namespace

void replace_table_functions(lua_State* state) {
  for (const char* name : {"insert", "remove", "concat", "sort", "unpack"}) {
    wrap(state, name, of_true_length);
  }
  wrap(state, "move", move);
}

}  // namespace weir::apps::workflow
