#include "access/authority.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "access/crypto.hpp"
#include "access/jwks.hpp"
#include "access/token_access.hpp"
#include "base/ip_address.hpp"
#include "base/logging.hpp"
#include "base/small_file.hpp"
#include "client/url.hpp"
#include "proto/jwt.hpp"

namespace weir::access {
namespace {

constexpr std::size_t kFileBytesMax = 16 << 20;
// Without a key id every key of the algorithm is tried; not any number of them.
constexpr std::size_t kTriesMax = 8;
// What a cached token costs beside its selectors.
constexpr std::size_t kCachedBytes = 1024;
constexpr std::uint32_t kFetchSeconds = 1;

base::Error invalid(std::string detail) {
  return base::make_error(base::ErrorCode::kInvalidToken, std::move(detail));
}

bool is_url(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

std::size_t bytes_of(const proto::Selectors& selectors) {
  std::size_t bytes = 0;
  for (const auto& topic : selectors.topics) bytes += sizeof topic + topic.size();
  // A pattern keeps its text and its segments.
  for (const auto& pattern : selectors.patterns) bytes += 256 + 2 * pattern.text().size();
  return bytes;
}

std::size_t bytes_of(const Access& access) {
  std::size_t bytes = kCachedBytes + access.subject.size() + access.issuer.size() +
                      access.token_id.size() + access.identity.size() +
                      bytes_of(access.grants.publish) + bytes_of(access.grants.subscribe);
  // A mask is a tree, of a few times its text.
  if (access.grants.fields) bytes += 256 + 8 * access.grants.fields->text().size();
  return bytes;
}

bool any_of(const std::vector<std::string>& wanted, const std::vector<std::string>& given) {
  return std::any_of(given.begin(), given.end(), [&](const auto& each) {
    return std::find(wanted.begin(), wanted.end(), each) != wanted.end();
  });
}

base::Error of_setting(std::string_view setting, const base::Error& error) {
  return base::make_error(base::ErrorCode::kBadConfiguration,
                          fmt::format("{}: {}", setting, error.detail));
}

base::Error in_file(std::string_view setting, const std::string& path, const base::Error& error) {
  return base::make_error(base::ErrorCode::kBadConfiguration,
                          fmt::format("{}: {}: {}", setting, path, error.detail));
}

/// Whoever is on the way to such an address can put a key of their own into the set.
bool is_exposed(const std::string& text) {
  const auto url = client::parse_url(text);
  if (!url || url->secure || url->host == "localhost") return false;
  const auto address = base::IpAddress::parse(url->host);
  return !address || !address->is_loopback();
}

/// The keys that a token may be signed with, of those at hand.
class Candidates {
 public:
  Candidates(Algorithm algorithm, const std::string& key_id)
      : algorithm_(algorithm), key_id_(key_id) {}

  void look_at(const Keys& keys) {
    for (const auto& key : keys) {
      const bool named = !key_id_.empty() && key.id() == key_id_;
      named_ = named_ || named;
      if (key.algorithm() != algorithm_) continue;
      if (named) {
        exact_.push_back(&key);
      } else if (key_id_.empty() || key.id().empty()) {
        loose_.push_back(&key);
      }
    }
  }

  bool any() const { return named_ ? !exact_.empty() : !loose_.empty(); }
  /// The token names a key that there is.
  bool named() const { return named_; }

  /// The key that has signed it; null: none of them.
  const Key* signer_of(const proto::Jws& jws) const {
    const auto& tried = named_ ? exact_ : loose_;
    const auto end = tried.begin() + static_cast<std::ptrdiff_t>(std::min(tried.size(), kTriesMax));
    const auto found = std::find_if(tried.begin(), end, [&](const Key* key) {
      return key->verify(jws.signing_input, jws.signature);
    });
    return found == end ? nullptr : *found;
  }

 private:
  Algorithm algorithm_;
  const std::string& key_id_;
  bool named_ = false;
  std::vector<const Key*> exact_;
  std::vector<const Key*> loose_;
};

}  // namespace

bool has_keys(const base::Settings& settings) {
  const auto& given = settings.access;
  return !given.jwt_key.empty() || !given.jwks.empty() || !given.api_keys.empty() ||
         !given.operators.empty();
}

bool is_open(const base::Settings& settings) {
  const auto& mode = settings.access.mode;
  return mode == "open" || (mode == "auto" && !has_keys(settings));
}

Authority::Authority(const base::Clock& clock) : clock_(&clock) {}
Authority::~Authority() {
  if (const auto jwks = policy_.get()->jwks) jwks->stop();
}

base::Result<std::unique_ptr<Authority>> Authority::open(const base::Settings& settings,
                                                         const base::Clock& clock) {
  std::unique_ptr<Authority> authority(new Authority(clock));
  authority->cache_.with(
      [&](auto& cache) { cache.set_weight_max(settings.access.token_cache_bytes); });
  if (auto configured = authority->reconfigure(settings); !configured) return configured.error();
  return authority;
}

base::Result<std::shared_ptr<Authority::Policy>> Authority::make_policy(
    const base::Settings& settings) const {
  const auto& given = settings.access;
  auto policy = std::make_shared<Policy>();
  policy->open = access::is_open(settings);
  for (const auto& setting : given.jwt_key) {
    auto key = load_key(setting);
    if (!key) return key.error();
    policy->keys.push_back(std::move(*key));
  }
  for (const auto& path : given.jwks) {
    if (is_url(path)) {
      if (auto url = client::parse_url(path); !url) return in_file("jwks", path, url.error());
      continue;
    }
    const auto text = base::read_small_file(path, kFileBytesMax);
    if (!text) return of_setting("jwks", text.error());
    auto set = parse_jwks(*text, true);
    if (!set) return in_file("jwks", path, set.error());
    policy->keys.insert(policy->keys.end(), set->begin(), set->end());
  }
  if (!given.api_keys.empty()) {
    const auto text = base::read_small_file(given.api_keys, kFileBytesMax);
    if (!text) return of_setting("api_keys", text.error());
    auto parsed = ApiKeys::parse(*text);
    if (!parsed) return in_file("api_keys", given.api_keys, parsed.error());
    policy->api_keys = std::move(*parsed);
  }
  if (!given.operators.empty()) {
    auto loaded = Operators::load(given.operators);
    if (!loaded) return of_setting("operators", loaded.error());
    policy->operators = std::move(*loaded);
  }
  Access anonymous;
  anonymous.kind = policy->open ? Access::Kind::kOpen : Access::Kind::kAnonymous;
  if (policy->open) {
    anonymous.grants = all_grants();
  } else {
    auto publish = selectors_of(given.anonymous_publish);
    if (!publish) return in_file("anonymous_publish", "not valid", publish.error());
    auto subscribe = selectors_of(given.anonymous_subscribe);
    if (!subscribe) return in_file("anonymous_subscribe", "not valid", subscribe.error());
    anonymous.grants.publish = std::move(*publish);
    anonymous.grants.subscribe = std::move(*subscribe);
  }
  policy->anonymous = std::make_shared<const Access>(std::move(anonymous));
  policy->audiences = given.jwt_audience;
  policy->issuers = given.jwt_issuer;
  policy->leeway = given.jwt_leeway.count();
  policy->without_exp = given.jwt_without_exp;
  policy->token_bytes_max = given.token_bytes_max;
  return policy;
}

base::Result<> Authority::reconfigure(const base::Settings& settings) {
  auto policy = make_policy(settings);
  if (!policy) return policy.error();
  Revocations revoked;
  if (const auto& path = settings.access.revocations; !path.empty()) {
    const auto text = base::read_small_file(path, kFileBytesMax);
    if (!text) return of_setting("revocations", text.error());
    auto parsed = Revocations::parse(*text);
    if (!parsed) return in_file("revocations", path, parsed.error());
    revoked = std::move(*parsed);
  }
  JwksSource::Options options{{}, settings.access.jwks_refresh, settings.access.jwks_cooldown};
  std::copy_if(settings.access.jwks.begin(), settings.access.jwks.end(),
               std::back_inserter(options.urls), is_url);
  const auto before = policy_.get();
  const bool same = before->jwks && options.urls == jwks_options_.urls &&
                    options.refresh == jwks_options_.refresh &&
                    options.cooldown == jwks_options_.cooldown;
  if (same) {
    (*policy)->jwks = before->jwks;
  } else if (!options.urls.empty()) {
    for (const auto& url : options.urls) {
      if (!is_exposed(url)) continue;
      base::log_warning("jwks.not_secure",
                        "url=\"{}\" hint=\"whoever is on the way can put in a key: use https\"",
                        url);
    }
    (*policy)->jwks = std::make_shared<JwksSource>(options, [this] { take_fetched_keys(); });
  }
  // Here and not with the last reference to it, which may be on a thread that must not wait.
  if (before->jwks && !same) before->jwks->stop();
  jwks_options_ = std::move(options);
  change_revocations([&](RevocationParts& parts) { parts.file = std::move(revoked); });
  policy_.set(std::move(*policy));
  version_.fetch_add(1);
  cache_.with([](auto& cache) { cache.clear(); });
  return {};
}

base::Result<AccessPtr> Authority::authenticate(std::string_view text) {
  auto access = examine(text);
  if (!access) refused_.fetch_add(1, std::memory_order_relaxed);
  return access;
}

base::Result<AccessPtr> Authority::examine(std::string_view text) {
  // Before the keys: what is verified with keys that are replaced meanwhile is kept under a version
  // that is over.
  const auto version = version_.load();
  const auto policy = policy_.get();
  base::Result<AccessPtr> access = invalid("the API key is not known");
  if (!text.starts_with(kApiKeyPrefix)) {
    access = authenticate_token(*policy, version, text);
  } else if (text.size() <= policy->token_bytes_max) {
    if (auto found = policy->api_keys.find(text)) access = std::move(found);
  }
  if (access) {
    if (auto valid = still_valid(**access); !valid) access = valid.error();
  }
  return access;
}

base::Result<> Authority::still_valid(const Access& access) const {
  if (!access.authenticated()) return {};
  if (auto valid = check_times(*policy_.get(), access); !valid) return valid;
  if (revocations_.get()->covers(access)) return invalid("it has been revoked");
  if (!rests(*policy_.get(), access)) {
    return invalid("the key or operator that it rests on has been changed or removed");
  }
  return {};
}

bool Authority::is_revoked(const Access& access) const {
  return revocations_.get()->covers(access) || !rests(*policy_.get(), access);
}

bool Authority::rests(const Policy& policy, const Access& access) {
  if (access.origin) return rests(policy, *access.origin);
  if (access.fingerprint.empty()) return true;
  if (access.kind == Access::Kind::kToken) return has_key(policy, access.fingerprint);
  if (access.kind == Access::Kind::kKey) {
    const auto key = policy.api_keys.named(access.subject);
    return key && key->fingerprint == access.fingerprint;
  }
  const auto* known = policy.operators.find(access.subject);
  return known != nullptr && known->fingerprint == access.fingerprint;
}

bool Authority::has_key(const Policy& policy, std::string_view fingerprint) {
  const auto among = [fingerprint](const Keys& keys) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](const Key& key) { return key.fingerprint() == fingerprint; });
  };
  if (among(policy.keys)) return true;
  // A set that has not been had may hold it: after a start, or where a URL was added.
  if (policy.jwks && !policy.jwks->complete()) return true;
  return policy.jwks && among(*policy.jwks->keys());
}

