#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/types.hpp"
#include "hub/client_id.hpp"
#include "hub/interest.hpp"
#include "hub/lease.hpp"
#include "hub/pace.hpp"
#include "hub/presence.hpp"
#include "hub/transport.hpp"
#include "proto/cursor.hpp"
#include "proto/selector.hpp"

namespace weir::hub {

/// Where a subscriber wants to begin.
struct Start {
  enum class Kind {
    kLatest,    ///< Only what comes.
    kEarliest,  ///< All that is retained.
    kLast,      ///< The newest `count` matching events.
    kCursor,    ///< After `text`, what the client sent; answered with a gap if it is no good.
  };
  Kind kind = Kind::kLatest;
  std::uint64_t count = 0;
  std::string text;
  /// Whether the client has been there before: after a cursor it is told how much it is owed. One
  /// that was given the state of this moment has missed nothing.
  bool resumes = true;
};

/// What a subscriber asks for. The parts that say which events are as in `Wish`.
struct SubscribeRequest {
  std::shared_ptr<const proto::Selectors> selectors;
  Transport* transport = nullptr;     ///< Outlives the subscriber.
  std::uint32_t heartbeat_ticks = 0;  ///< 0: no heartbeat events.
  std::shared_ptr<const proto::Filter> filter = {};
  std::shared_ptr<const proto::FieldMask> fields = {};  ///< The final mask: asked for and allowed.
  std::shared_ptr<const proto::Selectors> private_topics = {};
  double max_rate = 0;  ///< Events a second; 0: without limit.
  bool conflate = false;
  std::uint32_t lifetime_ticks = 0;  ///< 0: what the settings say.
  ClientId client = {};              ///< The connection that it is of.
  /// What the connection's client calls itself, where it does not take the server's name for it.
  std::string given_id = {};
  /// Its id where presence is kept, which the server has made; empty: it is not present anywhere.
  std::string present_id = {};
  std::string user = {};  ///< Verified; empty: unknown.

  Wish wish() const {
    if (!filter && !fields && !private_topics && max_rate == 0 && !conflate) return {selectors, {}};
    return {selectors, std::make_shared<const Refinement>(
                           Refinement{filter, fields, private_topics, max_rate, conflate})};
  }
};

/// What few subscribers have.
struct SubscriberExtras {
  std::unique_ptr<Pace> pace;                  ///< With a highest rate.
  std::unique_ptr<Presence::Member> arriving;  ///< Until it starts: as whom, and where.
  std::unique_ptr<Presence::Member> present;   ///< On topics that keep presence.
  std::unique_ptr<Lease> lease;                ///< Of somebody's, for a time.
  std::unique_ptr<const std::string> given_id;
};

/// What a shard keeps of a subscriber: a position in the log, what it wants, and where to write.
/// There is no queue here, nor room for one.
struct Subscriber {
  enum class State : std::uint8_t {
    kFree,
    kReserved,  ///< Has a place, but its transport is not ready.
    kLive,      ///< At the head of the log: `position` is not kept, it is the shard's head.
    kBehind,    ///< Everything up to `position` is done; the rest is read from the log.
    kWaiting,   ///< Behind, and an answer from the log is on its way.
  };
  /// Why it ends as soon as its socket takes bytes again.
  enum class Closing : std::uint8_t { kNo, kLifetime, kDisconnected, kDrain };

  // What a delivery touches comes first.
  Interest* interest = nullptr;
  Transport* transport = nullptr;
  SinkId sink = 0;
  std::unique_ptr<SubscriberExtras> extras;
  base::Sequence position;
  std::uint64_t told_trims = 0;  ///< Trims of its topics up to this one have been told.
  std::uint32_t generation = 0;
  std::uint32_t member_index = 0;    ///< Place in `interest->members`.
  std::uint32_t written_tick = 0;    ///< When something was last sent.
  std::uint32_t heartbeat_tick = 0;  ///< When the next heartbeat is due.
  std::uint32_t end_tick = 0;        ///< When the connection's lifetime is over; 0: never.
  std::uint16_t heartbeat_ticks = 0;
  State state = State::kFree;
  bool blocked = false;   ///< The socket takes nothing at present.
  bool slow = false;      ///< Fell behind after having been live: its policy applies.
  bool runnable = false;  ///< Queued for a turn of catching up.
  Closing closing = Closing::kNo;
  bool told_drain = false;  ///< The frame that says why has been written.
  std::uint32_t opened_tick = 0;
  base::Sequence began;  ///< Its stream began after this position.
  ClientId client;

  /// What keeps it to its highest rate; null: nothing.
  Pace* pace() const { return extras != nullptr ? extras->pace.get() : nullptr; }
  /// Whose it is, and until when; null: nobody's in particular.
  Lease* lease() const { return extras != nullptr ? extras->lease.get() : nullptr; }
  /// What its client calls itself; empty: nothing of its own.
  std::string_view given_id() const {
    return extras != nullptr && extras->given_id != nullptr ? std::string_view(*extras->given_id)
                                                            : std::string_view();
  }
};
// What ten thousands of idle subscribers cost is mostly this.
static_assert(sizeof(Subscriber) <= 96);

}  // namespace weir::hub
