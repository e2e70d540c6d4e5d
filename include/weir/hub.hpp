#pragma once

// A whole Weir server inside a program: its log, its listeners, its streams.
//
//   auto hub = weir::Hub::create(weir::Settings().set("listen", "127.0.0.1:3000").set("data_dir",
//   "data")); if (!hub) return fail(hub.error()); hub->route("GET", "/hello", [](weir::Request
//   request) { request.respond({.body = "hello\n"}); }); if (auto started = hub->start(); !started)
//   return fail(started.error());
//
//   auto published = hub->publish_and_wait({.topics = {"news"}, .data = "we are open"});
//   hub->wait();   // until somebody calls request_stop
//   hub->stop();
//
// What clients see is what they see of `weir serve`: publish and subscribe over HTTP/1.1, HTTP/2
// and WebSocket, resume, the page at `/`. Beside that the program publishes and subscribes in the
// process, has routes of its own (http.hpp), decides who may do what (access.hpp), and is told who
// is connected (connection.hpp).
//
// Life. `create` finds mistakes in the settings and touches nothing. Routes, authorizer and
// observer are given before the hub is opened. `start` opens it and runs it on threads of its own.
// Or `open` opens it and the program drives its loop: with `run`, with `run_for` between other
// work, or with `poll` whenever `descriptor` is readable, from another event loop:
//
//   hub->open();
//   epoll_ctl(epoll, EPOLL_CTL_ADD, hub->descriptor(), …);
//   …
//   if (event.data.fd == hub->descriptor()) hub->poll();
//
// `stop` ends it: no new connections, streams are told to come back elsewhere, what is in flight is
// finished; then the log is closed.
//
// Threads. `start` makes a thread per shard (setting `shards`, one per core); in every mode there
// are a few more for the log and for what may block. Every callback comes on a shard's thread,
// which is the program's own where it drives the loop. A callback must not throw and must not
// block: it holds up everybody on that shard. From inside a callback everything may be called that
// is for any thread.
//
// One process may have several hubs, each with a data directory of its own. Log lines go to
// standard error, for all of them in the form that the last one has set. A process that has the
// default action for SIGPIPE ignores that signal from `open` on, because TLS may raise it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <weir/access.hpp>
#include <weir/connection.hpp>
#include <weir/event.hpp>
#include <weir/export.hpp>
#include <weir/http.hpp>
#include <weir/result.hpp>
#include <weir/settings.hpp>
#include <weir/subscription.hpp>

namespace weir {

struct PublishOptions {
  /// A publish with the key of an earlier one within the setting idempotency_window is not done
  /// again but gets its answer; at most 255 bytes. Not for ephemeral events.
  std::string idempotency_key = {};
};

/// Gets what a publish came to. Called exactly once, also when the hub is stopped.
using PublishDone = std::function<void(Result<Published>)>;

/// The hub. What is said to be for any thread may be called by several at once; the rest belongs to
/// one thread at a time, and not to a callback.
class WEIR_API Hub {
 public:
  /// Looks at the settings, and reads the keys and certificates that they name. bad-configuration.
  static Result<Hub> create(const Settings& settings = {});

  Hub(Hub&& other) noexcept;
  Hub& operator=(Hub&& other) noexcept;
  /// Stops without a drain, if it runs. Not from inside a callback: that ends the program.
  ~Hub();

  // --- Before it is opened; misuse afterwards ---

  /// Adds an address: GET (which serves HEAD, too), POST, PUT, PATCH or DELETE, and a path, as it
  /// is sent, that is matched as a whole or, if it ends in '/', as a prefix of what follows. Of the
  /// same method and path as one of Weir's it takes its place ("/" is the page of a server without
  /// routes); otherwise Weir's own addresses come first. misuse for a method or path that is none.
  Result<> route(std::string method, std::string path, RouteHandler handler,
                 RouteOptions options = {});
  /// Decides who may do what from now on. bad-configuration with the setting `access = "open"`.
  Result<> authorize(Authorizer authorizer);
  Result<> observe(ConnectionObserver observer);

  // --- Running ---

  /// Opens the log and the listeners, and runs on threads of its own. bad-configuration where an
  /// address cannot be listened on; data-directory-locked and the like. After an error the hub is
  /// of no more use.
  Result<> start();

  /// The same, for a program that drives the loop: with one shard. bad-configuration if the
  /// settings ask for several.
  Result<> open();
  /// Handles what happens until `request_stop` is called; then returns at once, always.
  void run();
  /// The same for at most so long.
  void run_for(std::chrono::milliseconds time);
  /// Handles what has happened, without waiting, and returns how many things that were. It does a
  /// bounded amount; `descriptor` stays readable while more is left.
  std::size_t poll();
  /// Readable (level-triggered) when `poll` has something to do; for poll(), select() or epoll. The
  /// hub's: not to be read from or closed. Valid from `open` to `stop`; -1 otherwise.
  int descriptor() const;

  /// Makes `run` and `wait` return. Any thread, any callback, any signal handler.
  void request_stop() noexcept;
  /// Waits until `request_stop` has been called.
  void wait();

  /// Ends it: refuses new connections, ends streams with word of when to come back, finishes what
  /// is in flight, for at most `drain` (without it: the setting drain_timeout), and closes the log.
  /// Returns when all threads have ended and no callback will come any more. From inside a callback
  /// it is `request_stop`. Again: nothing.
  void stop();
  void stop(std::chrono::milliseconds drain);

  /// Takes over what may change while it runs (docs/configuration.md says what); the rest is named
  /// in the log. Reads keys and certificates anew. bad-configuration: nothing has changed.
  Result<> reconfigure(const Settings& settings);

  /// What it listens on, in the order of the setting `listen`, with the ports that were found:
  /// "http://127.0.0.1:43210". Empty before it is opened.
  std::vector<std::string> urls() const;

  // --- Any thread, once it is open ---

  /// Publishes, and tells `done` what it came to, on a shard's thread, in the order of a thread's
  /// publishes; what is wrong with the event itself is told before this returns, on the calling
  /// thread. bad-topic, bad-event, event-too-large, topic-closed, storage-full, storage-failed,
  /// publish-overload; not-open, stopped.
  void publish(Event event, PublishDone done, PublishOptions options = {});
  /// Several events, in one commit: all or none.
  void publish_all(std::vector<Event> events, PublishDone done, PublishOptions options = {});

  /// The same with a future. Needs no thread that drives the loop.
  std::future<Result<Published>> publish_async(Event event, PublishOptions options = {});
  std::future<Result<Published>> publish_all_async(std::vector<Event> events,
                                                   PublishOptions options = {});

  /// The same, waiting for the disk. From inside a callback it holds up everybody on that shard.
  Result<Published> publish_and_wait(Event event, PublishOptions options = {});
  Result<Published> publish_all_and_wait(std::vector<Event> events, PublishOptions options = {});

  /// Follows topics; see subscription.hpp. bad-topic, bad-selector, bad-filter, bad-fields,
  /// too-many-topics; not-open, stopped.
  Result<Subscription> subscribe(SubscribeOptions options, SubscriptionHandlers handlers);

  /// The newest place of the log, as a cursor; empty while it is not open.
  std::string cursor() const;
  /// Open streams, polls that wait and subscriptions, together.
  std::uint64_t subscribers() const;

  class Impl;

 private:
  explicit Hub(std::unique_ptr<Impl> impl) noexcept;

  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
