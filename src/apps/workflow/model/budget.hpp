#pragma once

#include <boost/json.hpp>
#include <cstddef>

#include "base/result.hpp"

namespace weir::apps::workflow {

/// What an evaluation may still make. Every value that is made or copied is paid for before, so
/// that no expression takes more memory than its limit says, whatever it multiplies.
class Budget {
 public:
  explicit Budget(std::size_t bytes) : left_(bytes) {}

  /// False if there is not as much left; then there is nothing left.
  bool spend(std::size_t bytes) {
    if (bytes > left_) {
      left_ = 0;
      return false;
    }
    left_ -= bytes;
    return true;
  }
  /// For a copy of the value. Linear in it, but in no more than what is left.
  bool spend_on(const boost::json::value& value);

  static base::Error exhausted();

 private:
  std::size_t left_;
};

}  // namespace weir::apps::workflow
