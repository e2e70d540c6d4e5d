#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <string>

namespace weir::apps::workflow::testing {

/// What a page makes of an execution's events, as docs/workflows.md says: every event carries the
/// values that it changes, so that it is copied and nothing is added up.
struct Reducer {
  std::uint64_t rev = 0;
  std::string status;
  boost::json::object whole;                         ///< startTime, endTime, executionTime, error.
  std::map<std::string, boost::json::object> nodes;  ///< status, attempt, startTime, …
  bool gap = false;                                  ///< A rev was missing.

  void apply(const boost::json::object& event) {
    const auto next = static_cast<std::uint64_t>(event.at("rev").to_number<std::uint64_t>());
    if (next <= rev) return;
    if (next != rev + 1) gap = true;
    rev = next;
    const auto copy = [&](boost::json::object& to, std::initializer_list<const char*> names) {
      for (const auto* const name : names) {
        if (const auto* const value = event.if_contains(name)) to[name] = *value;
      }
    };
    const auto* const node = event.if_contains("nodeId");
    if (node == nullptr) {
      status = std::string(event.at("status").as_string());
      copy(whole, {"startTime", "endTime", "executionTime", "error"});
      return;
    }
    auto& it = nodes[std::string(node->as_string())];
    // What belongs to one status is over with it.
    for (const auto* const name : {"error", "awaits", "until"}) it.erase(name);
    copy(it, {"status", "attempt", "startTime", "endTime", "duration", "error", "parentId",
              "awaits", "until", "case"});
  }
};

}  // namespace weir::apps::workflow::testing
