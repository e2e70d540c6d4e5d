#include <weir/event_source.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "base/call_gate.hpp"
#include "base/guarded.hpp"
#include "client/event_source.hpp"
#include "client/interrupt.hpp"
#include "embed/control_frames.hpp"
#include "embed/errors.hpp"
#include "net/ascii.hpp"
#include "proto/url.hpp"

namespace weir {
namespace {

using std::chrono::milliseconds;

/// What may stand in a header: a line end would begin another one.
bool is_header_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

/// Whether the URL says itself where the stream begins, elsewhere than at its head.
bool has_own_start(const client::Url& url) {
  const auto target = proto::parse_target(url.target);
  if (!target) return true;
  if (target->get("last")) return true;
  for (const auto* name : {"lastEventId", "last_event_id", "after"}) {
    const auto value = target->get(name);
    if (value && *value != "latest") return true;
  }
  return false;
}

std::optional<std::string> wrong_with(const EventSourceOptions& options,
                                      const EventSourceHandlers& handlers) {
  if (!handlers.on_event) return "An event source needs on_event";
  for (const auto& [name, value] : options.headers) {
    if (!net::is_token(name)) return fmt::format("\"{}\" is not the name of a header", name);
    if (!is_header_text(value)) return fmt::format("The value of {} is not one of a header", name);
  }
  if (!is_header_text(options.last_event_id)) return "The last event's id is not one";
  for (const auto time : {options.retry, options.backoff_max}) {
    if (time.count() < 0) return "A time is negative";
  }
  for (const auto time : {options.connect_timeout, options.silence}) {
    if (time.count() <= 0) return "A timeout is not positive";
  }
  if (options.redirects_max < 0) return "redirects_max is negative";
  if (options.line_bytes_max == 0 || options.data_bytes_max == 0) return "A limit is 0";
  return std::nullopt;
}

TokenNeed to_public(client::TokenNeed need) {
  switch (need) {
    case client::TokenNeed::kConnect:
      return TokenNeed::kConnect;
    case client::TokenNeed::kRefused:
      return TokenNeed::kRefused;
    case client::TokenNeed::kExpiring:
      break;
  }
  return TokenNeed::kExpiring;
}

}  // namespace

/// Shared with the thread that runs it, which may have to outlive the handle: one that is closed by
/// its own handler cannot wait for itself.
class EventSource::Impl : public std::enable_shared_from_this<EventSource::Impl> {
 public:
  Impl(client::Url url, EventSourceOptions options, EventSourceHandlers handlers,
       client::ConnectionOptions connection)
      : options_(std::move(options)),
        handlers_(std::move(handlers)),
        from_head_(!has_own_start(url)),
        last_id_(options_.last_event_id),
        source_(std::move(url), client_options(std::move(connection)), client_handlers(),
                &interrupt_) {}

  Result<> start() {
    if (begun_.exchange(true)) return embed::misuse("An event source runs once");
    thread_.with([this](std::thread& thread) {
      // What it came to is told by on_end.
      thread = std::thread(
          [self = shared_from_this()] { [[maybe_unused]] const auto over = self->follow(); });
    });
    return {};
  }

  Result<> run() {
    if (begun_.exchange(true)) return embed::misuse("An event source runs once");
    return follow();
  }

  void close() {
    // First of all, because the run ends with the interrupt, and that end is nobody's news.
    closing_ = true;
    // Before the gate, so that whoever waits for a call knows that no other follows it.
    interrupt_.trigger();
    gate_.close();
    state_ = State::kClosed;
    auto thread = thread_.with([](std::thread& held) { return std::exchange(held, {}); });
    if (!thread.joinable()) return;
    if (base::CallGate::inside_a_call()) {
      thread.detach();
    } else {
      thread.join();
    }
  }

  State state() const { return state_; }
  const std::string& url() const { return options_.url; }
  std::string last_event_id() const {
    return last_id_.with([](const std::string& id) { return id; });
  }

 private:
  Result<> follow() {
    const auto result = embed::to_public(source_.run());
    state_ = State::kClosed;
    if (!closing_) call(handlers_.on_end, result);
    return result;
  }

  template <typename... Args, typename... Given>
  void call(const std::function<void(Args...)>& handler, Given&&... given) {
    if (!handler) return;
    gate_.call([&]() noexcept { handler(std::forward<Given>(given)...); });
  }

  client::EventSourceOptions client_options(client::ConnectionOptions connection) {
    client::EventSourceOptions out;
    out.headers = {options_.headers.begin(), options_.headers.end()};
    if (options_.token) {
      out.token = [this](client::TokenNeed need) { return token(need); };
    }
    out.last_event_id = options_.last_event_id;
    out.retry = options_.retry;
    out.backoff_max = options_.backoff_max;
    out.silence = options_.silence;
    out.connect_timeout = options_.connect_timeout;
    out.redirects_max = options_.redirects_max;
    out.limits = {.line_bytes_max = options_.line_bytes_max,
                  .data_bytes_max = options_.data_bytes_max};
    out.wait_for_server = options_.wait_for_server;
    out.connection = std::move(connection);
    return out;
  }

