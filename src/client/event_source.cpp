#include "client/event_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "client/problem.hpp"
#include "client/retry_after.hpp"
#include "client/waiting.hpp"
#include "proto/json_object.hpp"
#include "proto/url.hpp"

namespace weir::client {
namespace {

using base::equal_ignoring_case;
using base::Error;
using base::ErrorCode;
using base::make_error;
using std::chrono::milliseconds;

constexpr std::size_t kProblemBytesMax = 16 * 1024;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool worth_retrying(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

bool is_stream(const ResponseHead& head) {
  const std::string_view type = head.get("Content-Type").value_or("");
  return head.status == 200 &&
         equal_ignoring_case(type.substr(0, type.find_first_of("; ")), "text/event-stream");
}

bool is_credential(std::string_view name) {
  return equal_ignoring_case(name, "Authorization") || equal_ignoring_case(name, "Cookie") ||
         equal_ignoring_case(name, "X-Api-Key");
}

std::optional<std::string> client_id_of(std::string_view json) {
  constexpr std::size_t kDepthMax = 4;
  std::optional<std::string> id;
  const auto read = proto::read_object(
      json, kDepthMax, [&](std::string_view name, proto::JsonValue& value) -> base::Result<> {
        auto* text = std::get_if<std::string>(&value.content);
        if (name == "client_id" && text != nullptr) id = std::move(*text);
        return {};
      });
  return read ? id : std::nullopt;
}

/// Request headers hold bytes; a line end would begin a header of its own.
bool can_be_sent(std::string_view id) {
  return !id.empty() && id.find_first_of("\r\n") == std::string_view::npos;
}

}  // namespace

EventSource::EventSource(Url url, EventSourceOptions options, Handlers handlers,
                         const Interrupt* interrupt)
    : url_(std::move(url)),
      stream_url_(url_),
      options_(std::move(options)),
      handlers_(std::move(handlers)),
      interrupt_(interrupt),
      backoff_(options_.seed, options_.retry, options_.backoff_max),
      parser_(
          [this](const Event& event) {
            if (stop_) return;
            note_control(event);
            stop_ = !handlers_.on_event(event);
          },
          options_.limits) {
  parser_.set_last_event_id(options_.last_event_id);
  parser_.on_retry([this](std::uint64_t ms) {
    constexpr std::uint64_t kDay = 86'400'000;
    backoff_.set_retry(milliseconds(std::min(ms, kDay)));
  });
}

bool EventSource::stopped() const {
  return stop_ || (interrupt_ != nullptr && interrupt_->triggered());
}

base::Result<> EventSource::run() {
  while (!stopped()) {
    const auto failure = connect_once();
    parser_.reset();
    if (stopped()) break;
    if (failure && failure->fatal) return failure->error;
    if (failure && !opened_once_ && !options_.wait_for_server) return failure->error;
    const milliseconds wait =
        failure ? backoff_.after_failure(failure->retry_after) : backoff_.after_end();
    handlers_.on_wait(
        failure ? failure->error : make_error(ErrorCode::kNetwork, "the server ended the stream"),
        wait);
    if (!pause(wait)) break;
  }
  return {};
}

/// Waits for the time to be over; false when it is the end instead.
bool EventSource::pause(milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    pollfd entries[] = {{interrupt_ == nullptr ? -1 : interrupt_->descriptor(), POLLIN, 0},
                        {options_.also, POLLIN, 0}};
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (poll_until(entries, 2, std::max(left, milliseconds(0))) <= 0) return true;
    if (entries[0].revents != 0) return false;
    stop_ = !handlers_.on_also() || stop_;
    if (stop_) return false;
  }
}

std::optional<EventSource::Failure> EventSource::connect_once() {
  const Timeouts timeouts{.connect = options_.connect_timeout, .silence = options_.silence};
  Url url = url_;
  ask_for_token(TokenNeed::kConnect);
  for (int redirects = 0; redirects <= options_.redirects_max;) {
    if (stopped()) return std::nullopt;
    HttpClient client(url, timeouts, interrupt_, options_.connection);
    stream_url_ = url;
    if (auto failure = request(client, url)) return failure;
    const ResponseHead& head = *client.head();
    if (is_stream(head)) return follow(client);
    if (takes_another_token(head)) {
      url = url_;
      continue;
    }
    if (head.status == 204) {
      stop_ = true;  // "Do not come back" (WHATWG HTML, 9.2.3).
      return std::nullopt;
    }
    if (!is_redirect(head.status)) return refused(client);
    const auto location = head.get("Location");
    if (!location) {
      return Failure{make_error(ErrorCode::kNetwork, "the server redirects to nowhere"), true};
    }
    auto next = resolve(url, *location);
    if (!next) return Failure{next.error(), true};
    url = std::move(*next);
    ++redirects;
  }
  return Failure{make_error(ErrorCode::kNetwork, "the server redirects in circles"), true};
}

Headers EventSource::headers_for(const Url& url) const {
  Headers headers = {{"Accept", "text/event-stream"}, {"Cache-Control", "no-cache"}};
  const bool own = url.same_origin(url_);
  for (const auto& header : options_.headers) {
    if (own || !is_credential(header.first)) headers.push_back(header);
  }
  if (own && !token_.empty()) headers.emplace_back("Authorization", "Bearer " + token_);
  return headers;
}

void EventSource::ask_for_token(TokenNeed need) {
  if (options_.token) token_ = options_.token(need);
}

/// Whether the answer is one to a token that has ended, for which there is another now.
bool EventSource::takes_another_token(const ResponseHead& head) {
  if (head.status != 401 || !options_.token || std::exchange(token_refused_, true)) return false;
  const std::string refused = token_;
  ask_for_token(TokenNeed::kRefused);
  return !token_.empty() && token_ != refused;
}

/// Sends the request and waits for the answer's head.
std::optional<EventSource::Failure> EventSource::request(HttpClient& client, const Url& url) {
  Request request{.method = "GET", .target = url.target};
  request.headers = headers_for(url);
  const std::string& own = parser_.last_event_id();
  const std::string& id = own.empty() ? resume_id_ : own;
  if (can_be_sent(id)) request.headers.emplace_back("Last-Event-ID", id);
  open_ = false;
  problem_.clear();
  auto result = client.begin(
      request, [this, &client](std::string_view piece) { take(*client.head(), piece); });
  while (result && client.head() == nullptr) {
    const auto more = client.receive();
    if (!more) result = more.error();
  }
  // A head that came before the connection broke is an answer all the same.
  if (client.head() != nullptr) return std::nullopt;
  return Failure{result ? make_error(ErrorCode::kNetwork, "no answer") : result.error()};
}

/// A piece of the answer's body, which may come in the same bytes as its head.
void EventSource::take(const ResponseHead& head, std::string_view piece) {
  if (!is_stream(head)) {
    if (problem_.size() + piece.size() <= kProblemBytesMax) problem_.append(piece);
    return;
  }
  note_open();
  overflow_ = !parser_.feed(piece) || overflow_;
}

void EventSource::note_open() {
  if (open_) return;
  open_ = opened_once_ = true;
  overflow_ = token_refused_ = false;
  expiring_.clear();
  backoff_.succeeded();
  handlers_.on_open(stream_url_);
}

std::optional<EventSource::Failure> EventSource::follow(HttpClient& client) {
  note_open();
  for (;;) {
    handlers_.on_batch();
    renew_if_asked();
    if (stopped()) return std::nullopt;
    if (overflow_) {
      return Failure{make_error(ErrorCode::kNetwork, "an event is larger than this client takes"),
                     true};
    }
    if (client.complete()) return std::nullopt;
    const auto more = client.receive(options_.silence, options_.also);
    if (!more) {
      handlers_.on_batch();  // What came before the end.
      return Failure{more.error()};
    }
    if (options_.also < 0) continue;
    pollfd also{options_.also, POLLIN, 0};
    if (poll_until(&also, 1, milliseconds(0)) > 0) stop_ = !handlers_.on_also() || stop_;
  }
}

/// `auth-expiring` names the connection that a new token is for.
void EventSource::note_control(const Event& event) {
  if (event.type != "auth-expiring" || event.brings_id || !options_.token) return;
  if (auto id = client_id_of(event.data)) expiring_ = std::move(*id);
}

/// Between the pieces of the stream, which waits meanwhile.
void EventSource::renew_if_asked() {
  const std::string client_id = std::exchange(expiring_, {});
  // Elsewhere than where the token is for, it must not be shown.
  if (client_id.empty() || stopped() || !stream_url_.same_origin(url_)) return;
  ask_for_token(TokenNeed::kExpiring);
  if (token_.empty() || stopped()) return;
  handlers_.on_renewal(renew(client_id));
}

/// `POST /v1/connections/{client_id}/token`, beside what precedes `/v1/` in the stream's path.
base::Result<> EventSource::renew(const std::string& client_id) {
  const std::string& target = stream_url_.target;
  const std::size_t path_end = target.find('?');
  const std::size_t version = target.substr(0, path_end).rfind("/v1/");
  Request request{.method = "POST",
                  .target = fmt::format(
                      "{}/v1/connections/{}/token",
                      version == std::string::npos ? std::string() : target.substr(0, version),
                      proto::encode_topic_path(client_id))};
  for (const auto& header : options_.headers) {
    if (!is_credential(header.first)) request.headers.push_back(header);
  }
  request.headers.emplace_back("Authorization", "Bearer " + token_);
  const Timeouts timeouts{.connect = options_.connect_timeout, .total = options_.connect_timeout};
  HttpClient client(stream_url_, timeouts, interrupt_, options_.connection);
  const auto answer = client.fetch(request, kProblemBytesMax);
  if (!answer) return answer.error();
  if (answer->head.status != 200) return problem_error(answer->head, answer->body);
  return {};
}

/// An answer that is neither a stream nor a redirect: says why, and whether to come back.
EventSource::Failure EventSource::refused(HttpClient& client) {
  constexpr milliseconds kReasonTimeout{2'000};
  while (!client.complete()) {
    const auto more = client.receive(kReasonTimeout);
    if (!more) break;  // The status alone must do.
  }
  const ResponseHead& head = *client.head();
  if (head.status == 200) {
    return {make_error(ErrorCode::kNetwork, fmt::format("the answer is no event stream but \"{}\"",
                                                        head.get("Content-Type").value_or(""))),
            true};
  }
  return {problem_error(head, problem_), !worth_retrying(head.status),
          retry_after(head, base::system_clock().unix_millis())};
}

}  // namespace weir::client
