#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/log_line.hpp"
#include "base/mailbox.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/string_map.hpp"
#include "base/task.hpp"
#include "base/timer_wheel.hpp"
#include "base/tracing.hpp"
#include "hub/delivery_pace.hpp"
#include "hub/interest.hpp"
#include "hub/presence.hpp"
#include "hub/ring.hpp"
#include "hub/rules.hpp"
#include "hub/subscriber.hpp"
#include "hub/subscriber_view.hpp"
#include "hub/transport.hpp"
#include "log/log.hpp"

namespace weir::hub {

/// Counters of one shard; written by the shard, read by any thread.
struct ShardMetrics {
  base::Counter subscribers;
  base::Counter subscribers_behind;
  base::Counter subscriptions;  ///< Since start.
  base::Counter deliveries;     ///< Events handed to transports.
  base::Counter fell_behind;    ///< Times a live subscriber's socket was full.
  base::Counter gaps;
  base::Counter skipped_slow;  ///< Times drop-to-latest skipped.
  base::Counter disconnected_slow;
  base::Counter conflated;  ///< Events left out because a newer one had the key.
  base::Counter filters;    ///< Different filters, fields and private grants.
  base::Counter filters_refused;
  base::Counter filtered_out;  ///< Events of somebody's topics that were not wanted.
  base::Counter paced_waits;   ///< Times a highest rate made somebody wait.
  base::Counter log_reads;
  base::Counter lifetimes_ended;
  base::Counter presence_members;
  base::Counter presence_events;
  base::Counter presence_untold;  ///< Changes without an event of their own.
  base::Counter leases_ended;     ///< Streams that ended with their token.
  base::Counter leases_revoked;   ///< Streams that ended because it was revoked.
  base::Counter disconnected_by_operator;
  base::Counter system_subscribers;  ///< That name one of the server's own topics.
  base::Counter ring_bytes;
};

/// One core's part of the hub: its subscribers, its index of topics to them, its window of recent
/// batches.
///
/// A subscriber is a cursor. Live ones are at the shard's head and get each batch as it is
/// committed; all others (new, resuming, slow) are behind and read the log from their position, the
/// ring first, then the store, until they reach the head. There is no hand-over between the two:
/// `head_` and every position move on this one thread, a batch at a time.
///
/// All calls on the shard's thread, except those said to be for any. Other threads reach a shard
/// through its mailboxes only.
class Shard {
 public:
  /// Time runs in ticks of this length for keep-alives, heartbeats and lifetimes.
  static constexpr std::chrono::milliseconds kTick{100};

  struct Context {
    const base::Clock* clock = nullptr;
    std::shared_ptr<const base::Settings> settings;
    std::shared_ptr<const Rules> rules;
    /// The newest position that any shard may have delivered; may run ahead of this one's mailbox.
    const std::atomic<std::uint64_t>* newest = nullptr;
    std::uint64_t seed = 0;
    std::function<void()> wake;  ///< Makes the shard's thread call `run`; any thread may call it.
    base::Tracer* tracer = nullptr;
    /// Brings ephemeral events to every shard; null: presence is not told.
    std::function<void(std::vector<proto::Event>)> announce;
  };

  explicit Shard(Context context);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Gives the shard its log. Once, before anything else but `post`.
  void attach(log::Log& log);

  // --- From any thread ---

  void post(log::BatchPtr batch) { mailbox_.post(std::move(batch)); }
  void post(base::Task task) { mailbox_.post(std::move(task)); }
  /// For the answer to who waits for a commit: it runs before the batches that wait, the commit's
  /// own included, because their delivery may take long, and while it does the publisher can send
  /// what the next commit takes along.
  void answer(base::Task task) { answers_.post(std::move(task)); }
  /// How long a commit should wait for company, by what this shard's deliveries cost.
  std::chrono::microseconds patience() const { return pace_.patience(clock_->steady()); }

  // --- The shard's thread ---

  /// Works off the mailbox and gives every runnable subscriber a turn. Asks to be woken if work is
  /// left.
  void run();
  /// Call once per kTick, or later with the ticks made up for: keep-alives, heartbeats, lifetimes.
  void tick();

  /// Whether a stream of these topics is over: all of them closed, and the start at or beyond their
  /// end. Then the answer to a subscribe is 204, which stops a browser's EventSource.
  bool ended(const proto::Selectors& selectors, const Start& start) const;

