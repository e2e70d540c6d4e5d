#include "apps/workflow/effects/lua/script.hpp"

#include <algorithm>
#include <lua.hpp>
#include <memory>

#include "apps/workflow/effects/lua/json.hpp"
#include "apps/workflow/effects/lua/libraries.hpp"

namespace weir::apps::workflow {
namespace {

constexpr std::size_t kErrorBytesMax = 4 * 1024;

/// What the functions that run inside of the state need.
struct Run {
  std::string_view source;
  const boost::json::object* scope;
  std::size_t output_bytes_max;
  const ScriptVoice* voice;
  ScriptResult* result;
};

Run& run_of(lua_State* state) {
  return *static_cast<Run*>(lua_touserdata(state, lua_upvalueindex(1)));
}

/// log(…): its arguments as `tostring` writes them, a tab between two.
int say(lua_State* state) {
  auto& run = run_of(state);
  std::string line;
  const int count = lua_gettop(state);
  for (int i = 1; i <= count; ++i) {
    std::size_t size = 0;
    const char* const text = luaL_tolstring(state, i, &size);
    if (i > 1) line.push_back('\t');
    line.append(text, size);
    lua_pop(state, 1);
  }
  line.push_back('\n');
  ScriptBudget::of(state).spend(state, line.size());
  run.voice->log(line);
  return 0;
}

int tell_progress(lua_State* state) {
  const auto percent = luaL_checknumber(state, 1);
  std::size_t size = 0;
  const char* const message = luaL_optlstring(state, 2, "", &size);
  run_of(state).voice->progress(percent, {message, size});
  return 0;
}

void set_function(lua_State* state, const char* name, lua_CFunction function, Run& run) {
  lua_pushlightuserdata(state, &run);
  lua_pushcclosure(state, function, 1);
  lua_setglobal(state, name);
}

/// Everything that can fail in Lua's way; its argument is the run.
int protected_run(lua_State* state) {
  auto& run = *static_cast<Run*>(lua_touserdata(state, 1));
  lua_settop(state, 0);
  open_libraries(state);
  open_json(state);
  set_function(state, "log", say, run);
  set_function(state, "print", say, run);
  set_function(state, "progress", tell_progress, run);
  for (const auto& [name, value] : *run.scope) {
    if (value.is_null()) continue;
    push_json(state, value);
    lua_setglobal(state, std::string(name).c_str());
  }
  // Text only: what is compiled already is not checked by anybody.
  if (luaL_loadbufferx(state, run.source.data(), run.source.size(), "=script", "t") != LUA_OK) {
    run.result->compiled = false;
    return lua_error(state);
  }
  ScriptBudget::of(state).begin(state);
  lua_call(state, 0, 1);
  run.result->value = check_json(state, -1, run.output_bytes_max);
  return 0;
}

std::string error_text(lua_State* state, int status, ScriptBudget::Spent spent) {
  using Spent = ScriptBudget::Spent;
  switch (spent) {
    case Spent::kInstructions:
      return "the script ran more instructions than it may (workflow_script_instructions)";
    case Spent::kMemory:
      return "the script used more memory than it may (workflow_script_memory)";
    case Spent::kInterrupted:
      return "the script was ended";
    case Spent::kNothing:
      break;
  }
  if (status == LUA_ERRMEM) return error_text(state, LUA_ERRRUN, Spent::kMemory);
  if (!lua_isstring(state, -1)) {
    return std::string("the script raised a ") + luaL_typename(state, -1) + " that is no text";
  }
  std::size_t size = 0;
  const char* const text = lua_tolstring(state, -1, &size);
  return std::string(text, std::min(size, kErrorBytesMax));
}

struct Close {
  void operator()(lua_State* state) const { lua_close(state); }
};

}  // namespace

ScriptResult run_script(std::string_view source, const boost::json::object& scope,
                        const ScriptBudget::Limits& limits, std::size_t output_bytes_max,
                        const ScriptVoice& voice) {
  ScriptResult result;
  ScriptBudget budget(limits);
  const std::unique_ptr<lua_State, Close> state(budget.new_state());
  if (state == nullptr) {
    result.error = "there is no memory for a script";
    result.spent = ScriptBudget::Spent::kMemory;
    return result;
  }
  Run run{source, &scope, output_bytes_max, &voice, &result};
  // Neither of these two needs memory.
  lua_pushcfunction(state.get(), protected_run);
  lua_pushlightuserdata(state.get(), &run);
  const int status = lua_pcall(state.get(), 1, 0, 0);
  result.ok = status == LUA_OK;
  result.spent = budget.spent();
  if (status == LUA_ERRMEM && result.spent == ScriptBudget::Spent::kNothing) {
    result.spent = ScriptBudget::Spent::kMemory;
  }
  if (!result.ok) result.error = error_text(state.get(), status, result.spent);
  return result;
}

}  // namespace weir::apps::workflow
