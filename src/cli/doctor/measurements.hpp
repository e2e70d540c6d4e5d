#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::cli {

/// What stands in front of the server, as far as its answers tell.
enum class Product { kUnknown, kNginx, kCaddy, kHaproxy, kCloudflare, kApache, kEnvoy, kAws };

/// What an examination found out about the way to a server. Absent: not measured.
struct Measurements {
  std::string url;
  std::optional<std::string> unreachable;  ///< Why nothing else could be measured.
  int status = 0;                          ///< Of the stream's answer.
  std::string refusal;                     ///< The problem's `code`, where the answer is one.

  bool secure = false;
  std::string tls_version;
  std::string alpn;         ///< What a client that can do both is given: "h2" or "http/1.1".
  int http_minor = 1;       ///< HTTP/1.x, to us.
  std::string server_http;  ///< "1.0" or "1.1", to the server.
  Product product = Product::kUnknown;
  std::string product_text;  ///< Server and Via as sent.
  bool forwarded = false;    ///< The server was reached by a proxy that says so.
  bool cached = false;       ///< An answer came with an age.

  double connect_ms = 0;
  double first_byte_ms = 0;
  double round_trip_ms = 0;  ///< The median of a few.

  std::uint32_t frames_sent = 0;
  std::uint32_t lost = 0;
  std::uint32_t duplicated = 0;
  std::uint32_t reordered = 0;
  bool broken_off = false;     ///< A stream of two seconds did not come to its end.
  double delay_median_ms = 0;  ///< Beyond the quickest frame.
  double delay_p99_ms = 0;

  bool held = false;                      ///< Frames wait on their way.
  double held_ms = 0;                     ///< The longest wait.
  std::optional<std::size_t> held_bytes;  ///< Until about so many have come together; absent: to
                                          ///< the stream's end, or beyond `held_tested_bytes`.
  std::size_t held_tested_bytes = 0;

  std::string compression;  ///< Content-Encoding for a client that takes it; "" is none.
  bool compression_holds = false;

  double keepalive_ms = 15'000;  ///< The server's own.
  std::optional<double> idle_tested_ms;
  std::optional<double> cut_after_ms;

  std::uint32_t connections_tried = 0;
  std::uint32_t connections_granted = 0;
  bool connections_refused_by_weir = false;
};

}  // namespace weir::cli
