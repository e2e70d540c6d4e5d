#pragma once

#include <string>

#include "apps/task_feed/task.hpp"
#include "base/result.hpp"
#include "log/log.hpp"

namespace weir::apps::task_feed {

/// The task with everything that is kept beside it, as a JSON object: what a card's page, or its
/// worker, wants to know and a stream does not carry.
base::Result<std::string> full_json(log::State& state, const Task& task);

}  // namespace weir::apps::task_feed
