#include "api/cors.hpp"

#include <algorithm>

namespace weir::api {
namespace {

constexpr std::string_view kAllowedHeaders =
    "authorization, cache-control, content-type, idempotency-key, if-none-match, "
    "last-event-id, traceparent, "
    "weir-close, "
    "weir-ephemeral, weir-event, weir-id, weir-key, weir-private, weir-time, weir-ttl";

enum class Admission { kNone, kAny, kExact };

Admission admission(std::string_view origin, const base::Settings& settings) {
  const auto& allowed = settings.cors_origin;
  if (std::find(allowed.begin(), allowed.end(), origin) != allowed.end()) return Admission::kExact;
  if (std::find(allowed.begin(), allowed.end(), "*") != allowed.end()) return Admission::kAny;
  return Admission::kNone;
}

}  // namespace

void add_cors_headers(const net::RequestHead& request, const base::Settings& settings,
                      net::Response& response) {
  if (settings.cors_origin.empty()) return;
  // The answer depends on the header even when it is absent: a cache must not mix the two up.
  response.set("Vary", "Origin");
  const auto origin = request.headers.get("Origin");
  if (!origin) return;
  switch (admission(*origin, settings)) {
    case Admission::kNone:
      return;
    case Admission::kAny:
      response.set("Access-Control-Allow-Origin", "*");
      break;
    case Admission::kExact:
      response.set("Access-Control-Allow-Origin", std::string(*origin));
      if (settings.cors_credentials) response.set("Access-Control-Allow-Credentials", "true");
      break;
  }
  response.set("Access-Control-Expose-Headers", "Retry-After, ETag");
}

bool is_preflight(const net::RequestHead& request) {
  return request.method == "OPTIONS" && request.headers.get("Origin") &&
         request.headers.get("Access-Control-Request-Method");
}

net::Response preflight_response(const net::RequestHead& request, const base::Settings& settings,
                                 const std::string& methods) {
  net::Response response;
  response.status = 204;
  response.set("Allow", methods);
  add_cors_headers(request, settings, response);
  const auto origin = request.headers.get("Origin").value_or(std::string_view{});
  if (admission(origin, settings) != Admission::kNone) {
    response.set("Access-Control-Allow-Methods", methods);
    response.set("Access-Control-Allow-Headers", std::string(kAllowedHeaders));
    response.set("Access-Control-Max-Age", "7200");
  }
  return response;
}

}  // namespace weir::api
