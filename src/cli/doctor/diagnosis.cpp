#include "cli/doctor/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/units.hpp"
#include "cli/doctor/cures.hpp"

namespace weir::cli {
namespace {

constexpr double kSlowStartMs = 2'000;
/// A cut is sure to hit streams when it comes before the server's sign of life, with some room for
/// a sign that is late.
constexpr double kKeepaliveRoom = 1.25;

std::string seconds(double milliseconds) { return fmt::format("{:.1f} s", milliseconds / 1000); }

std::string why_no_stream(const Measurements& found) {
  if (found.status == 404) {
    return "there is no probing stream at this URL: it is not Weir's, the proxy does not pass "
           "/v1/doctor/stream, or the server is older than this program";
  }
  if (found.refusal == "too-many-probes") {
    return "the server serves no more probing streams now (doctor_streams_max)";
  }
  if (found.refusal == "too-many-streams") {
    return "the server serves no more probing streams to this address now "
           "(doctor_streams_per_address)";
  }
  if (found.status == 401 || found.status == 403) {
    return fmt::format("the stream is refused with status {}: give a --token that may",
                       found.status);
  }
  if (found.status == 502 || found.status == 503 || found.status == 504) {
    return fmt::format("the answer is status {}: the proxy does not reach Weir", found.status);
  }
  return fmt::format("the answer is status {} and no event stream", found.status);
}

/// Collects findings, each with its cures.
class Judge {
 public:
  explicit Judge(const Measurements& found) : found_(found) {}

  std::vector<Finding> judge() {
    if (found_.unreachable) {
      add(Ailment::kUnreachable, "unreachable", true, *found_.unreachable);
    } else if (found_.frames_sent == 0) {
      add(Ailment::kNoStream, "no-stream", true, why_no_stream(found_));
    } else {
      holding();
      compression();
      idle();
      order();
      connections();
      versions();
    }
    return std::move(findings_);
  }

 private:
  void add(Ailment ailment, std::string name, bool problem, std::string text) {
    findings_.push_back(
        {ailment, std::move(name), problem, std::move(text), cures_for(ailment, found_.product)});
  }

  void holding() {
    if (!found_.held) {
      if (found_.first_byte_ms > kSlowStartMs) {
        add(Ailment::kSlowStart, "slow-start", false,
            fmt::format("the first byte took {}", seconds(found_.first_byte_ms)));
      }
      return;
    }
    const auto until =
        found_.held_bytes
            ? fmt::format("until about {} have come together",
                          base::format_bytes(*found_.held_bytes))
            : fmt::format("until the stream ends, or until more than {} have come together",
                          base::format_bytes(found_.held_tested_bytes));
    add(Ailment::kHeld, "held", true,
        fmt::format("something on the way holds events back {}; they were up to {} late", until,
                    seconds(found_.held_ms)));
  }

  void compression() {
    if (found_.compression.empty()) return;
    if (found_.compression_holds) {
      add(Ailment::kCompressionHolds, "compression-holds", true,
          fmt::format("for clients that take compression, as all browsers do, the stream is "
                      "compressed ({}), and that holds events back",
                      found_.compression));
    } else {
      add(Ailment::kCompressed, "compressed", false,
          fmt::format("the stream is compressed ({}) on the way, which costs memory per stream and "
                      "may hold events back",
                      found_.compression));
    }
  }

  void idle() {
    if (!found_.cut_after_ms) return;
    if (*found_.cut_after_ms <= found_.keepalive_ms * kKeepaliveRoom) {
      const auto half =
          std::max<std::int64_t>(1, static_cast<std::int64_t>(*found_.cut_after_ms / 2000));
      add(Ailment::kCut, "idle-cut", true,
          fmt::format(
              "a stream is cut after {} of silence, before Weir's sign of life, which comes "
              "every {}. Give the proxy more time, or run `weir serve --keepalive {}s`",
              seconds(*found_.cut_after_ms), seconds(found_.keepalive_ms), half));
    } else {
      add(Ailment::kCutLate, "idle-cut-late", false,
          fmt::format("a stream is cut after {} of silence. Weir's sign of life every {} keeps "
                      "streams open; keep it below that",
                      seconds(*found_.cut_after_ms), seconds(found_.keepalive_ms)));
    }
  }

