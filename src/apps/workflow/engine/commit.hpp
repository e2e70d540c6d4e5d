#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/once.hpp"
#include "apps/workflow/engine/execution.hpp"
#include "apps/workflow/engine/transition.hpp"
#include "base/result.hpp"
#include "base/types.hpp"
#include "log/log.hpp"

namespace weir::apps::workflow {

/// The topics of the executions. Whoever may follow a virtual topic `workflow/executions/<id>` is
/// served these by the routes; nobody else but admins.
inline constexpr std::string_view kListTopic = "$weir/workflow/executions";
std::string execution_topic(std::string_view id);

/// A piece of a node's log, on its way to the store.
struct LogChunk {
  std::string node;
  std::uint64_t offset = 0;  ///< Bytes of the node's log before it.
  std::uint32_t attempt = 0;
  base::UnixMillis time = 0;
  std::string stream;
  std::string text;
};

/// What one execution's part of a commit writes: everything as text already, so that the log thread
/// has little to do.
class ExecutionChange {
 public:
  /// `before`: its status as it is stored; none: it is new.
  ExecutionChange(const Execution& execution, const Transition& transition,
                  std::optional<ExecutionStatus> before);
  void add_logs(std::vector<LogChunk> logs) { logs_ = std::move(logs); }
  /// Of a new one: begins it unless that was done under the key.
  void start_once(once::Key key) { key_ = std::move(key); }

  /// Log thread, inside the commit; may be called again if that fails.
  base::Result<> apply(log::Transaction& transaction);

  // After the commit.
  std::uint64_t number() const { return number_; }
  /// Of a start that came second under its key: the execution that the first one began.
  const std::string& earlier() const { return earlier_; }
  /// The position before its first event.
  base::Sequence before_events() const { return before_events_; }

 private:
  struct Event {
    proto::Event own;       ///< For the execution's topic.
    std::string list;       ///< For the list, without its end.
    bool of_whole = false;  ///< Of the execution itself: tells the numbers.
  };

  base::Result<> insert(log::Transaction& transaction);
  base::Result<> update(log::State& state, base::Sequence last);
  base::Result<bool> began_before(log::Transaction& transaction);
  base::Result<> count(log::State& state);
  base::Result<> write_nodes(log::State& state);
  base::Result<> write_approvals(log::State& state);
  base::Result<> append_events(log::Transaction& transaction);

  std::string id_;
  std::string workflow_;
  std::uint64_t number_ = 0;
  std::optional<ExecutionStatus> before_;
  ExecutionStatus after_;
  std::vector<log::Value> row_;  ///< As `insert` takes it, or `update`.
  std::vector<std::vector<log::Value>> nodes_;
  std::vector<EndedAttempt> attempts_;
  std::vector<ApprovalChange> approvals_;
  std::vector<LogChunk> logs_;
  std::vector<Event> events_;
  once::Key key_;
  std::string earlier_;
  base::Sequence before_events_;
};

}  // namespace weir::apps::workflow
