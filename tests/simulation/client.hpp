#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/settings.hpp"
#include "history.hpp"
#include "hub/subscriber.hpp"
#include "network.hpp"
#include "proto/cursor.hpp"
#include "proto/selector.hpp"
#include "report.hpp"

namespace weir::simulation {

/// A logical client: one chain of connections, each going on after the last id that was received.
/// Checks on every frame that it gets what the history says, each event once, and that what is
/// missing was announced.
class Client {
 public:
  Client(std::size_t number, std::shared_ptr<const proto::Selectors> selectors,
         base::SlowConsumer policy, const History& history, const base::Clock& clock,
         Report& report);

  std::size_t number() const { return number_; }
  const std::shared_ptr<const proto::Selectors>& selectors() const { return selectors_; }

  /// The cursor that it goes on after; none: it begins as at first.
  const std::optional<proto::Cursor>& last_id() const { return last_id_; }
  /// Takes the cursor of a welcome as its own.
  void adopt(const proto::Cursor& cursor) { last_id_ = cursor; }
  void forget_last_id() { last_id_.reset(); }

  /// A connection begins. `head` is the shard's, `known` what the shard knows to be gone.
  void begin(const hub::Start& start, base::Sequence head, const Floors& known);
  void receive(const Frame& frame);
  /// Everything up to the position has been sent: checks that nothing is missing.
  void expect_all_up_to(base::Sequence position);

 private:
  void receive_event(const log::Batch& batch, std::size_t index);
  void receive_ephemeral(const proto::EventView& event);
  void receive_gap(const Frame& frame);
  void receive_heartbeat(const std::string& json);
  base::Sequence before_newest(std::uint64_t count) const;
  void begin_last(base::Sequence first);
  bool matches(const KnownEvent& event) const;
  bool excused(base::Sequence at, const KnownEvent& event) const;
  bool superseded(base::Sequence at, const KnownEvent& event) const;

  std::size_t number_;
  std::shared_ptr<const proto::Selectors> selectors_;
  base::SlowConsumer policy_;
  const History* history_;
  const base::Clock* clock_;
  Report* report_;

  std::optional<proto::Cursor> last_id_;
  // Of the connection at hand.
  base::Sequence position_;                  ///< Everything up to here was received, or excused.
  Floors told_;                              ///< What it has been told, or never was promised.
  std::string due_gap_;                      ///< The reason that the first frame must give.
  std::optional<std::uint64_t> last_count_;  ///< Began with `last=N`, and nothing has come yet.
  base::Sequence head_at_start_;
  std::set<std::string> ephemeral_;
};

}  // namespace weir::simulation
