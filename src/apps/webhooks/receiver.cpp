#include "apps/webhooks/receiver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "apps/address_guard.hpp"
#include "apps/webhooks/event_body.hpp"
#include "base/version.hpp"
#include "proto/cursor.hpp"
#include "proto/trace_context.hpp"

namespace weir::apps {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

/// What of an answer's body is read, so that the connection can be kept; nobody looks at it.
constexpr std::size_t kAnswerBytesMax = 64 << 10;

Result<std::string> shared_secret_text(const base::Webhook& config) {
  if (config.secret_file.empty()) return config.secret;
  std::ifstream file(config.secret_file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || text.empty()) {
    return make_error(ErrorCode::kBadConfiguration,
                      fmt::format("{} cannot be read, or is empty", config.secret_file));
  }
  return text;
}

}  // namespace

Result<std::shared_ptr<const Receiver>> Receiver::make(const base::Webhook& config,
                                                       const SigningKey& own_key) {
  const auto bad = [&](const base::Error& error) {
    return make_error(ErrorCode::kBadConfiguration,
                      fmt::format("webhook \"{}\": {}", config.name, error.detail));
  };
  auto url = client::parse_url(config.url);
  if (!url) return bad(url.error());
  auto key = config.key_file.empty() ? Result<SigningKey>(own_key)
                                     : SigningKey::from_file(config.key_file, false);
  if (!key) return bad(key.error());
  std::shared_ptr<Receiver> made(new Receiver(config, std::move(*url), std::move(*key)));
  const auto text = shared_secret_text(config);
  if (!text) return bad(text.error());
  if (!text->empty()) {
    auto secret = SharedSecret::parse(*text);
    if (!secret) return bad(make_error(ErrorCode::kUsage, "secret: " + secret.error().detail));
    made->secret_ = std::move(*secret);
  }
  if (!config.ca_file.empty()) {
    auto tls = client::TlsContext::make({.ca_file = config.ca_file});
    if (!tls) return bad(tls.error());
    made->tls_ = std::move(*tls);
  }
  auto selectors = proto::make_selectors({}, config.topics, config.topics.size());
  if (!selectors) return bad(selectors.error());
  made->selectors_ = std::make_shared<const proto::Selectors>(std::move(*selectors));
  return std::shared_ptr<const Receiver>(std::move(made));
}

bool Receiver::wants(const proto::EventView& event) const {
  return std::any_of(event.topics.begin(), event.topics.end(), [this](std::string_view topic) {
    if (!topic.starts_with('$')) return selectors_->matches(topic);
    const auto& names = selectors_->topics;
    if (std::find(names.begin(), names.end(), topic) != names.end()) return true;
    return std::any_of(
        selectors_->patterns.begin(), selectors_->patterns.end(),
        [&](const auto& each) { return each.text().starts_with('$') && each.matches(topic); });
  });
}

std::unique_ptr<client::HttpClient> Receiver::connect(const client::Interrupt& interrupt) const {
  client::ConnectionOptions options;
  options.tls = tls_;
  if (!config_.allow_private) {
    options.allowed = [](const sockaddr& address) {
      auto why = why_not_public(address);
      return why.empty() ? why : why + ", which allow_private would allow";
    };
  }
  return std::make_unique<client::HttpClient>(
      url_,
      client::Timeouts{
          .connect = config_.timeout, .silence = config_.timeout, .total = config_.timeout},
      &interrupt, std::move(options));
}

client::Request Receiver::request_for(const BatchEvent& event, const base::Clock& clock) const {
  const auto epoch = event.batch->epoch();
  const auto id = proto::to_string({epoch, event->sequence});
  const auto seconds = clock.unix_millis() / 1000;
  client::Request request{.method = "POST", .target = url_.target};
  request.body = event_body(epoch, *event);
  request.headers = {
      {"Content-Type", "application/json"},
      {"User-Agent", fmt::format("weir/{}", base::version())},
      {"webhook-id", id},
      {"webhook-timestamp", std::to_string(seconds)},
      {"webhook-signature", signature_header(key_, secret_, id, seconds, request.body)}};
  request.repeatable = true;  // Events may come more than once; `webhook-id` says which.
  if (const auto trace = proto::unpack_trace(event->trace)) {
    request.headers.emplace_back("traceparent", proto::format_traceparent(*trace));
  }
  return request;
}

Outcome Receiver::post(Attempt& attempt, const base::Clock& clock,
                       const client::Interrupt& interrupt) const {
  if (attempt.client == nullptr) attempt.client = connect(interrupt);
  const auto answer =
      attempt.client->fetch_head(request_for(attempt.event, clock), kAnswerBytesMax);
  if (!answer || !attempt.keep) attempt.client.reset();
  return outcome_of(answer, clock.unix_millis());
}

}  // namespace weir::apps