void Authority::on_keys_changed(std::function<void()> changed) {
  keys_changed_.with([&](auto& told) { told = std::move(changed); });
}

void Authority::take_fetched_keys() {
  version_.fetch_add(1);
  // Within the lock, so that whoever takes the callback away waits for its end.
  keys_changed_.with([](const auto& told) {
    if (told) told();
  });
}

AccessPtr Authority::cached(const std::string& digest, std::uint64_t version) {
  auto known = cache_.with([&](auto& cache) -> AccessPtr {
    const auto* found = cache.find(digest);
    return found != nullptr && found->version == version ? found->access : nullptr;
  });
  if (known) cached_.fetch_add(1, std::memory_order_relaxed);
  return known;
}

std::optional<base::Result<AccessPtr>> Authority::recall(std::string_view text) {
  if (text.size() > policy_.get()->token_bytes_max) return std::nullopt;
  const auto known = cached(sha256(text), version_.load());
  if (!known) return std::nullopt;
  if (auto valid = still_valid(*known); !valid) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return valid.error();
  }
  return known;
}

base::Result<AccessPtr> Authority::authenticate_token(const Policy& policy, std::uint64_t version,
                                                      std::string_view text) {
  if (text.size() > policy.token_bytes_max) {
    return invalid(fmt::format("the token is longer than {} bytes", policy.token_bytes_max));
  }
  // By its hash: where it is looked for must not depend on a secret, nor keep one in memory.
  const auto digest = sha256(text);
  if (auto known = cached(digest, version)) return known;
  auto access = verify(policy, text, digest);
  if (!access) return access;
  verified_.fetch_add(1, std::memory_order_relaxed);
  cache_.with(
      [&](auto& cache) { cache.put(digest, Cached{*access, version}, bytes_of(**access)); });
  return access;
}

