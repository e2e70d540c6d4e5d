#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "access/password_hash.hpp"
#include "base/result.hpp"

namespace weir::access {

/// Compares passwords with their hashes, one after the other on a thread of its own: that is slow
/// by design, and so a flood of logins costs one core and no more. The thread begins with the first
/// of them.
class PasswordChecker {
 public:
  /// Whether they match; kDraining if that is not known because of `stop`.
  using Done = std::function<void(const base::Result<bool>& matches)>;

  PasswordChecker();
  ~PasswordChecker();
  PasswordChecker(const PasswordChecker&) = delete;
  PasswordChecker& operator=(const PasswordChecker&) = delete;

  /// `done` is called on the thread of this object. False, and nothing is done, where `waiting_max`
  /// wait already. Any thread; does not block.
  bool check(PasswordHash hash, std::string password, std::size_t waiting_max, Done done);

  /// Ends the thread after the comparison at hand. Once, before what `done` refers to goes; the
  /// destructor then waits for nothing.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::access