  void order() {
    if (found_.lost + found_.duplicated + found_.reordered > 0) {
      add(Ailment::kLoss, "damaged", true,
          fmt::format("of {} events {} were lost, {} came twice and {} out of order: something on "
                      "the way changes the stream",
                      found_.frames_sent, found_.lost, found_.duplicated, found_.reordered));
    } else if (found_.broken_off) {
      add(Ailment::kLoss, "broken-off", true, "a stream broke off in the middle");
    }
    if (found_.cached) {
      add(Ailment::kCached, "cached", true, "the answer came out of a cache");
    }
  }

  void connections() {
    if (found_.connections_granted >= found_.connections_tried) return;
    if (found_.connections_refused_by_weir) {
      add(Ailment::kFewConnections, "connections-refused", false,
          fmt::format("Weir itself refused stream {} (its limits on connections or probes): this "
                      "says nothing about the way",
                      found_.connections_granted + 1));
      findings_.back().cures = {
          "Weir: `doctor_streams_max`, `doctor_streams_per_address`, `connections_max`"};
      return;
    }
    add(Ailment::kFewConnections, "few-connections", true,
        fmt::format("only {} of {} streams could be open at once from here",
                    found_.connections_granted, found_.connections_tried));
  }

  void versions() {
    if (found_.http_minor == 0) {
      add(Ailment::kOldHttp, "old-http", true, "the answer is HTTP/1.0");
    }
    if (found_.server_http == "1.0") {
      add(Ailment::kOldHttpToServer, "old-http-to-server", false,
          "the proxy speaks HTTP/1.0 to Weir, with a new connection for each request");
    }
    if (found_.alpn == "h2") return;
    add(Ailment::kSixConnections, "no-http2", false,
        "there is no HTTP/2 here, so a browser has six connections for all tabs of a site; more "
        "streams than that hang");
    if (!found_.secure) findings_.back().cures = {"browsers speak HTTP/2 over TLS only: use https"};
  }

  const Measurements& found_;
  std::vector<Finding> findings_;
};

bool contains(std::string_view text, std::string_view word) {
  const auto at =
      std::search(text.begin(), text.end(), word.begin(), word.end(),
                  [](char a, char b) { return base::equal_ignoring_case({&a, 1}, {&b, 1}); });
  return at != text.end();
}

}  // namespace

std::vector<Finding> diagnose(const Measurements& found) { return Judge(found).judge(); }

bool healthy(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(),
                      [](const auto& finding) { return finding.problem; });
}

std::string product_name(Product product) {
  switch (product) {
    case Product::kNginx:
      return "nginx";
    case Product::kCaddy:
      return "Caddy";
    case Product::kHaproxy:
      return "HAProxy";
    case Product::kCloudflare:
      return "Cloudflare";
    case Product::kApache:
      return "Apache";
    case Product::kEnvoy:
      return "Envoy";
    case Product::kAws:
      return "AWS";
    case Product::kUnknown:
      break;
  }
  return "unknown";
}

Product product_of(std::string_view server, std::string_view via, bool has_cf_ray) {
  // The one that is nearest to us is the one that Server names.
  if (has_cf_ray || contains(server, "cloudflare")) return Product::kCloudflare;
  if (contains(server, "nginx") || contains(server, "openresty")) return Product::kNginx;
  if (contains(server, "caddy") || contains(via, "caddy")) return Product::kCaddy;
  if (contains(server, "haproxy") || contains(via, "haproxy")) return Product::kHaproxy;
  if (contains(server, "envoy")) return Product::kEnvoy;
  if (contains(server, "awselb") || contains(via, "cloudfront")) return Product::kAws;
  if (contains(server, "apache")) return Product::kApache;
  if (contains(via, "nginx")) return Product::kNginx;
  return Product::kUnknown;
}

}  // namespace weir::cli