  std::string token(client::TokenNeed need) {
    std::string token;
    gate_.call([&]() noexcept { token = options_.token(to_public(need)); });
    return is_header_text(token) ? token : std::string();
  }

  client::EventSource::Handlers client_handlers() {
    client::EventSource::Handlers out;
    out.on_event = [this](const client::EventSource::Event& event) { return take(event); };
    out.on_open = [this](const client::Url& url) {
      origin_ = url.origin();
      set_state(State::kOpen);
      call(handlers_.on_open, StreamOpened{url.text()});
    };
    out.on_renewal = [this](const base::Result<>& renewed) {
      call(handlers_.on_renewal, embed::to_public(renewed));
    };
    out.on_wait = [this](const base::Error& error, milliseconds wait) {
      set_state(State::kConnecting);
      call(handlers_.on_wait, embed::to_public(error), wait);
    };
    return out;
  }

  /// Closed is for good.
  void set_state(State next) {
    auto now = state_.load();
    while (now != State::kClosed && !state_.compare_exchange_weak(now, next)) {
    }
  }

  bool take(const client::EventSource::Event& event) {
    if (event.brings_id) {
      last_id_.with([&](std::string& id) { id = event.last_event_id; });
    } else if (auto frame = embed::read_control_frame(event.type, event.data)) {
      std::visit([this](const auto& each) { tell(each); }, *frame);
      return !gate_.closed();
    }
    call(handlers_.on_event, StreamEvent{.type = event.type,
                                         .data = event.data,
                                         .last_event_id = event.last_event_id,
                                         .durable = event.brings_id,
                                         .origin = origin_});
    return !gate_.closed();
  }

  void tell(const Gap& gap) { call(handlers_.on_gap, gap); }
  void tell(const StreamWelcome& welcome) {
    // What comes before the first event of a stream from now on must not be missed either.
    last_id_.with([&](std::string& id) {
      if (!from_head_ || !id.empty()) return;
      id = welcome.cursor;
      source_.resume_from(id);
    });
    call(handlers_.on_welcome, welcome);
  }
  void tell(const StreamRecovery& recovery) { call(handlers_.on_recovery, recovery); }
  void tell(const StreamHeartbeat& heartbeat) { call(handlers_.on_heartbeat, heartbeat); }
  void tell(const embed::StreamDrain& drain) { call(handlers_.on_drain, drain.retry); }
  void tell(const embed::StreamTokenExpiring&) {}  // Its token is asked for.

  const EventSourceOptions options_;
  const EventSourceHandlers handlers_;
  const bool from_head_;
  client::Interrupt interrupt_;
  std::atomic<bool> closing_{false};
  base::CallGate gate_;
  std::atomic<State> state_{State::kConnecting};
  std::atomic<bool> begun_{false};
  base::Guarded<std::string> last_id_;
  base::Guarded<std::thread> thread_;
  std::string origin_;  // The running thread's.
  client::EventSource source_;
};

Result<EventSource> EventSource::create(EventSourceOptions options, EventSourceHandlers handlers) {
  if (auto wrong = wrong_with(options, handlers)) return embed::misuse(std::move(*wrong));
  auto url = client::parse_url(options.url);
  if (!url) return embed::misuse(url.error().detail);
  client::ConnectionOptions connection;
  if (!options.ca_file.empty() || !options.verify_server) {
    auto tls =
        client::TlsContext::make({.ca_file = options.ca_file, .verify = options.verify_server});
    if (!tls) return embed::misuse(tls.error().detail);
    connection.tls = std::move(*tls);
  }
  return EventSource(std::make_shared<Impl>(std::move(*url), std::move(options),
                                            std::move(handlers), std::move(connection)));
}

EventSource::EventSource(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
EventSource::EventSource(EventSource&& other) noexcept = default;
EventSource& EventSource::operator=(EventSource&& other) noexcept {
  if (this != &other) {
    if (impl_ != nullptr) impl_->close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
EventSource::~EventSource() {
  if (impl_ != nullptr) impl_->close();
}

Result<> EventSource::start() { return impl_->start(); }
Result<> EventSource::run() {
  // The handle may go while this runs, by a handler's hand.
  const auto impl = impl_;
  return impl->run();
}
void EventSource::close() {
  if (impl_ != nullptr) impl_->close();
}
EventSource::State EventSource::state() const { return impl_->state(); }
const std::string& EventSource::url() const { return impl_->url(); }
std::string EventSource::last_event_id() const { return impl_->last_event_id(); }

}  // namespace weir