base::Result<AccessPtr> Authority::verify(const Policy& policy, std::string_view text,
                                          const std::string& digest) const {
  const auto jws = proto::parse_jws(text, policy.token_bytes_max);
  if (!jws) return jws.error();
  const auto algorithm = algorithm_of(jws->algorithm);
  if (!algorithm) return invalid("its algorithm is not accepted");

  Candidates candidates(*algorithm, jws->key_id);
  candidates.look_at(policy.keys);
  const auto fetched = policy.jwks ? policy.jwks->keys() : nullptr;
  if (fetched) candidates.look_at(*fetched);
  if (!candidates.any()) {
    if (candidates.named()) return invalid("its key is for another algorithm");
    if (policy.jwks && policy.jwks->request()) {
      auto error = base::make_error(base::ErrorCode::kKeysUnavailable);
      error.retry_after_seconds = kFetchSeconds;
      return error;
    }
    return invalid("it is signed with a key that is not known");
  }
  const auto* signer = candidates.signer_of(*jws);
  if (signer == nullptr) {
    // Without ids a new key shows in this way alone.
    if (policy.jwks && !candidates.named()) policy.jwks->request();
    return invalid("its signature is not good");
  }

  auto claims = proto::parse_claims(jws->payload);
  if (!claims) return claims.error();
  if (!claims->expires && !policy.without_exp) return invalid("it never expires (no \"exp\")");
  if (claims->audience ? !any_of(policy.audiences, *claims->audience) : !policy.audiences.empty()) {
    return invalid("it is for another audience (\"aud\")");
  }
  if (!policy.issuers.empty() && !any_of(policy.issuers, {claims->issuer})) {
    return invalid("it is of another issuer (\"iss\")");
  }
  auto access = access_of(std::move(*claims), digest);
  if (!access) return access.error();
  access->fingerprint = signer->fingerprint();
  return std::make_shared<const Access>(std::move(*access));
}

