#pragma once

// A webhook as it is configured, and the keys of its [[webhook]] table, declared once: the file's
// reader, `weir config` and docs/configuration.md all come from the table.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::base {

struct Webhook {
  std::string name;                 ///< Also the name of its cursor: letters, digits, `-`, `_`.
  std::string url;                  ///< http or https.
  std::vector<std::string> topics;  ///< Patterns, as in a subscription.
  bool from_earliest = false;       ///< Where a new hook begins: all that is kept, or what comes.
  std::string secret;               ///< "whsec_…": also signs with HMAC (`v1`). Never shown.
  std::string secret_file;          ///< A file that holds the secret.
  std::string key_file;             ///< Ed25519 key ("whsk_…"); empty: the server's own key.
  std::chrono::milliseconds timeout{15'000};  ///< Of one attempt, name lookup to answer.
  std::uint32_t concurrency = 1;              ///< More: events of one key, or topic, stay in order.
  std::uint32_t attempts_max = 25;            ///< 0: without limit.
  std::chrono::milliseconds age_max{std::chrono::hours(24)};  ///< 0: without limit.
  std::chrono::milliseconds backoff{1'000};                   ///< Bound of the first wait; doubles.
  std::chrono::milliseconds backoff_max{std::chrono::minutes(5)};
  std::string dead_letter;     ///< Topic; empty: `$dead/NAME`.
  bool allow_private = false;  ///< May connect to loopback and private networks.
  std::string ca_file;         ///< Certificates to trust (PEM) instead of the system's.

  std::string dead_letter_topic() const {
    return dead_letter.empty() ? "$dead/" + name : dead_letter;
  }
  friend bool operator==(const Webhook&, const Webhook&) = default;
};

/// One key of a [[webhook]] table.
struct WebhookKey {
  std::string_view name;
  bool list = false;
  bool secret = false;  ///< Never shown.
  std::string_view help;
  /// Takes the texts; kBadConfiguration with what is allowed.
  Result<> (*set)(Webhook&, const std::vector<std::string>&);
  std::string (*get)(const Webhook&);  ///< As text; a list's elements are joined by commas.
  /// A URL, whose path may be a secret: over the network only its origin is shown.
  bool address = false;
};

std::span<const WebhookKey> webhook_keys();
const WebhookKey* find_webhook_key(std::string_view name);

/// What no key can say alone: a name, a URL and topics are needed, names are used once.
/// kBadConfiguration.
Result<> check_webhooks(const std::vector<Webhook>& webhooks);

}  // namespace weir::base
