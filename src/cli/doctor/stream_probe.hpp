#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/server_options.hpp"
#include "client/http_client.hpp"

namespace weir::cli {

/// What came of one probing stream (`GET /v1/doctor/stream`). Times are milliseconds since the
/// request was sent.
struct StreamProbe {
  struct Frame {
    std::uint32_t number;  ///< As the server counts, from 1.
    double sent_ms;        ///< By the server's clock, since it took the request.
    double arrived_ms;     ///< By ours.
    std::size_t bytes;     ///< Of the frame as it came.
  };

  std::optional<base::Error> error;  ///< No answer at all, or it broke off.
  std::optional<client::ResponseHead> head;
  double connect_ms = 0;  ///< Name, TCP and TLS together; before the request.
  double head_ms = 0;
  double first_byte_ms = 0;  ///< Of the body.
  double end_ms = 0;
  bool complete = false;    ///< The body ended as it should.
  std::size_t moments = 0;  ///< Times, 10 ms apart at least, at which something came.
  std::vector<Frame> frames;
  std::string body;  ///< Of an answer that is no stream, up to 16 KiB.

  // What the server says of the request as it got it.
  std::string server_http;  ///< "1.1"
  bool forwarded = false;
  std::optional<double> keepalive_ms;

  bool is_stream() const;
  std::string header(std::string_view name) const;
};

struct ProbeRequest {
  std::string query;  ///< Of the stream.
  client::Headers headers = {};
  std::chrono::milliseconds silence{10'000};  ///< Beyond the pauses that were asked for.
};

/// Runs one stream to its end. Blocks; any thread, with an interrupt that outlives the call.
StreamProbe probe_stream(const ServerAccess& server, const ProbeRequest& request,
                         const client::Interrupt& interrupt);

/// The target of the stream on this server.
std::string probe_target(const client::Url& url, const std::string& query);

}  // namespace weir::cli
