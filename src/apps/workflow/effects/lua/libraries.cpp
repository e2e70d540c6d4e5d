#include "apps/workflow/effects/lua/libraries.hpp"

#include <array>
#include <lua.hpp>
#include <string_view>

#include "apps/workflow/effects/lua/budget.hpp"

namespace weir::apps::workflow {
namespace {

/// Finalizers run without the hook that counts instructions. One that comes into a metatable later
/// marks nothing: only setting the metatable does.
int set_metatable(lua_State* state) {
  const int kind = lua_type(state, 2);
  luaL_checktype(state, 1, LUA_TTABLE);
  luaL_argexpected(state, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(state, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(state, "cannot change a protected metatable");
  }
  if (kind == LUA_TTABLE) {
    lua_pushliteral(state, "__gc");
    if (lua_rawget(state, 2) != LUA_TNIL) return luaL_error(state, "__gc is not offered here");
    lua_pop(state, 1);
  }
  lua_settop(state, 2);
  lua_setmetatable(state, 1);
  return 1;
}

/// Lua's own calls the handler where the error is, which for one that a hook raises is inside of
/// the hook, and there no hook runs: a handler without an end would be without one. Without `debug`
/// a handler cannot tell that it is called a moment later.
int protected_call(lua_State* state) {
  luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_pushvalue(state, 1);
  lua_insert(state, 3);  // function, handler, function, arguments …
  const int status = lua_pcall(state, lua_gettop(state) - 3, LUA_MULTRET, 0);
  if (status != LUA_OK) {
    lua_pushvalue(state, 2);
    lua_insert(state, 3);  // function, handler, handler, error
    lua_call(state, 1, 1);
  }
  lua_pushboolean(state, status == LUA_OK ? 1 : 0);
  lua_replace(state, 2);
  return lua_gettop(state) - 1;
}

/// Leaves only these of the globals that a library has set.
template <std::size_t N>
void keep_only(lua_State* state, const std::array<const char*, N>& names) {
  // The table is on the top.
  lua_createtable(state, 0, static_cast<int>(N));
  for (const char* name : names) {
    lua_getfield(state, -2, name);
    lua_setfield(state, -2, name);
  }
  lua_remove(state, -2);
}

template <std::size_t N>
void remove(lua_State* state, const std::array<const char*, N>& names) {
  for (const char* name : names) {
    lua_pushnil(state);
    lua_setfield(state, -2, name);
  }
}

}  // namespace

void open_libraries(lua_State* state) {
  luaL_requiref(state, LUA_GNAME, luaopen_base, 0);
  constexpr std::array kBase = {
      "assert", "error",  "getmetatable", "ipairs", "next",     "pairs",    "pcall", "rawequal",
      "rawget", "rawlen", "rawset",       "select", "tonumber", "tostring", "type",  "_VERSION"};
  keep_only(state, kBase);
  lua_pushcfunction(state, protected_call);
  lua_setfield(state, -2, "xpcall");
  lua_pushcfunction(state, set_metatable);
  lua_setfield(state, -2, "setmetatable");
  lua_pushvalue(state, -1);
  lua_setfield(state, -2, LUA_GNAME);
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);

  luaL_requiref(state, LUA_STRLIBNAME, luaopen_string, 1);
  constexpr std::array kNoStrings = {"dump", "pack", "packsize", "unpack"};
  remove(state, kNoStrings);
  replace_string_functions(state);
  lua_pop(state, 1);
  luaL_requiref(state, LUA_TABLIBNAME, luaopen_table, 1);
  replace_table_functions(state);
  lua_pop(state, 1);
  luaL_requiref(state, LUA_MATHLIBNAME, luaopen_math, 1);
  luaL_requiref(state, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  lua_pop(state, 2);
}

}  // namespace weir::apps::workflow
