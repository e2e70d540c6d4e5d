#include "apps/workflow/effects/lua/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "apps/workflow/effects/lua/budget.hpp"
#include "apps/workflow/effects/with.hpp"
#include "proto/utf8.hpp"

namespace weir::apps::workflow {
namespace {

namespace json = boost::json;

// What encode and decode take: their work lies outside of the memory that is counted.
constexpr std::size_t kTextBytesMax = 4 << 20;
// About what a value takes in a text, whatever it is.
constexpr std::size_t kValueBytes = 2;

/// The address says that a table is an array: the key of its metatable in the registry.
constexpr char kArrayKey = 0;

/// Pushes the metatable of arrays.
void push_array_mark(lua_State* state) {
  if (lua_rawgetp(state, LUA_REGISTRYINDEX, &kArrayKey) == LUA_TTABLE) return;
  lua_pop(state, 1);
  lua_createtable(state, 0, 1);
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pushvalue(state, -1);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kArrayKey);
}

bool is_marked(lua_State* state, int index) {
  if (lua_getmetatable(state, index) == 0) return false;
  push_array_mark(state);
  const bool same = lua_rawequal(state, -1, -2) != 0;
  lua_pop(state, 2);
  return same;
}

void push_value(lua_State* state, const json::value& value) {
  luaL_checkstack(state, 4, "JSON is nested too deep");
  switch (value.kind()) {
    case json::kind::null:
      lua_pushlightuserdata(state, nullptr);
      return;
    case json::kind::bool_:
      lua_pushboolean(state, value.get_bool() ? 1 : 0);
      return;
    case json::kind::int64:
      lua_pushinteger(state, value.get_int64());
      return;
    case json::kind::uint64:
      lua_pushnumber(state, static_cast<lua_Number>(value.get_uint64()));
      return;
    case json::kind::double_:
      lua_pushnumber(state, value.get_double());
      return;
    case json::kind::string:
      lua_pushlstring(state, value.get_string().data(), value.get_string().size());
      return;
    case json::kind::array: {
      const auto& array = value.get_array();
      lua_createtable(state, static_cast<int>(array.size()), 0);
      lua_Integer place = 0;
      for (const auto& each : array) {
        push_value(state, each);
        lua_rawseti(state, -2, ++place);
      }
      push_array_mark(state);
      lua_setmetatable(state, -2);
      return;
    }
    case json::kind::object: {
      const auto& object = value.get_object();
      lua_createtable(state, 0, static_cast<int>(object.size()));
      for (const auto& [name, member] : object) {
        lua_pushlstring(state, name.data(), name.size());
        push_value(state, member);
        lua_rawset(state, -3);
      }
      return;
    }
  }
}

/// Reads values off the stack, while there is room in the text that they are to be.
class Reader {
 public:
  Reader(lua_State* state, std::size_t bytes_max)
      : state_(state), bytes_max_(bytes_max), left_(bytes_max) {}

  json::value read(int index, std::size_t depth) {
    take(kValueBytes);
    luaL_checkstack(state_, 6, "a value is nested too deep for JSON");
    switch (lua_type(state_, index)) {
      case LUA_TNIL:
        return nullptr;
      case LUA_TBOOLEAN:
        return lua_toboolean(state_, index) != 0;
      case LUA_TNUMBER:
        return number(index);
      case LUA_TSTRING:
        return json::string(text(index));
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(state_, index) == nullptr) return nullptr;
        break;
      case LUA_TTABLE:
        if (depth == kJsonDepthMax) luaL_error(state_, "a value is nested too deep for JSON");
        return table(lua_absindex(state_, index), depth);
      default:
        break;
    }
    luaL_error(state_, "a %s is no JSON", luaL_typename(state_, index));
    return nullptr;
  }

 private:
  void take(std::size_t bytes) {
    ScriptBudget::of(state_).spend(state_, 1 + bytes / 16);
    if (bytes > left_) {
      luaL_error(state_, "the value is larger than %I bytes of JSON",
                 static_cast<lua_Integer>(bytes_max_));
    }
    left_ -= bytes;
  }

