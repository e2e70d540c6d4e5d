// The rows of the settings that say who may do what.

#include "base/settings_access.hpp"

#include <array>

#include "base/settings_check.hpp"
#include "base/settings_rows.hpp"

namespace weir::base {
namespace {

using enum SettingKind;
using A = AccessSettings;

constexpr std::array<std::string_view, 3> kModes = {"auto", "keys", "open"};
constexpr std::string_view kAccess = "Access";

template <auto Member>
constexpr auto access() {
  return field<&Settings::access, Member>();
}

const std::array kRows = {
    Setting{.name = "access",
            .group = kAccess,
            .kind = kChoice,
            .field = access<&A::mode>(),
            .choices = kModes,
            .help = "Who may use the server: `keys`, who has a token or an API key; `open`, "
                    "everybody who reaches it. `auto` is `keys` as soon as `jwt_key`, `jwks`, "
                    "`api_keys` or `operators` is given."},
    Setting{.name = "insecure",
            .group = kAccess,
            .kind = kBoolean,
            .field = access<&A::insecure>(),
            .help = "Lets an open server listen beyond this machine: everybody who reaches it may "
                    "read and publish everything."},
    Setting{.name = "allowed_host",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::allowed_host>(),
            .check = check_host,
            .reloadable = true,
            .help = "Host names, beside localhost, under which an open server is reached, as by a "
                    "proxy on this machine. Any other name in a request's Host is refused: it may "
                    "be a foreign page's that now points here (DNS rebinding)."},
    Setting{.name = "jwt_key",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::jwt_key>(),
            .check = check_jwt_key,
            .reloadable = true,
            .help = "Keys that sign tokens, each `ALG=FILE` or `ALG:KID=FILE`. ALG is HS256, HS384 "
                    "or HS512 (the file holds the secret), RS256, PS256, ES256 or EdDSA (a public "
                    "key in PEM). A key verifies its own algorithm and no other."},
    Setting{.name = "jwks",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::jwks>(),
            .reloadable = true,
            .help = "JSON Web Key Sets with the keys that sign tokens: files, or http and https "
                    "URLs, which are fetched at start and again every `jwks_refresh`."},
    Setting{.name = "jwks_refresh",
            .group = kAccess,
            .kind = kDuration,
            .field = access<&A::jwks_refresh>(),
            .min = kSecond,
            .max = kDay,
            .reloadable = true,
            .help = "How often a key set is fetched from its URL."},
    Setting{.name = "jwks_cooldown",
            .group = kAccess,
            .kind = kDuration,
            .field = access<&A::jwks_cooldown>(),
            .min = 100,
            .max = kHour,
            .reloadable = true,
            .help = "A token of an unknown key has the key set fetched at once, but not sooner "
                    "than so long after the last time."},
    Setting{.name = "jwt_audience",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::jwt_audience>(),
            .reloadable = true,
            .help = "A token must be for one of these audiences (`aud`). Without any, one that "
                    "names an audience is refused (RFC 7519, 4.1.3)."},
    Setting{.name = "jwt_issuer",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::jwt_issuer>(),
            .reloadable = true,
            .help = "A token must be of one of these issuers (`iss`); none given: of any."},
    Setting{.name = "jwt_leeway",
            .group = kAccess,
            .kind = kDuration,
            .field = access<&A::jwt_leeway>(),
            .max = 300 * kSecond,
            .reloadable = true,
            .help = "How far clocks may differ when `exp` and `nbf` are looked at."},
    Setting{.name = "jwt_without_exp",
            .group = kAccess,
            .kind = kBoolean,
            .field = access<&A::jwt_without_exp>(),
            .reloadable = true,
            .help = "Takes tokens that never expire. Only revocation ends them."},
    Setting{.name = "token_bytes_max",
            .group = kAccess,
            .kind = kBytes,
            .field = access<&A::token_bytes_max>(),
            .min = 256,
            .max = 64 * kKiB,
            .reloadable = true,
            .help = "A longer token is refused unread."},
    Setting{.name = "token_cache_bytes",
            .group = kAccess,
            .kind = kBytes,
            .field = access<&A::token_cache_bytes>(),
            .max = kGiB,
            .help = "What tokens that have been verified may take in memory, so that they are not "
                    "verified with every request."},
    Setting{.name = "token_cookie",
            .group = kAccess,
            .kind = kString,
            .field = access<&A::token_cookie>(),
            .check = check_cookie_name,
            .reloadable = true,
            .help = "Name of a cookie that may hold the token; none: cookies are not looked at. A "
                    "request with a cookie must come from this server's own pages or from an "
                    "origin in `cors_origin`."},
    Setting{.name = "token_in_query",
            .group = kAccess,
            .kind = kBoolean,
            .field = access<&A::token_in_query>(),
            .reloadable = true,
            .help = "Takes tokens from `access_token=` or `authorization=` in the query, for "
                    "clients that cannot send headers. URLs end up in histories and in proxies' "
                    "logs: give such tokens a short life."},
    Setting{.name = "api_keys",
            .group = kAccess,
            .kind = kString,
            .field = access<&A::api_keys>(),
            .reloadable = true,
            .help = "File of API keys, which `weir token key` makes. It holds no secret, only "
                    "hashes; read again after SIGHUP."},
    Setting{.name = "operators",
            .group = kAccess,
            .kind = kString,
            .field = access<&A::operators>(),
            .reloadable = true,
            .help = "File of who may log in with a name and a password, which `weir operator add` "
                    "makes. Only its owner and group may read it; read again after SIGHUP."},
    Setting{.name = "session_lifetime",
            .group = kAccess,
            .kind = kDuration,
            .field = access<&A::session_lifetime>(),
            .min = kSecond,
            .max = 30 * kDay,
            .reloadable = true,
            .help = "How long a session lasts after its login. One that was opened with a token or "
                    "key ends with that."},
    Setting{.name = "revocations",
            .group = kAccess,
            .kind = kString,
            .field = access<&A::revocations>(),
            .reloadable = true,
            .help = "File of what is not valid any more, a line each: `jti:ID`, `sub:SUBJECT` or "
                    "`key:NAME`; read again after SIGHUP. Streams of it end at once."},
    Setting{.name = "revocations_max",
            .group = kAccess,
            .kind = kInteger,
            .field = access<&A::revocations_max>(),
            .min = 1,
            .max = 100'000,
            .reloadable = true,
            .help = "Revocations that are kept of those made through the API, logouts among them. "
                    "One more is refused with 507 until one is taken back; those of sessions that "
                    "have ended by themselves are dropped first."},
    Setting{.name = "anonymous_publish",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::anonymous_publish>(),
            .check = check_selector_text,
            .reloadable = true,
            .help = "Topics and patterns to which may be published without a token."},
    Setting{.name = "anonymous_subscribe",
            .group = kAccess,
            .kind = kStringList,
            .field = access<&A::anonymous_subscribe>(),
            .check = check_selector_text,
            .reloadable = true,
            .help = "Topics and patterns that may be followed without a token; private events are "
                    "left out."},
    Setting{.name = "auth_expiring",
            .group = kAccess,
            .kind = kDuration,
            .field = access<&A::auth_expiring>(),
            .max = kDay,
            .reloadable = true,
            .help = "A stream is told (`event: auth-expiring`) so long before its token's end; 0: "
                    "it is not."},
};

}  // namespace

std::span<const Setting> access_rows() { return kRows; }

}  // namespace weir::base
