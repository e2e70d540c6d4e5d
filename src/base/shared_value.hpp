#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace weir::base {

/// An immutable value that is replaced as a whole now and then: readers keep what they got. Any
/// thread.
template <typename T>
class SharedValue {
 public:
  explicit SharedValue(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  std::shared_ptr<const T> get() const {
    std::lock_guard lock(mutex_);
    return value_;
  }
  void set(std::shared_ptr<const T> value) {
    std::lock_guard lock(mutex_);
    value_ = std::move(value);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace weir::base