  json::value number(int index) {
    if (lua_isinteger(state_, index)) return std::int64_t{lua_tointeger(state_, index)};
    const auto value = lua_tonumber(state_, index);
    if (!std::isfinite(value)) luaL_error(state_, "%f is no number of JSON", value);
    return value;
  }

  std::string text(int index) {
    std::size_t size = 0;
    const char* const data = lua_tolstring(state_, index, &size);
    take(size);
    std::string out;
    proto::append_utf8_lossy(out, {data, size});
    return out;
  }

  json::value table(int index, std::size_t depth) {
    lua_Integer count = 0;
    bool numbers = true;
    bool names = true;
    lua_pushnil(state_);
    while (lua_next(state_, index) != 0) {
      ++count;
      ScriptBudget::of(state_).spend(state_, 1);
      numbers = numbers && lua_isinteger(state_, -2);
      names = names && lua_type(state_, -2) == LUA_TSTRING;
      lua_pop(state_, 1);
    }
    const auto length = static_cast<lua_Integer>(lua_rawlen(state_, index));
    const bool counts = numbers && length == count;
    if (count == 0 ? is_marked(state_, index) : counts) return array(index, count, depth);
    if (names && !is_marked(state_, index)) return object(index, depth);
    luaL_error(state_, numbers ? "an array has a hole: its numbers do not go from 1 to its length"
                               : "a table is neither an array nor an object: its keys are mixed");
    return nullptr;
  }

  json::array array(int index, lua_Integer count, std::size_t depth) {
    json::array out;
    for (lua_Integer place = 1; place <= count; ++place) {
      lua_rawgeti(state_, index, place);
      out.push_back(read(-1, depth + 1));
      lua_pop(state_, 1);
    }
    return out;
  }

  json::object object(int index, std::size_t depth) {
    json::object out;
    lua_pushnil(state_);
    while (lua_next(state_, index) != 0) {
      auto member = read(-1, depth + 1);
      lua_pop(state_, 1);
      out.insert_or_assign(text(-1), std::move(member));
    }
    return out;
  }

  lua_State* state_;
  std::size_t bytes_max_;
  std::size_t left_;
};

int encode(lua_State* state) {
  luaL_checkany(state, 1);
  const auto text = json::serialize(check_json(state, 1, kTextBytesMax));
  lua_pushlstring(state, text.data(), text.size());
  return 1;
}

int decode(lua_State* state) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, 1, &size);
  if (size > kTextBytesMax) {
    return luaL_error(state, "the text has more than %I bytes",
                      static_cast<lua_Integer>(kTextBytesMax));
  }
  ScriptBudget::of(state).spend(state, size);
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kJsonDepthMax;
  const auto value = json::parse({text, size}, error, {}, options);
  if (error) return luaL_error(state, "the text is no JSON: %s", error.message().c_str());
  push_json(state, value);
  return 1;
}

int mark_array(lua_State* state) {
  if (lua_isnoneornil(state, 1)) {
    lua_settop(state, 0);
    lua_newtable(state);
  }
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 1);
  push_array_mark(state);
  lua_setmetatable(state, 1);
  return 1;
}

}  // namespace

void push_json(lua_State* state, const json::value& value) { push_value(state, value); }

json::value check_json(lua_State* state, int index, std::size_t bytes_max) {
  return Reader(state, bytes_max).read(index, 0);
}

void open_json(lua_State* state) {
  lua_createtable(state, 0, 4);
  lua_pushcfunction(state, encode);
  lua_setfield(state, -2, "encode");
  lua_pushcfunction(state, decode);
  lua_setfield(state, -2, "decode");
  lua_pushcfunction(state, mark_array);
  lua_setfield(state, -2, "array");
  lua_pushlightuserdata(state, nullptr);
  lua_setfield(state, -2, "null");
  lua_setglobal(state, "json");
}

}  // namespace weir::apps::workflow
