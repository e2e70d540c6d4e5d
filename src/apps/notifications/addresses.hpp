#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace weir::apps::notifications {

/// A browser that takes Web Push (RFC 8030), as its `PushSubscription` says it.
struct PushSubscription {
  std::string endpoint;
  std::string p256dh;  ///< Base64url of the browser's public key, a point of P-256.
  std::string auth;    ///< Base64url of 16 bytes.
};

/// Where a user is reached beside the inbox.
///
///   {"email": "alice@example.com", "ntfy": "alice-x7k2",
///    "push": [{"endpoint": "https://…", "keys": {"p256dh": "…", "auth": "…"}}]}
struct Addresses {
  std::string email;
  std::string ntfy;  ///< A topic of the ntfy server.
  std::vector<PushSubscription> push;

  /// kBadJson, kBadRequest. "" is none at all.
  static base::Result<Addresses> parse(std::string_view json);
  std::string to_json() const;
  /// Whether it is a mailbox that needs no quoting, so that nothing in it means anything to a mail
  /// server.
  static bool is_email(std::string_view text);

  /// In place of one with the same endpoint: a browser that subscribes anew has new keys. With as
  /// many as there may be, the one that was added first goes: a browser that is thrown away never
  /// says so.
  void add(PushSubscription subscription);

  /// Those of a channel, as a delivery keeps them; one for each.
  std::vector<std::string> of(std::string_view channel) const;
};

/// Reads one `PushSubscription`, as `JSON.stringify` writes it. kBadJson, kBadRequest.
base::Result<PushSubscription> read_push_subscription(std::string_view json);
std::string to_json(const PushSubscription& subscription);

}  // namespace weir::apps::notifications
