#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.hpp"

namespace weir::apps::workflow {

/// An event of an execution, before it is written as JSON.
struct ExecutionEvent {
  std::string type;  ///< "node.started"
  std::string node;  ///< Empty: of the execution itself.
  std::uint32_t attempt = 0;
  std::uint64_t rev = 0;
  base::UnixMillis timestamp = 0;
  boost::json::object fields;
};

/// An attempt that is over. Those under way are in their node's row.
struct EndedAttempt {
  std::string node = {};
  std::uint32_t attempt = 0;
  std::string_view result;  ///< "completed", "failed", "timed_out", "cancelled", "interrupted".
  base::UnixMillis started = 0;
  base::UnixMillis ended = 0;
  std::string error;
};

/// An execution that a `workflow` node starts.
struct ChildStart {
  std::string id;
  std::string workflow;
  std::string node;  ///< Of the parent; empty: nobody waits for it.
  boost::json::value input;
};

/// Somebody is asked, or has answered.
struct ApprovalChange {
  std::string node = {};
  bool open = false;
  base::UnixMillis time = 0;
  base::UnixMillis expires = 0;
  std::string title = {};
  std::string message = {};
  boost::json::value approvers = {};
};

/// What a step of an execution changes: all of it goes into one commit, and what is to be started
/// is started after that.
struct Transition {
  std::vector<ExecutionEvent> events;
  std::set<std::size_t> runs;  ///< Whose rows are to be written.
  std::vector<EndedAttempt> attempts;
  std::vector<ApprovalChange> approvals;
  std::vector<ChildStart> children;
  std::vector<std::size_t> effects;        ///< Runs whose attempt begins.
  std::vector<std::size_t> cancels;        ///< Runs whose effect is to end.
  std::vector<std::string> child_cancels;  ///< Executions that nobody waits for any more.

  bool empty() const { return events.empty() && runs.empty() && attempts.empty(); }
};

/// What two steps, one after the other, change.
inline void merge(Transition& into, Transition&& later) {
  const auto append = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(into.events, later.events);
  into.runs.merge(later.runs);
  append(into.attempts, later.attempts);
  append(into.approvals, later.approvals);
  append(into.children, later.children);
  append(into.effects, later.effects);
  append(into.cancels, later.cancels);
  append(into.child_cancels, later.child_cancels);
}

}  // namespace weir::apps::workflow
