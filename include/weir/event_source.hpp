#pragma once

// A client of event streams that comes back: what a browser's EventSource is to a page (WHATWG
// HTML, 9.2), for a program. Of any server that speaks text/event-stream; of Weir's it knows gaps,
// drains and tokens, too.
//
//   auto source = weir::EventSource::create(
//       {.url = "https://weir.example/v1/topics/news", .last_event_id = cursor_from_disk},
//       {.on_event = [](const weir::StreamEvent& event) {
//         std::cout << event.type << ' ' << event.data << '\n';
//         keep(event.last_event_id);
//       }});
//   if (!source) return fail(source.error());
//   source->start();             // on a thread of its own
//   …
//   source->close();
//
// or, where the program has a thread to give: `source->run()`, which returns when it is over.
//
// It resumes by itself: after a broken connection, a server's error (5xx, 408, 425, 429) or a
// stream's end it connects again and sends the last event's id, so that every durable event comes
// once. It waits as long as the server asks (`retry:`, Retry-After), and after failures a random
// time up to a bound that doubles ("full jitter"). It gives up for good on 204, on any other 4xx,
// and on an answer that is no event stream. A gap, where the server does not have what came after
// the last id any more, is told (`on_gap`) and never hidden.
//
// Tokens. `token` is asked before each connection, again when the server refuses the one before,
// and when it announces that the stream's will end: Weir takes a new one without a reconnect.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <weir/event.hpp>
#include <weir/export.hpp>
#include <weir/result.hpp>

namespace weir {

/// What a token is asked for.
enum class TokenNeed {
  kConnect,   ///< A connection is about to be made.
  kRefused,   ///< The server did not take the one before (401).
  kExpiring,  ///< The stream's token ends soon.
};

struct EventSourceOptions {
  std::string url = {};  ///< http or https; without a user name.
  /// Sent with each request. Authorization, Cookie and X-Api-Key go to the URL's own origin only,
  /// also after redirects.
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// The token of the next request (`Authorization: Bearer`), or an empty text for none. Called on
  /// the thread that runs the source, and may block it.
  std::function<std::string(TokenNeed)> token = {};

  std::string last_event_id = {};  ///< Where to begin; empty: as the URL says.
  /// Between connections, until the server names another time.
  std::chrono::milliseconds retry{3'000};
  std::chrono::milliseconds backoff_max{30'000};
  std::chrono::milliseconds connect_timeout{10'000};  ///< For the name, TCP and TLS, each.
  /// No byte, not even a comment, for so long means that the connection is dead.
  std::chrono::milliseconds silence{60'000};
  /// Whether a server that cannot be reached at first is waited for; otherwise that is the end.
  bool wait_for_server = true;
  int redirects_max = 10;  ///< More, or one without Location, are the end.

  // What it keeps in memory at most. A stream that passes a limit is given up for good.
  std::size_t line_bytes_max = 8 << 20;
  std::size_t data_bytes_max = 16 << 20;  ///< Of one event.

  std::string ca_file = {};   ///< PEM; instead of the system's certificates.
  bool verify_server = true;  ///< False: whoever answers is believed. For tests.
};

/// An event of the stream. The views are valid during the call.
struct StreamEvent {
  std::string_view type;           ///< "message" if the stream names none.
  std::string_view data;           ///< Invalid UTF-8 has become U+FFFD.
  std::string_view last_event_id;  ///< In force now: where to resume, once this is handled.
  bool durable = false;            ///< The event brought that id itself.
  std::string_view origin;         ///< "https://weir.example": of the stream, after redirects.
};

/// A stream has begun.
struct StreamOpened {
  std::string url;  ///< After redirects.
};

/// The server has said hello (`event: system`).
struct StreamWelcome {
  std::string client_id;
  std::string cursor;  ///< Where the log stands.
  std::string timestamp;
};

/// What was missed is about to come (`event: recovery`).
struct StreamRecovery {
  std::string recovered_from;
  std::int64_t events = -1;  ///< -1: not counted.
};

struct StreamHeartbeat {
  std::string cursor;
  std::chrono::system_clock::time_point server_time;
};

/// What a source calls, one call at a time, on the thread that runs it. Must not throw; may call
/// everything of the source, `close` included.
struct EventSourceHandlers {
  /// An event that somebody published, in order. Required.
  std::function<void(const StreamEvent&)> on_event = {};
  std::function<void(const Gap&)> on_gap = {};
  std::function<void(const StreamOpened&)> on_open = {};
  std::function<void(const StreamWelcome&)> on_welcome = {};
  std::function<void(const StreamRecovery&)> on_recovery = {};
  std::function<void(const StreamHeartbeat&)> on_heartbeat = {};
  /// The server shuts down; the source comes back by itself, after this time.
  std::function<void(std::chrono::milliseconds)> on_drain = {};
  /// A new token was taken, or why not.
  std::function<void(const Result<>&)> on_renewal = {};
  /// There is no connection, for this reason; the next is made after the wait.
  std::function<void(const Error&, std::chrono::milliseconds)> on_wait = {};
  /// It is over, and nothing follows: by the server's word (204), or with an error that is final.
  /// Not called after `close`.
  std::function<void(const Result<>&)> on_end = {};
};

/// The stream, for as long as this lives. Any thread may call everything; moving and destroying it
/// is one thread's at a time.
class WEIR_API EventSource {
 public:
  /// As EventSource.readyState (WHATWG HTML, 9.2.2).
  enum class State { kConnecting = 0, kOpen = 1, kClosed = 2 };

  /// Looks at the options, and reads the certificates of `ca_file`; connects to nothing. misuse for
  /// a URL, header or limit that is none, and without `on_event`.
  static Result<EventSource> create(EventSourceOptions options, EventSourceHandlers handlers);

  EventSource(EventSource&& other) noexcept;
  EventSource& operator=(EventSource&& other) noexcept;
  /// As `close`. From inside one of its own handlers, too: that call goes on to its end.
  ~EventSource();

  /// Runs it on a thread of its own. misuse the second time, and after `run`.
  Result<> start();
  /// Runs it on this thread; returns when it is over: an error that is final, or success after 204
  /// or `close`. misuse the second time, and after `start`.
  Result<> run();

  /// Ends it, without waiting for the network. When it returns, no handler is running and none will
  /// run; called from inside a callback (of this or another object of the library) it does not wait
  /// for a handler that runs on another thread at that moment, but none begins. Again: nothing.
  void close();

  State state() const;
  /// The URL that it was made with, whatever redirects.
  const std::string& url() const;
  /// Where it would resume; empty: nowhere in particular.
  std::string last_event_id() const;

  class Impl;

 private:
  explicit EventSource(std::shared_ptr<Impl> impl) noexcept;

  std::shared_ptr<Impl> impl_;
};

}  // namespace weir
