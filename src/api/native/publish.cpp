#include "api/native/publish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "access/crypto.hpp"
#include "api/native/line_publisher.hpp"
#include "proto/cursor.hpp"
#include "proto/event_time.hpp"
#include "proto/ndjson.hpp"
#include "proto/publish_json.hpp"
#include "proto/rfc3339.hpp"

namespace weir::api {
namespace {

constexpr std::size_t kIdempotencyKeyBytesMax = 255;
constexpr const char* kLinesType = "application/x-ndjson";

bool media_type_is(const net::RequestHead& head, std::string_view type) {
  auto value = head.headers.get("Content-Type").value_or(std::string_view{});
  value = value.substr(0, value.find(';'));
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  return std::equal(value.begin(), value.end(), type.begin(), type.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

bool is_ndjson(const net::RequestHead& head) {
  return media_type_is(head, "application/x-ndjson") || media_type_is(head, "application/ndjson");
}

bool is_true(std::string_view text) { return text == "true" || text == "1"; }
bool is_false(std::string_view text) { return text.empty() || text == "false" || text == "0"; }

/// Anything but a clear no: what it is instead is told by `check_atomic`.
bool wants_atomic(const net::RequestHead& head) {
  return !is_false(head.url.get("atomic").value_or(""));
}

base::Result<> check_atomic(const net::RequestHead& head) {
  const auto text = head.url.get("atomic").value_or("");
  if (is_true(text) || is_false(text)) return {};
  return base::make_error(base::ErrorCode::kBadRequest, "atomic takes true or false");
}

base::Result<bool> read_flag(const Call& call, std::string_view name) {
  const auto text = call.header(name);
  if (is_false(text)) return false;
  if (is_true(text)) return true;
  return base::make_error(base::ErrorCode::kBadEvent, fmt::format("{} takes true or false", name));
}

base::Result<std::uint32_t> read_ttl(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (const auto milliseconds = proto::ttl_milliseconds(seconds)) return *milliseconds;
  }
  return base::make_error(base::ErrorCode::kBadEvent,
                          fmt::format("Weir-Ttl takes {}", proto::kTtlRule));
}

base::Result<base::UnixMillis> read_time(std::string_view text) {
  base::UnixMillis millis = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (proto::is_event_time(millis)) return millis;
  } else if (const auto time = proto::parse_rfc3339(text)) {
    return *time;
  }
  return base::make_error(base::ErrorCode::kBadEvent,
                          fmt::format("Weir-Time takes {}", proto::kTimeRule));
}

/// The headers of a raw publish, as the event's other parts.
base::Result<> read_headers(const Call& call, proto::Event& event) {
  event.type = call.header("Weir-Event");
  event.id = call.header("Weir-Id");
  event.key = call.header("Weir-Key");
  struct Flag {
    std::string_view header;
    proto::EventFlag bit;
  };
  for (const auto& flag :
       {Flag{"Weir-Private", proto::kPrivate}, Flag{"Weir-Ephemeral", proto::kEphemeral},
        Flag{"Weir-Close", proto::kTerminal}}) {
    const auto set = read_flag(call, flag.header);
    if (!set) return set.error();
    if (*set) event.flags |= flag.bit;
  }
  if (const auto text = call.head().headers.get("Weir-Ttl")) {
    const auto ttl = read_ttl(*text);
    if (!ttl) return ttl.error();
    event.ttl_ms = *ttl;
  }
  if (const auto text = call.head().headers.get("Weir-Time")) {
    const auto time = read_time(*text);
    if (!time) return time.error();
    event.time = *time;
  }
  return {};
}

/// A subject's keys are its own: with one log for all, somebody who guesses another's next key
/// could have it refused.
std::string own_key(const Call& call, std::string_view key) {
  const auto& access = call.access();
  if (key.empty() || access.subject.empty()) return std::string(key);
  return access::to_hex(access::sha256(access.identity)).append(1, ' ').append(key);
}

}  // namespace

proto::EventLimits event_limits(const base::Settings& settings) {
  return {.data_bytes_max = settings.event_bytes_max};
}

base::Result<> check_idempotency_key(std::string_view key, std::span<const proto::Event> events) {
  if (key.size() > kIdempotencyKeyBytesMax) {
    return base::make_error(
        base::ErrorCode::kBadRequest,
        fmt::format("Idempotency-Key has at most {} bytes", kIdempotencyKeyBytesMax));
  }
  const bool ephemeral = std::any_of(
      events.begin(), events.end(), [](const auto& event) { return event.has(proto::kEphemeral); });
  if (key.empty() || !ephemeral) return {};
  return base::make_error(base::ErrorCode::kBadRequest,
                          "an ephemeral event takes no Idempotency-Key");
}

std::string published_json(base::Epoch epoch, std::optional<base::Sequence> sequence,
                           base::Sequence head) {
  const auto cursor = proto::to_string({epoch, sequence.value_or(head)});
  if (!sequence) return fmt::format(R"({{"cursor":"{}","sequence":null}})", cursor);
  return fmt::format(R"({{"cursor":"{}","sequence":{}}})", cursor, sequence->value);
}

base::Result<std::vector<proto::Event>> parse_lines(std::string_view body,
                                                    const proto::EventLimits& limits) {
  std::vector<proto::Event> events;
  std::optional<base::Error> failure;
  std::size_t line_number = 0;
  const auto on_line = [&](std::string_view line) {
    ++line_number;
    if (failure) return;
    auto event = proto::parse_publish_json(line, limits);
    if (event) {
      events.push_back(std::move(*event));
    } else {
      failure = event.error();
      failure->detail = fmt::format("line {}: {}", line_number, failure->detail);
    }
  };
  proto::NdjsonSplitter splitter(body.size() + 1);  // No line can be longer than the body.
  splitter.feed(body, on_line);
  splitter.finish(on_line);
  if (failure) return *failure;
  if (events.empty()) return base::make_error(base::ErrorCode::kBadEvent, "the body has no events");
  return events;
}

void PublishApi::add_routes(Router& router) {
  router.add(
      "POST", "/v1/topics/",
      {.handle = [this](CallPtr call) { publish_raw(std::move(call)); },
       .handle_stream = {},
       .streams = {},
       .body_bytes_max = [](const auto&,
                            const base::Settings& settings) { return settings.event_bytes_max; },
       .audience = Audience::kPublisher});
  router.add(
      "POST", "/v1/publish",
      {.handle =
           [this](CallPtr call) {
             if (is_ndjson(call->head()) && !wants_atomic(call->head())) {
               // A stream that has a body is read in pieces; this one is empty.
               call->respond_json({}, kLinesType);
             } else if (is_ndjson(call->head())) {
               publish_atomic_lines(std::move(call));
             } else {
               publish_json(std::move(call));
             }
           },
       .handle_stream = [this](CallPtr call) { return publish_lines(std::move(call)); },
       .streams =
           [](const net::RequestHead& head) { return is_ndjson(head) && !wants_atomic(head); },
       .body_bytes_max = [](const auto&,
                            const base::Settings& settings) { return settings.body_bytes_max; },
       .audience = Audience::kPublisher});
}

void PublishApi::publish_raw(CallPtr call) {
  auto topic = proto::decode_path(call->rest());
  if (!topic) return call->fail(topic.error());
  proto::Event event;
  event.topics.push_back(std::move(*topic));
  event.data = call->body();
  if (auto read = read_headers(*call, event); !read) return call->fail(read.error());
  if (auto valid = proto::validate(event, event_limits(call->settings())); !valid) {
    return call->fail(valid.error());
  }
  std::vector<proto::Event> events;
  events.push_back(std::move(event));
  publish(std::move(call), std::move(events), false, false);
}

void PublishApi::publish_json(CallPtr call) {
  // A body without a type is taken for what this address wants; another type is a mistake worth
  // telling.
  const auto type = call->header("Content-Type");
  if (!type.empty() && !media_type_is(call->head(), "application/json") &&
      !media_type_is(call->head(), "text/plain") &&
      !media_type_is(call->head(), "application/x-www-form-urlencoded")) {
    return call->fail(base::make_error(base::ErrorCode::kUnsupportedMediaType,
                                       "application/json or application/x-ndjson"));
  }
  if (auto valid = check_atomic(call->head()); !valid) return call->fail(valid.error());
  auto events = proto::parse_publish_body(call->body(), event_limits(call->settings()));
  if (!events) return call->fail(events.error());
  const auto body = call->body();
  const auto first = body.find_first_not_of(" \t\r\n");
  const bool as_array = first != body.npos && body[first] == '[';
  publish(std::move(call), std::move(*events), as_array, false);
}

void PublishApi::publish_atomic_lines(CallPtr call) {
  if (auto valid = check_atomic(call->head()); !valid) return call->fail(valid.error());
  auto events = parse_lines(call->body(), event_limits(call->settings()));
  if (!events) return call->fail(events.error());
  publish(std::move(call), std::move(*events), false, true);
}

std::unique_ptr<BodyReader> PublishApi::publish_lines(CallPtr call) {
  if (!call->header("Idempotency-Key").empty()) {
    call->fail(
        base::make_error(base::ErrorCode::kBadRequest,
                         "a stream of lines takes an Idempotency-Key with ?atomic=true only"));
    return nullptr;
  }
  return std::make_unique<LinePublisher>(hub_, shard_, std::move(call));
}

void PublishApi::publish(CallPtr call, std::vector<proto::Event> events, bool as_array,
                         bool as_lines) {
  if (auto granted = call->may_publish(events); !granted) return call->fail(granted.error());
  const auto key = call->header("Idempotency-Key");
  if (auto valid = check_idempotency_key(key, events); !valid) return call->fail(valid.error());
  std::vector<bool> durable;
  for (const auto& event : events) durable.push_back(!event.has(proto::kEphemeral));
  hub_.publish(
      shard_,
      {.events = std::move(events), .idempotency_key = own_key(*call, key), .trace = call->trace()},
      [this, call, durable = std::move(durable), as_array,
       as_lines](base::Result<hub::Published> published) {
        if (!published) return call->fail(published.error());
        const auto head = hub_.log().head();
        auto next = published->first;
        std::string answer = as_array ? "[" : "";
        for (std::size_t i = 0; i < durable.size(); ++i) {
          if (i > 0) answer += as_lines ? "\n" : ",";
          answer += published_json(published->epoch, durable[i] ? next : std::nullopt, head);
          if (durable[i]) next = next->next();
        }
        if (as_array) answer += "]";
        call->respond_json(std::move(answer), as_lines ? kLinesType : "application/json");
      });
}

}  // namespace weir::api