base::Result<> Authority::check_times(const Policy& policy, const Access& access) const {
  const auto now = clock_->unix_millis();
  // Other clocks have a part in a token's times alone.
  const auto leeway = access.kind == Access::Kind::kToken ? policy.leeway : 0;
  if (access.expires && now >= *access.expires + leeway) return invalid("it has expired");
  if (access.not_before && now < *access.not_before - leeway) {
    return invalid("it is not valid yet");
  }
  return {};
}

void Authority::change_revocations(const std::function<void(RevocationParts&)>& change) {
  revocation_parts_.with([&](auto& parts) {
    change(parts);
    auto merged = std::make_shared<Revocations>(parts.file);
    merged->merge(parts.stored);
    revocations_.set(std::move(merged));
  });
}

void Authority::set_stored_revocations(Revocations revocations) {
  change_revocations([&](auto& parts) { parts.stored = std::move(revocations); });
}

void Authority::revoke(const Revocation& revocation) {
  change_revocations([&](auto& parts) { parts.stored.add(revocation); });
}

void Authority::restore(const Revocation& revocation) {
  change_revocations([&](auto& parts) { parts.stored.remove(revocation); });
}

Authority::Counts Authority::counts() const {
  Counts counts;
  counts.verified = verified_.load(std::memory_order_relaxed);
  counts.cached = cached_.load(std::memory_order_relaxed);
  counts.refused = refused_.load(std::memory_order_relaxed);
  counts.revocations = revocations_.get()->all().size();
  counts.revocations_refused = revocations_refused_.load(std::memory_order_relaxed);
  if (const auto jwks = policy_.get()->jwks) {
    counts.jwks_fetches = jwks->fetches();
    counts.jwks_failures = jwks->failures();
  }
  return counts;
}

}  // namespace weir::access
