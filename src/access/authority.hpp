#pragma once

#include <atomic>
#include <chrono>
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
#include "access/operators.hpp"
#include "access/password_checker.hpp"
#include "access/revocations.hpp"
#include "access/session.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/lru_cache.hpp"
#include "base/result.hpp"
#include "base/settings.hpp"
#include "base/shared_value.hpp"

namespace weir::access {

/// A session that has just been opened.
struct Session {
  std::string text;  ///< What the client keeps. Never to be logged.
  AccessPtr access;
};

/// Whether anything is configured that somebody could show, or log in with.
bool has_keys(const base::Settings& settings);
/// Whether everybody may do everything.
bool is_open(const base::Settings& settings);

/// Decides who somebody is, from a token or API key:
///
///   auto authority = Authority::open(settings, base::system_clock());
///   auto access = (*authority)->authenticate("eyJ…");
///   if (access && (*access)->grants.may_publish("orders/17")) …
///
/// Who asks who somebody is may be any thread, and is never blocked: what has to be fetched is
/// fetched elsewhere, and passwords are checked elsewhere. The rest belongs to one thread at a
/// time.
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
  /// A token that has been found good before, as `authenticate` would give it; nothing for any
  /// other, of which nothing is known without its signature.
  std::optional<base::Result<AccessPtr>> recall(std::string_view text);

  // --- Sessions (authority_sessions.cpp): as good as an admin's token, and signed here. ---

  /// The key that sessions are signed with from now on, instead of one that ends with the process.
  /// Before any other thread is there.
  void use_session_key(SessionSigner signer) { signer_ = std::move(signer); }

  /// Whose session that is: kInvalidToken once it has ended; null for a text that was not signed
  /// here.
  base::Result<AccessPtr> authenticate_session(std::string_view text);

  /// Opens a session for who shows an admin's token or key. kLoginFailed, kForbidden where it is
  /// none of an admin, kKeysUnavailable.
  base::Result<Session> log_in(std::string_view token, std::chrono::milliseconds lifetime);

  /// Opens a session for an operator. The password is checked on another thread, where `done` is
  /// called with kLoginFailed if it is not the operator's, or there is none; the time that it takes
  /// is the same. kLoginOverload, and no call, where `waiting_max` passwords wait.
  using LoginDone = std::function<void(const base::Result<Session>&)>;
  base::Result<> log_in(std::string name, std::string password, std::chrono::milliseconds lifetime,
                        std::size_t waiting_max, LoginDone done);

  /// Ends the thread that checks passwords, before what the calls back refer to goes.
  void stop_logins() { passwords_.stop(); }

  // --- Ends. ---

  /// Whether what was found before still holds: kInvalidToken once it has expired or been revoked.
  base::Result<> still_valid(const Access& access) const;

  /// A session, token or API key is revoked also by taking out what it rests on, or changing it: an
  /// operator's or key's line of its file, the key that signed it. Of keys that are fetched this
  /// counts once every set has been had.
  bool is_revoked(const Access& access) const;
  std::shared_ptr<const Revocations> revocations() const { return revocations_.get(); }
  /// `changed` is called, on a thread of the authority's, when fetched keys have become others, so
  /// that somebody may be revoked; none: nobody is told any more, once this returns.
  void on_keys_changed(std::function<void()> changed);
  /// Replaces those that were made while the server runs. Any thread.
  void set_stored_revocations(Revocations revocations);
  /// Adds one, or takes one back, of these. Any thread.
  void revoke(const Revocation& revocation);
  void restore(const Revocation& revocation);

  /// One that was not taken, for want of room. Any thread.
  void count_refused_revocation() { revocations_refused_.fetch_add(1, std::memory_order_relaxed); }

  struct Counts {
    std::uint64_t verified = 0;  ///< Signatures found good.
    std::uint64_t cached = 0;    ///< Tokens that had been verified before.
    std::uint64_t refused = 0;
    std::uint64_t jwks_fetches = 0;
    std::uint64_t jwks_failures = 0;
    std::uint64_t revocations = 0;  ///< At hand, of the file and made while it ran.
    std::uint64_t revocations_refused = 0;
  };
  Counts counts() const;

 private:
  struct Policy {
    bool open = false;
    Keys keys;  ///< Of files.
    ApiKeys api_keys;
    Operators operators;
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
  /// What was verified before, by the hash of its text; null if it was not.
  AccessPtr cached(const std::string& digest, std::uint64_t version);
  base::Result<AccessPtr> authenticate_token(const Policy& policy, std::uint64_t version,
                                             std::string_view text);
  base::Result<AccessPtr> verify(const Policy& policy, std::string_view text,
                                 const std::string& digest) const;
  base::Result<> check_times(const Policy& policy, const Access& access) const;
  static bool rests(const Policy& policy, const Access& access);
  static bool has_key(const Policy& policy, std::string_view fingerprint);
  void take_fetched_keys();
  static base::Result<AccessPtr> access_of_session(const Policy& policy,
                                                   const SessionClaims& claims);
  base::Result<Session> open_session(SessionClaims claims, std::chrono::milliseconds lifetime,
                                     std::optional<base::UnixMillis> expires) const;
  void change_revocations(const std::function<void(RevocationParts&)>& change);

  const base::Clock* clock_;
  base::SharedValue<Policy> policy_{std::make_shared<const Policy>()};
  std::atomic<std::uint64_t> version_{1};  ///< What was verified under another one is not valid.
  base::Guarded<base::LruCache<std::string, Cached>> cache_;
  base::Guarded<RevocationParts> revocation_parts_;
  base::SharedValue<Revocations> revocations_{std::make_shared<const Revocations>()};
  base::Guarded<std::function<void()>> keys_changed_;
  SessionSigner signer_;
  const PasswordHash decoy_ = PasswordHash::decoy();  ///< For names that there are not.
  PasswordChecker passwords_;
  std::atomic<std::uint64_t> verified_{0};
  std::atomic<std::uint64_t> cached_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> revocations_refused_{0};
  JwksSource::Options jwks_options_;  ///< What the source at hand was made with.
};

}  // namespace weir::access
