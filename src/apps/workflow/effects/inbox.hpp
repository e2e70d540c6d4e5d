#pragma once

#include "base/mailbox.hpp"
#include "base/task.hpp"

namespace weir::apps::workflow {

/// Tasks from any thread for one that waits in poll(2). Held by whoever may still post: what comes
/// when nobody reads any more is dropped with it.
class Inbox {
 public:
  Inbox();
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// Any thread; never blocks.
  void post(base::Task task) { tasks_.post(std::move(task)); }
  /// Runs what has come. The reader's thread.
  void run();
  /// Readable while there is something to run.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  base::Mailbox<base::Task> tasks_;
};

}  // namespace weir::apps::workflow
