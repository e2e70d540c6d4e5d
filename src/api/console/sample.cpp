#include "api/console/sample.hpp"

#include <fmt/format.h>

#include <chrono>

#include "api/operations/sums.hpp"
#include "base/histogram.hpp"
#include "proto/cursor.hpp"

namespace weir::api {
namespace {

constexpr std::size_t kServerErrors = 5;  // Of responses_by_class: 5xx.

std::string quantiles_json(const base::Histogram::Counts& before,
                           const base::Histogram::Counts& now) {
  const auto seconds = [&](double share) {
    return base::Histogram::quantile(before, now, share) / 1e6;
  };
  return fmt::format(R"({{"p50":{:.6f},"p99":{:.6f}}})", seconds(0.5), seconds(0.99));
}

}  // namespace

std::string ConnectionCounts::json() const {
  return fmt::format(R"({{"sse":{},"websocket":{},"long_poll":{}}})", sse, web_sockets, long_polls);
}

ConnectionCounts count_connections(const ServerStatus& status) {
  ConnectionCounts counts;
  counts.sse = sum(status.event_streams, &hub::Transport::subscribers);
  counts.web_sockets = sum(status.web_sockets, &WebSocketMetrics::open);
  counts.long_polls = sum(status.polls, &PollMetrics::waiting);
  counts.opened = sum(status.event_streams, &hub::Transport::opened) +
                  sum(status.web_sockets, &WebSocketMetrics::opened) +
                  sum(status.polls, &PollMetrics::polls) + counts.long_polls;
  return counts;
}

std::string sample_json(hub::Hub& hub, const ServerStatus& status,
                        const log::Log::CommitTimes& before, const log::Log::CommitTimes& now) {
  using M = hub::ShardMetrics;
  const auto shards = hub_metrics(hub);
  const auto& log = hub.log();
  const auto stats = log.stats();
  const auto time = hub.clock().unix_millis();
  std::uint64_t errors = 0;
  for (const auto* shard : status.http) errors += shard->responses_by_class[kServerErrors].get();
  return fmt::format(
      R"({{"time":{},"uptime_seconds":{:.3f},"published":{},"published_bytes":{},"delivered":{},)"
      R"("subscribers":{},"subscribers_behind":{},"by_transport":{},"connections":{},"commits":{},)"
      R"("commit_seconds":{},"fsync_seconds":{},"memory_bytes":{},"cpu_seconds":{:.3f},)"
      R"("log_bytes":{},"head":"{}","http_requests":{},"errors":{},"gaps":{}}})",
      time, static_cast<double>(time - status.started_at) / 1e3, stats.committed_events,
      stats.committed_bytes, sum(shards, &M::deliveries), sum(shards, &M::subscribers),
      sum(shards, &M::subscribers_behind), count_connections(status).json(),
      status.connections.load(std::memory_order_relaxed), stats.commits,
      quantiles_json(before.commits, now.commits), quantiles_json(before.syncs, now.syncs),
      status.process.resident_bytes(),
      std::chrono::duration<double>(ProcessFigures::processor_time()).count(), stats.bytes,
      proto::to_string({log.epoch(), log.head()}), sum(status.http, &net::HttpMetrics::requests),
      errors, sum(shards, &M::gaps));
}

}  // namespace weir::api
