#pragma once

#include <memory>
#include <thread>

#include "apps/workflow/workflows.hpp"
#include "hub/hub.hpp"

namespace weir::server {

/// The demo: publishes real events of this machine, so that there is something to see from the
/// first second. `demo/metrics` (type `metrics`) once a second, `demo/clock` (`clock`) every two,
/// and the lines that are appended to the machine's log files as `demo/log` (`log`). All are
/// ordinary events under the server's own retention. Where workflows, the task feed and
/// notifications are on, it also has a product card made now and then (demo_cards.hpp).
///
/// Runs on a thread of its own, and publishes as anybody would. While one of its publishes waits
/// for the disk, it makes no other.
class Demo {
 public:
  /// Starts it. The hub must be attached to its log; all of them outlive this object.
  Demo(hub::Hub& hub, apps::workflow::Workflows& workflows);
  /// Stops it. Waits for its thread, which waits for nothing; answers that come later are dropped.
  ~Demo();
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

 private:
  class Work;
  std::shared_ptr<Work> work_;
  std::thread thread_;
};

}  // namespace weir::server
