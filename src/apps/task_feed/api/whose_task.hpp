#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "apps/task_feed/metrics.hpp"
#include "base/result.hpp"
#include "hub/hub.hpp"

namespace weir::apps::task_feed {

/// Who may publish to `task-feed/OWNER` may make the owner's tasks and work on them.
inline constexpr std::string_view kWorkGrant = "task-feed";
/// Takes from the rates of publishers, as a publish does.
base::Result<> may_work_for(const api::Call& call, const std::string& owner);

/// What a request for one task is for.
enum class Asks {
  kToRead,    ///< Its owner, and who may work on it.
  kToChange,  ///< The same; takes from the rates of publishers.
  kToWork,    ///< Who may work on it; takes from the rates of publishers.
};

/// A request for one task, on the thread of its shard.
struct TaskCall {
  api::CallPtr call;
  hub::Hub& hub;
  std::size_t shard;
  Metrics& metrics;
};

/// Calls `then` with whose task it is, or with "" for anybody's, if who is asking may; otherwise
/// answers. To whom it is not, a task that is there is as one that is not.
void with_owner(const TaskCall& asked, const std::string& id, Asks asks,
                std::function<void(const std::string& owner)> then);

}  // namespace weir::apps::task_feed
