#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <weir/subscription.hpp>

#include "base/call_gate.hpp"
#include "base/guarded.hpp"
#include "hub/shard.hpp"
#include "hub/transport.hpp"

namespace weir::embed {

/// A subscription of the program's own, shared between its handle and the shard that serves it.
struct Follower {
  explicit Follower(SubscriptionHandlers to_call) : handlers(std::move(to_call)) {}

  const SubscriptionHandlers handlers;
  base::CallGate gate;              ///< Around every call of a handler.
  std::atomic<bool> paused{false};  ///< By the program, from any thread.
  std::size_t shard = 0;            ///< Which serves it; set before it is shared.

  // The shard's thread only.
  hub::SubscriberId place;
  hub::SinkId sink = 0;  ///< 0: none yet, or none any more.
  bool caught_up = false;
};
using FollowerPtr = std::shared_ptr<Follower>;

/// Gives the program's subscriptions of one shard their events: a transport whose sinks are calls.
/// Shard thread only.
class Followers final : public hub::Transport {
 public:
  explicit Followers(hub::Shard& shard) : shard_(shard) {}

  /// It is on its way to `open`. Any thread.
  void expect(const FollowerPtr& follower);
  /// Begins, unless it was closed meanwhile. `request.transport` is set here.
  void open(const FollowerPtr& follower, hub::SubscribeRequest request, hub::Start start);
  /// Its handle was closed.
  void close(Follower& follower);
  /// It is not paused any more.
  void resume(const Follower& follower);
  /// The hub stops: those who are paused would not hear of it otherwise.
  void end_paused();
  /// The shard has stopped: those who have not heard of it do now, also those who never got to
  /// `open`. Then any thread.
  void end_rest();

  // hub::Transport
  std::string_view name() const override { return "program"; }
  bool caught_up(hub::SinkId sink) override;
  Sent send(hub::SinkId sink, std::span<const hub::Piece> pieces) override;
  Status control(hub::SinkId sink, std::string_view type, std::string_view json,
                 std::optional<std::uint32_t> retry_ms) override;
  Status keepalive(hub::SinkId) override { return Status::kOpen; }
  void end(hub::SinkId sink, End why) override;
  void abort(hub::SinkId sink) override;

 private:
  FollowerPtr find(hub::SinkId sink) const;
  void finish(hub::SinkId sink, SubscriptionEnd why);
  static void tell_end(Follower& follower, SubscriptionEnd why);
  static bool deliver(Follower& follower, const log::Batch& batch, std::size_t index);

  hub::Shard& shard_;
  base::Guarded<std::unordered_set<FollowerPtr>> expected_;
  std::unordered_map<hub::SinkId, FollowerPtr> followers_;
  hub::SinkId last_ = 0;
};

}  // namespace weir::embed
