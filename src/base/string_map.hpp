#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::base {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

/// A map by name that can be asked with a view, without making a string.
template <typename T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

}  // namespace weir::base
