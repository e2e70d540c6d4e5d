#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/types.hpp"
#include "log/log.hpp"

namespace weir::api {

/// A topic as lists and events show it; `more` is further members, each with a comma before it.
std::string topic_json(base::Epoch epoch, const log::TopicInfo& topic, std::uint64_t subscribers,
                       std::string_view more = {});

}  // namespace weir::api
