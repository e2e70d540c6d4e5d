#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "apps/notifications/channels/mail.hpp"
#include "apps/webhooks/attempt.hpp"
#include "base/result.hpp"
#include "client/connection.hpp"
#include "client/interrupt.hpp"

namespace weir::apps::notifications {

/// A mail server that takes mails over from this one (RFC 5321, RFC 6409).
struct SmtpServer {
  client::Url url;   ///< Host, port, and whether TLS begins with the connection.
  std::string user;  ///< Empty: without logging in.
  std::string password;
  client::ConnectionOptions connection;
  std::chrono::milliseconds timeout{15'000};  ///< Of a whole attempt.
};

/// Reads `smtp://[USER@]HOST[:PORT]` (587) or `smtps://` (465). kUsage.
base::Result<SmtpServer> parse_smtp_url(std::string_view text);

/// Hands a mail over, once: EHLO, STARTTLS where it is offered (and needed, to log in), AUTH PLAIN,
/// MAIL, RCPT, DATA. An answer of 4xx is kFailed; one of 5xx kRefused where it is about this mail
/// or its recipient, and kFailed where it is about this server, so that all mails would get it.
/// Blocks, at most for the timeout or until the interrupt.
Outcome send_mail(const SmtpServer& server, const Mail& mail, const client::Interrupt& interrupt);

}  // namespace weir::apps::notifications
