#include "cli/doctor/cures.hpp"

#include <fmt/format.h>

namespace weir::cli {
namespace {

struct Cure {
  Ailment ailment;
  Product product;
  const char* text;
};

constexpr Cure kCures[] = {
    {Ailment::kHeld, Product::kNginx,
     "`proxy_buffering off;` where it proxies to Weir. Weir asks for the same by "
     "`X-Accel-Buffering: no`, so look for a `proxy_ignore_headers X-Accel-Buffering;` that "
     "ignores it, and remove it"},
    {Ailment::kHeld, Product::kCaddy, "`flush_interval -1` inside `reverse_proxy`"},
    {Ailment::kHeld, Product::kHaproxy,
     "`option http-no-delay`, and no `filter compression` on this backend"},
    {Ailment::kHeld, Product::kCloudflare,
     "turn \"Response buffering\" off for this path (Rules), and anything that rewrites bodies"},
    {Ailment::kHeld, Product::kApache, "`ProxyPass … flushpackets=on`, and no mod_deflate here"},
    {Ailment::kHeld, Product::kEnvoy, "no `envoy.filters.http.buffer` on this route"},
    {Ailment::kHeld, Product::kAws,
     "an API Gateway buffers whole answers; put an Application or Network Load Balancer there"},

    {Ailment::kCompressionHolds, Product::kNginx,
     "`gzip off;` where it proxies to Weir, or `gzip_types` without text/event-stream"},
    {Ailment::kCompressionHolds, Product::kCaddy,
     "`encode` with a matcher that leaves Weir's paths out"},
    {Ailment::kCompressionHolds, Product::kHaproxy, "`compression type` without text/event-stream"},
    {Ailment::kCompressionHolds, Product::kCloudflare,
     "a Compression Rule that turns compression off for this path"},
    {Ailment::kCompressionHolds, Product::kApache, "`SetEnv no-gzip 1` for this location"},
    {Ailment::kCompressionHolds, Product::kEnvoy,
     "`envoy.filters.http.compressor` without text/event-stream"},

    {Ailment::kCut, Product::kNginx, "`proxy_read_timeout 1h;` where it proxies to Weir"},
    {Ailment::kCut, Product::kCaddy,
     "`transport http { read_timeout 1h }` inside `reverse_proxy`, and no `idle_timeout` below it"},
    {Ailment::kCut, Product::kHaproxy, "`timeout server 1h` and `timeout client 1h`"},
    {Ailment::kCut, Product::kCloudflare,
     "it cuts after 100 s of silence, which cannot be changed on most plans"},
    {Ailment::kCut, Product::kApache, "`ProxyTimeout 3600`"},
    {Ailment::kCut, Product::kEnvoy,
     "`timeout: 0s` on the route and a longer `stream_idle_timeout`"},
    {Ailment::kCut, Product::kAws, "the load balancer's attribute `idle_timeout.timeout_seconds`"},

    {Ailment::kFewConnections, Product::kNginx,
     "`limit_conn` (and `worker_connections`) where it proxies to Weir"},
    {Ailment::kFewConnections, Product::kCaddy, "the limit of its layer4 or rate_limit module"},
    {Ailment::kFewConnections, Product::kHaproxy,
     "`maxconn` of frontend, backend and server, or a rule on `src_conn_cur`"},
    {Ailment::kFewConnections, Product::kCloudflare, "a rate limiting rule on this path"},
    {Ailment::kFewConnections, Product::kApache, "`MaxRequestWorkers`"},
    {Ailment::kFewConnections, Product::kEnvoy,
     "`max_connections` and `max_requests` of the cluster's circuit breakers"},

    {Ailment::kOldHttpToServer, Product::kNginx,
     "`proxy_http_version 1.1;` and `proxy_set_header Connection \"\";`"},
    {Ailment::kOldHttpToServer, Product::kApache, "no `force-proxy-request-1.0`"},

    {Ailment::kCached, Product::kNginx, "`proxy_cache off;` where it proxies to Weir"},
    {Ailment::kCached, Product::kCloudflare, "a Cache Rule \"Bypass cache\" for this path"},

    {Ailment::kSixConnections, Product::kNginx, "`http2 on;` beside `listen 443 ssl;`"},
    {Ailment::kSixConnections, Product::kHaproxy, "`alpn h2,http/1.1` on the bind line"},
    {Ailment::kSixConnections, Product::kApache, "`Protocols h2 http/1.1`"},
};

}  // namespace

std::vector<std::string> cures_for(Ailment ailment, Product product) {
  // Compression that holds nothing up is turned off at the same place; so it is with a late cut.
  if (ailment == Ailment::kCompressed) ailment = Ailment::kCompressionHolds;
  if (ailment == Ailment::kCutLate) ailment = Ailment::kCut;
  std::vector<std::string> all;
  for (const auto& cure : kCures) {
    if (cure.ailment != ailment) continue;
    auto line = fmt::format("{}: {}", product_name(cure.product), cure.text);
    if (cure.product == product) return {std::move(line)};
    all.push_back(std::move(line));
  }
  return all;
}

}  // namespace weir::cli
