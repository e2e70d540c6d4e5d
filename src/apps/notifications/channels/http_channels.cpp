#include "apps/notifications/channels/http_channels.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <utility>

#include "apps/address_guard.hpp"
#include "apps/notifications/channels/message.hpp"
#include "apps/notifications/channels/secret_file.hpp"
#include "apps/webhooks/signer.hpp"
#include "base/small_file.hpp"
#include "base/version.hpp"
#include "client/http_client.hpp"
#include "proto/json.hpp"

namespace weir::apps::notifications {
namespace {

using base::Result;

constexpr std::size_t kAnswerBytesMax = 64 << 10;
constexpr std::size_t kSecretBytesMax = 4'096;

/// One request, of whose answer nothing but the head counts.
Result<client::ResponseHead> post(const HttpReach& reach, const client::Url& url,
                                  client::Request request, const client::Interrupt& interrupt) {
  request.method = "POST";
  request.target = url.target;
  request.headers.emplace_back("User-Agent", fmt::format("weir/{}", base::version()));
  client::HttpClient client(
      url, {.connect = reach.timeout, .silence = reach.timeout, .total = reach.timeout}, &interrupt,
      reach.connection);
  return client.fetch_head(request, kAnswerBytesMax);
}

/// The same to the operator's own server.
Outcome post_to_own(std::string_view channel, const HttpReach& reach, const client::Url& url,
                    client::Request request, const client::Interrupt& interrupt) {
  const auto answer = post(reach, url, std::move(request), interrupt);
  if (!answer) return unreachable(channel, answer.error(), interrupt);
  return outcome_of(answer, reach.clock->unix_millis());
}

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(client::Url url, SigningKey key, std::optional<SharedSecret> secret,
                 HttpReach reach)
      : url_(std::move(url)),
        key_(std::move(key)),
        secret_(std::move(secret)),
        reach_(std::move(reach)) {}

  Outcome send(const Delivery& delivery, const client::Interrupt& interrupt) const override {
    const auto now = reach_.clock->unix_millis();
    const auto seconds = now / 1'000;
    // The same at every attempt, so that what comes twice can be told.
    const auto id = fmt::format("dlv_{:016x}", static_cast<std::uint64_t>(delivery.id));
    client::Request request;
    request.body = fmt::format(R"({{"type":"notification","notification":{}}})", delivery.payload);
    request.headers = {
        {"Content-Type", "application/json"},
        {"webhook-id", id},
        {"webhook-timestamp", std::to_string(seconds)},
        {"webhook-signature", signature_header(key_, secret_, id, seconds, request.body)}};
    auto outcome = post_to_own("webhook", reach_, url_, std::move(request), interrupt);
    // The address is the site's own, which will be put right.
    if (outcome.kind == Outcome::Kind::kGone) outcome.kind = Outcome::Kind::kFailed;
    return outcome;
  }

 private:
  client::Url url_;
  SigningKey key_;
  std::optional<SharedSecret> secret_;
  HttpReach reach_;
};

class NtfyChannel final : public Channel {
 public:
  NtfyChannel(client::Url url, std::string token, HttpReach reach)
      : url_(std::move(url)), token_(std::move(token)), reach_(std::move(reach)) {}

  Outcome send(const Delivery& delivery, const client::Interrupt& interrupt) const override {
    const auto message = message_of(delivery.payload);
    client::Request request;
    request.headers = {{"Content-Type", "application/json"}};
    if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
    request.body =
        fmt::format(R"({{"topic":{},"title":{},"message":{},"priority":{})",
                    proto::json_string(delivery.address), proto::json_string(message.title),
                    proto::json_string(message.body.empty() ? message.title : message.body),
                    priority_of(message.severity));
    // A path of the site's own means nothing there.
    if (message.action_url.starts_with("http")) {
      request.body += fmt::format(R"(,"click":{})", proto::json_string(message.action_url));
    }
    request.body.push_back('}');
    return post_to_own("ntfy", reach_, url_, std::move(request), interrupt);
  }

 private:
  static int priority_of(Severity severity) {
    if (severity == Severity::kCritical) return 5;
    return severity == Severity::kWarning ? 4 : 3;
  }

  client::Url url_;
  std::string token_;
  HttpReach reach_;
};

/// Looks at the addresses that one attempt is about to connect to.
class Guard {
 public:
  /// For the options of a connection; of no use after the guard.
  std::function<std::string(const sockaddr&)> asks() {
    return [this](const sockaddr& address) -> std::string {
      const bool is_public = why_not_public(address).empty();
      (is_public ? tried_ : refused_) = true;
      // Whoever gave the name is not told where it leads.
      return is_public ? "" : std::string(kReason);
    };
  }
  /// There was no other address than such.
  bool refused() const { return refused_ && !tried_; }

