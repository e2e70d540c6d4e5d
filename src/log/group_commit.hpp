#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "log/commit_queue.hpp"
#include "log/engine.hpp"
#include "log/log.hpp"
#include "log/log_state.hpp"
#include "log/namespaces.hpp"
#include "log/open_transaction.hpp"
#include "log/retention.hpp"
#include "log/topic_index.hpp"

namespace weir::log {

/// The step that everything durable goes through: many requests, one commit. Log thread.
class GroupCommit {
 public:
  /// All outlive this.
  struct Context {
    Engine* engine;
    LogState* state;
    TopicIndex* index;
    Retention* retention;  ///< Is told of trims.
    Listener* listener;    ///< May be null.
    const base::Clock* clock;
  };

  explicit GroupCommit(Context context) : context_(context) {}

  /// Commits requests from the front of `waiting`, as many as fit into one commit; at least one.
  /// They are removed and completed. Returns the bytes that they counted for.
  std::uint64_t run(std::deque<WaitingRequest>& waiting, const Namespaces& namespaces);

 private:
  struct Applied {
    WaitingRequest waiting;
    base::Result<> outcome;
  };

  base::Result<> apply_all(std::deque<WaitingRequest>& waiting, OpenTransaction& transaction);
  base::Result<> write(const OpenTransaction& transaction, const Namespaces& namespaces,
                       const std::vector<BatchBuilder::Row>& rows);
  base::Result<> save_totals();
  base::Result<> reserve(const std::vector<BatchBuilder::Row>& rows, const std::string& rules,
                         base::Sequence head, bool& synced);
  void publish(const OpenTransaction& transaction, std::vector<BatchBuilder::Row> rows);
  void publish_trims(const OpenTransaction& transaction);
  void take_front(std::deque<WaitingRequest>& waiting);
  void give_up(const base::Error& error);
  std::uint64_t complete_all();

  Context context_;
  std::vector<Applied> applied_;
  LogRecord written_;  // The record as the transaction at hand leaves it.
  std::optional<std::vector<Loss>> losses_written_;  // By the transaction at hand.
};

}  // namespace weir::log