  /// Whether the shard has room for what the wish costs for each event; counts a refusal.
  bool has_room_for(const SubscribeRequest& request);
  /// Takes a place for a subscriber. It gets nothing until `start`, but its position counts from
  /// now.
  /// `lease`, with a holder, says whose it is; null: nobody's in particular.
  SubscriberId reserve(SubscribeRequest request, std::unique_ptr<Lease> lease = nullptr);
  /// The cursor to show in the welcome: where a `latest` subscriber begins.
  proto::Cursor head_cursor() const;
  /// Where a subscriber is: it has been given everything of its topics up to there.
  proto::Cursor position(SubscriberId id) const;
  /// The transport is ready, and the welcome is written: begin.
  void start(SubscriberId id, SinkId sink, bool blocked, Start start);
  /// The transport lost its client, or gives the place back. Silent.
  void remove(SubscriberId id);
  /// The sink takes bytes again.
  void on_writable(SubscriberId id);

  /// Asks about each stream of that client id that has a lease; none if there is none here. A
  /// connection is renewed as a whole. The answer that a stream was renewed beats others.
  std::optional<Renewed> renew(std::string_view client_id, const Renewal& renewal);
  /// Ends the streams with a lease that is over.
  void end_leases(const std::function<bool(const LeaseHolder&)>& over);
  /// Shows `visit` the subscribers in so many places from `from` on, in their order, which is that
  /// of nothing in particular but does not change. Returns where to go on; nothing after the last.
  std::optional<std::uint32_t> visit(std::uint32_t from, std::uint32_t places,
                                     const std::function<void(const SubscriberView&)>& visit) const;
  /// What it has still to be given; nothing if that is not at hand in so many recent batches.
  std::optional<Owed> owed(SubscriberId id, std::size_t batches_max) const;
  /// Ends its connection in order, soon. The client comes back with its cursor.
  void disconnect(SubscriberId id);

  /// Breaks the streams whose reader does not keep up, to have their memory and the kernel's.
  void shed_slow();

  /// Ends every stream with `event: drain` and a reconnection time spread over the window; one
  /// whose socket is full as soon as it takes bytes again.
  void drain(std::chrono::milliseconds window);
  void reconfigure(std::shared_ptr<const base::Settings> settings,
                   std::shared_ptr<const Rules> rules);

  std::uint64_t count_subscribers(std::string_view topic) const;
  /// Who is on a topic, on this shard: the first `limit` later than `after`. Appends.
  void list_present(std::string_view topic, std::string_view after, std::size_t limit,
                    PresencePage& page) const {
    presence_.page(topic, after, limit, page);
  }
  std::size_t subscribers() const { return count_; }
  base::Sequence head() const { return head_; }
  /// As of the last `reconfigure`.
  const Rules& rules() const { return *rules_; }
  const ShardMetrics& metrics() const { return metrics_; }

 private:
  using Message = std::variant<log::BatchPtr, base::Task>;
  friend class Hub;  // Brings trims.

  /// A stream to end once the batch at hand has been delivered to everybody.
  struct Doomed {
    SubscriberId id;
    std::optional<Transport::End> why;  ///< Empty: at once, by `abort`.
  };

  /// Once for all that is posted until the shard runs. Any thread.
  void wake();
  Subscriber* find(SubscriberId id);
  const Subscriber* find(SubscriberId id) const { return const_cast<Shard*>(this)->find(id); }
  SubscriberId id_of(std::uint32_t slot) const { return {slot, subscribers_[slot].generation}; }

  // Live delivery (shard_deliver.cpp).
  void drain_mailbox();
  void give_answers();
  void deliver_waiting();
  void deliver(std::span<const log::BatchPtr> batches);
  template <typename Send>
  void for_each_interested(const log::Batch& batch, Send&& send);
  void gather(Interest& interest, std::span<const log::EventRange> runs);
  std::span<const log::EventRange> wanted(const Interest& interest, const log::Batch& batch,
                                          std::span<const log::EventRange> ranges);
  void send_live(Interest& interest, std::span<const log::BatchPtr> batches);
  void wake_paced(const Interest& interest, base::Sequence before);
  void send_paced(const Interest& interest);
  void fall_behind(std::uint32_t slot, base::Sequence position);
  void find_ended(const log::Batch& batch);
  void end_doomed();
  void trace_deliveries(std::span<const log::BatchPtr> batches, base::Clock::Steady began);

  // Catching up (shard_catch_up.cpp).
  void make_runnable(std::uint32_t slot);
  bool catch_up(std::uint32_t slot);
  bool may_send(std::uint32_t slot);
  void on_pace(SubscriberId id);
  bool conflates(const Subscriber& subscriber) const;
  void catch_up_from_ring(std::uint32_t slot);
  bool send_pieces(std::uint32_t slot, std::vector<Piece>& pieces);
  void conflate(std::vector<Piece>& pieces);
  void request_read(std::uint32_t slot);
  void on_read(SubscriberId id, base::Result<log::ReadResult> result);
  void note_failed_read(const std::string& error);
  void skip_to_head(std::uint32_t slot);
  void become_live(std::uint32_t slot);
  bool all_closed(const proto::Selectors& selectors) const;
  void tell_trimmed(std::uint32_t slot, base::Sequence lost_up_to = {});
  bool topic_trimmed(const Subscriber& subscriber) const;
  base::Sequence topic_floor_for(const proto::Selectors& selectors) const;
  Visibility visibility_after(base::Sequence after) const;
  void on_trim(log::FloorsPtr floors);

