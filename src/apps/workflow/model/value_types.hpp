#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>

namespace weir::apps::workflow {

/// A set of JSON's types, of which a value has one.
using Types = std::uint8_t;

inline constexpr Types kNullType = 1;
inline constexpr Types kBoolType = 2;
inline constexpr Types kNumberType = 4;
inline constexpr Types kStringType = 8;
inline constexpr Types kArrayType = 16;
inline constexpr Types kObjectType = 32;
inline constexpr Types kAnyType = 63;

Types type_of(const boost::json::value& value);

/// "a string", "a number or null", "an array, an object or a string".
std::string types_text(Types types);

}  // namespace weir::apps::workflow
