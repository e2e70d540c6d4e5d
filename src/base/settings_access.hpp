#pragma once

// The settings of who may do what, and how much: part of Settings.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::base {

struct AccessSettings {
  // Who may do what.
  std::string mode = "auto";  ///< "auto", "keys", "open".
  bool insecure = false;
  std::vector<std::string> allowed_host;
  std::vector<std::string> jwt_key;  ///< "ALG=FILE" or "ALG:KID=FILE".
  std::vector<std::string> jwks;     ///< Files and URLs.
  std::chrono::milliseconds jwks_refresh{std::chrono::minutes(10)};
  std::chrono::milliseconds jwks_cooldown{30'000};
  std::vector<std::string> jwt_audience;
  std::vector<std::string> jwt_issuer;
  std::chrono::milliseconds jwt_leeway{10'000};
  bool jwt_without_exp = false;
  std::uint64_t token_bytes_max = 8ULL << 10;
  std::uint64_t token_cache_bytes = 8ULL << 20;
  std::string token_cookie;
  bool token_in_query = false;
  std::string api_keys;
  std::string operators;  ///< File of who may log in with a password.
  std::chrono::milliseconds session_lifetime{std::chrono::hours(12)};
  std::string revocations;
  std::uint64_t revocations_max = 10'000;  ///< Made through the API.
  std::vector<std::string> anonymous_publish;
  std::vector<std::string> anonymous_subscribe;
  std::chrono::milliseconds auth_expiring{60'000};

  // How much.
  std::uint64_t publish_rate = 0;  ///< Events a second; 0: without this limit. So all of these.
  std::uint64_t publish_rate_per_address = 0;
  std::uint64_t publish_rate_per_subject = 0;
  std::uint64_t publish_rate_per_topic = 0;
  std::uint64_t subscribe_rate = 0;
  std::uint64_t subscribe_rate_per_address = 0;
  std::uint64_t subscribe_rate_per_subject = 0;
  std::chrono::milliseconds rate_burst{5'000};
  std::uint64_t streams_per_address = 0;
  std::uint64_t streams_per_subject = 0;
  std::uint64_t failed_logins_per_address = 10;  ///< In a window; 0: without this limit.
  std::uint64_t failed_logins_per_name = 10;
  std::uint64_t failed_tokens_per_address = 600;
  std::chrono::milliseconds failure_window{std::chrono::minutes(10)};
  std::uint64_t logins_waiting_max = 16;
  std::uint64_t limiter_entries = 100'000;
  std::uint64_t memory_budget = 0;  ///< 0: without one.
};

}  // namespace weir::base
