#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir::base {

/// The candidate that a person most likely meant by `word`: the one with the fewest letters to
/// insert, delete, replace or swap, if these are few for the word's length. Empty if none is near.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean "x"?" for an error's end, or "".
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace weir::base
