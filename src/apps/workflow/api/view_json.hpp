#pragma once

#include <boost/json.hpp>
#include <string>

#include "base/types.hpp"
#include "proto/rfc3339.hpp"

namespace weir::apps::workflow::views {

/// null for a time that has not come.
inline boost::json::value time_of(base::UnixMillis time) {
  return time == 0 ? boost::json::value() : boost::json::value(proto::format_rfc3339(time));
}
inline boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value() : boost::json::value(text);
}

}  // namespace weir::apps::workflow::views
