#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/call.hpp"
#include "base/counter.hpp"
#include "base/random.hpp"
#include "hub/shard.hpp"
#include "hub/transport.hpp"
#include "proto/cursor.hpp"
#include "proto/selector.hpp"

namespace weir::api {

/// Counters of one shard's polls; written by the shard, read by any thread.
struct PollMetrics {
  base::Counter polls;         ///< Answered.
  base::Counter waiting;       ///< Open now.
  base::Counter events;        ///< Events answered with.
  base::Counter not_modified;  ///< Answered with 304.
  base::Counter timeouts;      ///< Long polls whose wait passed with nothing.
};

/// One poll: what it asked for, and what it has been given so far.
struct Poll {
  CallPtr call;
  std::shared_ptr<const proto::Selectors> selectors;
  std::size_t events_max = 0;
  std::size_t bytes_max = 0;
  bool waits = false;  ///< Long polling: nothing new is no answer yet.
  /// The cursor that was asked from; empty where none was. For If-None-Match.
  std::string requested = {};

  std::string events = {};  ///< JSON, joined by commas.
  std::size_t count = 0;
  base::Sequence newest = {};  ///< Of the durable events taken.
  bool ephemeral = false;      ///< It holds an event that no cursor tells of.
  std::string gap = {};        ///< What `event: gap` says, if it must be told.
  bool cut = false;            ///< It holds what fits; there is more.
  bool at_head = false;
  bool failed = false;                         ///< The log could not be read.
  bool unauthorized = false;                   ///< Its token or key is over.
  std::optional<proto::Cursor> position = {};  ///< Set at the end.
  std::optional<std::uint32_t> drain_ms = {};  ///< The server stops: when to come back.
};

/// Polling and long polling: a subscriber whose sink is an answer in the making. It is given events
/// until it has as many as it may, or until it has reached the head and holds something or need not
/// wait; then it is answered. Nothing is kept from one poll to the next but the client's cursor.
///
/// Answers are given on the shard's thread, but never from within the hub: a delivery that ends a
/// thousand polls makes one task that answers them all. Shard thread only.
class PollTransport final : public hub::Transport {
 public:
  PollTransport(hub::Shard& shard, std::uint64_t seed) : shard_(shard), random_(seed) {}

  static hub::SinkId sink_of(hub::SubscriberId subscriber) { return subscriber.packed(); }

  /// Takes a poll whose place in the hub is reserved, lets the hub begin, and answers at once if it
  /// can be.
  void start(hub::SubscriberId subscriber, Poll poll, hub::Start start);

  const PollMetrics& metrics() const { return metrics_; }

  // hub::Transport
  bool one_shot() const override { return true; }
  bool caught_up(hub::SinkId sink) override;
  Sent send(hub::SinkId sink, std::span<const hub::Piece> pieces) override;
  Status control(hub::SinkId sink, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t> retry_ms) override;
  Status keepalive(hub::SinkId) override { return Status::kOpen; }
  void end(hub::SinkId sink, End why) override;
  void abort(hub::SinkId sink) override;

 private:
  Poll* find(hub::SinkId sink);
  void finish(hub::SinkId sink);
  void answer_finished();
  void answer(Poll& poll);
  void answer_not_modified(Poll& poll, const std::string& tag);
  std::uint32_t retry_ms(const Poll& poll, bool more);
  proto::Cursor cursor(const Poll& poll) const;
  bool is_news(const Poll& poll) const;

  hub::Shard& shard_;
  base::Random random_;
  std::unordered_map<hub::SinkId, Poll> polls_;
  std::vector<Poll> finished_;
  bool starting_ = false;
  PollMetrics metrics_;
};

}  // namespace weir::api
