#pragma once

#include <cstdint>

#include "api/access/gate.hpp"

namespace weir::api {

/// Decides what is shed, from the process's resident memory: nothing below the budget; new streams
/// from it on; publishes, too, from 5 % over it; and readers that are behind from 10 % over it.
/// What has begun ends when memory is 3 % below where it began, so that it does not flicker. One
/// thread at a time.
class MemoryBudget {
 public:
  /// `budget` 0: none. Both in bytes.
  Pressure update(std::uint64_t resident, std::uint64_t budget);

 private:
  Pressure pressure_ = Pressure::kNone;
};

const char* name_of(Pressure pressure);

}  // namespace weir::api
