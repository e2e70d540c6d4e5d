#pragma once

#include <cstdint>

namespace weir::apps::task_feed {

/// Which addresses: those of a feed, or those of a task, `/api/task-feed/{id}…`.
enum class Part : std::uint8_t { kFeed, kTask };

}  // namespace weir::apps::task_feed
