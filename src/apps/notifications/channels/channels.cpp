#include <fmt/format.h>

#include <utility>

#include "apps/notifications/addresses.hpp"
#include "apps/notifications/channels/channel.hpp"
#include "apps/notifications/channels/http_channels.hpp"
#include "apps/notifications/channels/message.hpp"
#include "apps/notifications/channels/secret_file.hpp"
#include "apps/notifications/channels/smtp_client.hpp"
#include "base/logging.hpp"
#include "proto/base64url.hpp"

namespace weir::apps::notifications {
namespace {

using base::ErrorCode;
using base::make_error;
using base::Result;

class EmailChannel final : public Channel {
 public:
  EmailChannel(SmtpServer server, std::string from, const base::Clock& clock)
      : server_(std::move(server)), from_(std::move(from)), clock_(clock) {}

  Outcome send(const Delivery& delivery, const client::Interrupt& interrupt) const override {
    const auto message = message_of(delivery.payload);
    Mail mail{.from = from_,
              .to = delivery.address,
              .subject = message.title,
              .text = message.body,
              .id = fmt::format("{}.{:x}", message.id, static_cast<std::uint64_t>(delivery.id)),
              .time = clock_.unix_millis()};
    if (!message.action_url.empty()) mail.text += "\n\n" + message.action_url + "\n";
    return send_mail(server_, mail, interrupt);
  }

 private:
  SmtpServer server_;
  std::string from_;
  const base::Clock& clock_;
};

Result<std::unique_ptr<const Channel>> make_email_channel(
    const base::NotificationSettings& settings, client::ConnectionOptions connection,
    const base::Clock& clock) {
  auto server = parse_smtp_url(settings.smtp_url);
  if (!server) {
    return make_error(ErrorCode::kBadConfiguration,
                      "notification_smtp_url: " + server.error().detail);
  }
  // Only what needs no quoting can be a sender, too.
  if (!Addresses::is_email(settings.smtp_from)) {
    return make_error(ErrorCode::kBadConfiguration,
                      "notification_smtp_from: the plain address that mails are from is needed");
  }
  if (!settings.smtp_password_file.empty()) {
    auto password =
        read_secret_line("notification_smtp_password_file", settings.smtp_password_file);
    if (!password) return password.error();
    server->password = std::move(*password);
  }
  if (!server->user.empty() && server->password.empty()) {
    return make_error(ErrorCode::kBadConfiguration,
                      "notification_smtp_url names a user, and notification_smtp_password_file no "
                      "password");
  }
  // A protocol over TLS that is not HTTP does not offer to be.
  auto tls = client::TlsContext::make({.ca_file = settings.ca_file, .protocols = {}});
  if (!tls) return make_error(ErrorCode::kBadConfiguration, tls.error().detail);
  connection.tls = std::move(*tls);
  server->connection = std::move(connection);
  server->timeout = settings.attempt_timeout;
  return std::unique_ptr<const Channel>(
      std::make_unique<const EmailChannel>(std::move(*server), settings.smtp_from, clock));
}

Result<client::ConnectionOptions> connection_of(const base::NotificationSettings& settings) {
  client::ConnectionOptions options;
  if (settings.ca_file.empty()) return options;
  auto tls = client::TlsContext::make({.ca_file = settings.ca_file});
  if (!tls) return make_error(ErrorCode::kBadConfiguration, tls.error().detail);
  options.tls = std::move(*tls);
  return options;
}

}  // namespace

Outcome unreachable(std::string_view channel, const base::Error& error,
                    const client::Interrupt& interrupt) {
  // The end of the server breaks off what is under way.
  if (!interrupt.triggered()) {
    base::log_warning("notifications.channel_unreachable", "channel={} error=\"{}\"", channel,
                      error.detail);
  }
  return {.reason = "the channel's server cannot be reached"};
}

Result<Channels> make_channels(const base::Settings& settings, const base::Clock& clock,
                               std::string& push_key) {
  const auto& own = settings.notifications;
  auto connection = connection_of(own);
  if (!connection) return connection.error();
  const HttpReach reach{.connection = *connection, .timeout = own.attempt_timeout, .clock = &clock};
  Channels channels;
  const auto add = [&](std::string name, Result<std::unique_ptr<const Channel>> made) -> Result<> {
    if (!made) return made.error();
    channels.emplace(std::move(name), std::move(*made));
    return {};
  };
  if (!own.webhook_url.empty()) {
    if (auto made = add("webhook", make_webhook_channel(settings, reach)); !made) {
      return made.error();
    }
  }
  if (!own.ntfy_url.empty()) {
    if (auto made = add("ntfy", make_ntfy_channel(own, reach)); !made) return made.error();
  }
  if (!own.smtp_url.empty()) {
    if (auto made = add("email", make_email_channel(own, *connection, clock)); !made) {
      return made.error();
    }
  }
  if (!own.push_contact.empty()) {
    auto key = settings.data_dir.empty() ? Result<PushKey>(PushKey::generate())
                                         : PushKey::from_file(settings.data_dir + "/push.key");
    if (!key) return key.error();
    push_key = proto::to_base64url(key->point());
    channels.emplace("push", make_push_channel(own, std::move(*key), reach));
  }
  return channels;
}

}  // namespace weir::apps::notifications
