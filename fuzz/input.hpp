#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/random.hpp"

namespace weir::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// An input for parsers that are fed in pieces: the first byte decides the pieces, the rest is fed.
/// Seeds stay readable that way.
struct SplitInput {
  std::string_view whole;
  std::vector<std::string_view> pieces;

  explicit SplitInput(std::string_view input) {
    if (input.empty()) return;
    base::Random random(static_cast<unsigned char>(input.front()));
    whole = input.substr(1);
    // Many pieces of one byte and few long ones: boundaries are where mistakes are.
    for (std::string_view rest = whole; !rest.empty();) {
      const std::size_t wanted = random.below(3) == 0 ? 1 + random.below(30) : 1;
      const std::size_t bytes = std::min(wanted, rest.size());
      pieces.push_back(rest.substr(0, bytes));
      rest.remove_prefix(bytes);
    }
  }
};

}  // namespace weir::fuzz
