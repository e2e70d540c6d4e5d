#pragma once

// Following topics inside the process: the same log and the same promises as over HTTP, without a
// socket.
//
//   auto subscription = hub.subscribe({.match = {"orders/*"}, .after = cursor_from_disk},
//                                     {.on_event = [](const weir::Delivery& event) {
//                                       handle(event.data);
//                                       keep(event.cursor);
//                                     }});
//   if (!subscription) return fail(subscription.error());
//
// Every durable event of the topics after the cursor comes once, in the log's order; what is there
// already and what comes is one sequence without a seam. Without `after` it begins with what is
// published after `subscribe` has returned.
//
// `on_event` runs on the thread of the hub that delivers to all others, too, so it must be quick.
// A handler that needs time hands the event to a thread of its own and, while too much waits there,
// calls `pause`: nothing is queued for a subscription that is paused, because what comes meanwhile
// is in the log, and `resume` reads on there.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <weir/event.hpp>
#include <weir/export.hpp>
#include <weir/result.hpp>

namespace weir {

/// What a subscriber wants. As the parameters of `GET /v1/subscribe`.
struct SubscribeOptions {
  std::vector<std::string> topics = {};  ///< Exact names.
  std::vector<std::string> match = {};   ///< Patterns: `*` is a segment, `**` the rest.
  /// A cursor; "earliest": everything that is kept; empty: only what comes.
  std::string after = {};
  std::uint32_t last = 0;   ///< Without `after`: the newest so many first.
  std::string filter = {};  ///< A condition on the events (docs/filtering.md).
  std::string fields = {};  ///< What of their JSON data is delivered.
};

/// Why a subscription is over.
enum class SubscriptionEnd {
  kFinished,  ///< All its topics have ended, and everything of them was delivered.
  kStopped,   ///< The hub stops.
  kFailed,    ///< The log could not be read, or too many different filters are in use.
  kTooSlow,   ///< It was paused, and the topics' slow_consumer is `disconnect`.
};

/// What a subscription calls, one call at a time, on a thread of the hub's (where the program
/// drives the loop: on that thread). Calls must not throw, and must not wait for another callback.
/// They may call anything of the hub and of this subscription.
struct SubscriptionHandlers {
  /// An event, in order. Required.
  std::function<void(const Delivery&)> on_event = {};
  /// Events were asked for that are not there any more; told before the event that follows.
  std::function<void(const Gap&)> on_gap = {};
  /// Everything that was there when the subscription began has been delivered. Once.
  std::function<void()> on_caught_up = {};
  /// Nothing more comes. Not called after `close`.
  std::function<void(SubscriptionEnd)> on_end = {};
};

/// A subscription, for as long as this lives. May outlive its hub. Any thread may call everything;
/// moving it is one thread's at a time.
class WEIR_API Subscription {
 public:
  Subscription() noexcept;  ///< Of nothing.
  Subscription(Subscription&& other) noexcept;
  Subscription& operator=(Subscription&& other) noexcept;
  /// As `close`.
  ~Subscription();

  /// Ends it. When it returns, no handler is running and none will run; called from inside a
  /// callback (of this or another object of the library) it does not wait for a handler that runs
  /// on another thread at that moment, but none begins. Again: nothing.
  void close();

  /// No event is handed out until `resume`, but for one that is being handed out right now.
  void pause();
  void resume();

  class Impl;
  explicit Subscription(std::shared_ptr<Impl> impl) noexcept;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace weir
