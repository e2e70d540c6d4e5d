#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "api/access/gate.hpp"
#include "api/operations/process_figures.hpp"
#include "api/poll/poll_transport.hpp"
#include "api/router.hpp"
#include "api/websocket/websocket_transport.hpp"
#include "base/figure.hpp"
#include "hub/hub.hpp"
#include "net/http_server.hpp"

namespace weir::api {

/// What an operator looks at, from all shards. Lives as long as the server; the counters are read
/// from any thread.
struct ServerStatus {
  std::vector<const net::HttpMetrics*> http;         ///< One per shard.
  std::vector<const PollMetrics*> polls;             ///< One per shard.
  std::vector<const WebSocketMetrics*> web_sockets;  ///< One per shard.
  std::atomic<std::uint64_t> connections{0};         ///< Of all shards, event streams included.
  std::atomic<std::uint64_t> doctor_streams{0};      ///< Probing streams that are open.
  std::atomic<std::uint64_t> doctor_refused{0};
  std::atomic<std::uint64_t> certificate_expires{0};  ///< Seconds since 1970; 0 without TLS.
  std::atomic<std::uint64_t> tls_reload_failures{0};
  ProcessFigures process;
  /// Of parts beside hub, net and log. Complete before the shards run.
  std::vector<base::FigureSource> figures;
  std::function<bool()> draining;
  base::UnixMillis started_at = 0;
  std::string version;
};

/// `GET /healthz`, `/readyz`, `/metrics`, `/v1/stats`, `/v1/settings`, `/problems/{name}`. One per
/// shard; its thread only.
class Operations {
 public:
  Operations(hub::Hub& hub, const ServerStatus& status, const Gate& gate)
      : hub_(hub), status_(status), gate_(gate) {}

  void add_routes(Router& router);

 private:
  void ready(Call& call);
  void problem(Call& call);

  hub::Hub& hub_;
  const ServerStatus& status_;
  const Gate& gate_;
};

/// The Prometheus text format, version 0.0.4.
std::string prometheus_text(hub::Hub& hub, const ServerStatus& status, const Gate& gate);
/// The same figures as JSON, for people and pages.
std::string stats_json(hub::Hub& hub, const ServerStatus& status, const Gate& gate);

}  // namespace weir::api
