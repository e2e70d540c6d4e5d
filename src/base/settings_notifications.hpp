#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir::base {

/// The notification inbox: how much of it there is, and how it reaches who does not look.
struct NotificationSettings {
  bool enabled = true;
  std::uint32_t per_user_max = 1'000;  ///< In one inbox, the archive and what is snoozed included.
  std::chrono::milliseconds retention{std::chrono::hours(24 * 90)};  ///< 0: without this limit.
  std::uint32_t page_max = 100;                                      ///< In an answer.
  std::uint32_t recipients_max = 1'000;                              ///< That one request names.
  std::uint64_t body_bytes_max = 4ULL << 10;
  std::chrono::milliseconds dedupe_window{std::chrono::hours(24)};
  std::uint32_t broadcast_batch = 256;  ///< Users that one commit of a broadcast tells.
  std::uint32_t broadcasts_max = 100;   ///< Under way at once.

  // Other channels.
  std::uint32_t workers = 4;        ///< Attempts at once, of each channel.
  std::uint32_t attempts_max = 10;  ///< Of one delivery.
  std::chrono::milliseconds attempt_timeout{15'000};
  std::chrono::milliseconds backoff{1'000};  ///< Bound of the first wait; doubles.
  std::chrono::milliseconds backoff_max{std::chrono::hours(1)};
  bool allow_private = false;       ///< Web Push may connect to loopback, private networks, http.
  std::string ca_file;              ///< Certificates to trust (PEM) instead of the system's.
  std::string webhook_url;          ///< Empty: the channel is off. So all of these.
  std::string webhook_secret_file;  ///< "whsec_…"
  std::string ntfy_url;
  std::string ntfy_token_file;
  std::string smtp_url;  ///< smtp://[USER@]HOST[:PORT], or smtps://.
  std::string smtp_password_file;
  std::string smtp_from;
  std::string push_contact;  ///< mailto: or https:, for operators of push services.
};

}  // namespace weir::base
