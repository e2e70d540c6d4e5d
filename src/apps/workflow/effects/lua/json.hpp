#pragma once

#include <boost/json/value.hpp>
#include <cstddef>

struct lua_State;

namespace weir::apps::workflow {

// JSON in Lua and back. An object is a table with names, an array one that counts from 1 and is
// marked as an array, so that an empty one stays an array. null is `json.null`. Whole numbers are
// integers.
//
// Back: a table that is marked, or whose keys are 1 to n, is an array; one whose keys are strings
// an object, also one without keys; numbers that JSON has no form for, other keys, functions and
// what is nested more than 64 deep are errors. Metamethods are not asked.

/// Pushes the value. Raises Lua's errors.
void push_json(lua_State* state, const boost::json::value& value);

/// The value at `index`, whose text has at most about `bytes_max` bytes. Raises Lua's errors.
boost::json::value check_json(lua_State* state, int index, std::size_t bytes_max);

/// Sets the global `json` {encode, decode, array, null}.
void open_json(lua_State* state);

}  // namespace weir::apps::workflow
