#pragma once

struct lua_State;

namespace weir::apps::workflow {

// What of Lua's standard library a script gets (reference manual 5.4, 6): what has no effect
// beyond the script and cannot take long for few instructions. The functions in C are called on
// the script's state, whose extra space leads to its budget.

/// assert, error, ipairs, next, pairs, pcall, select, tonumber, tostring, type, xpcall, the raw
/// functions, getmetatable; setmetatable without `__gc`, which would run without being counted;
/// `math`, `utf8`, and the two below.
void open_libraries(lua_State* state);

/// find, match, gmatch, gsub and rep of the table on the top of the stack, which is `string`, in
/// forms that are paid for.
void replace_string_functions(lua_State* state);

/// insert, remove, concat, sort, unpack and move of the table on the top of the stack, which is
/// `table`: a length that a metatable invents is refused, a move is paid for.
void replace_table_functions(lua_State* state);

}  // namespace weir::apps::workflow
