#pragma once

#include <cstdint>
#include <string>

#include "api/operations/operations.hpp"
#include "hub/hub.hpp"
#include "log/log.hpp"

namespace weir::api {

/// Connections that receive events.
struct ConnectionCounts {
  std::uint64_t sse = 0;
  std::uint64_t web_sockets = 0;
  std::uint64_t long_polls = 0;
  std::uint64_t opened = 0;  ///< Of all, since the start.

  std::uint64_t total() const { return sse + web_sockets + long_polls; }
  std::string json() const;  ///< By transport.

  friend bool operator==(const ConnectionCounts&, const ConnectionCounts&) = default;
};
ConnectionCounts count_connections(const ServerStatus& status);

/// The server's figures as they are: totals since its start, and how long commits took since
/// `before`. Any thread.
std::string sample_json(hub::Hub& hub, const ServerStatus& status,
                        const log::Log::CommitTimes& before, const log::Log::CommitTimes& now);

}  // namespace weir::api
