#pragma once

#include <functional>
#include <future>
#include <utility>

#include "base/result.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::apps {

/// Commits a change and waits for it: for the tables of an application, before any other thread
/// knows of it. Not on a shard, nor on the log thread. What the change says, kStorageFull,
/// kStorageFailed.
inline base::Result<> commit_at_start(hub::Hub& hub,
                                      std::function<base::Result<>(log::State&)> change) {
  std::promise<base::Result<>> made;
  hub.change_now([change = std::move(change)](
                     log::Transaction& transaction) { return change(transaction.state()); },
                 [&made](base::Result<> outcome) { made.set_value(std::move(outcome)); });
  return made.get_future().get();
}

}  // namespace weir::apps
