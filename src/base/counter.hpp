#pragma once

#include <atomic>
#include <cstdint>

namespace weir::base {

/// A number that one thread changes and any thread reads. Without a second writer a relaxed load
/// and store suffice, which costs what a plain integer costs; an atomic read-modify-write is 30
/// times dearer.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.store(get() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n = 1) { value_.store(get() - n, std::memory_order_relaxed); }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace weir::base
