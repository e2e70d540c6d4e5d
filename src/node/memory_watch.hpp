#pragma once

#include <memory>
#include <thread>

#include "api/access/gate.hpp"
#include "api/operations/process_figures.hpp"
#include "hub/hub.hpp"

namespace weir::node {

/// Holds the process's memory against `memory_budget`, on a thread of its own: tells the gate what
/// to shed, breaks slow readers when that is not enough, and logs when the state changes.
class MemoryWatch {
 public:
  /// All of these outlive it.
  MemoryWatch(hub::Hub& hub, api::Gate& gate, const api::ProcessFigures& process);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

 private:
  class Work;

  std::unique_ptr<Work> work_;
  std::thread thread_;
};

}  // namespace weir::node
