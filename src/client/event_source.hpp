#pragma once

// A client of event streams that comes back: what a browser's EventSource is to a page (WHATWG
// HTML, 9.2), for a program. It blocks; `run` returns when the stream is over.

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "client/backoff.hpp"
#include "client/http_client.hpp"
#include "proto/sse_parse.hpp"

namespace weir::client {

/// What a token is asked for.
enum class TokenNeed {
  kConnect,   ///< A connection is about to be made.
  kRefused,   ///< The server did not take the one before (401).
  kExpiring,  ///< The stream's token ends soon: with a new one it goes on without a reconnect.
};

struct EventSourceOptions {
  /// Sent with each request; Authorization, Cookie and X-Api-Key only to the URL's own origin.
  Headers headers = {};
  /// Gives the token of the next request (empty: none), on the thread of `run`: before each
  /// connection, once more where the server refuses it, and when it announces that it will soon.
  std::function<std::string(TokenNeed)> token = {};
  std::string last_event_id = {};          ///< Where to begin; empty sends no Last-Event-ID.
  std::chrono::milliseconds retry{3'000};  ///< Until the server names another.
  std::chrono::milliseconds backoff_max{30'000};
  /// No byte, not even a comment, for so long means that the connection is dead.
  std::chrono::milliseconds silence{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  int redirects_max = 10;
  proto::SseParser::Limits limits = {};  ///< A stream that passes one is given up for good.
  bool wait_for_server = true;           ///< Otherwise a first connection that fails is the end.
  ConnectionOptions connection = {};
  /// Besides the network, wait for this descriptor to be readable; -1: none.
  int also = -1;
  std::uint64_t seed = base::random_seed();
};

class EventSource {
 public:
  using Event = proto::SseParser::Message;

  struct Handlers {
    /// Each event, in order. False ends the run; no event follows. Views are valid during the call.
    std::function<bool(const Event&)> on_event;
    /// All events that arrived together have been handed out: the moment to flush.
    std::function<void()> on_batch = [] {};
    /// A stream has begun, at this URL: after redirects not necessarily the one that was asked for.
    std::function<void(const Url&)> on_open = [](const Url&) {};
    /// A stream's token was renewed, or why not; the stream goes on for as long as the old one
    /// lasts.
    std::function<void(const base::Result<>&)> on_renewal = [](const base::Result<>&) {};
    /// `EventSourceOptions::also` is readable: takes what there is to be read. False ends the run.
    std::function<bool()> on_also = [] { return true; };
    /// The connection ended or failed and is taken up again after the wait.
    std::function<void(const base::Error&, std::chrono::milliseconds)> on_wait =
        [](const base::Error&, std::chrono::milliseconds) {};
  };

  /// `interrupt` may be null and otherwise outlives the object.
  EventSource(Url url, EventSourceOptions options, Handlers handlers,
              const Interrupt* interrupt = nullptr);

  /// Follows the stream over any number of connections, resuming at the last id. Returns when a
  /// handler says so, when the interrupt is triggered, or when the server ends it for good with
  /// 204. An error is final: an answer that trying again cannot change (4xx but 408, 425 and 429,
  /// or no event stream).
  base::Result<> run();

  /// Where to resume while no event has brought an id: a place that the server told in another way.
  void resume_from(std::string id) { resume_id_ = std::move(id); }

  const std::string& last_event_id() const { return parser_.last_event_id(); }
  /// Where the stream of this moment, or the last one, is from.
  const Url& stream_url() const { return stream_url_; }

 private:
  /// Why a connection ended, if not in an orderly way.
  struct Failure {
    base::Error error;
    bool fatal = false;
    std::optional<std::chrono::milliseconds> retry_after = {};
  };

  bool stopped() const;
  std::optional<Failure> connect_once();
  std::optional<Failure> request(HttpClient& client, const Url& url);
  std::optional<Failure> follow(HttpClient& client);
  Headers headers_for(const Url& url) const;
  void ask_for_token(TokenNeed need);
  bool takes_another_token(const ResponseHead& head);
  void note_control(const Event& event);
  void renew_if_asked();
  base::Result<> renew(const std::string& client_id);
  Failure refused(HttpClient& client);
  void take(const ResponseHead& head, std::string_view piece);
  void note_open();
  bool pause(std::chrono::milliseconds wait);

  Url url_;
  Url stream_url_;
  EventSourceOptions options_;
  Handlers handlers_;
  const Interrupt* interrupt_;
  Backoff backoff_;
  proto::SseParser parser_;
  std::string resume_id_;
  bool stop_ = false;
  bool open_ = false;         ///< This connection is a stream.
  bool opened_once_ = false;  ///< Some connection was.
  bool overflow_ = false;     ///< The stream holds something larger than the parser takes.
  std::string problem_;       ///< The body of an answer that is no stream.
  std::string token_;
  bool token_refused_ = false;  ///< The one before this was, and no stream has begun since.
  std::string expiring_;        ///< The client id of the stream whose token ends soon; empty: none.
};

}  // namespace weir::client
