#pragma once

// Web Push with OpenSSL alone: messages encrypted for one browser (RFC 8291, in the encoding of
// RFC 8188), and the server's voluntary identification to push services (RFC 8292, VAPID).

#include <memory>
#include <string>
#include <string_view>

#include "apps/notifications/addresses.hpp"
#include "base/result.hpp"
#include "base/types.hpp"

struct evp_pkey_st;

namespace weir::apps::notifications {

/// A key pair on the curve P-256. Immutable; any thread.
class PushKey {
 public:
  static PushKey generate();
  /// Reads a PEM file, which is made first if there is none, readable by its owner alone.
  /// kBadConfiguration.
  static base::Result<PushKey> from_file(const std::string& path);
  /// Takes the uncompressed point of somebody's public key. kBadRequest if it is none.
  static base::Result<PushKey> from_point(std::string_view point);

  std::string point() const;  ///< The public key: 65 bytes, uncompressed.
  /// The shared secret with somebody else's public key (ECDH), 32 bytes. kBadRequest.
  base::Result<std::string> agree(const PushKey& other) const;
  /// ES256 (RFC 7518, 3.4): 64 bytes.
  std::string sign(std::string_view content) const;
  evp_pkey_st* get() const { return key_.get(); }

 private:
  explicit PushKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

/// Whether a subscription can be used: the push service is at an https URL, and the browser's key
/// is one of P-256. With `allow_private` at any URL, at the addresses of private networks, too.
/// kBadRequest.
base::Result<> check_push_subscription(const PushSubscription& subscription, bool allow_private);

/// What the body of a push message may hold in clear: services need take no more than 4,096 bytes.
inline constexpr std::size_t kPushBytesMax = 4'096 - 86 - 17;

/// The body of a push message for that browser, with a key pair and a salt made for it alone.
/// kBadRequest if the subscription's keys are none.
base::Result<std::string> encrypt_push(const PushSubscription& to, std::string_view text);
/// The same with given ones, so that it can be held against RFC 8291, appendix A.
base::Result<std::string> encrypt_push(const PushSubscription& to, std::string_view text,
                                       const PushKey& sender, std::string_view salt);

/// The `Authorization` header for a push service (RFC 8292, 3): good for twelve hours.
std::string vapid_header(const PushKey& key, std::string_view origin, std::string_view contact,
                         base::UnixMillis now);

}  // namespace weir::apps::notifications
