#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/access.hpp"
#include "access/api_keys.hpp"
#include "access/jwks_source.hpp"
#include "access/key.hpp"
#include "access/revocations.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/lru_cache.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/shared_value.hpp"

namespace weir::access {

/// Whether anything is configured that somebody could show.
bool has_keys(const base::Settings& settings);
/// Whether everybody may do everything.
bool is_open(const base::Settings& settings);

/// Decides who somebody is, from a token or API key:
///
///   auto authority = Authority::open(settings, base::system_clock());
///   auto access = (*authority)->authenticate("eyJ…");
///   if (access && (*access)->grants.may_publish("orders/17")) …
///
/// `authenticate`, `anonymous`, `is_revoked` and the counters are for any thread and never block:
/// what has to be fetched is fetched elsewhere. The rest belongs to one thread at a time.
class Authority {
 public:
  /// Reads the key files. kBadConfiguration. `clock` outlives the authority.
  static base::Result<std::unique_ptr<Authority>> open(const base::Settings& settings,
                                                       const base::Clock& clock);
  ~Authority();

  /// Reads everything again. After an error everything is as it was.
  base::Result<> reconfigure(const base::Settings& settings);

  /// Whether everybody may do everything.
  bool is_open() const { return policy_.get()->open; }

  /// What somebody without a token may do.
  AccessPtr anonymous() const { return policy_.get()->anonymous; }

  /// kInvalidToken with a reason that holds nothing of the token; kKeysUnavailable while its key is
  /// being fetched.
  base::Result<AccessPtr> authenticate(std::string_view text);
  /// The same for who only wants to know: a refusal is not counted.
  base::Result<AccessPtr> examine(std::string_view text);

  /// Whether what was found before still holds: kInvalidToken once it has expired or been revoked.
  base::Result<> still_valid(const Access& access) const;

  /// An API key is revoked also by taking its line out of the file, or changing it.
  bool is_revoked(const Access& access) const;
  std::shared_ptr<const Revocations> revocations() const { return revocations_.get(); }
  /// Replaces those that were made while the server runs. Any thread.
  void set_stored_revocations(Revocations revocations);
  /// Adds one, or takes one back, of these. Any thread.
  void revoke(const Revocation& revocation);
  void restore(const Revocation& revocation);

  struct Counts {
    std::uint64_t verified = 0;  ///< Signatures found good.
    std::uint64_t cached = 0;    ///< Tokens that had been verified before.
    std::uint64_t refused = 0;
    std::uint64_t jwks_fetches = 0;
    std::uint64_t jwks_failures = 0;
  };
  Counts counts() const;

 private:
  struct Policy {
    bool open = false;
    Keys keys;  ///< Of files.
    ApiKeys api_keys;
    std::shared_ptr<JwksSource> jwks;  ///< Of URLs; may be null.
    AccessPtr anonymous;
    std::vector<std::string> audiences;
    std::vector<std::string> issuers;
    base::UnixMillis leeway = 0;
    bool without_exp = false;
    std::size_t token_bytes_max = 0;
  };
  struct Cached {
    AccessPtr access;
    std::uint64_t version;
  };
  struct RevocationParts {
    Revocations file;
    Revocations stored;
  };

  explicit Authority(const base::Clock& clock);

  base::Result<std::shared_ptr<Policy>> make_policy(const base::Settings& settings) const;
  base::Result<AccessPtr> authenticate_token(const Policy& policy, std::uint64_t version,
                                             std::string_view text);
  base::Result<AccessPtr> verify(const Policy& policy, std::string_view text,
                                 const std::string& digest) const;
  base::Result<> check_times(const Policy& policy, const Access& access) const;
  void change_revocations(const std::function<void(RevocationParts&)>& change);

  const base::Clock* clock_;
  base::SharedValue<Policy> policy_{std::make_shared<const Policy>()};
  std::atomic<std::uint64_t> version_{1};  ///< What was verified under another one is not valid.
  base::Guarded<base::LruCache<std::string, Cached>> cache_;
  base::Guarded<RevocationParts> revocation_parts_;
  base::SharedValue<Revocations> revocations_{std::make_shared<const Revocations>()};
  std::atomic<std::uint64_t> verified_{0};
  std::atomic<std::uint64_t> cached_{0};
  std::atomic<std::uint64_t> refused_{0};
  JwksSource::Options jwks_options_;  ///< What the source at hand was made with.
};

}  // namespace weir::access