  // Beginning (shard_start.cpp).
  void begin_at_cursor(std::uint32_t slot, const Start& start);
  void catch_up_soon(std::uint32_t slot);
  void begin_at_last(std::uint32_t slot, std::uint64_t count);
  void send_gap(std::uint32_t slot, std::string_view requested, base::Sequence from,
                std::string_view reason);
  void announce_recovery(std::uint32_t slot, const std::string& requested);
  void send_recovery(std::uint32_t slot, const std::string& requested,
                     std::optional<std::uint64_t> events);
  std::optional<Owed> owed_in_ring(const Subscriber& subscriber, std::size_t batches_max) const;

  // For operators (shard_view.cpp).
  SubscriberView view(std::uint32_t slot) const;

  // Presence (shard_presence.cpp).
  void prepare_presence(Subscriber& subscriber, SubscribeRequest& request);
  void become_present(Subscriber& subscriber);
  void leave_presence(Subscriber& subscriber);
  void note_presence();
  void tell_presence();
  // Leases (shard_leases.cpp).
  void take_lease(std::uint32_t slot, std::unique_ptr<Lease> lease);
  void drop_lease(std::uint32_t slot);
  void time_lease(std::uint32_t slot);
  bool look_at_lease(SubscriberId id);
  void doom_unauthorized(SubscriberId id);

  // Time and endings (shard_time.cpp).
  static std::uint32_t to_ticks(std::chrono::milliseconds duration);
  std::uint64_t elapsed_ticks() const;
  void arm(std::uint32_t slot);
  void set_lifetime(Subscriber& subscriber);
  void on_timer(SubscriberId id);
  void send_control(std::uint32_t slot, std::string_view type, std::string_view json,
                    std::optional<std::uint32_t> retry_ms = std::nullopt);
  void note_status(std::uint32_t slot, Transport::Status status);
  void close_when_writable(Subscriber& subscriber, Subscriber::Closing why);
  void end_closing(std::uint32_t slot);
  void drain_stream(std::uint32_t slot);
  void end_stream(std::uint32_t slot, Transport::End why);
  void abort_stream(std::uint32_t slot);
  void free_slot(std::uint32_t slot);

  const base::Clock* clock_;
  const std::atomic<std::uint64_t>* newest_;
  base::Tracer* tracer_;
  log::Log* log_ = nullptr;
  std::shared_ptr<const base::Settings> settings_;
  std::shared_ptr<const Rules> rules_;
  base::Random random_;
  std::function<void(std::vector<proto::Event>)> announce_;
  std::function<void()> wake_;
  std::atomic<bool> woken_{false};
  base::Mailbox<Message> mailbox_;
  base::Mailbox<base::Task> answers_;

  base::Sequence head_;
  log::FloorsPtr floors_ = std::make_shared<const log::Floors>();
  std::uint64_t trims_ = 0;  ///< Counts the times that a topic's floor has risen.
  Ring ring_;
  InterestTable interests_;
  Presence presence_;
  std::uint64_t presence_tick_ = 0;  ///< When its changes are told next; 0: there are none.
  std::vector<Subscriber> subscribers_;
  std::vector<std::uint32_t> free_;
  /// The streams with a lease, packed, by client id. Ordered, so that one of many with the same
  /// client id (polls have none) is found as quickly as any.
  std::set<std::pair<std::string, std::uint64_t>> leases_;
  std::size_t count_ = 0;
  std::deque<SubscriberId> runnable_;
  std::optional<std::chrono::milliseconds> drain_window_;  // Set once the server stops.
  std::vector<SubscriberId> ahead_;  // Resumed at a position that has not reached this shard yet.
  base::TimerWheel<SubscriberId> wheel_;
  base::TimerWheel<SubscriberId> pace_wheel_;  // Those who wait for what their rate allows.
  base::Clock::Steady started_;
  std::vector<log::BatchPtr> waiting_batches_;  // Out of the mailbox, to be delivered together.
  // Scratch of a delivery; empty between deliveries.
  std::vector<log::BatchPtr> batches_;
  std::vector<Interest*> gathering_;
  std::vector<Interest*> interested_;
  std::vector<log::EventRange> wanted_;
  std::vector<Doomed> doomed_;
  DeliveryPace pace_;
  ShardMetrics metrics_;
  base::RecurringLine read_failure_line_{*clock_};
};

}  // namespace weir::hub