  static constexpr std::string_view kReason = "an address that is not public";

 private:
  bool tried_ = false;
  bool refused_ = false;
};

class PushChannel final : public Channel {
 public:
  PushChannel(const base::NotificationSettings& settings, PushKey key, HttpReach reach)
      : contact_(settings.push_contact),
        allow_private_(settings.allow_private),
        key_(std::move(key)),
        reach_(std::move(reach)) {}

  Outcome send(const Delivery& delivery, const client::Interrupt& interrupt) const override {
    using enum Outcome::Kind;
    const auto to = read_push_subscription(delivery.address);
    if (!to) return {.kind = kGone, .reason = to.error().detail};
    if (auto usable = check_push_subscription(*to, allow_private_); !usable) {
      return {.kind = kGone, .reason = usable.error().detail};
    }
    const auto url = client::parse_url(to->endpoint);
    const auto message = message_of(delivery.payload);
    auto body = encrypt_push(*to, push_text(message, kPushBytesMax));
    if (!url || !body) return {.kind = kGone, .reason = "not a browser's subscription"};
    const auto now = reach_.clock->unix_millis();
    client::Request request;
    request.body = std::move(*body);
    request.headers = {{"Content-Type", "application/octet-stream"},
                       {"Content-Encoding", "aes128gcm"},
                       {"TTL", "86400"},
                       {"Urgency", message.severity == Severity::kCritical ? "high" : "normal"},
                       {"Authorization", vapid_header(key_, url->origin(), contact_, now)}};
    Guard guard;
    auto reach = reach_;
    if (!allow_private_) reach.connection.allowed = guard.asks();
    const auto answer = post(reach, *url, std::move(request), interrupt);
    // The name may lead elsewhere tomorrow: the subscription stays.
    if (!answer && guard.refused()) {
      return {.kind = kRefused, .reason = fmt::format("the push service is at {}", Guard::kReason)};
    }
    auto outcome = outcome_of(answer, now);
    // RFC 8030, 7.3: a subscription that has ended is not found.
    if (answer && answer->status == 404) outcome.kind = kGone;
    return outcome;
  }

 private:
  std::string contact_;
  bool allow_private_;
  PushKey key_;
  HttpReach reach_;
};

base::Error bad(std::string_view name, const base::Error& error) {
  return base::make_error(base::ErrorCode::kBadConfiguration,
                          fmt::format("{}: {}", name, error.detail));
}

template <typename Kind, typename... Parts>
std::unique_ptr<const Channel> make(Parts&&... parts) {
  return std::make_unique<const Kind>(std::forward<Parts>(parts)...);
}

}  // namespace

Result<std::unique_ptr<const Channel>> make_webhook_channel(const base::Settings& settings,
                                                            HttpReach reach) {
  const auto& own = settings.notifications;
  auto url = client::parse_url(own.webhook_url);
  if (!url) return bad("notification_webhook_url", url.error());
  auto key = settings.data_dir.empty()
                 ? Result<SigningKey>(SigningKey::generate())
                 : SigningKey::from_file(settings.data_dir + "/webhook.key", true);
  if (!key) return key.error();
  std::optional<SharedSecret> secret;
  if (!own.webhook_secret_file.empty()) {
    const auto text = base::read_small_file(own.webhook_secret_file, kSecretBytesMax);
    if (!text) return text.error();
    auto parsed = SharedSecret::parse(*text);
    if (!parsed) return bad("notification_webhook_secret_file", parsed.error());
    secret = std::move(*parsed);
  }
  return make<WebhookChannel>(std::move(*url), std::move(*key), std::move(secret),
                              std::move(reach));
}

Result<std::unique_ptr<const Channel>> make_ntfy_channel(const base::NotificationSettings& settings,
                                                         HttpReach reach) {
  auto url = client::parse_url(settings.ntfy_url);
  if (!url) return bad("notification_ntfy_url", url.error());
  std::string token;
  if (!settings.ntfy_token_file.empty()) {
    auto line = read_secret_line("notification_ntfy_token_file", settings.ntfy_token_file);
    if (!line) return line.error();
    token = std::move(*line);
  }
  return make<NtfyChannel>(std::move(*url), std::move(token), std::move(reach));
}

std::unique_ptr<const Channel> make_push_channel(const base::NotificationSettings& settings,
                                                 PushKey key, HttpReach reach) {
  return make<PushChannel>(settings, std::move(key), std::move(reach));
}

}  // namespace weir::apps::notifications
