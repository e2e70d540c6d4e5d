#pragma once

#include <string>
#include <utility>

#include <weir/result.hpp>

#include "base/error.hpp"
#include "base/result.hpp"

namespace weir::embed {

/// An error of the table as programs see it.
Error to_public(const base::Error& error);

template <typename T>
Result<T> to_public(base::Result<T> result) {
  if (!result) return to_public(result.error());
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

// The errors that only a program meets (weir/result.hpp).
Error not_open();
Error stopped();
Error misuse(std::string what);

}  // namespace weir::embed
