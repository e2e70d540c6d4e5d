#pragma once

#include <thread>
#include <vector>

#include "base/blocking_queue.hpp"
#include "base/task.hpp"

namespace weir::apps::workflow {

/// Threads for work that blocks, made when they are needed and kept. Whoever gives the work counts
/// what is under way. Belongs to one thread.
class WorkerPool {
 public:
  WorkerPool() = default;
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs the work on a thread of the pool; `under_way` counts it, too.
  void run(base::Task work, std::size_t under_way) {
    work_.push(std::move(work));
    if (under_way > threads_.size()) {
      threads_.emplace_back([this] {
        while (auto next = work_.pop()) (*next)();
      });
    }
  }

  /// Waits for the work that is under way.
  void stop() {
    work_.close();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  base::BlockingQueue<base::Task> work_;
  std::vector<std::thread> threads_;
};

}  // namespace weir::apps::workflow
