#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/webhooks/attempt.hpp"
#include "apps/webhooks/receiver.hpp"
#include "base/clock.hpp"
#include "client/backoff.hpp"
#include "log/log.hpp"

namespace weir::apps {

/// One hook's way through the log: which events it has taken in, which are being delivered or wait
/// to be tried again, and up to where everything is settled. Does no I/O and has no clock, so that
/// time is the caller's. The dispatcher's thread only.
///
/// Events go out in lanes. There are as many as the hook's concurrency; a lane's events are
/// delivered one after the other, and all events of one key (or, without a key, topic) are in one
/// lane. So with a single lane everything is in the log's order.
class Courier {
 public:
  using Time = base::Clock::Steady;

  /// What has become of an event.
  enum class Verdict {
    kDelivered,
    kRetry,
    kBury,  ///< To the dead letters: call `buried` once it is there.
    kDisabled,
  };

  /// `cursor`: everything up to it is settled.
  Courier(std::uint64_t number, std::shared_ptr<const Receiver> receiver, base::Sequence cursor,
          std::uint64_t seed);

  std::uint64_t number() const { return number_; }
  const Receiver& receiver() const { return *receiver_; }
  const base::Webhook& config() const { return receiver_->config(); }
  /// Takes a changed configuration, once what is on its way has ended as it began.
  void configure(std::shared_ptr<const Receiver> receiver);

  // --- Taking in ---

  /// Everything after this has not been looked at.
  base::Sequence position() const { return position_; }
  /// Whether there is room for more.
  bool hungry() const { return !resting() && pending_.size() < kPendingMax; }
  /// Takes in the events of a batch that it wants, as far as there is room, and moves the position
  /// along. Events that `floors` hide, or that are over, are passed by.
  void take(const log::BatchPtr& batch, const log::Floors& floors, base::UnixMillis now);
  /// Nothing that it wants lies up to here.
  void pass(base::Sequence up_to) { position_ = std::max(position_, up_to); }

  // --- Delivering ---

  /// The next event that may go out now, if any; it is on its way then.
  std::optional<Attempt> next(Time now);
  /// When something may go out, if only time is waited for.
  std::optional<Time> due() const;
  /// How an attempt ended. With kBury the lane stands still until `buried`.
  Verdict finished(Attempt attempt, const Outcome& outcome, Time now, base::UnixMillis unix_now);
  /// The dead letter of the lane's event is in the log (or, with false, could not be put there: it
  /// is tried again later).
  void buried(std::uint32_t lane, bool done, Time now);
  /// The event that the lane is to bury, how often it was tried, and why it failed last.
  struct Failed {
    BatchEvent event;
    std::uint32_t attempts;
    std::string reason;
  };
  Failed failed(std::uint32_t lane) const;
  /// Lanes whose event waits to be buried and is due; `buried` must be called for each of them.
  std::vector<std::uint32_t> to_bury(Time now);

  // --- Where it stands ---

  /// Everything up to here is delivered, buried or not its own.
  base::Sequence settled() const;
  /// The same, as if the lane's first event were settled: for its burial's own commit.
  base::Sequence settled_without(std::uint32_t lane) const;
  std::size_t pending() const { return pending_.size(); }
  std::size_t in_flight() const;
  /// Why nothing is delivered any more; "" while it is.
  const std::string& disabled() const { return disabled_; }
  /// Lets what is on its way end, and starts nothing more; the rest is read again from the cursor
  /// when it is enabled.
  void disable(std::string reason);
  void enable();
  /// The last failure since the last success, for people.
  const std::string& trouble() const { return trouble_; }

 private:
  /// Events in memory: enough that a lane never waits for a read.
  static constexpr std::size_t kPendingMax = 256;

  struct Pending {
    BatchEvent event;
    std::uint32_t lane;
  };
  struct Lane {
    enum class State {
      kIdle,      ///< The first event may go out, if there is one.
      kInFlight,  ///< It is on its way.
      kWaiting,   ///< It is tried again when it is due.
      kToBury,    ///< It is to be buried when it is due.
      kBurying,   ///< Its dead letter is being written.
    };
    explicit Lane(client::Backoff made) : backoff(std::move(made)) {}

    State state = State::kIdle;
    std::deque<base::Sequence> waiting;  ///< Its events, the first one is at hand.
    std::uint32_t attempts = 0;          ///< Of the first one.
    std::string reason;
    Time due{};
    client::Backoff backoff;
    std::unique_ptr<client::HttpClient> client;
  };

  void make_lanes();
  std::uint32_t lane_of(const proto::EventView& event) const;
  void settle_first(Lane& lane);
  bool is_over(const Lane& lane, const BatchEvent& event, base::UnixMillis unix_now) const;
  bool resting() const { return !disabled_.empty() || next_receiver_ != nullptr; }
  void rest_if_quiet();

  std::uint64_t number_;
  std::shared_ptr<const Receiver> receiver_;
  std::uint64_t seed_;
  base::Sequence position_;
  std::map<base::Sequence, Pending> pending_;
  std::vector<Lane> lanes_;
  std::shared_ptr<const Receiver> next_receiver_;  ///< Waits for what is on its way.
  std::string disabled_;
  std::string trouble_;
};

}  // namespace weir::apps
