#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/listen_address.hpp"
#include "proto/url.hpp"

namespace weir::net {

/// Header fields in the order of arrival. Names are compared without regard to case; values are
/// trimmed.
class Headers {
 public:
  void add(std::string name, std::string value) {
    if (fields_.empty()) fields_.reserve(8);  // What a usual client sends.
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// The first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  std::vector<std::string_view> get_all(std::string_view name) const;
  /// Whether a comma-separated field (Connection, Accept without parameters, …) holds the token.
  bool has_token(std::string_view name, std::string_view token) const;
  /// Whether the Accept fields take the media type: the most specific range that matches it decides
  /// (RFC 9110, 12.5.1). Without a field everything is taken.
  bool accepts(std::string_view media_type) const { return preference(media_type).weight > 0; }
  /// What the Accept fields say of the media type, greater being better: the weight of the most
  /// specific range that matches it (RFC 9110, 12.4.2), then how specific that is.
  struct Preference {
    int weight = 0;       ///< Thousandths; 0: not accepted.
    int specificity = 0;  ///< 0: no field or `*/*`, 1: `type/*`, 2: the type itself.

    friend constexpr auto operator<=>(Preference, Preference) = default;
  };
  Preference preference(std::string_view media_type) const;
  /// How much the Accept-Encoding fields want a content coding other than `identity`, in
  /// thousandths (RFC 9110, 12.5.3); 0: not at all, as where there is no such field.
  int coding_weight(std::string_view coding) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

using base::ListenerRole;

/// What stands before the body. Valid HTTP: net has refused everything else already.
struct RequestHead {
  std::string method;
  std::string target;  ///< Origin-form, absolute-form or "*", as sent.
  proto::Target url;   ///< The same in its parts.
  int major_version = 1;
  int minor_version = 1;  ///< Of HTTP/1.
  Headers headers;
  std::string peer;  ///< Address and port of the other side, for logs and limits.
  ListenerRole role = ListenerRole::kAll;  ///< Of the listener that it came by.
  bool secure = false;                     ///< Came under TLS.
  /// Whom the client's certificate names (RFC 4514); empty where it has none.
  std::string client_subject;
  bool has_body = false;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  void set(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
  }
};

/// An error as application/problem+json (RFC 9457), with Retry-After where trying again helps.
Response problem_response(const base::Error& error);
/// The same for a request that no handler has seen.
Response refusal_response(const base::Error& error);

}  // namespace weir::net
