#pragma once

#include <mutex>
#include <optional>

namespace weir::base {

/// A value made on first use and shared from then on. `get` may be called from any thread; the
/// first caller makes the value while the others wait for it. The reference lives as long as the
/// Lazy.
template <typename T>
class Lazy {
 public:
  template <typename Make>
  const T& get(Make&& make) const {
    std::call_once(once_, [&] { value_.emplace(make()); });
    return *value_;
  }

 private:
  mutable std::once_flag once_;
  mutable std::optional<T> value_;
};

}  // namespace weir::base
